//! What it takes to recognise a string, to verify it, and to refuse one that is too expensive.

use std::hint::black_box;
use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};
use crosswalk_passwords::{HashParams, Limits, Row, SchemeSpec, Verifier, hash, identify};

const STRINGS: [(&str, &str); 5] = [
    ("bcrypt", "$2y$04$Jptgm22XGSNFWnquF1uweu6.QOKWEshovgExfZem706vpZWNV8s8."),
    ("ssha", "{SSHA}q20D+y0XzBNQBgqxEAv8q3JQ8Cpisb8a"),
    ("django", "pbkdf2_sha256$1000$seasalt$YIWkt6M1JFXrHg5s0jZjBSc7C2Cz6QvchSJ0h8Y+i7c="),
    ("md5", "5f4dcc3b5aa765d61d8327deb882cf99"),
    (
        "sha512",
        "b109f3bbbc244eb82441917ed06d618b9008dd09b3befd1b5e07394c706a8bb980b1d7785e5976ec049b46df5f1326af5a2ea6d103fd07c95385ffab0cacbc86",
    ),
];

fn recognise(criterion: &mut Criterion) {
    for (name, string) in STRINGS {
        let row = Row::new(string.as_bytes());
        criterion.bench_function(&format!("identify/{name}"), |bencher| bencher.iter(|| identify(black_box(&row))));
    }
}

fn refuse(criterion: &mut Criterion) {
    let verifier = Verifier::new(&SchemeSpec::default(), Limits::default()).expect("the default is sound");
    let row = Row::new(b"$2y$31$Jptgm22XGSNFWnquF1uweu6.QOKWEshovgExfZem706vpZWNV8s8.");
    criterion
        .bench_function("refuse/bcrypt 31", |bencher| bencher.iter(|| verifier.verify(black_box(&row), b"password")));
}

fn verify(criterion: &mut Criterion) {
    let verifier = Verifier::new(&SchemeSpec::default(), Limits::default()).expect("the default is sound");
    let mut group = criterion.benchmark_group("verify");
    group.sample_size(20).measurement_time(Duration::from_secs(3));
    for scheme in ["ldap-ssha", "bcrypt", "argon2id", "phpass", "django-pbkdf2-sha256"] {
        let random = &mut |bytes: &mut [u8]| bytes.fill(7);
        let written = hash(scheme, &HashParams::default(), b"password", random).expect("the defaults are sound");
        let row = Row::new(written.hash());
        let label = verifier.likeness(&row).map(|likeness| likeness.label().to_owned()).unwrap_or_default();
        group.bench_function(label, |bencher| bencher.iter(|| verifier.verify(black_box(&row), b"password")));
    }
}

criterion_group!(benches, recognise, refuse, verify);
criterion_main!(benches);
