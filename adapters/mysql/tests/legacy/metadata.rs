//! Changes of metadata containers, in columns of every kind.

use crosswalk_contract::{ContainerPatch, ErrorKind, Field, Key, Patch};
use serde_json::{json, value::RawValue};

use crate::shop::{SHOP, Shop, assign, id, opening, set};

pub async fn metadata_is_merged_at_its_first_level_and_otherwise_untouched() {
    let shop = Shop::new().await;
    let stored = "{ \"n\" : 12345678901234567890123, \"o\": {\"b\":1, \"a\":2}, \"é\": \"\\ud83d\\ude00\" }";
    let escaped = stored.replace('\\', "\\\\");
    shop.sql(&format!("UPDATE user SET metadata = '{escaped}' WHERE no = 4711")).await;
    assert!(shop.set("4711", "plan", "\"😀\"").await.unwrap());
    let merged = format!("{},\"plan\":\"😀\" }}", stored.strip_suffix(" }").unwrap());
    assert_eq!(shop.text("SELECT metadata FROM user WHERE no = 4711").await.unwrap(), merged);
    assert!(shop.set("4712", "a", "1").await.unwrap(), "PHP's empty array is an empty container");
    assert_eq!(shop.text("SELECT metadata FROM user WHERE no = 4712").await.unwrap(), "{\"a\":1}");
    assert!(!shop.set("4713", "a", "1").await.unwrap(), "a row outside the condition is not touched");
}

pub async fn containers_and_single_columns_change_together_or_not_at_all() {
    let shop = Shop::new().await;
    let changes = shop.adapter.change_metadata().unwrap();
    let mut patch = set("a", "1");
    patch.fields.push(assign("order", "changed"));
    assert!(changes.change_metadata(&Key::field("no", "4711"), &patch).await.unwrap());
    assert_eq!(shop.text("SELECT `order` FROM user WHERE no = 4711").await.unwrap(), "changed");
    let error = changes.change_metadata(&Key::field("no", "4714"), &patch).await.unwrap_err();
    assert_eq!((error.kind(), error.code_name()), (ErrorKind::Inconsistent, "metadata_unreadable"));
    let row = "SELECT concat(`order`, metadata) FROM user WHERE no = 4714";
    assert_eq!(shop.text(row).await.unwrap(), "fourth{\"plan\":");
    patch.containers[0].max_bytes = 5;
    let error = changes.change_metadata(&Key::field("no", "4712"), &patch).await.unwrap_err();
    assert_eq!(error.code_name(), "metadata_too_large");
    assert_eq!(shop.text("SELECT `order` FROM user WHERE no = 4712").await.unwrap(), "second");
}

pub async fn a_document_lives_in_every_kind_of_column_and_its_limit_is_known() {
    for (declared, limit) in [
        ("TINYTEXT", Some(255)),
        ("TEXT", Some(65_535)),
        ("BLOB", Some(65_535)),
        ("VARCHAR(300)", Some(300)),
        ("TEXT CHARACTER SET latin1", Some(65_535)),
        ("TEXT CHARACTER SET utf8mb3", Some(65_535)),
        ("MEDIUMBLOB", None),
        ("LONGTEXT", None),
        ("JSON", None),
    ] {
        let sql = format!(
            "CREATE TABLE t (no INT PRIMARY KEY, metadata {declared}) CHARSET utf8mb4; INSERT INTO t VALUES (1, NULL)"
        );
        let shop = Shop::with(&sql, json!({ "table": "t" }), id(&["no"])).await;
        assert!(shop.set("1", "a", "\"é\"").await.unwrap(), "{declared}");
        let user = shop.get(&Key::field("no", "1")).await.unwrap().unwrap();
        let expected = r#"{"a":"é"}"#;
        match user.get("metadata").unwrap() {
            Field::Bytes(bytes) => assert_eq!(bytes, expected.as_bytes(), "{declared}"),
            field => assert_eq!(field.as_text(), Some(expected), "{declared}"),
        }
        let size = limit.unwrap_or(3_000_000);
        // {"a":"…"} exactly as large as the column.
        let fitting = format!("\"{}\"", "x".repeat(size - 8));
        assert!(shop.set("1", "a", &fitting).await.unwrap(), "{declared}");
        let stored = shop.text("SELECT CAST(length(metadata) AS CHAR) FROM t").await.unwrap();
        assert_eq!(stored, size.to_string(), "{declared}: nothing is cut");
        if limit.is_some() {
            let error = shop.set("1", "a", &format!("\"{}\"", "x".repeat(size - 7))).await.unwrap_err();
            assert_eq!((error.kind(), error.code_name()), (ErrorKind::Refused, "metadata_too_large"), "{declared}");
            assert!(error.to_string().contains(&size.to_string()), "{declared}: {error}");
            assert_eq!(shop.text("SELECT CAST(length(metadata) AS CHAR) FROM t").await.unwrap(), stored, "{declared}");
        }
    }
}

pub async fn a_document_larger_than_the_packet_is_refused_before_the_server_hangs_up() {
    let sql = "CREATE TABLE t (no INT PRIMARY KEY, metadata LONGTEXT) CHARSET utf8mb4; INSERT INTO t VALUES (1, '{}')";
    let shop = Shop::with(sql, json!({ "table": "t" }), id(&["no"])).await;
    let packet: usize = shop.text("SELECT CAST(@@max_allowed_packet AS CHAR)").await.unwrap().parse().unwrap();
    let limits = shop.adapter.examine().await.unwrap().column_limits;
    assert!(limits.iter().any(|(name, limit)| name == "metadata" && *limit <= packet as u64), "{limits:?}");
    assert!(packet <= 1 << 27, "run this on a server with a max_allowed_packet of up to 128 MB");
    let near = format!("\"{}\"", "x".repeat(packet - 4_096));
    assert!(shop.set("1", "a", &near).await.unwrap());
    let error = shop.set("1", "a", &format!("\"{}\"", "x".repeat(packet))).await.unwrap_err();
    assert_eq!((error.kind(), error.code_name()), (ErrorKind::Refused, "metadata_too_large"));
    assert!(error.to_string().contains("max_allowed_packet"), "{error}");
    assert!(shop.set("1", "a", "1").await.unwrap(), "and the connection lives");
}

pub async fn a_character_that_the_column_cannot_hold_is_refused_and_nothing_is_lost() {
    for charset in ["utf8mb3", "latin1"] {
        let sql = format!(
            "CREATE TABLE t (no INT PRIMARY KEY, metadata TEXT CHARACTER SET {charset});
             INSERT INTO t VALUES (1, '{{\"a\":\"é\"}}')"
        );
        let shop = Shop::with(&sql, json!({ "table": "t" }), id(&["no"])).await;
        let error = shop.set("1", "b", "\"😀\"").await.unwrap_err();
        assert_eq!((error.kind(), error.code_name()), (ErrorKind::Refused, "not_in_charset"), "{charset}");
        assert!(error.to_string().contains("metadata") && !error.to_string().contains('😀'), "{error}");
        assert!(shop.set("1", "b", "\"\\ud83d\\ude00\"").await.unwrap(), "{charset}: spelt out, it fits");
        let stored = shop.text("SELECT metadata FROM t").await.unwrap();
        assert_eq!(stored, "{\"a\":\"é\",\"b\":\"\\ud83d\\ude00\"}", "{charset}");
    }
}

pub async fn a_patch_without_containers_only_looks_for_the_user() {
    let shop = Shop::new().await;
    let changes = shop.adapter.change_metadata().unwrap();
    assert!(changes.change_metadata(&Key::field("no", "4711"), &Patch::default()).await.unwrap());
    assert!(!changes.change_metadata(&Key::field("no", "1"), &Patch::default()).await.unwrap());
}

pub async fn what_stays_the_same_is_not_written() {
    let sql =
        format!("{SHOP} ALTER TABLE user ADD changed TIMESTAMP(6) NOT NULL DEFAULT '2009-01-01' ON UPDATE NOW(6)");
    let shop = Shop::with(&sql, json!({ "table": "user" }), opening()).await;
    let nothing = Patch { containers: vec![ContainerPatch::new("metadata", 1 << 20)], fields: Vec::new() };
    assert!(
        shop.adapter.change_metadata().unwrap().change_metadata(&Key::field("no", "4712"), &nothing).await.unwrap()
    );
    assert!(shop.set("4711", "plan", "\"gold\"").await.unwrap());
    assert_eq!(
        shop.text("SELECT group_concat(metadata ORDER BY no) FROM user WHERE no < 4713").await.unwrap(),
        "{\"plan\":\"gold\"},[]"
    );
    assert_eq!(shop.text("SELECT CAST(count(*) AS CHAR) FROM user WHERE changed > '2010-01-01'").await.unwrap(), "0");
}

pub async fn two_containers_of_one_row_change_at_once() {
    let sql =
        "CREATE TABLE t (no INT PRIMARY KEY, metadata JSON, other LONGBLOB); INSERT INTO t VALUES (1, '{}', 'null')";
    let shop = Shop::with(sql, json!({ "table": "t" }), id(&["no"])).await;
    let mut patch = set("a", "1");
    let mut other = ContainerPatch::new("OTHER", 100);
    other.set.push(("b".to_owned(), RawValue::from_string("[2]".to_owned()).unwrap()));
    patch.containers.push(other);
    assert!(shop.adapter.change_metadata().unwrap().change_metadata(&Key::field("no", "1"), &patch).await.unwrap());
    assert_eq!(shop.text("SELECT concat(metadata, other) FROM t").await.unwrap(), "{\"a\":1}{\"b\":[2]}");
}
