//! What each ability does on a legacy table.

use crosswalk_contract::{Ability, Cursor, EmailChange, ErrorKind, Field, Key, NewPassword, Opening, Severity};
use futures::TryStreamExt;
use serde_json::json;

use crate::shop::{SHOP, Shop, assign, composite, folded, id, opening};

pub async fn a_user_is_found_in_a_table_named_user_by_a_column_named_order() {
    let shop = Shop::new().await;
    let user = shop.get(&Key::field("order", "first")).await.unwrap().unwrap();
    assert!(user.get("no") == Some(&Field::I64(4711)));
    assert!(user.get("mail addr") == Some(&"Jane@example.com".into()));
    assert_eq!(user.columns().names().len(), 7, "without a map all columns are read");
    assert!(shop.get(&Key::field("no", "4713")).await.unwrap().is_none(), "a row outside the condition does not exist");
    shop.adapter.ping().await.unwrap();
}

pub async fn two_rows_with_one_identifier_are_inconsistent_and_neither_is_touched() {
    let shop = Shop::new().await;
    shop.sql("UPDATE user SET `order` = 'first'").await;
    let key = Key::field("order", "first");
    assert_eq!(shop.get(&key).await.unwrap_err().kind(), ErrorKind::Inconsistent);
    let error = shop.adapter.verify().unwrap().verify(&key, &[assign("mail_ok", "Y")]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Inconsistent);
    assert_eq!(shop.text("SELECT group_concat(mail_ok ORDER BY no) FROM user").await.unwrap(), "Y,N,N,N");
    assert_eq!(shop.adapter.delete().unwrap().delete(&key).await.unwrap_err().kind(), ErrorKind::Inconsistent);
    assert_eq!(shop.list(None).await.unwrap().len(), 3);
    assert!(!error.to_string().contains("first"), "an error never holds a value: {error}");
}

pub async fn a_composite_key_needs_all_of_its_parts() {
    let sql = "CREATE TABLE t (tenant VARCHAR(20), no INT, name TEXT, PRIMARY KEY (tenant, no));
               INSERT INTO t VALUES ('a', 1, 'x'), ('b', 1, 'y'), ('b', 2, 'z')";
    let shop = Shop::with(sql, json!({ "table": "t" }), id(&["tenant", "no"])).await;
    let user = shop.get(&composite(&["tenant", "no"], &["b", "1"])).await.unwrap().unwrap();
    assert!(user.get("name") == Some(&"y".into()));
    assert!(shop.get(&composite(&["tenant", "no"], &["a", "2"])).await.unwrap().is_none());
    assert!(shop.get(&composite(&["tenant", "no"], &["b", "01"])).await.unwrap().is_none());
    assert_eq!(shop.list(None).await.unwrap().len(), 3);
    let rest = shop.list(Some(Cursor("[\"a\",1]".to_owned()))).await.unwrap();
    assert_eq!(rest.len(), 2);
}

pub async fn a_created_user_is_told_as_the_store_holds_it() {
    let sql = "CREATE TABLE t (id BIGINT UNSIGNED AUTO_INCREMENT PRIMARY KEY, mail VARCHAR(50) UNIQUE, n INT,
                               made VARCHAR(10) DEFAULT 'now', c CHAR(5));
               CREATE TRIGGER tr BEFORE INSERT ON t FOR EACH ROW SET new.c = 'trig';
               CREATE TABLE k (id CHAR(36) DEFAULT (UUID()) PRIMARY KEY, mail VARCHAR(50) UNIQUE);
               CREATE TABLE n (name VARCHAR(10))";
    let shop = Shop::with(sql, json!({ "table": "t" }), id(&["id"])).await;
    let made = shop.create(&[("mail", "a@b".into()), ("n", "12".into())]).await.unwrap().unwrap();
    let expected = [Field::I64(1), "a@b".into(), Field::I64(12), "now".into(), "trig".into()];
    assert!(made.fields() == expected, "{made:?}");
    let error = shop.create(&[("mail", "a@b".into())]).await.unwrap_err();
    assert_eq!((error.kind(), error.code_name()), (ErrorKind::Conflict, "user_exists"));
    assert!(error.to_string().contains("field mail") && !error.to_string().contains("a@b"), "{error}");
    let made = shop.create(&[("id", Field::U64(u64::MAX - 1)), ("mail", "b@b".into())]).await.unwrap().unwrap();
    assert!(made.get("id") == Some(&Field::U64(u64::MAX - 1)));
    let error = shop.create(&[("mail", "c@b".into())]).await.unwrap_err();
    assert_eq!((error.kind(), error.code_name()), (ErrorKind::Refused, "ids_exhausted"));

    let keyed = shop.adapter(json!({ "table": "k" }), &id(&["id"]));
    let user = crosswalk_contract::NewUser { fields: vec![assign("mail", "x@y")], password: None };
    let made = keyed.create().unwrap().create(&user).await.unwrap().unwrap();
    assert!(made.get("id").and_then(Field::as_text).is_some_and(|id| id.len() == 36), "found by its unique address");
    let nameless = shop.adapter(json!({ "table": "n" }), &Opening::new("shop", "."));
    let user = crosswalk_contract::NewUser { fields: vec![assign("name", "x")], password: None };
    assert!(nameless.create().unwrap().create(&user).await.unwrap().is_none(), "the server does not tell which row");
    assert_eq!(shop.text("SELECT CAST(count(*) AS CHAR) FROM n").await.unwrap(), "1");
}

pub async fn an_identifier_is_not_given_twice_even_where_the_table_would_take_it() {
    let shop = Shop::new().await;
    let error = shop.create(&[("mail addr", "JANE@example.com".into())]).await.unwrap_err();
    assert_eq!((error.kind(), error.code_name()), (ErrorKind::Conflict, "user_exists"));
    assert_eq!(shop.text("SELECT CAST(count(*) AS CHAR) FROM user").await.unwrap(), "4", "the row was taken back");
    let fields = vec![assign("mail addr", "joe@example.com"), assign("mail_ok", "N")];
    let change = EmailChange { email: "joe@example.com".to_owned(), verified: false, fields };
    let error =
        shop.adapter.change_email().unwrap().change_email(&Key::field("no", "4711"), &change).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    assert_eq!(shop.text("SELECT `mail addr` FROM user WHERE no = 4711").await.unwrap(), "Jane@example.com");
    assert!(shop.create(&[("mail addr", "gone@example.com".into())]).await.is_ok(), "a removed row is nobody");
    assert!(shop.create(&[("mail addr", "jané@example.com".into())]).await.is_ok(), "an accent makes another address");
}

pub async fn what_the_table_refuses_is_told_with_the_columns_name_and_never_with_the_value() {
    let sql = "CREATE TABLE t (id INT PRIMARY KEY, a VARCHAR(5) NOT NULL, b INT, m VARCHAR(9) CHARACTER SET latin1,
                               `for column x` INT, d DATE, CONSTRAINT b CHECK (b > 0), UNIQUE (a));
               CREATE TRIGGER tr BEFORE UPDATE ON t FOR EACH ROW
                   IF new.b = 7 THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'value secret'; END IF;
               INSERT INTO t (id, a, b) VALUES (1, 'x', 1)";
    let shop = Shop::with(sql, json!({ "table": "t" }), id(&["id"])).await;
    let one = ("id", Field::I64(2));
    for (fields, code, field) in [
        (vec![one.clone(), ("b", Field::I64(1))], "field_required", "a"),
        (vec![one.clone(), ("a", Field::Null)], "field_required", "a"),
        (vec![one.clone(), ("a", "secret".into())], "too_long", "a"),
        (vec![one.clone(), ("a", "y".into()), ("b", "secret".into())], "wrong_type", "b"),
        (vec![one.clone(), ("a", "y".into()), ("b", "12secret".into())], "wrong_type", "b"),
        (vec![one.clone(), ("a", "y".into()), ("b", Field::I64(1 << 40))], "wrong_type", "b"),
        (vec![one.clone(), ("a", "y".into()), ("d", "2009-secret".into())], "wrong_type", "d"),
        (vec![one.clone(), ("a", "y".into()), ("m", "secret 😀".into())], "not_in_charset", "m"),
        (
            vec![one.clone(), ("a", "y".into()), ("for column x", "secret for column `a`".into())],
            "wrong_type",
            "for column x",
        ),
        (vec![one.clone(), ("a", "y".into()), ("b", Field::I64(0))], "constraint", "b"),
        (vec![one.clone(), ("a", "X".into())], "user_exists", "a"),
        (vec![("id", Field::I64(1)), ("a", "secret for key 'a'".into())], "too_long", "a"),
    ] {
        let error = shop.create(&fields).await.unwrap_err();
        assert_eq!(error.code_name(), code, "{error}");
        assert!(error.context().contains(&("field", field.to_owned())) || field.contains(' '), "{error}");
        assert!(!error.to_string().contains("secret"), "{error}");
    }
    let verify = shop.adapter.verify().unwrap();
    let error = verify.verify(&Key::field("id", "1"), &[assign("b", Field::I64(7))]).await.unwrap_err();
    assert_eq!(error.code_name(), "constraint");
    assert!(!error.to_string().contains("secret"), "a trigger's text may hold values: {error}");
    assert_eq!(shop.text("SELECT CAST(count(*) AS CHAR) FROM t").await.unwrap(), "1");
}

pub async fn a_row_that_the_condition_would_hide_is_not_made() {
    let shop = Shop::new().await;
    let hidden = [("mail addr", "new@example.com".into()), ("deleted_at", "2009-01-01".into())];
    let error = shop.create(&hidden).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert_eq!(shop.text("SELECT CAST(count(*) AS CHAR) FROM user").await.unwrap(), "4");
}

pub async fn a_change_leaves_all_other_columns_alone() {
    let shop = Shop::new().await;
    let key = Key::field("no", "4711");
    let password = NewPassword { fields: vec![assign("pw", "new hash")], clear: None };
    assert!(shop.adapter.change_password().unwrap().change_password(&key, &password).await.unwrap());
    assert!(shop.adapter.verify().unwrap().verify(&key, &[assign("mail_ok", "1")]).await.unwrap());
    let row = "SELECT concat_ws('|', `mail addr`, `order`, pw, mail_ok, metadata) FROM user";
    assert_eq!(
        shop.text(&format!("{row} WHERE no = 4711")).await.unwrap(),
        "Jane@example.com|first|new hash|1|{\"plan\":\"gold\"}"
    );
    assert_eq!(shop.text(&format!("{row} WHERE no = 4712")).await.unwrap(), "joe@example.com|second|h2|N|[]");
    let nothing = NewPassword { fields: Vec::new(), clear: None };
    let error = shop.adapter.change_password().unwrap().change_password(&key, &nothing).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config, "what would be lost is not called done");
}

pub async fn a_change_to_the_same_value_is_not_an_unknown_user() {
    let shop = Shop::new().await;
    for _ in 0..2 {
        let verify = shop.adapter.verify().unwrap();
        assert!(verify.verify(&Key::field("no", "4711"), &[assign("mail_ok", "Y")]).await.unwrap());
        assert!(!verify.verify(&Key::field("no", "4799"), &[assign("mail_ok", "Y")]).await.unwrap());
    }
}

pub async fn delete_answers_true_once() {
    let shop = Shop::new().await;
    let delete = shop.adapter.delete().unwrap();
    assert!(delete.delete(&Key::field("no", "4711")).await.unwrap());
    assert!(!delete.delete(&Key::field("no", "4711")).await.unwrap());
    assert!(!delete.delete(&Key::field("no", "4713")).await.unwrap(), "a row outside the condition is not touched");
    assert_eq!(shop.text("SELECT CAST(count(*) AS CHAR) FROM user").await.unwrap(), "3");
}

pub async fn a_user_that_other_rows_depend_on_is_not_removed() {
    let sql = "CREATE TABLE t (id INT PRIMARY KEY) ENGINE=InnoDB;
               CREATE TABLE o (t INT, FOREIGN KEY (t) REFERENCES t (id)) ENGINE=InnoDB;
               INSERT INTO t VALUES (1); INSERT INTO o VALUES (1)";
    let shop = Shop::with(sql, json!({ "table": "t" }), id(&["id"])).await;
    let error = shop.adapter.delete().unwrap().delete(&Key::field("id", "1")).await.unwrap_err();
    assert_eq!(error.code_name(), "referenced");
}

pub async fn a_listing_meets_everybody_once_while_others_come_and_go() {
    let shop = Shop::new().await;
    shop.sql("INSERT INTO user (no, pw) SELECT seq, 'x' FROM seq_5000_to_7499").await;
    let mut batches = shop.adapter.list_users().unwrap().list_users(None);
    let (mut ids, mut cursor) = (Vec::new(), None);
    let mut owner = shop.owner().await;
    while let Some(batch) = batches.try_next().await.unwrap() {
        assert!(batch.records.len() <= 500);
        for user in &batch.records {
            let Some(Field::I64(id)) = user.get("no") else { panic!("no id") };
            ids.push(*id);
        }
        cursor.get_or_insert(batch.resume);
        use mysql_async::prelude::Queryable;
        owner.exec_drop("DELETE FROM user WHERE no = ?", (ids[ids.len() / 2],)).await.unwrap();
        owner.exec_drop("INSERT INTO user (no, pw) VALUES (?, 'early')", (ids.len(),)).await.unwrap();
    }
    assert!(ids.is_sorted_by(|one, other| one < other), "strictly rising, so nobody is met twice");
    assert_eq!(ids.len(), 2_503);
    let rest = shop.list(cursor).await.unwrap().len();
    let gone = shop.text("SELECT CAST(2503 - count(*) AS CHAR) FROM user WHERE no > 4000 AND deleted_at IS NULL").await;
    let gone: usize = gone.unwrap().parse().unwrap();
    assert!((1..=6).contains(&gone), "{gone}");
    assert!((2_003 - gone..=2_003).contains(&rest), "resumes after the first batch: {rest}");
    assert_eq!(shop.list(Some(Cursor("{}".to_owned()))).await.unwrap_err().code_name(), "bad_cursor");
}

pub async fn a_listing_resumes_in_every_type_of_key() {
    for (column, values) in [
        ("BIGINT UNSIGNED", "18446744073709551610 + (seq % 6), seq"),
        ("VARCHAR(40) CHARACTER SET latin1", "concat('é', seq), 1"),
        ("VARCHAR(40) CHARACTER SET utf8mb3 COLLATE utf8mb3_unicode_ci", "concat('ß ', seq), 1"),
        ("VARCHAR(40) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin", "concat('😀', seq), 1"),
        ("BINARY(16)", "unhex(md5(seq)), 1"),
        ("DECIMAL(30,0)", "12345678901234567890000 + seq, 1"),
        ("DECIMAL(18,0)", "123456789012345000 + seq, 1"),
        ("DATETIME(6)", "'2009-02-13 23:31:30.000001' + INTERVAL seq MICROSECOND, 1"),
        ("TIME", "sec_to_time(seq * 100), 1"),
        ("DOUBLE", "seq / 7, 1"),
        ("FLOAT", "seq / 4, 1"),
    ] {
        let sql = format!(
            "CREATE TABLE t (k {column} NOT NULL, part INT NOT NULL, x INT, PRIMARY KEY (k, part));
             INSERT INTO t (k, part) SELECT {values} FROM seq_1_to_1200"
        );
        let shop = Shop::with(&sql, json!({ "table": "t" }), id(&["k", "part"])).await;
        let mut cursor = None;
        let mut seen = Vec::new();
        loop {
            let batch = shop.adapter.list_users().unwrap().list_users(cursor.clone()).try_next().await.unwrap();
            let Some(batch) = batch else { break };
            seen.extend(batch.records);
            cursor = Some(batch.resume);
        }
        assert_eq!(seen.len(), 1_200, "{column}");
    }
}

pub async fn a_listing_that_is_left_early_closes_its_connection() {
    let shop = Shop::new().await;
    let many = "INSERT INTO user (pw, metadata) SELECT 'x', repeat('a', 2000) FROM seq_1_to_20000";
    shop.sql(many).await;
    let mut batches = shop.adapter.list_users().unwrap().list_users(None);
    assert_eq!(batches.try_next().await.unwrap().unwrap().records.len(), 500);
    let busy = format!(
        "SELECT CAST(count(*) AS CHAR) FROM information_schema.PROCESSLIST WHERE DB = '{}' AND INFO LIKE '%ORDER BY%no%' \
         AND ID <> CONNECTION_ID()",
        shop.database
    );
    assert_eq!(shop.text(&busy).await.unwrap(), "1", "the server is still sending");
    drop(batches);
    for _ in 0..100 {
        if shop.text(&busy).await.unwrap() == "0" {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("the server still sends to nobody");
}

pub async fn large_rows_come_in_small_batches() {
    let shop = Shop::new().await;
    shop.sql("ALTER TABLE user MODIFY metadata LONGTEXT; UPDATE user SET metadata = repeat('a', 6000000)").await;
    let batches: Vec<_> = shop.adapter.list_users().unwrap().list_users(None).try_collect().await.unwrap();
    assert_eq!(batches.iter().map(|batch| batch.records.len()).collect::<Vec<_>>(), [1, 1, 1]);
}

pub async fn a_view_is_read_and_written() {
    let sql = "CREATE TABLE t (id INT PRIMARY KEY, name VARCHAR(9)); INSERT INTO t VALUES (1, 'a'), (2, 'b');
               CREATE VIEW v AS SELECT id AS uid, name FROM t";
    let shop = Shop::with(sql, json!({ "table": "v" }), id(&["uid"])).await;
    let key = Key::field("name", "a");
    assert!(shop.get(&key).await.unwrap().is_some());
    assert!(shop.adapter.verify().unwrap().verify(&key, &[assign("name", "c")]).await.unwrap());
    assert_eq!(shop.text("SELECT name FROM t WHERE id = 1").await.unwrap(), "c");
    assert!(!shop.adapter.verify().unwrap().verify(&key, &[assign("name", "d")]).await.unwrap());
    assert!(shop.adapter.delete().unwrap().delete(&Key::field("name", "c")).await.unwrap());
    assert_eq!(shop.list(None).await.unwrap().len(), 1);
}

pub async fn a_read_only_connection_promises_no_writes() {
    let shop = Shop::with(SHOP, json!({ "table": "user", "read_only": true }), opening()).await;
    let promised: Vec<_> = Ability::ALL.into_iter().filter(|ability| ability.promised_by(&*shop.adapter)).collect();
    assert_eq!(promised, [Ability::GetUser, Ability::List]);
    assert!(shop.get(&Key::field("no", "4711")).await.unwrap().is_some());
}

pub async fn only_the_columns_that_the_map_names_are_read_under_the_names_of_the_map() {
    let mut opening = opening();
    opening.fields = vec!["MAIL ADDR".to_owned(), "metadata".to_owned()];
    let shop = Shop::with(SHOP, json!({ "table": "user" }), opening).await;
    let one = shop.get(&Key::field("no", "4711")).await.unwrap().unwrap();
    assert_eq!(one.columns().names(), ["MAIL ADDR", "metadata", "no"]);
    let two = shop.get(&folded("mail addr", "joe@example.com")).await.unwrap().unwrap();
    assert!(std::sync::Arc::ptr_eq(one.columns(), two.columns()), "names are shared, so maps can be compiled once");
}

pub async fn the_examination_tells_what_is_there_and_what_is_missing() {
    let mut opening = opening();
    opening.fields = vec!["mail_adr".to_owned()];
    opening.lookup_fields.push(("order".to_owned(), false));
    opening.lookup_fields.push(("pw".to_owned(), true));
    let shop = Shop::with(SHOP, json!({ "table": "user" }), opening.clone()).await;
    shop.sql(
        "ALTER TABLE user ENGINE=MyISAM, MODIFY metadata TEXT CHARACTER SET utf8mb3,
              MODIFY pw VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin, ADD KEY pw (pw)",
    )
    .await;
    let found = shop.adapter.examine().await.unwrap();
    let fact = |name: &str| found.facts.iter().find(|(fact, _)| fact == name).map(|(_, value)| value.as_str());
    assert!(fact("server").is_some_and(|server| server.starts_with("M")), "{:?}", found.facts);
    assert_eq!(fact("sql_mode"), Some("STRICT_ALL_TABLES"));
    assert_eq!(fact("character set"), Some("utf8mb4"));
    let (packet, read_only) =
        (shop.text("SELECT @@max_allowed_packet").await, shop.text("SELECT @@global.read_only").await);
    assert_eq!(fact("max_allowed_packet"), Some(format!("{} bytes", packet.unwrap()).as_str()));
    assert_eq!(fact("server is read-only"), Some(if read_only.as_deref() == Some("0") { "no" } else { "yes" }));
    assert!(found.columns.contains(&("mail addr".to_owned(), "varchar(120) utf8mb4_general_ci".to_owned())));
    assert!(found.column_limits.contains(&("metadata".to_owned(), 65_535)), "{:?}", found.column_limits);
    let of = |severity| found.findings.iter().filter(move |f| f.severity == severity).map(|f| f.text.as_str());
    assert!(of(Severity::Blocker).any(|text| text.contains("mail_adr") && text.contains("did you mean mail addr")));
    for sign in ["user.order", "user.pw", "MyISAM", "utf8mb3"] {
        assert!(of(Severity::Warning).any(|text| text.contains(sign)), "{sign}: {:?}", found.findings);
    }
    assert!(!of(Severity::Warning).any(|text| text.contains("user.no")), "the primary key is an index");
    assert!(!of(Severity::Warning).any(|text| text.contains("user.mail addr")), "its collation folds");
}

pub async fn a_mistake_in_the_settings_is_told_with_the_nearest_right_name() {
    let shop = Shop::new().await;
    let error = shop.get(&Key::field("ordr", "x")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(error.to_string().contains("user") && error.to_string().contains("did you mean order?"), "{error}");
    let error = shop.create(&[("pww", "x".into())]).await.unwrap_err();
    assert_eq!(error.hint_text(), Some("did you mean pw?"));
    let other = shop.adapter(json!({ "table": "usr" }), &opening());
    let error = other.get_user().unwrap().get_user(&Key::field("no", "1")).await.unwrap_err();
    assert_eq!((error.kind(), error.hint_text()), (ErrorKind::Config, Some("did you mean user?")));
    let other = shop.adapter(json!({ "table": "user", "condition": "deletd_at IS NULL" }), &opening());
    let error = other.get_user().unwrap().get_user(&Key::field("no", "1")).await.unwrap_err();
    assert_eq!((error.kind(), error.hint_text()), (ErrorKind::Config, Some("did you mean deleted_at?")));
    assert!(error.to_string().contains("deletd_at"), "{error}");
    assert!(other.examine().await.unwrap().findings.iter().any(|f| f.severity == Severity::Blocker));
    let other = shop.adapter(json!({ "table": "user", "condition": "deleted_at IS IS NULL" }), &opening());
    assert_eq!(other.get_user().unwrap().get_user(&Key::field("no", "1")).await.unwrap_err().kind(), ErrorKind::Config);
}
