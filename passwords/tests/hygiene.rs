//! No password, hash, salt or key in anything that can be printed.

use crosswalk_passwords::{Limits, Row, SchemeSpec, Verifier, scheme_names};

/// Parts of the values below; none of them may ever be seen.
const VALUES: [&str; 8] = ["Tr0ub4dor", "q20D+y0X", "s4lty", "p3pper", "alice", "mail@", "4711", "Q0lCL0lP"];

const HASHES: [&str; 9] = [
    "{SSHA}q20D+y0XzBNQBgqxEAv8q3JQ8Cpisb8a",
    "{SSHA}q20D+y0X",
    "$argon2id$v=19$m=64,t=2,p=1$Q0lCL0lPeGpGdnA4TGpGRA$Q0lCL0lP",
    "$argon2id$v=19$m=9999999,t=2,p=1$Q0lCL0lPeGpGdnA4TGpGRA$Q0lCL0lP",
    "$2b$04$q20D+y0X",
    "md5$s4lty$q20D+y0X",
    "q20D+y0X:s4lty",
    "!q20D+y0X",
    "5f4dcc3b5aa765d61d8327deb882cf99",
];

fn clean(printed: &str) {
    for value in VALUES {
        assert!(!printed.contains(value), "{value:?} is in {printed:?}");
    }
}

#[test]
fn nothing_that_prints_holds_a_value() {
    for scheme in scheme_names() {
        let verifier = Verifier::new(&SchemeSpec::named(scheme), Limits::default()).unwrap();
        clean(&format!("{verifier:?}"));
        for hash in HASHES {
            let row = Row::new(hash.as_bytes()).salt(b"s4lty").site_key(b"p3pper").user_name(b"alice").email(b"mail@");
            let row = row.id(b"4711");
            clean(&format!("{row:?} {row:#?}"));
            let verdict = verifier.verify(&row, b"Tr0ub4dor");
            clean(&format!("{verdict:?} {verdict}"));
            clean(&format!("{:?}", verifier.likeness(&row)));
            clean(&format!("{:?}", crosswalk_passwords::identify(&row)));
            // A new hash at full cost says no more than a cheap one.
            if verifier.dummy_cost(None).micros > 20_000 && verifier.cost(&row).is_nothing() {
                continue;
            }
            match verifier.hash(&row, b"Tr0ub4dor\0", &mut |bytes: &mut [u8]| bytes.fill(1)) {
                Ok(written) => clean(&format!("{written:?}")),
                Err(reason) => clean(&format!("{reason:?} {reason}")),
            }
        }
    }
}

#[test]
fn no_source_file_prints_logs_or_waits() {
    let forbidden = [
        "println!",
        "eprintln!",
        "dbg!",
        "panic!(",
        "tracing::",
        "log::",
        "std::time",
        "std::fs",
        "std::net",
        "async fn",
    ];
    let mut folders = vec![std::path::PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src")];
    let mut files = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            files += 1;
            let source = std::fs::read_to_string(&path).unwrap();
            let code = source.split("#[cfg(test)]").next().unwrap();
            for word in forbidden {
                assert!(!code.contains(word), "{} has {word}", path.display());
            }
        }
    }
    assert!(files > 20);
}
