//! Rows that were made to hurt, and rows that are only broken: no panic, no work, no time.

use std::time::{Duration, Instant};

use crosswalk_passwords::{Limits, Row, SchemeSpec, Verdict, Verifier, identify, scheme_names};
use proptest::prelude::*;

/// Far more than a refusal takes and far less than any of the work that is refused.
const AT_ONCE: Duration = Duration::from_millis(5);

fn auto() -> Verifier {
    Verifier::new(&SchemeSpec::default(), Limits::default()).expect("the default is sound")
}

#[test]
fn a_row_that_asks_for_too_much_is_refused_before_any_work() {
    let digest = "CCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCC";
    let rows = [
        ("argon2 memory in KiB", format!("$argon2id$v=19$m=4194304,t=1,p=1$c29tZXNhbHQ${digest}")),
        ("argon2 memory in KiB", format!("$argon2id$v=19$m=4294967295,t=4294967295,p=255$c29tZXNhbHQ${digest}")),
        ("argon2 passes", format!("$argon2i$m=64,t=4294967295,p=1$c29tZXNhbHQ${digest}")),
        ("argon2 lanes", format!("$argon2d$v=16$m=65536,t=1,p=64$c29tZXNhbHQ${digest}")),
        ("argon2 memory times passes in KiB", format!("$argon2id$m=262144,t=10,p=1$c29tZXNhbHQ${digest}")),
        ("bcrypt cost", "$2b$31$CCCCCCCCCCCCCCCCCCCCC.mDyzbhj.9K0apb9O/AGMWwoLXiYAu6u".to_owned()),
        ("bcrypt cost", "$2b$99$CCCCCCCCCCCCCCCCCCCCC.mDyzbhj.9K0apb9O/AGMWwoLXiYAu6u".to_owned()),
        ("pbkdf2 rounds", format!("pbkdf2_sha256$4000000000$salt${digest}")),
        ("pbkdf2 rounds", format!("pbkdf2_sha1$18446744073709551615$salt${digest}")),
        ("phpass rounds (log2)", "$P$S946647711V1klyitUYhtB8Yw5DMA/w.".to_owned()),
        ("phpass rounds (log2)", format!("$S$z01234567{digest}")),
        ("scrypt memory in KiB", format!("scrypt$16777216$salt$8$1${digest}")),
        ("scrypt memory in KiB", format!("scrypt$16$salt$4294967295$1${digest}")),
        ("scrypt lanes", format!("scrypt$16$salt$8$1000000${digest}")),
        ("bcrypt cost", "{CRYPT}$2y$31$CCCCCCCCCCCCCCCCCCCCC.mDyzbhj.9K0apb9O/AGMWwoLXiYAu6u".to_owned()),
        ("hash length in bytes", format!("{{SSHA}}{}", "A".repeat(10_000))),
    ];
    let verifier = auto();
    for (what, hash) in rows {
        let start = Instant::now();
        let verdict = verifier.verify(&Row::new(hash.as_bytes()), b"password");
        assert!(start.elapsed() < AT_ONCE, "{what} took {:?}", start.elapsed());
        assert!(matches!(verdict, Verdict::Refused(bound) if bound.what == what), "{what}: {verdict}");
        assert!(verifier.cost(&Row::new(hash.as_bytes())).is_nothing());
    }
}

#[test]
fn limits_can_be_raised_and_lowered() {
    let hash = b"$2y$04$Jptgm22XGSNFWnquF1uweu6.QOKWEshovgExfZem706vpZWNV8s8.";
    let with = |bcrypt_cost| {
        let limits = Limits { bcrypt_cost, ..Limits::default() };
        Verifier::new(&SchemeSpec::named("phpass"), limits)
            .expect("sound")
            .verify(&Row::new(hash).scheme("bcrypt"), b"password")
    };
    assert!(with(4).is_match());
    assert!(matches!(with(3), Verdict::Refused(_)));
}

#[test]
fn a_password_of_more_than_4096_bytes_is_refused_and_its_length_not_told() {
    let verifier = auto();
    let row = Row::new(b"$2y$04$Jptgm22XGSNFWnquF1uweu6.QOKWEshovgExfZem706vpZWNV8s8.");
    assert_eq!(verifier.verify(&row, &[b'a'; 4096]), Verdict::NoMatch);
    let verdict = verifier.verify(&row, &[b'a'; 4097]);
    assert_eq!(verdict.to_string(), "refused: password length in bytes is over the limit of 4096");
}

#[test]
fn wrappers_do_not_nest() {
    let verifier = auto();
    for wrapper in ["$wp", "{CRYPT}", "bcrypt$", "1|", "U", "{SSHA}", "argon2", "#jbcrypt:"] {
        let nested = wrapper.repeat(8000 / wrapper.len());
        assert!(!verifier.verify(&Row::new(nested.as_bytes()), b"password").is_match());
    }
}

/// Limits so low that no row can cost anything, whatever proptest comes up with.
fn low() -> Limits {
    Limits {
        bcrypt_cost: 4,
        argon2_memory_kib: 64,
        argon2_passes: 2,
        argon2_lanes: 2,
        argon2_work_kib: 128,
        scrypt_memory_kib: 64,
        scrypt_lanes: 2,
        pbkdf2_rounds: 100,
        phpass_log2_rounds: 8,
        ..Limits::default()
    }
}

/// Bytes that begin like a hash, so that parsers are reached and not only refused.
fn like_a_hash() -> impl Strategy<Value = Vec<u8>> {
    let beginnings = [
        "",
        "$2b$04$",
        "$2x$",
        "$argon2id$v=19$m=64,t=1,p=1$",
        "$argon2i$",
        "$P$5",
        "$S$5",
        "U$S$5",
        "M$P$",
        "{SSHA}",
        "{",
        "{SHA512.HEX}",
        "{CRYPT}$",
        "pbkdf2_sha256$1$",
        "scrypt$16$s$1$1$",
        "bcrypt_sha256$$2b$",
        "md5$",
        "sha1$$",
        "$wp$2y$04$",
        "1|$",
        "0x",
        "salt:",
        "argon2$argon2id$",
    ];
    let tail = prop_oneof![
        proptest::collection::vec(any::<u8>(), 0..120),
        "[./0-9A-Za-z+=$:,]{0,120}".prop_map(String::into_bytes),
        "[0-9a-f]{32}|[0-9a-f]{40}:[a-z]{4}".prop_map(String::into_bytes),
    ];
    (proptest::sample::select(beginnings.to_vec()), tail)
        .prop_map(|(beginning, tail)| [beginning.as_bytes(), &tail].concat())
}

/// A vector's hash with one byte changed.
fn nearly_sound() -> impl Strategy<Value = Vec<u8>> {
    #[derive(serde::Deserialize)]
    struct Vector {
        hash: String,
    }
    let lines = include_str!("vectors.jsonl").lines();
    let hashes = lines.map(|line| serde_json::from_str::<Vector>(line).expect("a vector").hash.into_bytes());
    let hashes: Vec<Vec<u8>> = hashes.filter(|hash| !hash.is_empty()).collect();
    (proptest::sample::select(hashes), any::<prop::sample::Index>(), any::<u8>()).prop_map(|(mut hash, at, byte)| {
        let at = at.index(hash.len());
        hash[at] = byte;
        hash
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    #[test]
    fn no_row_makes_any_scheme_panic_or_linger(
        hash in prop_oneof![1 => proptest::collection::vec(any::<u8>(), 0..200), 3 => like_a_hash(), 4 => nearly_sound()],
        salt in proptest::option::of(proptest::collection::vec(any::<u8>(), 0..40)),
        password in proptest::collection::vec(any::<u8>(), 0..100),
        scheme in prop_oneof![2 => Just("auto"), 1 => proptest::sample::select(scheme_names().collect::<Vec<_>>())],
    ) {
        let limits = low();
        // Schemes whose new hashes cost more than these limits are reached through the scheme column instead.
        let verifier = Verifier::new(&SchemeSpec::default(), limits).expect("sound");
        let row = Row::new(&hash).scheme(scheme).site_key(b"key");
        let row = salt.as_ref().map_or(row, |salt| row.salt(salt));
        let start = Instant::now();
        let _ = identify(&row);
        let cost = verifier.cost(&row);
        let verdict = verifier.verify(&row, &password);
        let worked = matches!(verdict, Verdict::Match | Verdict::MatchButOld(_) | Verdict::NoMatch);
        prop_assert_eq!(worked, !cost.is_nothing());
        let _ = verifier.hash(&row, &password, &mut |bytes: &mut [u8]| bytes.fill(1));
        prop_assert!(start.elapsed() < Duration::from_secs(1));
    }
}
