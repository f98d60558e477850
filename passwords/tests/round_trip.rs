//! What is written verifies, another password does not, and it looks as the application writes it.

use crosswalk_passwords::{
    CannotWrite, HashParams, HashedRow, Limits, Row, SchemeSpec, Verdict, Verifier, scheme_names,
};

const PASSWORDS: [&str; 6] = ["password", "", " blanks ", "pässwörd-日本語🔑", "it's a \"test\\", "<&>"];

/// A generator instead of a random source: the same for each run.
fn counting() -> impl FnMut(&mut [u8]) {
    let mut state = 7u64;
    move |bytes| {
        for byte in bytes {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            *byte = state.to_be_bytes()[0];
        }
    }
}

fn verifier(json: &str) -> Verifier {
    let spec = serde_json::from_str(json).expect("a specification");
    Verifier::new(&spec, Limits::default()).expect("a sound specification")
}

/// A specification that can write, as cheap as the scheme allows.
fn cheap(scheme: &str) -> Verifier {
    let parameters = [
        r#""write":{"memory_kib":64,"lanes":1,"passes":1}"#,
        r#""write":{"rounds":3}"#,
        r#""write":{"cost":4}"#,
        r#""write":{"cost":7}"#,
        r#""order":"salt-first""#,
        r#""hash_encoding":"hex""#,
        "",
    ];
    let specs = parameters.iter().map(|parameters| {
        let comma = if parameters.is_empty() { "" } else { "," };
        serde_json::from_str(&format!(r#"{{"scheme":"{scheme}"{comma}{parameters}}}"#)).expect("a specification")
    });
    let verifiers = specs.filter_map(|spec: SchemeSpec| Verifier::new(&spec, Limits::default()).ok());
    verifiers.into_iter().next().expect("a sound specification")
}

fn row(written: &HashedRow) -> Row<'_> {
    let row = Row::new(written.hash());
    written.salt().map_or(row, |salt| row.salt(salt))
}

#[test]
fn what_every_scheme_writes_verifies_and_another_password_does_not() {
    for scheme in scheme_names().filter(|&scheme| scheme != "auto") {
        let verifier = cheap(scheme);
        let mut random = counting();
        for password in PASSWORDS {
            let written = verifier.hash(&Row::new(b""), password.as_bytes(), &mut random).unwrap();
            let verdict = verifier.verify(&row(&written), password.as_bytes());
            assert!(verdict.is_match(), "{scheme}: {verdict}");
            let other = format!("{password}!");
            assert_eq!(verifier.verify(&row(&written), other.as_bytes()), Verdict::NoMatch, "{scheme}");
            // A change of password keeps the row's scheme and notation and takes another salt.
            let again = verifier.hash(&row(&written), other.as_bytes(), &mut random).unwrap();
            assert!(verifier.verify(&row(&again), other.as_bytes()).is_match(), "{scheme}");
            assert_eq!(again.hash().len(), written.hash().len(), "{scheme}");
            assert_eq!(verifier.likeness(&row(&again)), verifier.likeness(&row(&written)), "{scheme}");
            let same = verifier.hash(&row(&written), password.as_bytes(), &mut random).unwrap();
            let salted = written.hash() != same.hash();
            let has_salt = !["md5", "sha1", "sha224", "sha256", "sha384", "sha512"]
                .iter()
                .any(|bare| scheme == *bare || scheme == format!("ldap-{bare}") || scheme == "ldap-sha");
            assert_eq!(salted, has_salt, "{scheme}");
        }
    }
}

#[test]
fn the_default_is_argon2id_as_owasp_has_it() {
    let written = crosswalk_passwords::hash("argon2id", &HashParams::default(), b"password", &mut counting()).unwrap();
    assert!(written.hash_text().unwrap().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
    let auto = verifier("{}");
    assert_eq!(auto.verify(&row(&written), b"password"), Verdict::Match);
}

#[test]
fn each_application_finds_its_own_notation() {
    let begins = [
        ("bcrypt", "$2b$10$"),
        ("bcrypt-2y", "$2y$10$"),
        ("wordpress", "$wp$2y$10$"),
        ("phpass", "$P$B"),
        ("phpass-phpbb", "$H$B"),
        ("drupal7", "$S$D"),
        ("ldap", "{SSHA}"),
        ("ldap-ssha512", "{SSHA512}"),
        ("ldap-crypt-bcrypt", "{CRYPT}$2b$10$"),
        ("nextcloud", "3|$argon2id$v=19$m=19456,t=2,p=1$"),
        ("jenkins", "#jbcrypt:$2a$10$"),
        ("django-md5", "md5$"),
        ("django-scrypt", "scrypt$16384$"),
    ];
    for (scheme, begin) in begins {
        let written = crosswalk_passwords::hash(scheme, &HashParams::default(), b"password", &mut counting()).unwrap();
        assert!(written.hash_text().unwrap().starts_with(begin), "{scheme}");
        assert!(written.salt().is_none(), "{scheme}");
    }
    let drupal = crosswalk_passwords::hash("drupal7", &HashParams::default(), b"password", &mut counting()).unwrap();
    assert_eq!(drupal.hash().len(), 55);
}

#[test]
fn the_salt_of_django_s_argon2_is_22_letters_and_digits() {
    let verifier = verifier(r#"{"scheme":"django-argon2","write":{"memory_kib":64,"lanes":1}}"#);
    let mut random = counting();
    let first = verifier.hash(&Row::new(b""), b"password", &mut random).unwrap();
    for written in [&first, &verifier.hash(&row(&first), b"other", &mut random).unwrap()] {
        let salt = written.hash_text().unwrap().split('$').nth(4).unwrap();
        let salt = data_encoding::BASE64_NOPAD.decode(salt.as_bytes()).unwrap();
        assert!(salt.len() == 22 && salt.iter().all(u8::is_ascii_alphanumeric));
    }
}

#[test]
fn a_salted_digest_goes_back_into_the_columns_it_came_from() {
    let verifier = verifier(r#"{"scheme":"salted-sha1","order":"password-first"}"#);
    let digest = "59b3e8d637cf97edbe2384cf59cb7453dfe30789"; // sha1("password" . "salt")
    let base64 = data_encoding::BASE64.encode(&data_encoding::HEXLOWER.decode(digest.as_bytes()).unwrap());
    let mut random = counting();

    let column = verifier.hash(&Row::new(digest.to_uppercase().as_bytes()).salt(b"salt"), b"new", &mut random).unwrap();
    assert_eq!((column.hash().len(), column.salt().unwrap().len()), (40, 4));
    assert!(!column.hash().iter().any(u8::is_ascii_lowercase), "upper case stays upper case");

    let joined = format!("{base64}:cafe");
    let written = verifier.hash(&Row::new(joined.as_bytes()), b"new", &mut random).unwrap();
    let (digest, salt) = written.hash_text().unwrap().split_once(':').unwrap();
    assert!(digest.len() == 28 && digest.ends_with('=') && written.salt().is_none());
    assert!(salt.len() == 4 && salt.bytes().all(|byte| byte.is_ascii_hexdigit()), "a salt of hex digits stays one");
    assert!(verifier.verify(&row(&written), b"new").is_match());
}

#[test]
fn a_specification_says_how_a_new_user_is_written() {
    let verifier = verifier(
        r#"{"scheme":"salted-sha256","order":"salt-first","layout":"salt$hash","hash_encoding":"base64",
            "salt_encoding":"hex","site_key_order":"last","write":{"salt_length":8}}"#,
    );
    let new = Row::new(b"").site_key(b"pepper");
    let written = verifier.hash(&new, b"password", &mut counting()).unwrap();
    let (salt, digest) = written.hash_text().unwrap().split_once('$').unwrap();
    assert_eq!((salt.len(), digest.len()), (8, 44));
    assert!(verifier.verify(&row(&written).site_key(b"pepper"), b"password").is_match());
    assert_eq!(verifier.verify(&row(&written).site_key(b"Pepper"), b"password"), Verdict::NoMatch);
    assert!(matches!(verifier.verify(&row(&written), b"password"), Verdict::Malformed(_)));
    assert_eq!(verifier.hash(&Row::new(b""), b"password", &mut counting()), Err(CannotWrite::NoSiteKey));
}

#[test]
fn what_would_lose_something_is_not_written() {
    let write = |json: &str, row: &Row<'_>, password: &[u8]| verifier(json).hash(row, password, &mut counting());
    let new = Row::new(b"");
    let bcrypt = r#"{"scheme":"bcrypt","write":{"cost":4}}"#;
    assert_eq!(write(bcrypt, &new, &[b'a'; 73]), Err(CannotWrite::PasswordTooLong { limit: 72 }));
    assert_eq!(write(bcrypt, &new, "é".repeat(37).as_bytes()), Err(CannotWrite::PasswordTooLong { limit: 72 }));
    assert_eq!(write(bcrypt, &new, b"a\0b"), Err(CannotWrite::PasswordHoldsNul));
    assert!(matches!(write(bcrypt, &new, &[b'a'; 5000]), Err(CannotWrite::OverLimit(_))));
    assert_eq!(write("{}", &new, b"password"), Err(CannotWrite::NotChosen));
    assert_eq!(write("{}", &Row::new(b"what is this"), b"password"), Err(CannotWrite::NotLikeThat));
    assert_eq!(write(r#"{"scheme":"salted-md5"}"#, &new, b"password"), Err(CannotWrite::OrderNotStated));
    let encoded = r#"{"scheme":"md5","password_encoding":"utf16le"}"#;
    assert_eq!(write(encoded, &new, b"\xff\xfe"), Err(CannotWrite::PasswordNotText));
}

#[test]
fn the_faulty_bcrypt_is_read_and_never_written() {
    let faulty = Row::new(b"$2x$05$CCCCCCCCCCCCCCCCCCCCC.Qjdj3GXX7D0sFE9jji6wxSTWIhqI3US");
    let written = verifier("{}").hash(&faulty, "pässwörd".as_bytes(), &mut counting()).unwrap();
    assert!(written.hash_text().unwrap().starts_with("$2y$05$"));
}

#[test]
fn whether_a_scheme_can_be_written_is_known_without_writing() {
    for scheme in scheme_names() {
        for order in ["", r#","order":"salt-first""#] {
            let Ok(spec) = serde_json::from_str::<SchemeSpec>(&format!(r#"{{"scheme":"{scheme}"{order}}}"#)) else {
                continue;
            };
            // An option that the scheme does not have is refused earlier.
            let Ok(verifier) = Verifier::new(&spec, Limits::default()) else { continue };
            let row = Row::new(b"");
            let written = verifier.hash(&row, b"password", &mut counting()).map(drop);
            assert_eq!(verifier.can_write(&row), written, "{scheme}{order}");
        }
    }
}
