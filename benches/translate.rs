//! A legacy row of about 1 kB becomes a profile, and policy judges it: the work of every look-up besides the store.
//!
//! The peer is what a first version would do: the same row as a map of `serde_json::Value`s, the metadata parsed.

use criterion::{Criterion, criterion_group, criterion_main};
use crosswalk::{
    policy::{PolicySettings, TypeBook, check_moved},
    translate::{MapSettings, Translation},
};
use crosswalk_contract::{Columns, Field, Record};

const MAP: &str = r#"{
    "user_id": "cust_no",
    "email": {"field": "mail_addr", "fold": "lower"},
    "email_verified": {"field": "mail_ok", "true_is": ["Y"], "false_is": ["N"]},
    "given_name": "first_nm",
    "family_name": "last_nm",
    "name": {"join": ["first_nm", "last_nm"], "with": " "},
    "blocked": {"field": "status", "values": {"A": false, "B": true}},
    "created_at": {"field": "created", "date": "unix"},
    "last_login": {"field": "last_seen", "date": "sql", "zone": "Europe/Berlin"},
    "password": {"field": "pw", "salt": "pw_salt", "scheme": "salted-md5"},
    "app_metadata": "metadata",
    "user_metadata": {"lang": "pref_lang", "newsletter": {"field": "news", "true_is": ["1"], "false_is": ["0"]}}
}"#;

fn record() -> Record {
    let metadata = format!(
        r#"{{"plan":"full","price":25.4000000000000000,"roles":["writer","reader"],"seen":[1,2,3],"address":{{"city":"Köln","lines":["Domkloster 4","Hinterhaus"]}},"note":"{}"}}"#,
        "Zwölf Boxkämpfer jagen Viktor quer über den großen Sylter Deich. ".repeat(8)
    );
    let pairs = [
        ("cust_no", Field::I64(4711)),
        ("mail_addr", "Jane.Doe@Example.COM".into()),
        ("mail_ok", "Y".into()),
        ("first_nm", "Jané".into()),
        ("last_nm", "Dœ-Müller".into()),
        ("status", "A".into()),
        ("created", Field::I64(1_234_567_890)),
        ("last_seen", "2024-07-01 12:34:56".into()),
        ("pw", "0123456789abcdef0123456789abcdef".into()),
        ("pw_salt", "s4lt".into()),
        ("metadata", Field::Text(metadata)),
        ("pref_lang", "de".into()),
        ("news", Field::I64(1)),
    ];
    let (names, fields): (Vec<&str>, Vec<Field>) = pairs.into_iter().unzip();
    Record::new(Columns::new(names), fields)
}

fn translate(c: &mut Criterion) {
    let map: MapSettings = serde_json::from_str(MAP).expect("a map");
    let translation = Translation::compile("shop", "tbl_customers", Some(&map)).expect("a sound map");
    let (record, policy, book) = (record(), PolicySettings::default(), TypeBook::default());
    let size: usize = record.iter().map(|(name, field)| name.len() + field.as_text().map_or(8, str::len)).sum();
    let mut group = c.benchmark_group(format!("a record of {size} bytes"));
    group.bench_function("translate", |b| {
        b.iter(|| translation.profile(&record).expect("a profile"));
    });
    group.bench_function("translate + policy", |b| {
        b.iter(|| {
            let profile = translation.profile(&record).expect("a profile").profile;
            check_moved(&policy, profile, &book)
        });
    });
    let values: serde_json::Map<String, serde_json::Value> =
        record.iter().map(|(name, field)| (name.to_owned(), field.as_text().map_or(4711.into(), Into::into))).collect();
    group.bench_function("peer: a map of values", |b| {
        b.iter(|| {
            let mut profile = values.clone();
            let metadata = profile["metadata"].as_str().expect("text").to_owned();
            profile.insert("app_metadata".to_owned(), serde_json::from_str(&metadata).expect("json"));
            profile.remove("metadata");
            profile
        });
    });
    group.finish();
}

criterion_group!(benches, translate);
criterion_main!(benches);
