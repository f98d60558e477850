//! Columns of every kind: what is read, written and looked up.

use crosswalk_contract::{
    ContainerPatch, Date, ErrorKind, Field, Fold, Key, Opening, Patch, Severity, Time, Timestamp,
};
use serde_json::{Value, json, value::RawValue};

use crate::{
    server::Place,
    shop::{Shop, assign, folded, identified_by, laws, opening},
};

laws![
    each_type_is_read_without_loss,
    what_is_read_is_written_back_the_same,
    a_numeric_keeps_every_digit,
    dates_beyond_the_calendar_are_kept,
    arrays_keep_their_nulls_and_their_depth,
    each_type_is_found_by_its_canonical_text_only,
    text_is_compared_byte_for_byte_whatever_the_collation,
    padding_is_no_part_of_a_value,
    what_postgresql_would_change_without_a_word_is_refused_or_kept,
    metadata_is_kept_in_columns_of_each_kind,
    an_hstore_holds_metadata_of_texts_and_refuses_the_rest,
    a_change_of_jsonb_is_one_statement_and_its_limits_hold,
    jsonb_refuses_a_nul_before_the_server_does,
    a_container_never_outgrows_its_column,
    domains_are_what_they_are_made_of,
];

async fn each_type_is_read_without_loss(place: Place) {
    let sql =
        "CREATE EXTENSION IF NOT EXISTS citext SCHEMA public; CREATE EXTENSION IF NOT EXISTS hstore SCHEMA public;
        CREATE TYPE mood AS ENUM ('sad', 'happy'); CREATE TYPE pair AS (a int, b text);
        CREATE TABLE t (id int PRIMARY KEY, bo bool, i2 int2, i4 int4, i8 int8, f4 float4, f8 float8, nu numeric,
            te text, vc varchar(9), ch char(5), na name, ci public.citext, uu uuid, ba bytea, da date, ti time,
            ts timestamp, tz timestamptz, js json, jb jsonb, en mood, ip inet, hs public.hstore, iv interval,
            co pair, mo money, ra int4range, xm xml, bi bit(3), tt timetz, oi oid);
        INSERT INTO t VALUES (1, true, -32768, -2147483648, 9223372036854775807, 0.1, 0.1, 25.4000000000000000,
            'é', 'v', 'ab', 'n', 'CiText', '0190a6f2-7b1c-7000-8000-000000000001', '\\x00ff', '2009-02-28',
            '03:04:05.12', '2009-02-28 03:04:05.000001', '2009-02-28 03:04:05+02', '{\"b\":1, \"a\": 1.0e2}',
            '{\"b\":1, \"a\": 2}', 'happy', '10.0.0.1', 'a=>1', '1 day', '(1,x)', '1.50', '[1,5)', '<a/>', '101',
            '03:04:05+02', 4294967295);
        INSERT INTO t VALUES (2);";
    let shop = Shop::with(&place, sql, json!({ "table": "t" }), identified_by("id")).await;
    let user = shop.get(&Key::field("id", "1")).await.unwrap().unwrap();
    let date = Date { year: 2009, month: 2, day: 28 };
    let time = |hour, nanosecond| Time { hour, minute: 4, second: 5, nanosecond };
    let expected = [
        ("bo", Field::Bool(true)),
        ("i2", Field::I64(-32_768)),
        ("i4", Field::I64(-2_147_483_648)),
        ("i8", Field::I64(i64::MAX)),
        ("f4", Field::F64(0.1)),
        ("f8", Field::F64(0.1)),
        ("nu", Field::Decimal("25.4000000000000000".into())),
        ("te", "é".into()),
        ("vc", "v".into()),
        ("ch", "ab".into()),
        ("na", "n".into()),
        ("ci", "CiText".into()),
        ("uu", "0190a6f2-7b1c-7000-8000-000000000001".into()),
        ("ba", Field::Bytes(vec![0, 255])),
        ("da", Field::Date(date)),
        ("ti", Field::Time(time(3, 120_000_000))),
        ("ts", Field::Timestamp(Timestamp { date, time: time(3, 1_000), offset_seconds: None })),
        ("tz", Field::Timestamp(Timestamp { date, time: time(1, 0), offset_seconds: Some(0) })),
        ("js", Field::Json("{\"b\":1, \"a\": 1.0e2}".into())),
        ("jb", Field::Json("{\"a\": 2, \"b\": 1}".into())),
        ("en", "happy".into()),
        ("ip", "10.0.0.1/32".into()),
        ("hs", "{\"a\": \"1\"}".into()),
        ("iv", "1 day".into()),
        ("co", "(1,x)".into()),
        ("mo", "$1.50".into()),
        ("ra", "[1,5)".into()),
        ("xm", "<a/>".into()),
        ("bi", "101".into()),
        ("tt", "03:04:05+02".into()),
        ("oi", Field::I64(4_294_967_295)),
    ];
    for (name, field) in &expected {
        let read = user.get(name).unwrap();
        assert!(read == field, "{name}: {read:?} {:?}", read.as_text());
    }
    let nothing = shop.get(&Key::field("id", "2")).await.unwrap().unwrap();
    assert!(nothing.fields()[1..].iter().all(Field::is_null));
    assert_eq!(shop.list(None).await.unwrap(), [user, nothing], "a listing reads the same");
}

async fn what_is_read_is_written_back_the_same(place: Place) {
    let sql = "CREATE TYPE mood AS ENUM ('sad', 'happy');
        CREATE TABLE t (id int PRIMARY KEY, bo bool, i2 int2, i8 int8, f4 float4, f8 float8, nu numeric, te text, ch char(5),
            uu uuid, ba bytea, da date, ti time, ts timestamp, tz timestamptz, js json, jb jsonb, en mood, ip inet,
            iv interval, ai int[], at text[], an numeric[], ae mood[], ab bytea[], ad timestamptz[]);
        INSERT INTO t VALUES (1, false, 7, -7, '-0.1', 1e300, '-0.00000042', E'q\"\\\\''é\\n', 'x', gen_random_uuid(),
            '\\xdeadbeef', '0044-03-15 BC', '24:00:00', '-infinity', '294276-12-31 23:59:59.999999+00', '[1, 2]', '{}',
            'sad', '::1/64', '1 mon -2 days 03:00', '{1,NULL,3}', E'{\"a,b\",NULL,\"NULL\",\"\",\"\\\\\"\\\\\\\\\"}',
            '{1.50,NaN}', '{sad}', '{\"\\\\x00\"}', '{infinity,2000-01-01 00:00:00+00}');
        INSERT INTO t VALUES (2), (3);";
    let shop = Shop::with(&place, sql, json!({ "table": "t" }), identified_by("id")).await;
    let read = shop.get(&Key::field("id", "1")).await.unwrap().unwrap();
    let fields: Vec<_> = read.iter().skip(1).map(|(name, field)| assign(name, field.clone())).collect();
    assert!(shop.verify(&Key::field("id", "2"), &fields).await.unwrap());
    for (name, _) in read.iter().skip(1) {
        let sql = format!("SELECT (SELECT {name}::text FROM t WHERE id = {{}})");
        let [one, two] = [sql.replace("{}", "1"), sql.replace("{}", "2")];
        assert_eq!(shop.text(&one).await, shop.text(&two).await, "{name}");
    }
    let nulls: Vec<_> = fields.iter().map(|(name, _)| (name.clone(), Field::Null)).collect();
    assert!(shop.verify(&Key::field("id", "2"), &nulls).await.unwrap());
    let [two, three] = [shop.get(&Key::field("id", "2")).await, shop.get(&Key::field("id", "3")).await];
    assert!(two.unwrap().unwrap().fields()[1..] == three.unwrap().unwrap().fields()[1..]);
}

async fn a_numeric_keeps_every_digit(place: Place) {
    let numbers = [
        "0",
        "0.00",
        "-1",
        "10000",
        "100000000",
        "9999.9999",
        "0.0001",
        "0.00001000",
        "-12345678901234567890123.45600",
        "1e100",
        "1e-100",
        "123456789.000000001",
        "NaN",
        "Infinity",
        "-Infinity",
        "99999999999999999999999999.5",
        "1e4000",
    ];
    let rows: Vec<String> = numbers.iter().enumerate().map(|(id, number)| format!("({id}, '{number}')")).collect();
    let sql = format!("CREATE TABLE t (id int PRIMARY KEY, n numeric); INSERT INTO t VALUES {}", rows.join(", "));
    let shop = Shop::with(&place, &sql, json!({ "table": "t" }), identified_by("id")).await;
    for (id, number) in numbers.iter().enumerate() {
        let printed = shop.text(&format!("SELECT n::text FROM t WHERE id = {id}")).await.unwrap();
        let read = shop.field(&Key::field("id", id.to_string()), "n").await;
        let is_number = printed.ends_with(|last: char| last.is_ascii_digit());
        assert!(read == if is_number { Field::Decimal(printed) } else { Field::Text(printed) }, "{number}");
    }
}

async fn dates_beyond_the_calendar_are_kept(place: Place) {
    let sql = "CREATE TABLE t (id int PRIMARY KEY, d date, s timestamp);
        INSERT INTO t VALUES (1, 'infinity', '-infinity'), (2, '0001-12-31 BC', '4713-01-01 00:00:00 BC'),
            (3, '5874897-12-31', '1969-12-31 23:59:59.999999');";
    let shop = Shop::with(&place, sql, json!({ "table": "t" }), identified_by("id")).await;
    let row = |id: &str| Key::field("id", id);
    assert!(shop.field(&row("1"), "d").await == "infinity".into());
    assert!(shop.field(&row("1"), "s").await == "-infinity".into());
    assert!(shop.field(&row("2"), "d").await == Field::Date(Date { year: 0, month: 12, day: 31 }));
    assert!(shop.field(&row("3"), "d").await == Field::Date(Date { year: 5_874_897, month: 12, day: 31 }));
    let Field::Timestamp(old) = shop.field(&row("2"), "s").await else { panic!("no moment") };
    assert_eq!(old.date, Date { year: -4_712, month: 1, day: 1 });
    let zero = Field::Date(Date { year: 0, month: 0, day: 0 });
    let error = shop.verify(&row("1"), &[assign("d", zero)]).await.unwrap_err();
    assert_eq!((error.kind(), error.code_name()), (ErrorKind::Refused, "wrong_type"));
}

async fn arrays_keep_their_nulls_and_their_depth(place: Place) {
    let sql = "CREATE TYPE mood AS ENUM ('sad', 'happy');
        CREATE TABLE t (id int PRIMARY KEY, a int[], b text[], c mood[], d numeric[], e inet[], f int[]);
        INSERT INTO t VALUES (1, '{{1,2,3},{4,NULL,6}}', '{}', '{happy,NULL}', '{1.50}', '{::1}', '[5:6]={1,2}');";
    let shop = Shop::with(&place, sql, json!({ "table": "t" }), identified_by("id")).await;
    let user = shop.get(&Key::field("id", "1")).await.unwrap().unwrap();
    let list = |fields: &[Field]| Field::List(fields.to_vec());
    let number = Field::I64;
    let deep = [list(&[number(1), number(2), number(3)]), list(&[number(4), Field::Null, number(6)])];
    let expected = [
        number(1),
        list(&deep),
        list(&[]),
        list(&["happy".into(), Field::Null]),
        list(&[Field::Decimal("1.50".into())]),
        list(&["::1/128".into()]),
        list(&[number(1), number(2)]),
    ];
    assert!(user.fields() == expected);
    let error = shop.verify(&Key::field("id", "1"), &[assign("id", list(&[number(2)]))]).await.unwrap_err();
    assert_eq!(error.code_name(), "wrong_type");
}

async fn each_type_is_found_by_its_canonical_text_only(place: Place) {
    let sql = "CREATE TYPE mood AS ENUM ('sad', 'happy');
        CREATE TABLE t (i2 int2, i8 int8, nu numeric(10,2), uu uuid, bo bool, ba bytea, da date, en mood, ip inet, oi oid,
            f8 float8);
        INSERT INTO t VALUES (7, 8, 2.50, '0190a6f2-7b1c-7000-8000-00000000000a', true, 'abc', '2009-02-28', 'happy',
            '10.0.0.1', 9, 0.5);";
    let shop = Shop::with(&place, sql, json!({ "table": "t" }), Opening::new("shop", ".")).await;
    for (column, found, nobody) in [
        ("i2", "7", &["07", "7.0", "65543", " 7", "7abc"][..]),
        ("i8", "8", &["8 ", "+8", "9223372036854775808", "1e1"]),
        ("nu", "2.50", &["2.5", "2.500", "02.50", "+2.50", "NaN", "25e-1", ""]),
        ("uu", "0190a6f2-7b1c-7000-8000-00000000000a", &["0190A6F2-7B1C-7000-8000-00000000000A", "0190a6f2", "a"]),
        ("bo", "true", &["t", "TRUE", "1", "yes", "false"]),
        ("ba", "abc", &["ABC", "\\x616263", "ab"]),
        ("da", "2009-02-28", &["20090228", "2009-2-28", "today", "x"]),
        ("en", "happy", &["Happy", "unknown", "sad"]),
        ("ip", "10.0.0.1/32", &["10.0.0.1", "x"]),
        ("oi", "9", &["-1", "4294967305"]),
        ("f8", "0.5", &[".5", "0.50", "5e-1", "x"]),
    ] {
        assert!(shop.get(&Key::field(column, found)).await.unwrap().is_some(), "{column} {found}");
        for text in nobody {
            assert!(shop.get(&Key::field(column, *text)).await.unwrap().is_none(), "{column} {text}");
        }
        let lower = Key { fold: Fold::Lower, ..Key::field(column, found) };
        assert!(shop.get(&lower).await.unwrap().is_some(), "{column}: folding is for text");
    }
}

async fn text_is_compared_byte_for_byte_whatever_the_collation(place: Place) {
    let sql = "CREATE EXTENSION IF NOT EXISTS citext SCHEMA public;
        CREATE COLLATION blind (provider = icu, locale = 'und-u-ks-level1', deterministic = false);
        CREATE TABLE t (id int PRIMARY KEY, ci public.citext, bl text COLLATE blind);
        INSERT INTO t VALUES (1, 'Jane@x', 'Jané@x');";
    let mut opening = identified_by("id");
    opening.lookup_fields = vec![("ci".to_owned(), true), ("bl".to_owned(), true)];
    let shop = Shop::with(&place, sql, json!({ "table": "t" }), opening).await;
    for (column, own, other) in [("ci", "Jane@x", "jane@x"), ("bl", "Jané@x", "jané@x")] {
        assert!(shop.get(&Key::field(column, own)).await.unwrap().is_some(), "{column}");
        assert!(shop.get(&Key::field(column, other)).await.unwrap().is_none(), "{column}");
        assert!(shop.get(&folded(column, other)).await.unwrap().is_some(), "{column}");
    }
    assert!(shop.get(&Key::field("bl", "Jane@x")).await.unwrap().is_none());
    assert!(shop.get(&folded("bl", "jane@x")).await.unwrap().is_none(), "an accent is no letter case");
    let findings = shop.adapter.examine().await.unwrap().findings;
    assert!(findings.iter().any(|f| f.text.contains("t.bl has a collation")), "{findings:?}");
}

async fn padding_is_no_part_of_a_value(place: Place) {
    let sql = "CREATE TABLE t (id char(8) PRIMARY KEY, v varchar(8)); INSERT INTO t VALUES ('ab', 'cd  ');";
    let shop = Shop::with(&place, sql, json!({ "table": "t" }), identified_by("id")).await;
    assert!(shop.field(&Key::field("id", "ab"), "id").await == "ab".into());
    assert!(shop.get(&Key::field("id", "ab ")).await.unwrap().is_none());
    assert!(shop.field(&Key::field("v", "cd  "), "v").await == "cd  ".into(), "but blanks in varchar are");
    assert!(shop.get(&Key::field("v", "cd")).await.unwrap().is_none());
    assert!(shop.create(&[("id", "x      ".into())]).await.unwrap().unwrap().get("id") == Some(&"x".into()));
}

async fn what_postgresql_would_change_without_a_word_is_refused_or_kept(place: Place) {
    let sql = "CREATE TABLE t (id int PRIMARY KEY, v varchar(3), c char(3), s timestamp, z timestamptz, n numeric(4,1),
            b bool, t text); INSERT INTO t VALUES (1);";
    let shop = Shop::with(&place, sql, json!({ "table": "t" }), identified_by("id")).await;
    let row = Key::field("id", "1");
    for column in ["v", "c"] {
        // An assignment cuts blanks off without a word where they are too many.
        let error = shop.verify(&row, &[assign(column, "abcd")]).await.unwrap_err();
        assert_eq!(error.code_name(), "too_long", "{column}");
    }
    assert!(shop.verify(&row, &[assign("v", "äöü")]).await.unwrap(), "characters are counted, not bytes");
    assert_eq!(shop.verify(&row, &[assign("v", "abc ")]).await.unwrap_err().code_name(), "too_long");
    let date = Date { year: 2020, month: 1, day: 1 };
    let time = Time { hour: 1, minute: 0, second: 0, nanosecond: 0 };
    let moment = Field::Timestamp(Timestamp { date, time, offset_seconds: Some(7_200) });
    assert!(shop.verify(&row, &[assign("s", moment.clone()), assign("z", moment)]).await.unwrap());
    let both = "SELECT s || ' ' || (z AT TIME ZONE 'UTC') FROM t";
    assert_eq!(shop.text(both).await.unwrap(), "2019-12-31 23:00:00 2019-12-31 23:00:00", "the same moment in both");
    assert!(shop.verify(&row, &[assign("b", Field::I64(1)), assign("t", Field::Bool(true))]).await.unwrap());
    assert_eq!(shop.text("SELECT b || t FROM t").await.unwrap(), "truetrue");
    let error = shop.verify(&row, &[assign("t", Field::Bytes(vec![255]))]).await.unwrap_err();
    assert_eq!(error.code_name(), "wrong_type");
}

async fn metadata_is_kept_in_columns_of_each_kind(place: Place) {
    for (declared, stored, merged) in [
        ("text", "'{ \"b\":1.0e2}'", "{ \"b\":1.0e2,\"a\":{\"x\":1}}"),
        ("varchar(60)", "'{ \"b\":1.0e2}'", "{ \"b\":1.0e2,\"a\":{\"x\":1}}"),
        ("json", "'{ \"b\":1.0e2}'", "{ \"b\":1.0e2,\"a\":{\"x\":1}}"),
        ("jsonb", "'{ \"b\":1.0e2}'", "{\"a\": {\"x\": 1}, \"b\": 100}"),
        ("bytea", "'{ \"b\":\"é\"}'::text::bytea", "{ \"b\":\"é\",\"a\":{\"x\":1}}"),
        ("text", "NULL", "{\"a\":{\"x\":1}}"),
        ("jsonb", "'null'", "{\"a\": {\"x\": 1}}"),
        ("text", "''", "{\"a\":{\"x\":1}}"),
    ] {
        let sql = format!(
            "DROP TABLE IF EXISTS t; CREATE TABLE t (no int PRIMARY KEY, metadata {declared}); INSERT INTO t VALUES (1, {stored})"
        );
        let shop = Shop::with(
            &place,
            &sql.replace("'{ \"b\":\"é\"}'::text::bytea", "convert_to('{ \"b\":\"é\"}', 'UTF8')"),
            json!({ "table": "t" }),
            identified_by("no"),
        )
        .await;
        assert!(shop.set("1", "a", "{\"x\":1}").await.unwrap(), "{declared} {stored}");
        let text = if declared == "bytea" { "convert_from(metadata, 'UTF8')" } else { "metadata::text" };
        assert_eq!(shop.text(&format!("SELECT {text} FROM t")).await.unwrap(), merged, "{declared} {stored}");
        assert!(shop.set("1", "a", "{\"x\":1}").await.unwrap(), "the same again");
        let read = shop.field(&Key::field("no", "1"), "metadata").await;
        match declared {
            "json" | "jsonb" => assert!(read == Field::Json(merged.into())),
            "bytea" => assert!(read == Field::Bytes(merged.as_bytes().to_vec())),
            _ => assert!(read == merged.into()),
        }
    }
    let shop = Shop::with(
        &place,
        "CREATE TABLE n (no int PRIMARY KEY, metadata int); INSERT INTO n VALUES (1, 1)",
        json!({ "table": "n" }),
        identified_by("no"),
    )
    .await;
    assert_eq!(shop.set("1", "a", "1").await.unwrap_err().kind(), ErrorKind::Config);
}

async fn an_hstore_holds_metadata_of_texts_and_refuses_the_rest(place: Place) {
    let sql = "CREATE EXTENSION IF NOT EXISTS hstore SCHEMA public;
        CREATE TABLE t (no int PRIMARY KEY, metadata public.hstore);
        INSERT INTO t VALUES (1, 'plan=>gold, \"od\\\"d\"=>NULL'), (2, NULL)";
    let shop = Shop::with(&place, sql, json!({ "table": "t" }), identified_by("no")).await;
    for number in ["1", "2"] {
        assert!(shop.set(number, "note", r#""a \"quote\", a \\ and é""#).await.unwrap());
        let text = format!("SELECT metadata -> 'note' FROM t WHERE no = {number}");
        assert_eq!(shop.text(&text).await.unwrap(), r#"a "quote", a \ and é"#);
    }
    let read = shop.field(&Key::field("no", "1"), "metadata").await;
    let read: Value = serde_json::from_str(read.as_text().unwrap()).unwrap();
    assert_eq!(read, json!({ "plan": "gold", "od\"d": null, "note": "a \"quote\", a \\ and é" }));
    let error = shop.set("1", "points", "5").await.unwrap_err();
    assert_eq!((error.kind(), error.code_name()), (ErrorKind::Refused, "metadata_refused"), "{error}");
    assert_eq!(shop.text("SELECT metadata -> 'plan' FROM t WHERE no = 1").await.unwrap(), "gold");
}

async fn a_change_of_jsonb_is_one_statement_and_its_limits_hold(place: Place) {
    let sql = "CREATE TABLE t (no int PRIMARY KEY, metadata jsonb);
        INSERT INTO t VALUES (1, '{\"a\":1,\"b\":2}'), (2, NULL), (3, '[]'), (4, '\"text\"')";
    let shop = Shop::with(&place, sql, json!({ "table": "t" }), identified_by("no")).await;
    let patch = |set: &[(&str, &str)], remove: &[&str], clear: bool, max_bytes: u64| {
        let mut patch = ContainerPatch::new("metadata", max_bytes);
        patch.clear = clear;
        patch.set = set.iter().map(|(key, value)| ((*key).to_owned(), raw(value))).collect();
        patch.remove = remove.iter().map(|key| (*key).to_owned()).collect();
        Patch { containers: vec![patch], fields: Vec::new() }
    };
    let stored = async |number: &str| shop.text(&format!("SELECT metadata::text FROM t WHERE no = {number}")).await;
    let key = |number: &str| Key::field("no", number);
    assert!(shop.change(&key("1"), &patch(&[("c", "{\"x\":null}")], &["a"], false, 100)).await.unwrap());
    assert_eq!(stored("1").await.unwrap(), r#"{"b": 2, "c": {"x": null}}"#);
    assert!(shop.change(&key("1"), &patch(&[("z", "1")], &[], true, 100)).await.unwrap());
    assert_eq!(stored("1").await.unwrap(), r#"{"z": 1}"#);
    assert!(shop.change(&key("2"), &patch(&[("a", "1")], &["b"], false, 100)).await.unwrap());
    assert_eq!(stored("2").await.unwrap(), r#"{"a": 1}"#);
    // PHP's empty array is an empty document; a text is none.
    assert!(shop.change(&key("3"), &patch(&[("a", "1")], &[], false, 100)).await.unwrap());
    assert_eq!(stored("3").await.unwrap(), r#"{"a": 1}"#);
    let error = shop.change(&key("4"), &patch(&[("a", "1")], &[], false, 100)).await.unwrap_err();
    assert_eq!(error.code_name(), "metadata_unreadable");
    let large = format!("\"{}\"", "x".repeat(100));
    let error = shop.change(&key("1"), &patch(&[("large", &large)], &[], false, 100)).await.unwrap_err();
    assert_eq!((error.code_name(), stored("1").await.unwrap().as_str()), ("metadata_too_large", r#"{"z": 1}"#));
    assert!(!shop.change(&key("9"), &patch(&[("a", "1")], &[], false, 100)).await.unwrap());
}

fn raw(json: &str) -> Box<RawValue> {
    RawValue::from_string(json.to_owned()).unwrap()
}

async fn jsonb_refuses_a_nul_before_the_server_does(place: Place) {
    let sql = "CREATE TABLE t (no int PRIMARY KEY, metadata jsonb); INSERT INTO t VALUES (1, '{}');
               CREATE TABLE u (no int PRIMARY KEY, metadata json); INSERT INTO u VALUES (1, '{}');";
    let shop = Shop::with(&place, sql, json!({ "table": "t" }), opening()).await;
    let error = shop.set("1", "a", "\"x\\u0000\"").await.unwrap_err();
    assert_eq!(error.code_name(), "metadata_refused");
    assert!(error.to_string().contains("jsonb cannot hold the character \\u0000"), "{error}");
    assert!(shop.set("1", "a", "\"\\\\u0000\"").await.unwrap(), "an escaped backslash and four digits");
    let error = shop.set("1", "a", "1e999999").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Refused, "{error}");
    let exact = Shop::on(&place, json!({ "table": "u" }), opening()).await;
    assert!(exact.set("1", "a", "\"x\\u0000\"").await.unwrap(), "json keeps it");
    let found = shop.adapter.examine().await.unwrap();
    assert!(found.findings.iter().any(|f| f.severity == Severity::Warning && f.text.contains("t.metadata is jsonb")));
}

async fn a_container_never_outgrows_its_column(place: Place) {
    let sql = "CREATE DOMAIN short AS varchar(20); CREATE TABLE t (no int PRIMARY KEY, metadata short);
               INSERT INTO t VALUES (1, '{\"b\":1}');";
    let shop = Shop::with(&place, sql, json!({ "table": "t" }), opening()).await;
    let error = shop.set("1", "a", "\"0123456789\"").await.unwrap_err();
    assert_eq!(error.code_name(), "metadata_too_large");
    assert!(error.to_string().contains("the column holds 20"), "{error}");
    assert!(shop.set("1", "a", "\"äöü\"").await.unwrap(), "characters are counted, not bytes");
    let limits = shop.adapter.examine().await.unwrap().column_limits;
    assert!(limits.contains(&("metadata".to_owned(), 20)), "{limits:?}");
}

async fn domains_are_what_they_are_made_of(place: Place) {
    let sql = "CREATE DOMAIN number AS int CHECK (VALUE > 0); CREATE DOMAIN id AS number NOT NULL;
               CREATE DOMAIN mail AS text CHECK (VALUE LIKE '%@%');
               CREATE TABLE t (id id PRIMARY KEY, mail mail); INSERT INTO t VALUES (7, 'a@b');";
    let shop = Shop::with(&place, sql, json!({ "table": "t" }), identified_by("id")).await;
    assert!(shop.field(&Key::field("id", "7"), "id").await == Field::I64(7));
    assert!(shop.get(&Key::field("id", "07")).await.unwrap().is_none());
    assert!(shop.field(&folded("mail", "a@b"), "mail").await == "a@b".into());
    assert_eq!(
        shop.create(&[("id", Field::I64(8)), ("mail", "x".into())]).await.unwrap_err().code_name(),
        "constraint"
    );
    assert!(shop.create(&[("id", Field::I64(8)), ("mail", "x@y".into())]).await.unwrap().is_some());
}
