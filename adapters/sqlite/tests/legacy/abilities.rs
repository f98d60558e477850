//! What each ability does on a legacy table.

use crate::shop::{Shop, assign, composite, folded, opening, set};
use crosswalk_contract::{
    Ability, Cursor, EmailChange, ErrorKind, Field, Key, NewPassword, NewUser, Opening, Severity,
};
use serde_json::json;

#[tokio::test]
async fn a_user_is_found_in_a_table_named_user_by_a_column_named_order() {
    let shop = Shop::new();
    let user = shop.get(&Key::field("order", "first")).await.unwrap().unwrap();
    assert!(user.get("no") == Some(&Field::I64(4711)));
    assert!(user.get("mail addr") == Some(&"Jane@example.com".into()));
    assert_eq!(user.columns().names().len(), 7, "without a map all columns are read");
    assert!(shop.get(&Key::field("no", "4713")).await.unwrap().is_none(), "a row outside the condition does not exist");
}

#[tokio::test]
async fn text_that_is_not_the_columns_canonical_form_is_nobody() {
    let shop = Shop::new();
    for id in ["4711abc", " 4711", "4711 ", "4711.0", "+4711", "04711", "", "4711\0", "' OR 1=1 --", "😀", "\\"] {
        assert!(shop.get(&Key::field("no", id)).await.unwrap().is_none(), "{id:?}");
        assert!(!shop.set(id, "a", "1").await.unwrap(), "{id:?}");
        assert!(!shop.adapter.delete().unwrap().delete(&Key::field("no", id)).await.unwrap(), "{id:?}");
    }
    assert!(shop.get(&Key::field("order", "x".repeat(10_000))).await.unwrap().is_none());
}

#[tokio::test]
async fn text_is_compared_byte_for_byte_even_where_the_column_is_not() {
    let shop = Shop::new();
    assert!(shop.get(&Key::field("mail addr", "jane@example.com")).await.unwrap().is_none());
    assert!(shop.get(&Key::field("mail addr", "Jane@example.com")).await.unwrap().is_some());
    assert!(shop.get(&folded("mail addr", "jane@example.com")).await.unwrap().is_some());
    assert!(shop.get(&folded("mail addr", "jane@example.com\0")).await.unwrap().is_none());
}

#[tokio::test]
async fn letters_beyond_ascii_are_folded_too() {
    let shop = Shop::new();
    shop.owner().execute("UPDATE user SET \"mail addr\" = 'JÜRGEN@Example.com' WHERE no = 4712", []).unwrap();
    assert!(shop.get(&folded("mail addr", "jürgen@example.com")).await.unwrap().is_some());
    assert!(shop.get(&folded("mail addr", "jurgen@example.com")).await.unwrap().is_none());
    assert!(shop.get(&Key::field("mail addr", "jürgen@example.com")).await.unwrap().is_none());
    let twin = shop.create(&[("mail addr", Field::Text("jürgen@EXAMPLE.com".into()))]).await.unwrap_err();
    assert_eq!(twin.code_name(), "user_exists");
}

#[tokio::test]
async fn a_nul_is_only_data() {
    let shop = Shop::new();
    shop.owner().execute("UPDATE user SET \"mail addr\" = ?1 WHERE no = 4712", ["Joe@example.com\0evil"]).unwrap();
    assert!(shop.get(&folded("mail addr", "joe@example.com")).await.unwrap().is_none());
    assert!(shop.get(&folded("mail addr", "joe@example.com\0life")).await.unwrap().is_none());
    assert!(shop.get(&Key::field("mail addr", "Joe@example.com\0evil")).await.unwrap().is_some());
}

#[tokio::test]
async fn each_affinity_finds_its_canonical_text_only() {
    let sql = "CREATE TABLE t (i INT, n NUMERIC, r REAL, b BLOB, x);
               INSERT INTO t VALUES (1, 2, 3.5, x'616263', 'plain'), (NULL, 'two', 7, 'text', 5);";
    let shop = Shop::with(sql, json!({ "table": "t" }), Opening::new("shop", "."));
    for (column, found) in [("n", "2"), ("n", "two"), ("r", "3.5"), ("r", "7"), ("b", "abc"), ("b", "text"), ("x", "5")]
    {
        assert!(shop.get(&Key::field(column, found)).await.unwrap().is_some(), "{column} {found}");
    }
    for (column, nobody) in [
        ("n", " 2"),
        ("n", "2.0"),
        ("n", "02"),
        ("n", "TWO"),
        ("r", "3.50"),
        ("r", "7.0"),
        ("r", "1e999"),
        ("r", "nan"),
        ("b", "ABC"),
        ("x", "05"),
        ("x", "5.0"),
        ("i", "NULL"),
        ("i", ""),
    ] {
        assert!(shop.get(&Key::field(column, nobody)).await.unwrap().is_none(), "{column} {nobody}");
    }
}

#[tokio::test]
async fn fields_have_the_storage_class_of_the_row_and_lose_nothing() {
    let sql = "CREATE TABLE t (id INTEGER PRIMARY KEY, a, b, c, d, e, f);
               INSERT INTO t VALUES (1, 9223372036854775807, 0.1, 'é', x'00ff', NULL, CAST(x'ff' AS TEXT));";
    let shop = Shop::with(sql, json!({ "table": "t" }), Opening::new("shop", "."));
    let user = shop.get(&Key::field("id", "1")).await.unwrap().unwrap();
    let expected = [
        Field::I64(1),
        Field::I64(i64::MAX),
        Field::F64(0.1),
        "é".into(),
        Field::Bytes(vec![0, 255]),
        Field::Null,
        Field::Bytes(vec![255]),
    ];
    assert!(user.fields() == expected, "{user:?}");
}

#[tokio::test]
async fn a_composite_key_needs_all_of_its_parts() {
    let sql = "CREATE TABLE t (tenant TEXT, no INT, name TEXT, PRIMARY KEY (tenant, no)) WITHOUT ROWID;
               INSERT INTO t VALUES ('a', 1, 'x'), ('b', 1, 'y'), ('b', 2, 'z');";
    let mut opening = Opening::new("shop", ".");
    opening.id_fields = vec!["tenant".to_owned(), "no".to_owned()];
    let shop = Shop::with(sql, json!({ "table": "t" }), opening);
    let user = shop.get(&composite(&["tenant", "no"], &["b", "1"])).await.unwrap().unwrap();
    assert!(user.get("name") == Some(&"y".into()));
    assert!(shop.get(&composite(&["tenant", "no"], &["a", "2"])).await.unwrap().is_none());
    assert!(shop.get(&composite(&["tenant", "no"], &["b", "01"])).await.unwrap().is_none());
    assert_eq!(shop.list(None).await.unwrap().len(), 3);
    let rest = shop.list(Some(Cursor("[\"a\",1]".to_owned()))).await.unwrap();
    assert_eq!(rest.len(), 2);
}

#[tokio::test]
async fn two_rows_with_one_identifier_are_inconsistent_and_neither_is_touched() {
    let shop = Shop::new();
    shop.owner().execute_batch("UPDATE user SET \"order\" = 'first'").unwrap();
    let key = Key::field("order", "first");
    assert_eq!(shop.get(&key).await.unwrap_err().kind(), ErrorKind::Inconsistent);
    let error = shop.adapter.verify().unwrap().verify(&key, &[assign("mail_ok", "Y")]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Inconsistent);
    assert_eq!(shop.text("SELECT group_concat(mail_ok) FROM user").unwrap(), "Y,N,N,N");
    assert_eq!(shop.adapter.delete().unwrap().delete(&key).await.unwrap_err().kind(), ErrorKind::Inconsistent);
    assert_eq!(shop.list(None).await.unwrap().len(), 3);
    assert!(!error.to_string().contains("first"), "an error never holds a value: {error}");
}

#[tokio::test]
async fn a_created_user_is_told_as_the_store_holds_it() {
    let sql = "CREATE TABLE t (id INTEGER PRIMARY KEY, mail TEXT UNIQUE, n INT, made TEXT DEFAULT 'now');
               CREATE TRIGGER tr AFTER INSERT ON t BEGIN UPDATE t SET made = 'trigger' WHERE id = new.id; END;";
    let mut opening = Opening::new("shop", ".");
    opening.id_fields = vec!["id".to_owned()];
    let shop = Shop::with(sql, json!({ "table": "t" }), opening);
    let made = shop.create(&[("mail", "a@b".into()), ("n", "12".into())]).await.unwrap().unwrap();
    assert!(made.fields() == [Field::I64(1), "a@b".into(), Field::I64(12), "trigger".into()], "{made:?}");
    let error = shop.create(&[("mail", "a@b".into())]).await.unwrap_err();
    assert_eq!((error.kind(), error.code_name()), (ErrorKind::Conflict, "user_exists"));
    assert!(error.to_string().contains("t.mail") && !error.to_string().contains("a@b"), "{error}");
}

#[tokio::test]
async fn an_identifier_is_not_given_twice_even_where_the_table_would_take_it() {
    let shop = Shop::new();
    let error = shop.create(&[("mail addr", "JANE@example.com".into())]).await.unwrap_err();
    assert_eq!((error.kind(), error.code_name()), (ErrorKind::Conflict, "user_exists"));
    assert_eq!(shop.text("SELECT CAST(count(*) AS TEXT) FROM user").unwrap(), "4", "the row was taken back");
    let fields = vec![assign("mail addr", "joe@example.com"), assign("mail_ok", "N")];
    let change = EmailChange { email: "joe@example.com".to_owned(), verified: false, fields };
    let error =
        shop.adapter.change_email().unwrap().change_email(&Key::field("no", "4711"), &change).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    assert_eq!(shop.text("SELECT \"mail addr\" FROM user WHERE no = 4711").unwrap(), "Jane@example.com");
    assert!(shop.create(&[("mail addr", "gone@example.com".into())]).await.is_ok(), "a removed row is nobody");
}

#[tokio::test]
async fn what_the_table_refuses_is_told_with_the_columns_name() {
    let sql = "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT NOT NULL, b INT CHECK (b > 0));
               CREATE TRIGGER tr BEFORE UPDATE OF b ON t BEGIN SELECT RAISE(ABORT, 'value secret'); END;
               INSERT INTO t VALUES (1, 'x', 1);";
    let shop = Shop::with(sql, json!({ "table": "t" }), Opening::new("shop", "."));
    let error = shop.create(&[("b", Field::I64(1))]).await.unwrap_err();
    assert_eq!(error.code_name(), "field_required");
    assert!(error.to_string().contains("t.a"), "{error}");
    let error = shop.create(&[("a", "x".into()), ("b", Field::I64(0))]).await.unwrap_err();
    assert_eq!((error.kind(), error.code_name()), (ErrorKind::Refused, "constraint"));
    let error = shop.create(&[("id", "abc".into()), ("a", "x".into())]).await.unwrap_err();
    assert_eq!(error.code_name(), "wrong_type");
    let verify = shop.adapter.verify().unwrap();
    let error = verify.verify(&Key::field("id", "1"), &[assign("b", Field::I64(2))]).await.unwrap_err();
    assert!(!error.to_string().contains("secret"), "a trigger's text may hold values: {error}");
}

#[tokio::test]
async fn a_row_that_the_condition_would_hide_is_not_made() {
    let shop = Shop::new();
    let error = shop.create(&[("mail addr", "new@example.com".into()), ("deleted_at", "x".into())]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert_eq!(shop.text("SELECT CAST(count(*) AS TEXT) FROM user").unwrap(), "4");
}

#[tokio::test]
async fn a_change_leaves_all_other_columns_alone() {
    let shop = Shop::new();
    let key = Key::field("no", "4711");
    let password = NewPassword { fields: vec![assign("pw", "new hash")], clear: None };
    assert!(shop.adapter.change_password().unwrap().change_password(&key, &password).await.unwrap());
    assert!(shop.adapter.verify().unwrap().verify(&key, &[assign("mail_ok", "1")]).await.unwrap());
    let row = "SELECT \"mail addr\" || '|' || \"order\" || '|' || pw || '|' || mail_ok || '|' || metadata FROM user";
    assert_eq!(
        shop.text(&format!("{row} WHERE no = 4711")).unwrap(),
        "Jane@example.com|first|new hash|1|{\"plan\":\"gold\"}"
    );
    assert_eq!(shop.text(&format!("{row} WHERE no = 4712")).unwrap(), "joe@example.com|second|h2|N|[]");
    let nothing = NewPassword { fields: Vec::new(), clear: None };
    let error = shop.adapter.change_password().unwrap().change_password(&key, &nothing).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config, "what would be lost is not called done");
}

#[tokio::test]
async fn metadata_is_merged_at_its_first_level_and_otherwise_untouched() {
    let shop = Shop::new();
    let stored = "{ \"n\" : 12345678901234567890123, \"o\": {\"b\":1, \"a\":2} }";
    shop.owner().execute("UPDATE user SET metadata = ?1 WHERE no = 4711", [stored]).unwrap();
    assert!(shop.set("4711", "plan", "\"gold\"").await.unwrap());
    let metadata = "SELECT metadata FROM user WHERE no = 4711";
    let merged = "{ \"n\" : 12345678901234567890123, \"o\": {\"b\":1, \"a\":2},\"plan\":\"gold\" }";
    assert_eq!(shop.text(metadata).unwrap(), merged);
    assert!(shop.set("4712", "a", "1").await.unwrap(), "PHP's empty array is an empty container");
    assert_eq!(shop.text("SELECT metadata FROM user WHERE no = 4712").unwrap(), "{\"a\":1}");
}

#[tokio::test]
async fn containers_and_single_columns_change_together_or_not_at_all() {
    let shop = Shop::new();
    let changes = shop.adapter.change_metadata().unwrap();
    let mut patch = set("a", "1");
    patch.fields.push(assign("order", "changed"));
    assert!(changes.change_metadata(&Key::field("no", "4711"), &patch).await.unwrap());
    assert_eq!(shop.text("SELECT \"order\" FROM user WHERE no = 4711").unwrap(), "changed");
    let error = changes.change_metadata(&Key::field("no", "4714"), &patch).await.unwrap_err();
    assert_eq!((error.kind(), error.code_name()), (ErrorKind::Inconsistent, "metadata_unreadable"));
    assert_eq!(shop.text("SELECT \"order\" || metadata FROM user WHERE no = 4714").unwrap(), "fourth{\"plan\":");
    patch.containers[0].max_bytes = 5;
    let error = changes.change_metadata(&Key::field("no", "4712"), &patch).await.unwrap_err();
    assert_eq!(error.code_name(), "metadata_too_large");
    assert_eq!(shop.text("SELECT \"order\" FROM user WHERE no = 4712").unwrap(), "second");
}

#[tokio::test]
async fn json_text_that_was_stored_as_a_blob_stays_a_blob() {
    let shop = Shop::new();
    shop.owner().execute_batch("UPDATE user SET metadata = CAST('{\"a\":1}' AS BLOB) WHERE no = 4711").unwrap();
    assert!(shop.set("4711", "b", "2").await.unwrap());
    assert_eq!(
        shop.text("SELECT typeof(metadata) || CAST(metadata AS TEXT) FROM user WHERE no = 4711").unwrap(),
        "blob{\"a\":1,\"b\":2}"
    );
}

#[tokio::test]
async fn delete_answers_true_once() {
    let shop = Shop::new();
    let delete = shop.adapter.delete().unwrap();
    assert!(delete.delete(&Key::field("no", "4711")).await.unwrap());
    assert!(!delete.delete(&Key::field("no", "4711")).await.unwrap());
    assert!(!delete.delete(&Key::field("no", "4713")).await.unwrap(), "a row outside the condition is not touched");
    assert_eq!(shop.text("SELECT CAST(count(*) AS TEXT) FROM user").unwrap(), "3");
}

#[tokio::test]
async fn a_listing_meets_everybody_once_while_others_come_and_go() {
    use futures::TryStreamExt;
    let shop = Shop::new();
    let many =
        "INSERT INTO user (no, pw) WITH RECURSIVE n(i) AS (VALUES (5000) UNION ALL SELECT i + 1 FROM n WHERE i < 7499)
                SELECT i, 'x' FROM n";
    shop.owner().execute_batch(many).unwrap();
    let mut batches = shop.adapter.list_users().unwrap().list_users(None);
    let (mut ids, mut cursor) = (Vec::new(), None);
    while let Some(batch) = batches.try_next().await.unwrap() {
        for user in &batch.records {
            let Some(Field::I64(id)) = user.get("no") else { panic!("no id") };
            ids.push(*id);
        }
        cursor.get_or_insert(batch.resume);
        shop.owner().execute("DELETE FROM user WHERE no = ?1", [ids[ids.len() / 2]]).unwrap();
        shop.owner().execute("INSERT INTO user (no, pw) VALUES (?1, 'early')", [ids.len() as i64]).unwrap();
    }
    assert!(ids.is_sorted_by(|one, other| one < other), "strictly rising, so nobody is met twice");
    assert_eq!(ids.len(), 2_503);
    assert_eq!(
        shop.list(cursor).await.unwrap().len(),
        1_503 - 2,
        "resumes after the first page, without the two that went"
    );
    assert_eq!(shop.list(Some(Cursor("{}".to_owned()))).await.unwrap_err().code_name(), "bad_cursor");
}

#[tokio::test]
async fn an_id_that_cannot_order_a_listing_leaves_nobody_out() {
    let sql = "CREATE TABLE t (code TEXT, name TEXT);
               INSERT INTO t WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 2500)
               SELECT iif(i % 2, 'same', NULL), 'x' FROM n;";
    let mut opening = Opening::new("shop", ".");
    opening.id_fields = vec!["code".to_owned()];
    let shop = Shop::with(sql, json!({ "table": "t" }), opening);
    assert_eq!(shop.list(None).await.unwrap().len(), 2_500);
}

#[tokio::test]
async fn a_listing_goes_by_the_collation_of_the_unique_index() {
    let sql = "CREATE TABLE t (code TEXT COLLATE NOCASE NOT NULL); CREATE UNIQUE INDEX u ON t (code COLLATE BINARY);
               INSERT INTO t WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 1100)
               SELECT 'a' || i FROM n UNION ALL SELECT 'A' || i FROM n;";
    let mut opening = Opening::new("shop", ".");
    opening.id_fields = vec!["code".to_owned()];
    let shop = Shop::with(sql, json!({ "table": "t" }), opening);
    assert_eq!(shop.list(None).await.unwrap().len(), 2_200);
}

#[tokio::test]
async fn large_rows_come_in_small_batches() {
    use futures::TryStreamExt;
    let shop = Shop::new();
    shop.owner().execute_batch("UPDATE user SET metadata = '{\"a\":\"' || hex(zeroblob(3000000)) || '\"}'").unwrap();
    let batches: Vec<_> = shop.adapter.list_users().unwrap().list_users(None).try_collect().await.unwrap();
    assert_eq!(batches.iter().map(|batch| batch.records.len()).collect::<Vec<_>>(), [1, 1, 1]);
}

#[tokio::test]
async fn a_view_with_triggers_is_read_and_written() {
    let sql = "CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT); INSERT INTO t VALUES (1, 'a'), (2, 'b');
               CREATE VIEW v AS SELECT id AS uid, upper(name) AS name FROM t;
               CREATE TRIGGER u INSTEAD OF UPDATE ON v BEGIN UPDATE t SET name = new.name WHERE id = old.uid; END;
               CREATE TRIGGER d INSTEAD OF DELETE ON v BEGIN DELETE FROM t WHERE id = old.uid; END;";
    let mut opening = Opening::new("shop", ".");
    opening.id_fields = vec!["uid".to_owned()];
    let shop = Shop::with(sql, json!({ "table": "v" }), opening);
    let key = Key::field("name", "A");
    assert!(shop.get(&key).await.unwrap().is_some());
    assert!(shop.adapter.verify().unwrap().verify(&key, &[assign("name", "c")]).await.unwrap());
    assert_eq!(shop.text("SELECT name FROM t WHERE id = 1").unwrap(), "c");
    assert!(!shop.adapter.verify().unwrap().verify(&key, &[assign("name", "d")]).await.unwrap());
    assert!(shop.adapter.delete().unwrap().delete(&Key::field("name", "C")).await.unwrap());
    assert_eq!(shop.list(None).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_read_only_connection_promises_no_writes() {
    let shop = Shop::with(crate::shop::SHOP, json!({ "table": "user", "read_only": true }), opening());
    let promised: Vec<_> = Ability::ALL.into_iter().filter(|ability| ability.promised_by(&*shop.adapter)).collect();
    assert_eq!(promised, [Ability::GetUser, Ability::List]);
    assert!(shop.get(&Key::field("no", "4711")).await.unwrap().is_some());
}

#[tokio::test]
async fn only_the_columns_that_the_map_names_are_read_under_the_names_of_the_map() {
    let mut opening = opening();
    opening.fields = vec!["MAIL ADDR".to_owned(), "metadata".to_owned()];
    let shop = Shop::with(crate::shop::SHOP, json!({ "table": "user" }), opening);
    let one = shop.get(&Key::field("no", "4711")).await.unwrap().unwrap();
    assert_eq!(one.columns().names(), ["MAIL ADDR", "metadata", "no"]);
    let two = shop.get(&Key::field("no", "4712")).await.unwrap().unwrap();
    assert!(std::sync::Arc::ptr_eq(one.columns(), two.columns()), "names are shared, so maps can be compiled once");
}

#[tokio::test]
async fn the_examination_tells_what_is_there_and_what_is_missing() {
    let mut opening = opening();
    opening.fields = vec!["mail_adr".to_owned()];
    opening.lookup_fields.push(("order".to_owned(), false));
    let shop = Shop::with(crate::shop::SHOP, json!({ "table": "user" }), opening.clone());
    let found = shop.adapter.examine().await.unwrap();
    assert!(found.columns.contains(&("mail addr".to_owned(), "VARCHAR(120)".to_owned())));
    assert!(found.facts.contains(&("journal mode".to_owned(), "delete".to_owned())), "{:?}", found.facts);
    assert!(found.column_limits.contains(&("metadata".to_owned(), 1_000_000_000)));
    let of = |severity| found.findings.iter().filter(move |f| f.severity == severity).map(|f| f.text.as_str());
    assert!(of(Severity::Blocker).any(|text| text.contains("mail_adr") && text.contains("did you mean mail addr")));
    assert!(of(Severity::Warning).any(|text| text.contains("user.order")));
    assert!(!of(Severity::Warning).any(|text| text.contains("user.no")), "the primary key is an index");
    assert!(of(Severity::Warning).any(|text| text.contains("lower(mail addr)")));

    for index in ["lower(\"mail addr\")", "\"mail addr\" COLLATE NOCASE"] {
        let sql = format!("{} CREATE INDEX i ON user ({index});", crate::shop::SHOP);
        let shop = Shop::with(&sql, json!({ "table": "user" }), opening.clone());
        let found = shop.adapter.examine().await.unwrap();
        assert!(!found.findings.iter().any(|f| f.text.contains("mail addr)")), "{index}: {:?}", found.findings);
    }
}

#[tokio::test]
async fn a_mistake_in_the_settings_is_told_with_the_nearest_right_name() {
    let shop = Shop::new();
    let error = shop.get(&Key::field("ordr", "x")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(error.to_string().contains("user") && error.to_string().contains("did you mean order?"), "{error}");
    let error = shop.create(&[("pww", "x".into())]).await.unwrap_err();
    assert_eq!(error.hint_text(), Some("did you mean pw?"));
    let shop = Shop::with(crate::shop::SHOP, json!({ "table": "usr" }), opening());
    let error = shop.get(&Key::field("no", "1")).await.unwrap_err();
    assert_eq!((error.kind(), error.hint_text()), (ErrorKind::Config, Some("did you mean user?")));
    let shop = Shop::with(crate::shop::SHOP, json!({ "table": "user", "condition": "deletd_at IS NULL" }), opening());
    let error = shop.get(&Key::field("no", "1")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(error.to_string().contains("deletd_at"), "{error}");
    assert!(shop.adapter.examine().await.unwrap().findings.iter().any(|f| f.severity == Severity::Blocker));
}

#[tokio::test]
async fn a_row_that_would_have_no_id_is_not_made() {
    let table = "CREATE TABLE people (id TEXT PRIMARY KEY, mail TEXT)";
    let opening =
        Opening { fields: vec!["id".into(), "mail".into()], id_fields: vec!["id".into()], ..Opening::default() };
    let shop = Shop::with(table, json!({ "table": "people" }), opening);
    let user = NewUser { fields: vec![("mail".into(), "jane@example.com".into())], password: None };
    let error = shop.adapter.create().unwrap().create(&user).await.unwrap_err();
    assert_eq!(error.code_name(), "missing_id");
    assert_eq!(shop.text("SELECT CAST(count(*) AS TEXT) FROM people").as_deref(), Some("0"), "nothing is left behind");
}
