//! What each ability does on a legacy table.

use crosswalk_contract::{Ability, Cursor, EmailChange, ErrorKind, Field, Key, NewPassword, Opening, Severity};
use futures::TryStreamExt;
use serde_json::json;

use crate::{
    server::Place,
    shop::{SHOP, Shop, assign, composite, folded, identified_by, laws, opening, set},
};

laws![
    a_user_is_found_in_a_table_named_user_by_a_column_named_order,
    text_that_is_not_the_columns_canonical_form_is_nobody,
    any_text_is_only_data,
    a_composite_key_needs_all_of_its_parts,
    two_rows_with_one_identifier_are_inconsistent_and_neither_is_touched,
    a_created_user_is_told_as_the_store_holds_it,
    an_identifier_is_not_given_twice_even_where_the_table_would_take_it,
    what_the_table_refuses_is_told_with_the_columns_name_and_never_with_the_value,
    a_row_that_the_condition_would_hide_is_not_made,
    a_change_leaves_all_other_columns_alone,
    metadata_is_merged_at_its_first_level_and_otherwise_untouched,
    containers_and_single_columns_change_together_or_not_at_all,
    delete_answers_true_once,
    a_listing_meets_everybody_once_while_others_come_and_go,
    a_listing_goes_on_where_it_stopped_whatever_the_key,
    rows_without_a_unique_key_are_not_lost_between_batches,
    large_rows_come_in_small_batches,
    a_view_with_triggers_is_read_and_written,
    a_read_only_connection_promises_no_writes,
    only_the_columns_that_the_map_names_are_read,
    the_examination_tells_what_is_there_and_what_is_missing,
    a_mistake_in_the_settings_is_told_with_the_nearest_right_name,
    behind_a_pgbouncer_nothing_is_kept_on_the_session,
];

async fn a_user_is_found_in_a_table_named_user_by_a_column_named_order(place: Place) {
    let shop = Shop::new(&place).await;
    let user = shop.get(&Key::field("order", "first")).await.unwrap().unwrap();
    assert!(user.get("no") == Some(&Field::I64(4711)));
    assert!(user.get("mail addr") == Some(&"Jane@example.com".into()));
    assert_eq!(user.columns().names().len(), 7, "without a map all columns are read");
    assert!(shop.get(&Key::field("no", "4713")).await.unwrap().is_none(), "a row outside the condition does not exist");
    assert!(shop.get(&folded("mail addr", "jane@example.com")).await.unwrap().is_some());
    assert!(shop.get(&Key::field("mail addr", "jane@example.com")).await.unwrap().is_none(), "letter case counts");
}

async fn text_that_is_not_the_columns_canonical_form_is_nobody(place: Place) {
    let shop = Shop::new(&place).await;
    for id in [
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
        "0x1267",
        "4_711",
        "2147483648",
        "-9223372036854775808",
        "99999999999999999999",
    ] {
        assert!(shop.get(&Key::field("no", id)).await.unwrap().is_none(), "{id:?}");
        assert!(!shop.set(id, "a", "1").await.unwrap(), "{id:?}");
        assert!(!shop.delete(&Key::field("no", id)).await.unwrap(), "{id:?}");
    }
}

async fn any_text_is_only_data(place: Place) {
    let shop = Shop::with(&place, &SHOP.replace("varchar(120)", "text"), json!({ "table": "user" }), opening()).await;
    let long = format!("{}@example.com", "x".repeat(10_000));
    for mail in ["o'hara\"; DROP TABLE \"user\"; --@x", "back\\slash\\'@x", "😀@x", "$1 %s {value}@x", "\r\n@x", &long]
    {
        assert!(shop.get(&Key::field("mail addr", mail)).await.unwrap().is_none());
        let made = shop.create(&[("mail addr", mail.into())]).await.unwrap().unwrap();
        assert!(made.get("mail addr") == Some(&mail.into()));
        assert!(shop.get(&Key::field("mail addr", mail)).await.unwrap().unwrap() == made);
        assert!(shop.get(&folded("mail addr", &mail.to_lowercase())).await.unwrap().unwrap() == made);
    }
    assert!(shop.get(&Key::field("mail addr", "Jane@example.com\0")).await.unwrap().is_none(), "no text has a NUL");
    assert!(shop.get(&folded("mail addr", "jane@example.com\0")).await.unwrap().is_none());
    let error = shop.create(&[("mail addr", "a\0b".into())]).await.unwrap_err();
    assert_eq!(error.code_name(), "wrong_type");
    assert!(error.to_string().contains("mail addr"), "{error}");
}

async fn a_composite_key_needs_all_of_its_parts(place: Place) {
    let sql = "CREATE TABLE t (tenant text, no int, name text, PRIMARY KEY (tenant, no));
               INSERT INTO t VALUES ('a', 1, 'x'), ('b', 1, 'y'), ('b', 2, 'z');";
    let mut opening = Opening::new("shop", ".");
    opening.id_fields = vec!["tenant".to_owned(), "no".to_owned()];
    let shop = Shop::with(&place, sql, json!({ "table": "t" }), opening).await;
    assert!(shop.field(&composite(&["tenant", "no"], &["b", "1"]), "name").await == "y".into());
    assert!(shop.get(&composite(&["tenant", "no"], &["a", "2"])).await.unwrap().is_none());
    assert!(shop.get(&composite(&["tenant", "no"], &["b", "01"])).await.unwrap().is_none());
    assert_eq!(shop.list(None).await.unwrap().len(), 3);
    let rest = shop.list(Some(Cursor("[\"a\",\"1\"]".to_owned()))).await.unwrap();
    assert_eq!(rest.len(), 2);
}

async fn two_rows_with_one_identifier_are_inconsistent_and_neither_is_touched(place: Place) {
    let shop = Shop::new(&place).await;
    shop.run("UPDATE \"user\" SET \"order\" = 'first'").await;
    let key = Key::field("order", "first");
    assert_eq!(shop.get(&key).await.unwrap_err().kind(), ErrorKind::Inconsistent);
    let error = shop.verify(&key, &[assign("mail_ok", "Y")]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Inconsistent);
    let marks = "SELECT string_agg(mail_ok, ',' ORDER BY no) FROM \"user\"";
    assert_eq!(shop.text(marks).await.unwrap(), "Y,N,N,N");
    assert_eq!(shop.delete(&key).await.unwrap_err().kind(), ErrorKind::Inconsistent);
    assert_eq!(shop.change(&key, &set("a", "1")).await.unwrap_err().kind(), ErrorKind::Inconsistent);
    assert_eq!(shop.list(None).await.unwrap().len(), 3);
    assert!(!error.to_string().contains("first"), "an error never holds a value: {error}");
}

async fn a_created_user_is_told_as_the_store_holds_it(place: Place) {
    let sql = "CREATE TABLE t (id serial PRIMARY KEY, mail text UNIQUE, n int, made text DEFAULT 'now');
               CREATE FUNCTION late() RETURNS trigger LANGUAGE plpgsql AS
               $$ BEGIN UPDATE t SET made = 'trigger' WHERE id = new.id; RETURN new; END $$;";
    let shop = Shop::with(&place, sql, json!({ "table": "t" }), identified_by("id")).await;
    let trigger = format!(
        "ALTER FUNCTION late() SET search_path = {}; CREATE TRIGGER tr AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION late()",
        place.schema
    );
    shop.run(&trigger).await;
    let made = shop.create(&[("mail", "a@b".into()), ("n", "12".into())]).await.unwrap().unwrap();
    assert!(made.fields() == [Field::I64(1), "a@b".into(), Field::I64(12), "trigger".into()], "{made:?}");
    let error = shop.create(&[("mail", "a@b".into())]).await.unwrap_err();
    assert_eq!((error.kind(), error.code_name()), (ErrorKind::Conflict, "user_exists"));
    assert!(error.to_string().contains("field mail") && !error.to_string().contains("a@b"), "{error}");
    assert!(shop.create(&[]).await.unwrap().is_some(), "a row of nothing but defaults");
}

async fn an_identifier_is_not_given_twice_even_where_the_table_would_take_it(place: Place) {
    let shop = Shop::new(&place).await;
    let error = shop.create(&[("mail addr", "JANE@example.com".into())]).await.unwrap_err();
    assert_eq!((error.kind(), error.code_name()), (ErrorKind::Conflict, "user_exists"));
    assert_eq!(shop.text("SELECT count(*)::text FROM \"user\"").await.unwrap(), "4", "the row was taken back");
    let fields = vec![assign("mail addr", "joe@example.com"), assign("mail_ok", "N")];
    let change = EmailChange { email: "joe@example.com".to_owned(), verified: false, fields };
    let changes = shop.adapter.change_email().unwrap();
    let error = changes.change_email(&Key::field("no", "4711"), &change).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    let mail = "SELECT \"mail addr\" FROM \"user\" WHERE no = 4711";
    assert_eq!(shop.text(mail).await.unwrap(), "Jane@example.com");
    assert!(shop.create(&[("mail addr", "gone@example.com".into())]).await.is_ok(), "a removed row is nobody");
}

async fn what_the_table_refuses_is_told_with_the_columns_name_and_never_with_the_value(place: Place) {
    let sql = "CREATE TABLE t (id int PRIMARY KEY, a text NOT NULL, b int CONSTRAINT positive CHECK (b > 0),
                               c varchar(5), d date, m text UNIQUE);
               CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS
               $$ BEGIN RAISE EXCEPTION 'value secret %', new.a USING ERRCODE = '42501'; END $$;
               CREATE TRIGGER tr BEFORE UPDATE OF b ON t FOR EACH ROW EXECUTE FUNCTION f();
               CREATE TABLE o (t int REFERENCES t (id));
               INSERT INTO t VALUES (1, 'secret', 1, NULL, NULL, 'secret'), (2, 'x', 1, NULL, NULL, NULL); INSERT INTO o VALUES (2);";
    let shop = Shop::with(&place, sql, json!({ "table": "t" }), identified_by("id")).await;
    let told = [
        (vec![("id", Field::I64(3))], "field_required", "field a"),
        (vec![("id", Field::I64(3)), ("a", "secret".into()), ("b", Field::I64(0))], "constraint", "positive"),
        (vec![("id", "secret".into()), ("a", "x".into())], "wrong_type", "table t"),
        (vec![("id", Field::U64(1 << 40)), ("a", "x".into())], "wrong_type", "table t"),
        (vec![("id", Field::I64(3)), ("a", "x".into()), ("c", "secrets".into())], "too_long", "field c"),
        (vec![("id", Field::I64(3)), ("a", "x".into()), ("d", "secret".into())], "wrong_type", "table t"),
        (vec![("id", Field::I64(3)), ("a", "x".into()), ("m", "secret".into())], "user_exists", "field m"),
    ];
    for (fields, code, place) in told {
        let error = shop.create(&fields).await.unwrap_err();
        assert_eq!(error.code_name(), code, "{error}");
        assert!(error.to_string().contains(place), "{error}");
        assert!(!format!("{error:?}").contains("secret"), "{error}");
    }
    let error = shop.verify(&Key::field("id", "1"), &[assign("b", Field::I64(2))]).await.unwrap_err();
    assert!(!error.to_string().contains("secret"), "a trigger's text may hold values: {error}");
    assert_eq!(shop.delete(&Key::field("id", "2")).await.unwrap_err().code_name(), "referenced");
}

async fn a_row_that_the_condition_would_hide_is_not_made(place: Place) {
    let shop = Shop::new(&place).await;
    let fields = [("mail addr", "new@example.com".into()), ("deleted_at", "2020-01-01".into())];
    assert_eq!(shop.create(&fields).await.unwrap_err().kind(), ErrorKind::Config);
    assert_eq!(shop.text("SELECT count(*)::text FROM \"user\"").await.unwrap(), "4");
}

async fn a_change_leaves_all_other_columns_alone(place: Place) {
    let shop = Shop::new(&place).await;
    let key = Key::field("no", "4711");
    let password = NewPassword { fields: vec![assign("pw", "new hash")], clear: None };
    assert!(shop.adapter.change_password().unwrap().change_password(&key, &password).await.unwrap());
    assert!(shop.verify(&key, &[assign("mail_ok", "1")]).await.unwrap());
    let row =
        "SELECT \"mail addr\" || '|' || \"order\" || '|' || pw || '|' || mail_ok || '|' || metadata FROM \"user\"";
    assert_eq!(
        shop.text(&format!("{row} WHERE no = 4711")).await.unwrap(),
        "Jane@example.com|first|new hash|1|{\"plan\":\"gold\"}"
    );
    assert_eq!(shop.text(&format!("{row} WHERE no = 4712")).await.unwrap(), "joe@example.com|second|h2|N|[]");
    assert!(shop.verify(&key, &[assign("mail_ok", "1")]).await.unwrap(), "the same value again is still a known user");
    let nothing = NewPassword { fields: Vec::new(), clear: None };
    let error = shop.adapter.change_password().unwrap().change_password(&key, &nothing).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config, "what would be lost is not called done");
}

async fn metadata_is_merged_at_its_first_level_and_otherwise_untouched(place: Place) {
    let shop = Shop::new(&place).await;
    shop.run("UPDATE \"user\" SET metadata = '{ \"n\" : 12345678901234567890123, \"o\": {\"b\":1, \"a\":2} }' WHERE no = 4711")
        .await;
    assert!(shop.set("4711", "plan", "\"gold\"").await.unwrap());
    let merged = "{ \"n\" : 12345678901234567890123, \"o\": {\"b\":1, \"a\":2},\"plan\":\"gold\" }";
    assert_eq!(shop.text("SELECT metadata FROM \"user\" WHERE no = 4711").await.unwrap(), merged);
    assert!(shop.set("4712", "a", "1").await.unwrap(), "PHP's empty array is an empty container");
    assert_eq!(shop.text("SELECT metadata FROM \"user\" WHERE no = 4712").await.unwrap(), "{\"a\":1}");
    let big = format!("\"{}\"", "x".repeat(16 << 20));
    assert!(shop.set("4712", "big", &big).await.unwrap());
    let length = "SELECT octet_length(metadata)::text FROM \"user\" WHERE no = 4712";
    assert_eq!(shop.text(length).await.unwrap(), (r#"{"a":1,"big":}"#.len() + big.len()).to_string());
}

async fn containers_and_single_columns_change_together_or_not_at_all(place: Place) {
    let shop = Shop::new(&place).await;
    let mut patch = set("a", "1");
    patch.fields.push(assign("order", "changed"));
    assert!(shop.change(&Key::field("no", "4711"), &patch).await.unwrap());
    assert_eq!(shop.text("SELECT \"order\" FROM \"user\" WHERE no = 4711").await.unwrap(), "changed");
    let error = shop.change(&Key::field("no", "4714"), &patch).await.unwrap_err();
    assert_eq!((error.kind(), error.code_name()), (ErrorKind::Inconsistent, "metadata_unreadable"));
    let row = "SELECT \"order\" || metadata FROM \"user\" WHERE no = 4714";
    assert_eq!(shop.text(row).await.unwrap(), "fourth{\"plan\":");
    patch.containers[0].max_bytes = 5;
    let error = shop.change(&Key::field("no", "4712"), &patch).await.unwrap_err();
    assert_eq!(error.code_name(), "metadata_too_large");
    assert_eq!(shop.text("SELECT \"order\" FROM \"user\" WHERE no = 4712").await.unwrap(), "second");
}

async fn delete_answers_true_once(place: Place) {
    let shop = Shop::new(&place).await;
    assert!(shop.delete(&Key::field("no", "4711")).await.unwrap());
    assert!(!shop.delete(&Key::field("no", "4711")).await.unwrap());
    assert!(!shop.delete(&Key::field("no", "4713")).await.unwrap(), "a row outside the condition is not touched");
    assert_eq!(shop.text("SELECT count(*)::text FROM \"user\"").await.unwrap(), "3");
}

async fn a_listing_meets_everybody_once_while_others_come_and_go(place: Place) {
    let shop = Shop::new(&place).await;
    shop.run("INSERT INTO \"user\" (no, pw) SELECT i, 'x' FROM generate_series(6000, 8499) i").await;
    let mut batches = shop.adapter.list_users().unwrap().list_users(None);
    let (mut ids, mut cursor) = (Vec::new(), None);
    while let Some(batch) = batches.try_next().await.unwrap() {
        for user in &batch.records {
            let Some(Field::I64(id)) = user.get("no") else { panic!("no id") };
            ids.push(*id);
        }
        cursor.get_or_insert(batch.resume);
        shop.run(&format!("DELETE FROM \"user\" WHERE no = {}", ids[ids.len() / 2])).await;
        shop.run(&format!("INSERT INTO \"user\" (no, pw) VALUES ({}, 'early')", ids.len())).await;
    }
    assert!(ids.is_sorted_by(|one, other| one < other), "strictly rising, so nobody is met twice");
    assert_eq!(ids.len(), 2_503);
    let rest = shop.list(cursor).await.unwrap().len();
    assert!((1_995..=2_003).contains(&rest), "{rest}: resumes after the first batch");
    assert_eq!(shop.list(Some(Cursor("{}".to_owned()))).await.unwrap_err().code_name(), "bad_cursor");
    assert_eq!(shop.list(Some(Cursor("[\"1\",\"2\"]".to_owned()))).await.unwrap_err().code_name(), "bad_cursor");
    let error = shop.list(Some(Cursor("[\"secret\"]".to_owned()))).await.unwrap_err();
    assert!(error.kind() == ErrorKind::Refused && !error.to_string().contains("secret"), "{error}");
}

async fn a_listing_goes_on_where_it_stopped_whatever_the_key(place: Place) {
    for (declared, value) in [
        ("text", "'K' || i"),
        ("varchar(9) COLLATE \"en-x-icu\"", "'k' || i"),
        ("char(12)", "'k' || i"),
        ("uuid", "md5(i::text)::uuid"),
        ("bigint", "i * 1000000000000"),
        ("numeric(20,2)", "i + 0.25"),
        ("double precision", "sqrt(i)"),
        ("timestamptz", "now() + i * interval '1.000001 s'"),
        ("date", "'4000-01-01 BC'::date + i * 1000"),
        ("bytea", "decode(md5(i::text), 'hex')"),
        ("inet", "'10.0.0.0'::inet + i"),
    ] {
        let sql = format!(
            "DROP TABLE IF EXISTS t; CREATE TABLE t (id {declared} PRIMARY KEY); \
             INSERT INTO t SELECT {value} FROM generate_series(1, 1300) i"
        );
        let shop = Shop::with(&place, &sql, json!({ "table": "t" }), identified_by("id")).await;
        let whole = shop.list(None).await.unwrap();
        let batches: Vec<_> =
            shop.adapter.list_users().unwrap().list_users(None).try_collect::<Vec<_>>().await.unwrap();
        assert_eq!(batches.len(), 3, "{declared}");
        let mut read = 0;
        for batch in batches {
            read += batch.records.len();
            assert!(shop.list(Some(batch.resume)).await.unwrap() == whole[read..], "{declared} after {read}");
        }
        assert_eq!(read, 1_300, "{declared}");
    }
}

async fn rows_without_a_unique_key_are_not_lost_between_batches(place: Place) {
    let sql = "CREATE TABLE t (code text, n int);
               INSERT INTO t SELECT 'c' || i / 400, i FROM generate_series(0, 1999) i;";
    let shop = Shop::with(&place, sql, json!({ "table": "t" }), identified_by("code")).await;
    let batches: Vec<_> = shop.adapter.list_users().unwrap().list_users(None).try_collect().await.unwrap();
    assert_eq!(batches.iter().map(|batch| batch.records.len()).collect::<Vec<_>>(), [800, 800, 400]);
    let cursor = Cursor(batches[0].resume.0.clone());
    assert_eq!(shop.list(Some(cursor)).await.unwrap().len(), 1_200);
    shop.run("INSERT INTO t VALUES (NULL, 1)").await;
    assert_eq!(shop.list(None).await.unwrap_err().kind(), ErrorKind::Inconsistent);
    let nameless = Shop::on(&place, json!({ "table": "t" }), Opening::new("shop", ".")).await;
    let error = nameless.list(None).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config, "without a key and a map there is no order: {error}");
}

async fn large_rows_come_in_small_batches(place: Place) {
    let shop = Shop::new(&place).await;
    shop.run("UPDATE \"user\" SET metadata = '{\"a\":\"' || repeat('x', 6000000) || '\"}'").await;
    let batches: Vec<_> = shop.adapter.list_users().unwrap().list_users(None).try_collect().await.unwrap();
    assert_eq!(batches.iter().map(|batch| batch.records.len()).collect::<Vec<_>>(), [1, 1, 1]);
}

async fn a_view_with_triggers_is_read_and_written(place: Place) {
    let schema = &place.schema;
    let sql = format!(
        "CREATE TABLE t (id int PRIMARY KEY, name text, metadata text); INSERT INTO t VALUES (1, 'a', '{{\"a\":1}}'), (2, 'b', NULL);
         CREATE VIEW v AS SELECT id AS uid, upper(name) AS name, max(metadata) AS metadata FROM t GROUP BY id;
         CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql SET search_path = {schema} AS $$ BEGIN
           IF TG_OP = 'DELETE' THEN DELETE FROM t WHERE id = old.uid; RETURN old; END IF;
           UPDATE t SET name = new.name, metadata = new.metadata WHERE id = old.uid; RETURN new; END $$;
         CREATE TRIGGER tr INSTEAD OF UPDATE OR DELETE ON v FOR EACH ROW EXECUTE FUNCTION f();"
    );
    let shop = Shop::with(&place, &sql, json!({ "table": "v" }), identified_by("uid")).await;
    let key = Key::field("name", "A");
    assert!(shop.get(&key).await.unwrap().is_some());
    assert!(shop.change(&key, &set("b", "2")).await.unwrap(), "rows behind a view are swapped, not locked");
    assert_eq!(shop.text("SELECT metadata FROM t WHERE id = 1").await.unwrap(), "{\"a\":1,\"b\":2}");
    assert!(shop.verify(&key, &[assign("name", "c")]).await.unwrap());
    assert_eq!(shop.text("SELECT name FROM t WHERE id = 1").await.unwrap(), "c");
    assert!(!shop.verify(&key, &[assign("name", "d")]).await.unwrap());
    assert!(shop.delete(&Key::field("name", "C")).await.unwrap());
    assert_eq!(shop.list(None).await.unwrap().len(), 1);
}

async fn a_read_only_connection_promises_no_writes(place: Place) {
    let settings = json!({ "table": "user", "read_only": true });
    let shop = Shop::with(&place, SHOP, settings, opening()).await;
    let promised: Vec<_> = Ability::ALL.into_iter().filter(|ability| ability.promised_by(&*shop.adapter)).collect();
    assert_eq!(promised, [Ability::GetUser, Ability::List]);
    assert!(shop.get(&Key::field("no", "4711")).await.unwrap().is_some());
    assert_eq!(shop.list(None).await.unwrap().len(), 4);
    // The server holds the promise as well: a condition that writes is refused.
    shop.run("CREATE SEQUENCE s").await;
    let condition = format!("nextval('{}.s') > 0", place.schema);
    let settings = json!({ "table": "user", "read_only": true, "condition": condition });
    let writing = Shop::on(&place, settings, opening()).await;
    assert_eq!(writing.get(&Key::field("no", "4711")).await.unwrap_err().code_name(), "read_only");
}

async fn only_the_columns_that_the_map_names_are_read(place: Place) {
    let mut opening = opening();
    opening.fields = vec!["mail addr".to_owned(), "metadata".to_owned()];
    let shop = Shop::with(&place, SHOP, json!({ "table": "user" }), opening).await;
    let one = shop.get(&Key::field("no", "4711")).await.unwrap().unwrap();
    assert_eq!(one.columns().names(), ["mail addr", "metadata", "no"]);
    let two = shop.get(&Key::field("no", "4712")).await.unwrap().unwrap();
    assert!(std::sync::Arc::ptr_eq(one.columns(), two.columns()), "names are shared, so maps can be compiled once");
}

async fn the_examination_tells_what_is_there_and_what_is_missing(place: Place) {
    let mut opening = opening();
    opening.fields = vec!["mail_adr".to_owned()];
    opening.lookup_fields.push(("order".to_owned(), false));
    let sql = SHOP.replace("metadata text", "metadata jsonb").replace(", '{\"plan\":', NULL)", ", NULL, NULL)");
    let shop = Shop::with(&place, &sql, json!({ "table": "user" }), opening.clone()).await;
    let found = shop.adapter.examine().await.unwrap();
    assert!(found.columns.contains(&("mail addr".to_owned(), "character varying(120)".to_owned())));
    assert!(found.column_limits.contains(&("mail addr".to_owned(), 120)));
    for name in ["postgresql", "tls", "writable", "encoding", "server", "collation"] {
        assert!(found.facts.iter().any(|(fact, value)| fact == name && !value.is_empty()), "{name}: {:?}", found.facts);
    }
    let of = |severity| found.findings.iter().filter(move |f| f.severity == severity).map(|f| f.text.as_str());
    assert!(of(Severity::Blocker).any(|text| text.contains("mail_adr") && text.contains("did you mean mail addr")));
    assert!(of(Severity::Warning).any(|text| text.contains("user.order")));
    assert!(of(Severity::Warning).any(|text| text.contains("jsonb")));
    assert!(!of(Severity::Warning).any(|text| text.contains("user.no")), "the primary key is an index");
    assert!(of(Severity::Warning).any(|text| text.contains("lower(mail addr)")));
    for index in ["CREATE INDEX i ON \"user\" (\"mail addr\")", "CREATE INDEX j ON \"user\" (lower(\"mail addr\"))"] {
        shop.run(index).await;
        let found = shop.adapter.examine().await.unwrap();
        let warned = found.findings.iter().any(|f| f.text.contains("lower(mail addr)"));
        assert_eq!(warned, index.contains(" i "), "{:?}", found.findings);
    }
}

async fn a_mistake_in_the_settings_is_told_with_the_nearest_right_name(place: Place) {
    let shop = Shop::new(&place).await;
    let error = shop.get(&Key::field("ordr", "x")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(error.to_string().contains("user") && error.to_string().contains("did you mean order?"), "{error}");
    let error = shop.create(&[("pww", "x".into())]).await.unwrap_err();
    assert_eq!(error.hint_text(), Some("did you mean pw?"));
    let shop = Shop::on(&place, json!({ "table": "usr" }), opening()).await;
    let error = shop.get(&Key::field("no", "1")).await.unwrap_err();
    assert_eq!((error.kind(), error.hint_text()), (ErrorKind::Config, Some("did you mean user?")));
    assert!(shop.adapter.examine().await.unwrap().findings.iter().any(|f| f.text.contains("no table usr")));
    shop.adapter.ping().await.unwrap();
    let shop = Shop::on(&place, json!({ "table": "user", "condition": "deletd_at IS NULL" }), opening()).await;
    let error = shop.get(&Key::field("no", "1")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(error.to_string().contains("deletd_at"), "{error}");
    assert!(shop.adapter.examine().await.unwrap().findings.iter().any(|f| f.severity == Severity::Blocker));
}

async fn behind_a_pgbouncer_nothing_is_kept_on_the_session(place: Place) {
    let settings = json!({ "table": "user", "pgbouncer": true, "pool": { "max_size": 1 } });
    let shop = Shop::with(&place, SHOP, settings, opening()).await;
    assert!(shop.get(&folded("mail addr", "jane@example.com")).await.unwrap().is_some());
    assert!(shop.set("4711", "a", "1").await.unwrap());
    assert!(shop.create(&[("mail addr", "new@example.com".into())]).await.unwrap().is_some());
    assert_eq!(shop.list(None).await.unwrap().len(), 5);
    assert!(shop.delete(&Key::field("no", "4712")).await.unwrap());
    // The pool has one connection: what the session holds is seen through it.
    let view = "CREATE VIEW seen AS SELECT 1 AS id, (SELECT count(*) FROM pg_prepared_statements) AS prepared, \
                current_setting('DateStyle') AS style";
    shop.run(view).await;
    let settings = json!({ "table": "seen", "pgbouncer": true, "pool": { "max_size": 1 } });
    let seen = Shop::on(&place, settings, identified_by("id")).await;
    for _ in 0..3 {
        assert!(seen.field(&Key::field("id", "1"), "prepared").await == Field::I64(0));
    }
}
