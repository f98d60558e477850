//! What a key finds, and what it must never find.

use crosswalk_contract::{Field, Key, Opening};
use futures::TryStreamExt;
use serde_json::json;

use crate::shop::{Shop, assign, folded, id};

pub async fn text_that_is_not_the_columns_canonical_form_is_nobody() {
    let shop = Shop::new().await;
    let long = "9".repeat(10_000);
    for no in [
        "4711abc",
        " 4711",
        "4711 ",
        "4711.0",
        "+4711",
        "04711",
        "",
        "4711\0",
        "' OR 1=1 --",
        "😀",
        "\\",
        "4711e0",
        "0x1267",
        "-4711",
        &long,
    ] {
        assert!(shop.get(&Key::field("no", no)).await.unwrap().is_none(), "{no:?}");
        assert!(!shop.set(no, "a", "1").await.unwrap(), "{no:?}");
        assert!(!shop.adapter.delete().unwrap().delete(&Key::field("no", no)).await.unwrap(), "{no:?}");
    }
    assert_eq!(shop.list(None).await.unwrap().len(), 3);
}

pub async fn every_type_finds_its_own_text_and_nothing_that_the_server_takes_for_it() {
    let columns = [
        ("t1", "TINYINT", "-5", "-5", &["-5.0", "-05", "−5"][..]),
        ("bu", "BIGINT UNSIGNED", "18446744073709551615", "18446744073709551615", &["18446744073709551616", "-1"]),
        ("zf", "INT(5) ZEROFILL", "42", "42", &["00042"]),
        (
            "de",
            "DECIMAL(30,4)",
            "12345678901234567890.1200",
            "12345678901234567890.1200",
            &["12345678901234567890.12", "12345678901234567890.1201", "12345678901234567891.1200"],
        ),
        ("fl", "FLOAT", "0.1", "0.1", &["0.10", "0.1f", "1e-1", ".1"]),
        ("db", "DOUBLE", "0.1", "0.1", &["0.10", "0.1 ", "nan", "inf"]),
        ("bi", "BIT(40)", "b'1111'", "15", &["015", "\u{f}"]),
        ("ye", "YEAR", "2009", "2009", &["9", "09", "2009.0"]),
        ("da", "DATE", "'2009-00-00'", "2009-00-00", &["2009", "20090000", "2009-0-0", "x"]),
        (
            "dt",
            "DATETIME(3)",
            "'2009-02-13 23:31:30.12'",
            "2009-02-13T23:31:30.12",
            &["2009-02-13 23:31:30.12", "2009-02-13T23:31:30.120", "20090213233130.12", "x"],
        ),
        ("ti", "TIME", "'26:00:01'", "26:00:01", &["1 02:00:01", "260001", "26:00:01.0"]),
        ("en", "ENUM('Gold','silver')", "'Gold'", "Gold", &["gold", "1", "Gold ", ""]),
        ("se", "SET('a','b')", "'a,b'", "a,b", &["b,a", "3", "A,b"]),
        ("vb", "VARBINARY(20)", "'Jané'", "Jané", &["jané", "Jané ", "Jané\0"]),
        ("bn", "BINARY(3)", "'abc'", "abc", &["abC", "abc\0", "ab"]),
        ("bl", "BLOB", "'😀'", "😀", &["😁", ""]),
        ("ch", "CHAR(9)", "'Jané'", "Jané", &["Jane", "jané", "Jané ", "Jané\0", "Jané\u{200b}"]),
        ("la", "VARCHAR(9) CHARACTER SET latin1", "'Jané €'", "Jané €", &["Jane €", "Jané ?", "😀", "Jan? €"]),
        ("l2", "VARCHAR(9) CHARACTER SET latin1 COLLATE latin1_bin", "'?'", "?", &["😀", "ř", "? "]),
        ("u3", "VARCHAR(9) CHARACTER SET utf8mb3 COLLATE utf8mb3_unicode_ci", "'ß?'", "ß?", &["ss?", "ß😀", "😀"]),
        ("gb", "VARCHAR(9) CHARACTER SET gbk", "'中?'", "中?", &["中😀", "中"]),
        ("uc", "VARCHAR(9) CHARACTER SET utf16", "'é😀'", "é😀", &["e😀", "é"]),
        ("bc", "VARCHAR(9) COLLATE utf8mb4_bin", "'jané'", "jané", &["Jané", "jane", "jané "]),
        ("tx", "LONGTEXT", "'a\\0b'", "a\0b", &["a", "ab", "a\0", "a\0B"]),
        ("js", "JSON", "'{\"a\": 1}'", "{\"a\": 1}", &["{\"a\":1}", "{}"]),
    ];
    let declared: Vec<String> = columns.iter().map(|(name, declared, ..)| format!("{name} {declared}")).collect();
    let stored: Vec<&str> = columns.iter().map(|(_, _, stored, ..)| *stored).collect();
    let sql = format!(
        "CREATE TABLE t (id INT PRIMARY KEY, {}) CHARSET utf8mb4; INSERT INTO t VALUES (1, {}); INSERT INTO t (id) VALUES (2)",
        declared.join(", "),
        stored.join(", ")
    );
    let shop = Shop::with(&sql, json!({ "table": "t" }), id(&["id"])).await;
    for (name, declared, _, own, others) in columns {
        let found = shop.get(&Key::field(name, own)).await;
        assert!(found.unwrap().is_some_and(|user| user.get("id") == Some(&Field::I64(1))), "{declared} {own}");
        for other in others {
            let found = shop.get(&Key::field(name, *other)).await;
            assert!(found.as_ref().is_ok_and(Option::is_none), "{declared} {other:?}: {found:?}");
        }
    }
}

pub async fn folded_keys_regard_accents_and_spaces_but_not_letter_case() {
    for collation in ["utf8mb4_general_ci", "utf8mb4_bin", "utf8mb4_unicode_ci"] {
        let sql = format!(
            "CREATE TABLE t (id INT PRIMARY KEY, mail VARCHAR(50) COLLATE {collation}, l VARCHAR(50) CHARACTER SET latin1,
                             b VARBINARY(50), KEY (mail));
             INSERT INTO t VALUES (1, 'JANÉ@x', 'JANÉ@x', 'JANÉ@x'), (2, 'jane@x', 'jane@x', 'jane@x')"
        );
        let shop = Shop::with(&sql, json!({ "table": "t" }), id(&["id"])).await;
        for column in ["mail", "l", "b"] {
            for (asked, no) in [("jané@x", 1), ("jane@x", 2)] {
                let found = shop.get(&folded(column, asked)).await.unwrap();
                assert!(
                    found.is_some_and(|user| user.get("id") == Some(&Field::I64(no))),
                    "{collation} {column} {asked}"
                );
            }
            for nobody in ["jane@x ", "jane@x\0", "janè@x", "j😀ne@x", "jan?@x", "", "jane@x\u{301}"] {
                assert!(shop.get(&folded(column, nobody)).await.unwrap().is_none(), "{collation} {column} {nobody:?}");
            }
        }
    }
}

pub async fn a_write_touches_only_the_row_that_has_the_bytes_of_the_key() {
    let sql = "CREATE TABLE t (name VARCHAR(9) PRIMARY KEY, ok INT DEFAULT 0) COLLATE utf8mb4_general_ci;
               INSERT INTO t (name) VALUES ('Jané')";
    let shop = Shop::with(sql, json!({ "table": "t" }), id(&["name"])).await;
    for other in ["jane", "JANÉ", "Jané ", "Jane"] {
        let key = Key::field("name", other);
        assert!(
            !shop.adapter.verify().unwrap().verify(&key, &[assign("ok", Field::I64(1))]).await.unwrap(),
            "{other:?}"
        );
        assert!(!shop.adapter.delete().unwrap().delete(&key).await.unwrap(), "{other:?}");
    }
    assert_eq!(shop.text("SELECT CAST(ok AS CHAR) FROM t").await.unwrap(), "0");
    let key = Key::field("name", "Jané");
    assert!(shop.adapter.verify().unwrap().verify(&key, &[assign("ok", Field::I64(1))]).await.unwrap());
}

pub async fn whatever_text_is_only_data() {
    let sql = "CREATE TABLE t (id INT AUTO_INCREMENT PRIMARY KEY, mail LONGTEXT) CHARSET utf8mb4";
    let mut opening = id(&["id"]);
    opening.lookup_fields = vec![("mail".to_owned(), false)];
    let shop = Shop::with(sql, json!({ "table": "t" }), opening).await;
    let long = format!("{}@example.com", "a".repeat(10_000));
    for mail in ["o'neil\"`@x", "back\\slash\\'@x", "😀@x", "nul\0@x", "x'; DROP TABLE t; --", "%_@x", ":name ?", &long]
    {
        let made = shop.create(&[("mail", mail.into())]).await.unwrap().unwrap();
        assert!(made.get("mail") == Some(&mail.into()), "{mail:?}");
        let found = shop.get(&Key::field("mail", mail)).await.unwrap().unwrap();
        assert!(found.get("id") == made.get("id"), "{mail:?}");
        assert!(shop.create(&[("mail", mail.into())]).await.is_err(), "{mail:?} is taken");
    }
}

pub async fn names_of_tables_and_columns_are_only_names() {
    let sql = "CREATE TABLE `a``b :c ?` (`i``d?` INT PRIMARY KEY, `:x` TEXT, `sel\"ect` TEXT);
               INSERT INTO `a``b :c ?` VALUES (1, 'x', 'y')";
    let shop = Shop::with(sql, json!({ "table": "a`b :c ?" }), id(&["i`d?"])).await;
    assert!(shop.get(&Key::field(":x", "x")).await.unwrap().is_some());
    let key = Key::field("i`d?", "1");
    assert!(shop.adapter.verify().unwrap().verify(&key, &[assign("sel\"ect", "z"), assign(":x", "w")]).await.unwrap());
    assert_eq!(shop.list(None).await.unwrap().len(), 1);
}

pub async fn look_ups_are_served_by_indexes() {
    use mysql_async::prelude::Queryable;
    for (column, collation) in [
        ("VARCHAR(40)", "utf8mb4_general_ci"),
        ("VARCHAR(40) CHARACTER SET latin1", "latin1_german1_ci"),
        ("VARCHAR(40) CHARACTER SET utf8mb3", "utf8mb3_unicode_ci"),
        ("VARBINARY(40)", ""),
        ("BIGINT UNSIGNED", ""),
        ("DECIMAL(20,0)", ""),
    ] {
        let collate = if collation.is_empty() { String::new() } else { format!("COLLATE {collation}") };
        let sql = format!(
            "CREATE TABLE t (id INT PRIMARY KEY, k {column} {collate}, pad CHAR(200), UNIQUE (k));
             INSERT INTO t SELECT seq, seq, 'x' FROM seq_1_to_3000; ANALYZE TABLE t"
        );
        let shop = Shop::with(&sql, json!({ "table": "t", "pool": { "max_size": 1 } }), id(&["id"])).await;
        assert!(shop.get(&Key::field("k", "77")).await.unwrap().is_some(), "{column}");
        let mut owner = shop.owner().await;
        // The number of rows that the adapter's own connection reads for one look-up.
        let read = "SELECT CAST(SUM(VARIABLE_VALUE) AS CHAR) FROM information_schema.GLOBAL_STATUS
                    WHERE VARIABLE_NAME IN ('Handler_read_rnd_next', 'Handler_read_next')";
        let mut least = u64::MAX;
        // Others work on the same server, so the quietest moment counts.
        for _ in 0..20 {
            let before: u64 = owner.query_first::<String, _>(read).await.unwrap().unwrap().parse().unwrap();
            assert!(shop.get(&Key::field("k", "78")).await.unwrap().is_some());
            let after: u64 = owner.query_first::<String, _>(read).await.unwrap().unwrap().parse().unwrap();
            least = least.min(after - before);
        }
        assert!(least < 2_500, "{column}: {least} rows were read for one");
    }
}

pub async fn a_table_without_a_key_cannot_be_listed_and_says_so() {
    let sql = "CREATE TABLE t (code VARCHAR(9), name TEXT)";
    let shop = Shop::with(sql, json!({ "table": "t" }), Opening::new("shop", ".")).await;
    let error = shop.adapter.list_users().unwrap().list_users(None).try_next().await.unwrap_err();
    assert_eq!(error.kind(), crosswalk_contract::ErrorKind::Config);
    assert!(error.hint_text().is_some_and(|hint| hint.contains("primary key")), "{error}");
}
