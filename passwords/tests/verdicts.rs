//! What a verifier answers, row by row: marks, mixed columns, scheme columns, notations, age, costs and dummies.

use crosswalk_passwords::{Confidence, Cost, Limits, Old, Row, SchemeSpec, SpecError, Verdict, Verifier, identify};

const BCRYPT: &[u8] = b"$2y$04$Jptgm22XGSNFWnquF1uweu6.QOKWEshovgExfZem706vpZWNV8s8.";
const MD5: &[u8] = b"5f4dcc3b5aa765d61d8327deb882cf99";
const PHPASS: &[u8] = b"$P$946647711V1klyitUYhtB8Yw5DMA/w.";

fn verifier(json: &str) -> Verifier {
    let spec = serde_json::from_str(json).expect("a specification");
    Verifier::new(&spec, Limits::default()).expect("a sound specification")
}

fn wrong(json: &str) -> SpecError {
    let spec = serde_json::from_str(json).expect("a specification");
    Verifier::new(&spec, Limits::default()).expect_err("an unsound specification")
}

#[test]
fn a_mark_is_locked_under_every_scheme_and_for_every_password() {
    for scheme in crosswalk_passwords::scheme_names() {
        let verifier = Verifier::new(&SchemeSpec::named(scheme), Limits::default()).unwrap();
        for mark in ["", "  ", "*", "!", "!!", "x", "*LK*", "NP", "*0", "*1", "!1fTqj3PrandomDjango", "not cached"] {
            for password in ["", mark, "password"] {
                let row = Row::new(mark.as_bytes()).salt(b"salt");
                assert_eq!(verifier.verify(&row, password.as_bytes()), Verdict::Locked, "{scheme} {mark:?}");
                assert!(verifier.cost(&row).is_nothing());
            }
        }
    }
}

#[test]
fn an_empty_digest_matches_nothing_under_any_scheme() {
    let hashes = [
        "{SSHA}",
        "{MD5}",
        "$argon2id$v=19$m=64,t=2,p=1$c29tZXNhbHQ$",
        "md5$salt$",
        "pbkdf2_sha256$1$s$",
        "$S$",
        ":salt",
    ];
    for scheme in crosswalk_passwords::scheme_names() {
        let verifier = Verifier::new(&SchemeSpec::named(scheme), Limits::default()).unwrap();
        for hash in hashes {
            for password in ["", "salt", "password"] {
                assert!(
                    !verifier.verify(&Row::new(hash.as_bytes()), password.as_bytes()).is_match(),
                    "{scheme} {hash}"
                );
            }
        }
    }
}

#[test]
fn a_bare_digest_is_not_guessed_at_but_suggested() {
    assert_eq!(verifier("{}").verify(&Row::new(MD5), b"password"), Verdict::UnknownFormat);
    let candidates = identify(&Row::new(MD5));
    assert_eq!(candidates.len(), 1);
    assert_eq!((candidates[0].scheme, candidates[0].confidence), ("md5", Confidence::Possible));
    assert_eq!(identify(&Row::new(MD5).salt(b"s"))[0].scheme, "salted-md5");
    assert_eq!(identify(&Row::new(b"5f4dcc3b5aa765d61d8327deb882cf99:ab"))[0].scheme, "salted-md5");
    assert_eq!(identify(&Row::new(BCRYPT))[0].scheme, "bcrypt");
    assert_eq!(identify(&Row::new(b"  ")), []);
    assert_eq!(identify(&Row::new("Jürgen".as_bytes())), []);
}

#[test]
fn a_column_that_was_half_migrated_needs_only_the_name_of_its_bare_digest() {
    let verifier = verifier(r#"{"scheme":"md5"}"#);
    assert!(verifier.verify(&Row::new(MD5), b"password").is_match());
    assert!(verifier.verify(&Row::new(BCRYPT), b"password").is_match());
    assert!(verifier.verify(&Row::new(PHPASS), b"hashcat").is_match());
    assert_eq!(verifier.verify(&Row::new(BCRYPT), b"Password"), Verdict::NoMatch);
}

#[test]
fn the_scheme_column_of_a_row_wins_over_the_specification() {
    let verifier = verifier(r#"{"scheme":"bcrypt"}"#);
    assert_eq!(verifier.verify(&Row::new(MD5), b"password"), Verdict::UnknownFormat);
    assert!(verifier.verify(&Row::new(MD5).scheme("MD5"), b"password").is_match());
    assert!(verifier.verify(&Row::new(BCRYPT).scheme(""), b"password").is_match());
    assert!(verifier.verify(&Row::new(PHPASS).scheme("auto"), b"hashcat").is_match());
    assert_eq!(verifier.verify(&Row::new(MD5).scheme("rot13"), b"password"), Verdict::UnknownFormat);
}

#[test]
fn a_salted_digest_is_found_in_either_order_and_every_notation() {
    let verifier = verifier(r#"{"scheme":"salted-md5"}"#);
    // md5("password" . "salt") and md5("salt" . "password").
    for digest in ["b305cadbb3bce54f3aa59c64fec00dea", "67a1e09bb1f83f5007dc119c14d663aa"] {
        let raw = data_encoding::HEXLOWER.decode(digest.as_bytes()).unwrap();
        let base64 = data_encoding::BASE64.encode(&raw);
        let upper = digest.to_uppercase();
        let unpadded = base64.trim_end_matches('=');
        let padded = format!("{digest}        ");
        let prefixed = format!("0x{upper}");
        let columns = [
            digest.as_bytes(),
            &raw,
            base64.as_bytes(),
            upper.as_bytes(),
            unpadded.as_bytes(),
            padded.as_bytes(),
            prefixed.as_bytes(),
        ];
        for hash in columns {
            let row = Row::new(hash).salt(b"salt");
            assert_eq!(verifier.verify(&row, b"password"), Verdict::MatchButOld(Old::FastDigest));
            assert_eq!(verifier.verify(&row, b"passwore"), Verdict::NoMatch);
        }
        for hash in
            [format!("{digest}:salt"), format!("salt:{digest}"), format!("salt${digest}"), format!("{base64}.salt")]
        {
            assert!(verifier.verify(&Row::new(hash.as_bytes()), b"password").is_match(), "{hash}");
        }
    }
    let unsalted = verifier.verify(&Row::new(MD5), b"password");
    assert!(matches!(unsalted, Verdict::Malformed(_)), "{unsalted}");
    // NULL and '' differ: an empty salt column is an empty salt.
    assert!(verifier.verify(&Row::new(MD5).salt(b""), b"password").is_match());
}

#[test]
fn raw_bytes_are_read_as_such_even_where_they_look_like_a_mark() {
    let verifier = verifier(r#"{"scheme":"md5","hash_encoding":"raw"}"#);
    for (digest, password) in raw_digests_with_odd_ends() {
        assert!(verifier.verify(&Row::new(&digest), &password).is_match());
    }
}

/// Digests of numbers that begin with `!` or end in a blank, found by counting.
fn raw_digests_with_odd_ends() -> Vec<(Vec<u8>, Vec<u8>)> {
    use md5::{Digest, Md5};
    let digests = (0..5000u32).map(|number| {
        let password = number.to_string().into_bytes();
        (Md5::digest(&password).to_vec(), password)
    });
    let odd: Vec<_> = digests.filter(|(digest, _)| digest[0] == b'!' || digest[15] == b' ').collect();
    assert!(odd.len() > 10);
    odd
}

#[test]
fn a_digest_of_another_length_is_malformed_and_never_compared() {
    let verifier = verifier(r#"{"scheme":"sha256"}"#);
    for hash in [MD5, b"5f", b"5f4dcc3b5aa765d61d8327deb882cf9", b"@@@@"] {
        let verdict = verifier.verify(&Row::new(hash), b"password");
        assert!(matches!(verdict, Verdict::Malformed(_)), "{verdict}");
    }
}

#[test]
fn crypt_inside_ldap_is_read_if_it_is_known_and_unknown_if_it_is_not() {
    let verifier = verifier("{}");
    let held = [b"{crypt}", BCRYPT].concat();
    assert!(verifier.verify(&Row::new(&held), b"password").is_match());
    for hash in ["{CRYPT}$y$j9T$F5Jx5fExrKuPp53xLKQ..1", "{CRYPT}uKYq.IPGZpaBI", "{CRYPT}{CRYPT}$2b$04$"] {
        assert_eq!(verifier.verify(&Row::new(hash.as_bytes()), b"password"), Verdict::UnknownFormat, "{hash}");
    }
    for hash in ["{SASL}alice@example.org", "{CRYPT}", "{CRYPT}*", "{crypt}!$2b$04$", "{CRYPT}x"] {
        assert_eq!(verifier.verify(&Row::new(hash.as_bytes()), b"password"), Verdict::Locked, "{hash}");
    }
}

#[test]
fn old_says_what_is_too_low() {
    let verdict = verifier("{}").verify(&Row::new(BCRYPT), b"password");
    assert_eq!(verdict, Verdict::MatchButOld(Old::BelowTarget { parameter: "bcrypt cost", is: 4, target: 10 }));
    assert_eq!(verdict.to_string(), "match, but old: bcrypt cost is 4, the target is 10");
}

#[test]
fn bcrypt_cuts_bytes_and_refuses_nul() {
    let verifier = verifier("{}");
    let long = [b'a'; 100];
    let hash = crosswalk_passwords::hash("bcrypt", &low_cost(), &long[..72], &mut zeros).unwrap();
    let row = Row::new(hash.hash());
    assert!(verifier.verify(&row, &long[..72]).is_match());
    assert!(verifier.verify(&row, &long).is_match(), "bytes after the 72nd are not read");
    assert_eq!(verifier.verify(&row, &long[..71]), Verdict::NoMatch);
    // With its trailing NUL the key "a\0a\0…" repeats, so a C reader takes these two for one password.
    let hash = crosswalk_passwords::hash("bcrypt", &low_cost(), b"a", &mut zeros).unwrap();
    assert_eq!(verifier.verify(&Row::new(hash.hash()), b"a\0a"), Verdict::NoMatch);
}

#[test]
fn bcrypt_forgives_the_spare_bits_of_a_salt_made_by_hand() {
    let text = String::from_utf8(BCRYPT.to_vec()).unwrap();
    // The 22nd symbol of the salt is `u`; `w` has the same two bits that count.
    let by_hand = format!("{}w{}", &text[..28], &text[29..]);
    assert_eq!(&text[28..29], "u");
    assert!(verifier("{}").verify(&Row::new(by_hand.as_bytes()), b"password").is_match());
}

#[test]
fn costs_are_known_from_the_text_alone() {
    let verifier = verifier("{}");
    let cost = |hash: &[u8]| verifier.cost(&Row::new(hash));
    let argon2 =
        cost(b"$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$K13EBUiG7JV+9ZxztmHFTdb7J0WQsnj2V8bZaqyPptE");
    assert_eq!(argon2.memory_bytes, 19456 * 1024);
    assert!(argon2.micros > 5_000 && argon2.micros < 50_000);
    assert!(cost(b"{SSHA}q20D+y0XzBNQBgqxEAv8q3JQ8Cpisb8a").is_cheap());
    let bcrypt = cost(b"$2y$10$Jptgm22XGSNFWnquF1uweu6.QOKWEshovgExfZem706vpZWNV8s8.");
    assert!(!bcrypt.is_cheap() && bcrypt.memory_bytes == 0);
    for nothing in [&b"*"[..], b"$2y$31$Jptgm22XGSNFWnquF1uweu6.QOKWEshovgExfZem706vpZWNV8s8.", b"$2y$04$", b"what"] {
        assert_eq!(cost(nothing), Cost::default());
    }
}

#[test]
fn a_dummy_costs_what_its_model_costs_and_keeps_none_of_it() {
    let verifier = verifier("{}");
    let ten = b"$2y$10$Jptgm22XGSNFWnquF1uweu6.QOKWEshovgExfZem706vpZWNV8s8.";
    let (low, high) = (verifier.likeness(&Row::new(BCRYPT)).unwrap(), verifier.likeness(&Row::new(ten)).unwrap());
    assert_eq!(low.label(), "bcrypt cost=4");
    assert_ne!(low, high);
    assert_eq!(high.cost(), verifier.cost(&Row::new(ten)));
    assert_eq!(verifier.dummy_cost(Some(&low)), low.cost());
    assert_eq!(verifier.likeness(&Row::new(b"*")), None);
    let time = |like| {
        let start = std::time::Instant::now();
        (0..3).for_each(|_| verifier.dummy(Some(like), b"password"));
        start.elapsed()
    };
    // 64 times the rounds: a dummy that did nothing would not show it.
    assert!(time(&high) > 8 * time(&low));
    assert!(verifier.dummy_cost(None) == high.cost(), "auto: bcrypt 10 until a row was seen");
}

#[test]
fn a_specification_is_strict() {
    assert_eq!(wrong(r#"{"scheme":"md55"}"#), SpecError::UnknownScheme("md55".into()));
    assert_eq!(wrong(r#"{"order":"salt-first"}"#), SpecError::NoSuchOption { option: "order", scheme: "auto" });
    let nowhere = wrong(r#"{"scheme":"bcrypt","layout":"hash:salt"}"#);
    assert_eq!(nowhere.to_string(), "scheme \"bcrypt\" has no option layout");
    for json in [r#"{"scheme":"bcrypt","write":{"cost":3}}"#, r#"{"scheme":"argon2id","write":{"memory_kib":4194304}}"#]
    {
        assert!(matches!(wrong(json), SpecError::Write(_)), "{json}");
    }
    for json in [r#"{"colour":1}"#, r#"{"order":"sideways"}"#, r#"{"layout":"pepper:salt"}"#, r#"{"write":{"mem":1}}"#]
    {
        assert!(serde_json::from_str::<SchemeSpec>(json).is_err(), "{json}");
    }
    for name in crosswalk_passwords::scheme_names() {
        assert!(Verifier::new(&SchemeSpec::named(&name.to_uppercase().replace('-', "_")), Limits::default()).is_ok());
    }
}

#[test]
fn every_key_of_a_specification_is_listed() {
    let error = serde_json::from_str::<SchemeSpec>(r#"{"none such":1}"#).unwrap_err().to_string();
    for key in SchemeSpec::KEYS {
        assert!(error.contains(&format!("`{key}`")), "{key} is listed and not a key");
    }
    let keys = error.matches('`').count() / 2 - 1;
    assert_eq!(keys, SchemeSpec::KEYS.len(), "a key is missing from the list");
}

#[test]
fn limits_are_strict_settings_with_defaults() {
    let limits: Limits = serde_json::from_str(r#"{"bcrypt_cost":12}"#).unwrap();
    assert_eq!(limits, Limits { bcrypt_cost: 12, ..Limits::default() });
    assert!(serde_json::from_str::<Limits>(r#"{"bcrypt":12}"#).is_err());
}

#[test]
fn a_verifier_is_shared_between_threads() {
    fn shared<T: Send + Sync + 'static>() {}
    shared::<Verifier>();
    shared::<crosswalk_passwords::Likeness>();
}

#[test]
fn the_readme_lists_every_scheme_and_no_other() {
    let readme = include_str!("../README.md");
    let table = readme.split("## Schemes").nth(1).unwrap().split("\n## ").next().unwrap();
    let first_cells =
        table.lines().filter_map(|line| line.strip_prefix("| `")).filter_map(|line| line.split(" | ").next());
    let mut listed: Vec<_> =
        first_cells.flat_map(|cell| cell.split(['`', ',', ' '])).filter(|name| !name.is_empty()).collect();
    let mut known: Vec<_> = crosswalk_passwords::scheme_names().collect();
    listed.sort_unstable();
    known.sort_unstable();
    assert_eq!(listed, known);
}

fn low_cost() -> crosswalk_passwords::HashParams {
    crosswalk_passwords::HashParams { cost: Some(4), ..Default::default() }
}

fn zeros(bytes: &mut [u8]) {
    bytes.fill(0);
}
