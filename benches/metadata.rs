//! A change into metadata documents of three sizes: read the stored text, merge one key at the first level, write text.
//!
//! The limit is a copy of the same bytes, measured in the same run; the peer is the same change through
//! `serde_json::Value`, which is what a reader would write first (and which rewrites numbers).

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use crosswalk::profile::Metadata;
use crosswalk_contract::ContainerPatch;
use serde_json::value::RawValue;

/// A document of about that size, members of some 350 bytes each, as user profiles have them.
fn document(bytes: usize) -> String {
    let mut text = String::with_capacity(bytes + 400);
    text.push('{');
    let mut number = 0;
    while text.len() < bytes {
        if number > 0 {
            text.push(',');
        }
        text.push_str(&format!(
            r#""key{number}":{{"plan":"full","price":25.4000000000000000,"roles":["writer","reader"],"note":"{}","seen":[{},{}]}}"#,
            "Zwölf Boxkämpfer jagen Viktor quer über den großen Sylter Deich. ".repeat(3),
            number * 7,
            number * 11
        ));
        number += 1;
    }
    text.push('}');
    text
}

fn change(c: &mut Criterion) {
    for (name, bytes) in [("1 kB", 1_000), ("100 kB", 100_000), ("16 MB", 16_000_000)] {
        let text = document(bytes);
        let mut patch = ContainerPatch::new("metadata", 16 << 20);
        patch.set.push((
            "key0".to_owned(),
            RawValue::from_string("{\"plan\":\"gold\"}".to_owned()).expect("a sound document"),
        ));
        let mut group = c.benchmark_group("change_metadata");
        group.throughput(Throughput::Bytes(text.len() as u64));
        if bytes > 1_000_000 {
            group.sample_size(10);
        }
        group.bench_with_input(BenchmarkId::new("crosswalk", name), &text, |b, text| {
            b.iter(|| {
                let mut document = Metadata::from_store(text.as_str()).expect("a sound document");
                patch.apply(&mut document).expect("a sound document");
                document
            });
        });
        group.bench_with_input(BenchmarkId::new("limit: copy", name), &text, |b, text| {
            b.iter(|| black_box(text.as_str().to_owned()));
        });
        group.bench_with_input(BenchmarkId::new("peer: serde_json::Value", name), &text, |b, text| {
            b.iter(|| {
                let mut value: serde_json::Value = serde_json::from_str(text).expect("a sound document");
                value["key0"] = serde_json::json!({"plan": "gold"});
                value.to_string()
            });
        });
        group.finish();
    }
}

criterion_group!(benches, change);
criterion_main!(benches);
