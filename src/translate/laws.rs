//! The laws of this room, over whole maps and arbitrary records.

use crosswalk_contract::{By, Columns, Date, Error, Field, Fold, Patch, Record, Time, Timestamp};
use proptest::prelude::*;
use serde_json::{json, value::RawValue};

use super::*;
use crate::profile::{ContainerChange, Metadata};

const MARKER: &str = "m4rk3r";

fn translation(map: serde_json::Value) -> Translation {
    let map: MapSettings = serde_json::from_value(map).unwrap();
    Translation::compile("shop", "tbl_customers", Some(&map)).unwrap_or_else(|problems| panic!("{problems:?}"))
}

/// Every kind of rule at once.
fn shop() -> Translation {
    translation(json!({
        "user_id": "cust_no",
        "email": { "field": "mail_addr", "fold": "lower" },
        "email_verified": { "field": "mail_ok", "true_is": ["Y", "1"], "false_is": ["N"] },
        "username": "login",
        "name": { "join": ["first_nm", "last_nm"] },
        "given_name": "first_nm",
        "family_name": "last_nm",
        "blocked": { "field": "status", "values": { "A": false, "B": true } },
        "created_at": { "field": "created", "date": "unix" },
        "last_login": { "field": "seen", "date": "sql", "zone": "Europe/Berlin" },
        "logins_count": "logins",
        "app_metadata": ["metadata", {
            "plan": "plan_cd",
            "vip": { "field": "is_vip", "true_is": ["Y"], "false_is": ["N"] },
            "points": { "field": "points", "type": "number" },
            "tags": { "field": "tags", "list": "," },
            "born": { "field": "born", "date": "sql", "zone": "UTC" },
            "source": { "const": "shop" },
            "initial": { "field": "first_nm", "split": " ", "part": "first" },
            "token": { "field": "token", "encoding": "hex" },
            "raw": { "field": "raw", "type": "json" },
            "level": { "field": "level", "values": { "1": "low", "2": "high" }, "default": "none" }
        }],
        "user_metadata": { "field": "prefs", "format": "php" },
        "extra": { "company": "firm" },
        "password": { "field": "pw", "salt": "pw_salt", "scheme": "salted-md5" },
        "must_change_password": { "field": "must_change", "true_is": [1], "false_is": [0] }
    }))
}

const COLUMNS: [&str; 22] = [
    "cust_no",
    "mail_addr",
    "mail_ok",
    "login",
    "first_nm",
    "last_nm",
    "status",
    "created",
    "seen",
    "logins",
    "metadata",
    "plan_cd",
    "is_vip",
    "points",
    "tags",
    "born",
    "token",
    "raw",
    "level",
    "prefs",
    "firm",
    "must_change",
];

/// A well-kept row, with some columns replaced.
fn row(over: &[(&str, Field)]) -> Record {
    let good = [
        Field::I64(4711),
        "Jane@Example.com".into(),
        "Y".into(),
        "jane".into(),
        "Jané".into(),
        "Doe".into(),
        "A".into(),
        Field::I64(1_234_567_890),
        "2009-07-01 12:00:00".into(),
        Field::I64(3),
        r#"{ "n": 12345678901234567890123, "plan":"hidden" }"#.into(),
        "gold".into(),
        "N".into(),
        "10".into(),
        "a,b".into(),
        "1980-05-01 00:00:00".into(),
        Field::Bytes(vec![0, 255]),
        r#"{"x":  1}"#.into(),
        Field::I64(2),
        r#"a:1:{s:4:"lang";s:2:"de";}"#.into(),
        "ACME".into(),
        Field::I64(0),
    ];
    let mut pairs: Vec<(&str, Field)> = COLUMNS.into_iter().zip(good).collect();
    pairs.extend([("pw", Field::from("5f4dcc")), ("pw_salt", Field::from("ab"))]);
    for (name, field) in over {
        for (_, place) in pairs.iter_mut().filter(|(column, _)| column == name) {
            *place = field.clone();
        }
    }
    Record::from_pairs(pairs)
}

/// The record after a patch, as a store applies it.
fn applied(record: &Record, patch: &Patch) -> Record {
    let mut pairs: Vec<(String, Field)> = record.iter().map(|(name, field)| (name.to_owned(), field.clone())).collect();
    for container in &patch.containers {
        let (_, place) = pairs.iter_mut().find(|(name, _)| *name == container.container).unwrap();
        let mut document = Metadata::from_store(place.as_text().unwrap_or_default()).unwrap();
        container.apply(&mut document).unwrap();
        *place = Field::Text(document.as_str().to_owned());
    }
    for (name, field) in &patch.fields {
        pairs.iter_mut().find(|(column, _)| column == name).unwrap().1 = field.clone();
    }
    Record::from_pairs(pairs)
}

fn app(translation: &Translation, record: &Record) -> String {
    translation.profile(record).unwrap().profile.app_metadata.map_or_else(String::new, |it| it.as_str().to_owned())
}

fn change(text: &str) -> Change {
    Change::from_json(text).unwrap()
}

#[test]
fn users_cannot_write_who_they_are_through_their_metadata() {
    for (map, path) in [
        (r#"{"user_id":"no","email":"mail","user_metadata":{"contact":"mail"}}"#, "user_metadata.contact"),
        (r#"{"user_id":"no","blocked":{"field":"b","true_is":["1"]},"user_metadata":{"x":"b"}}"#, "user_metadata.x"),
        (r#"{"user_id":"no","password":{"field":"pw","salt":"s"},"user_metadata":{"x":"s"}}"#, "user_metadata.x"),
        (r#"{"user_id":"no","password":"pw","app_metadata":{"x":"pw"}}"#, "app_metadata.x"),
        (r#"{"user_id":"no","password":"pw","extra":{"x":"pw"}}"#, "extra.x"),
    ] {
        let settings: MapSettings = serde_json::from_str(map).unwrap();
        let Err(problems) = Translation::compile("shop", "t", Some(&settings)) else { panic!("{map} has no problem") };
        assert_eq!(problems.iter().map(|it| it.path.as_str()).collect::<Vec<_>>(), [path], "{map}");
    }
    let fine = r#"{"user_id":"no","email":"mail","password":{"field":"pw","salt":"mail"},"app_metadata":{"x":"mail"}}"#;
    let settings: MapSettings = serde_json::from_str(fine).unwrap();
    assert!(Translation::compile("shop", "t", Some(&settings)).is_ok());
}

#[test]
fn a_row_of_2009_becomes_a_profile() {
    let translated = shop().profile(&row(&[])).unwrap();
    let profile = translated.profile.to_json();
    for part in [
        r#""blocked":false,"created_at":"2009-02-13T23:31:30.000Z","email":"jane@example.com","email_verified":true"#,
        r#""last_login":"2009-07-01T10:00:00.000Z","logins_count":3,"name":"Jané Doe""#,
        r#""company":"ACME","user_id":"auth0|shop|4711","user_metadata":{"lang":"de"}"#,
        r#""n": 12345678901234567890123"#,
        r#""plan":"gold","#,
        r#""born":"1980-05-01T00:00:00Z","initial":"Jané","level":"high","points":10,"raw":{"x":  1},"source":"shop""#,
        r#""tags":["a","b"],"token":"00ff","vip":false"#,
    ] {
        assert!(profile.contains(part), "{part}\n{profile}");
    }
    assert!(!translated.must_change_password && !translated.locked && translated.diagnostics.is_empty());
}

#[test]
fn a_lookup_goes_by_column_and_folds_as_the_map_says() {
    let shop = shop();
    let key = shop.key(By::Email, "JANE@example.com").unwrap();
    assert_eq!((key.columns().unwrap(), key.fold), (vec![("mail_addr", "jane@example.com")], Fold::Lower));
    assert!(shop.key(By::Phone, "1").is_none());
    let user_id = UserId::parse("auth0|shop|4711").unwrap();
    assert_eq!(shop.store_id(&user_id).as_deref(), Some("4711"));
    assert_eq!(shop.store_id(&UserId::parse("auth0|4711").unwrap()), None);
    assert!(shop.has_id(&shop.profile(&row(&[])).unwrap().profile, "4711"));
    for (by, asked, expected) in [
        (By::Id, "4711", true),
        (By::Id, "4711abc", false),
        (By::Id, "4711.0", false),
        (By::Email, "jane@EXAMPLE.com", true),
        (By::Email, "jané@example.com", false),
        (By::Username, "jane", true),
        (By::Username, "Jane", false),
        (By::Phone, "", false),
    ] {
        assert_eq!(shop.answers(&row(&[]), &by, asked), expected, "{by:?} {asked}");
    }
}

#[test]
fn a_row_that_does_not_fit_is_named_and_its_value_is_not() {
    let shop = shop();
    for column in
        ["mail_ok", "status", "created", "seen", "logins", "metadata", "is_vip", "points", "born", "raw", "prefs"]
    {
        let error = shop.profile(&row(&[(column, MARKER.into())])).unwrap_err();
        let text = error.to_string();
        assert_eq!(error.code_name(), "inconsistent", "{column}");
        assert!(text.contains("tbl_customers") && text.contains(column) && text.contains("4711"), "{text}");
        assert!(!text.contains(MARKER), "{text}");
    }
    let error = shop.profile(&row(&[("cust_no", Field::Null)])).unwrap_err();
    assert_eq!(error.code_name(), "missing_user_id");
    let record = Record::from_pairs([("cust_no", Field::I64(1))]);
    let error = shop.profile(&record).unwrap_err();
    assert_eq!(error.code_name(), "config");
    assert!(error.context().contains(&("field", "status".to_owned())), "{error}");
}

#[test]
fn keys_go_to_their_columns_and_the_rest_to_the_document() {
    let (shop, record) = (shop(), row(&[]));
    let split = shop
        .split(
            &change(r#"{"app_metadata":{"plan":"silver","vip":true,"points":11,"tags":["x"],"new":{"a":1.50},"token":"ab"},"blocked":true}"#),
            &record,
            1000,
            true,
        )
        .unwrap();
    assert!(split.refused.is_empty() && split.overlay.is_empty(), "{:?}", split.refused);
    let after = applied(&record, &split.patch);
    let (text, field) = (app(&shop, &after), |name| after.get(name).unwrap().clone());
    for part in [
        r#""plan":"silver""#,
        r#""vip":true"#,
        r#""points":11"#,
        r#""tags":["x"]"#,
        r#""new":{"a":1.50}"#,
        r#""token":"ab""#,
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(field("points") == "11".into() && field("is_vip") == "Y".into() && field("status") == "B".into());
    assert!(field("token") == Field::Bytes(vec![0xab]));
}

#[test]
fn what_a_column_cannot_hold_is_refused_with_the_reason() {
    let split = shop()
        .split(
            &change(
                r#"{"app_metadata":{"points":"many","vip":"yes","tags":["a,b"],"source":"web","initial":"X","level":"top","born":"then","plan":7,"token":"xyz"},
                    "user_metadata":{"lang":"fr","theme":"dark"}}"#,
            ),
            &row(&[]),
            1000,
            true,
        )
        .unwrap();
    let keys: Vec<&str> = split.refused.iter().map(|(_, key, _)| key.as_str()).collect();
    assert_eq!(keys, ["lang", "points", "vip", "tags", "source", "initial", "level", "born", "plan", "token"]);
    assert!(split.patch.is_empty());
    let overlay = split.overlay.user_metadata.unwrap();
    assert_eq!(overlay.set[0].0, "theme", "PHP's document has no such key, so the overlay may");
}

#[test]
fn a_removed_key_does_not_show_what_lay_under_it() {
    let (shop, record) = (shop(), row(&[]));
    let split = shop.split(&change(r#"{"app_metadata":{"plan":null}}"#), &record, 1000, true).unwrap();
    let after = applied(&record, &split.patch);
    assert!(!app(&shop, &after).contains("plan"));
}

#[test]
fn clearing_empties_the_store_and_the_overlay_or_says_why_not() {
    let map = json!({ "user_id": "id", "app_metadata": ["meta", { "plan": "plan" }] });
    let record = Record::from_pairs([("id", Field::I64(1)), ("meta", r#"{"a":1}"#.into()), ("plan", "gold".into())]);
    let simple = translation(map);
    let split = simple.split(&change(r#"{"app_metadata":{}}"#), &record, 1000, true).unwrap();
    assert_eq!(app(&simple, &applied(&record, &split.patch)), "{}");
    assert!(split.overlay.app_metadata.unwrap().clear && split.refused.is_empty());

    let split = shop().split(&change(r#"{"app_metadata":{}}"#), &row(&[]), 1000, true).unwrap();
    let keys: Vec<&str> = split.refused.iter().map(|(_, key, _)| key.as_str()).collect();
    assert_eq!(keys, ["initial", "level", "source"], "these cannot be absent");
}

#[test]
fn a_store_that_only_reads_keeps_what_it_holds() {
    let record = row(&[("plan_cd", Field::Null), ("metadata", r#"{"n":1}"#.into())]);
    let wanted =
        change(r#"{"app_metadata":{"n":2,"points":11,"plan":"x","new":1,"gone":null},"user_metadata":{"a":1}}"#);
    let split = shop().split(&wanted, &record, 1000, false).unwrap();
    assert!(split.patch.is_empty());
    let keys: Vec<&str> = split.refused.iter().map(|(_, key, _)| key.as_str()).collect();
    assert_eq!(keys, ["n", "points"]);
    let overlay = split.overlay.app_metadata.unwrap();
    assert_eq!(overlay.set.iter().map(|(key, _)| key.as_str()).collect::<Vec<_>>(), ["plan", "new"]);
    assert_eq!(overlay.remove, ["gone"]);
}

#[test]
fn an_unreadable_document_can_be_left_out_and_is_then_not_written() {
    let omit = translation(json!({ "user_id": "id", "app_metadata": { "field": "meta", "unreadable": "omit" } }));
    for broken in ["{", "[1]", "3", "\"x\""] {
        let record = Record::from_pairs([("id", Field::I64(1)), ("meta", broken.into())]);
        let translated = omit.profile(&record).unwrap();
        assert!(translated.profile.app_metadata.is_none());
        assert_eq!(translated.diagnostics[0].code, "unreadable-metadata");
        let split = omit.split(&change(r#"{"app_metadata":{"a":1}}"#), &record, 1000, true).unwrap();
        assert_eq!(split.refused.len(), 1);
        assert!(split.patch.is_empty() && split.overlay.is_empty());
    }
    for empty in ["", "null", "[]"] {
        let record = Record::from_pairs([("id", Field::I64(1)), ("meta", empty.into())]);
        assert_eq!(omit.profile(&record).unwrap().profile.app_metadata, Some(Metadata::empty()));
    }
}

#[test]
fn a_new_user_is_written_in_columns_and_what_has_no_home_is_left_over() {
    let user = NewProfile {
        id: Some("4712".into()),
        email: Some("New@Example.com".into()),
        email_verified: Some(false),
        name: Some("Ada Lovelace".into()),
        given_name: Some("Ada".into()),
        family_name: Some("Lovelace".into()),
        blocked: Some(false),
        user_metadata: Some(Metadata::parse(r#"{"lang":"en"}"#).unwrap()),
        app_metadata: Some(Metadata::parse(r#"{"plan":"free","n":1.50,"points":5}"#).unwrap()),
        ..NewProfile::default()
    };
    let written = shop().new_user(&user).unwrap();
    let field =
        |name: &str| written.assignments.iter().find(|(column, _)| column == name).map(|(_, field)| field.clone());
    assert!(field("cust_no") == Some("4712".into()) && field("mail_addr") == Some("new@example.com".into()));
    assert!(field("mail_ok") == Some("N".into()) && field("status") == Some("A".into()));
    assert!(field("plan_cd") == Some("free".into()) && field("points") == Some(Field::I64(5)));
    assert!(field("metadata") == Some(Field::Json(r#"{"n":1.50}"#.into())));
    assert_eq!(written.overlay.user_metadata.unwrap().set[0].0, "lang");
}

#[test]
fn everything_that_would_be_lost_is_refused_at_once() {
    let user = NewProfile {
        email: Some("a@b".into()),
        name: Some(format!("{MARKER} X")),
        nickname: Some("x".into()),
        app_metadata: Some(Metadata::parse(r#"{"source":"web","vip":"yes"}"#).unwrap()),
        ..NewProfile::default()
    };
    let error = shop().new_user(&user).unwrap_err();
    assert_eq!(error.code_name(), "read_only_field");
    let text = error.to_string();
    for name in ["name: ", "nickname: ", "app_metadata.source: ", "app_metadata.vip: "] {
        assert!(text.contains(name), "{text}");
    }
    assert!(!text.contains(MARKER), "{text}");
}

#[test]
fn addresses_change_unless_they_are_the_id() {
    let shop = shop();
    let columns = |all: Vec<Assignment>| all.into_iter().map(|(name, _)| name).collect::<Vec<_>>();
    assert_eq!(columns(shop.email_change("a@b.c", true).unwrap()), ["mail_addr", "mail_ok"]);
    assert_eq!(columns(shop.verify().unwrap()), ["mail_ok"]);
    let by_mail = translation(json!({ "user_id": "mail", "email": "mail" }));
    assert_eq!(by_mail.email_change("a@b.c", false).unwrap_err().code_name(), "read_only_field");
    assert!(by_mail.verify().is_err(), "there is no column for it");
}

#[test]
fn nobody_is_verified_because_a_column_has_a_default() {
    let map = translation(json!({
        "user_id": "id", "email": "mail", "email_verified": { "field": "ok", "true_is": ["Y"] }
    }));
    let written = map.email_change("a@b", false).unwrap();
    assert!(written == [("mail".into(), "a@b".into()), ("ok".into(), Field::Null)]);
}

#[test]
fn passwords_are_read_written_and_never_shown() {
    let shop = shop();
    let record = row(&[]);
    let fields = shop.password_fields(&record).unwrap();
    assert_eq!((fields.hash(), fields.salt(), fields.id()), (&b"5f4dcc"[..], Some(&b"ab"[..]), Some(&b"4711"[..])));
    assert_eq!((fields.email(), fields.user_name()), (Some(&b"Jane@Example.com"[..]), Some(&b"jane"[..])));
    assert_eq!(shop.password_scheme(), Some(&json!("salted-md5")));
    let mut hashed =
        Hashed { hash: b"x".to_vec(), hash_is_text: true, salt: Some(b"s".to_vec()), iterations: None, scheme: None };
    let written = shop.password_assignments(&hashed).unwrap();
    assert!(
        written == [("pw".into(), "x".into()), ("pw_salt".into(), "s".into()), ("must_change".into(), Field::I64(0))]
    );
    hashed.iterations = Some(1000);
    assert_eq!(shop.password_assignments(&hashed).unwrap_err().code_name(), "unsupported");
    let shown = shop.explain(&record);
    assert!(shown.iter().all(|line| !line.shown.contains("5f4dcc")));
    assert_eq!(shown.iter().find(|line| line.target == "password").unwrap().shown, "***");
    let name = shown.iter().find(|line| line.target == "name").unwrap();
    assert_eq!((name.shown.as_str(), name.source.len(), name.rule.as_str()), ("Jané Doe", 2, "joined with \" \""));
}

#[test]
fn the_check_is_told_what_is_read_only() {
    let names: Vec<String> = shop().read_only().into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["name", "user_metadata", "app_metadata.initial", "app_metadata.source"]);
    let shop = shop();
    assert_eq!(shop.id_columns(), ["cust_no"]);
    assert_eq!(shop.lookup_columns(), [("mail_addr".to_owned(), true), ("login".to_owned(), false)]);
    assert_eq!(shop.container_columns(), ["metadata"]);
    assert!(shop.columns_read().contains(&"pw_salt".to_owned()));
}

fn any_field() -> impl Strategy<Value = Field> {
    let date = (-10i32..12_000, 0u8..15, 0u8..35).prop_map(|(year, month, day)| Date { year, month, day });
    let time = (0u8..26, 0u8..62, 0u8..62, 0u32..1_000_000_000).prop_map(|(hour, minute, second, nanosecond)| Time {
        hour,
        minute,
        second,
        nanosecond,
    });
    let leaf = prop_oneof![
        Just(Field::Null),
        any::<bool>().prop_map(Field::Bool),
        any::<i64>().prop_map(Field::I64),
        (0i64..3).prop_map(Field::I64),
        any::<u64>().prop_map(Field::U64),
        any::<f64>().prop_map(Field::F64),
        "-?[0-9]{1,20}(\\.[0-9]{1,10})?".prop_map(Field::Decimal),
        ".{0,12}".prop_map(Field::Text),
        "[YN01ABtf,. :0-9-]{0,12}".prop_map(Field::Text),
        prop::sample::select(vec![
            "Y",
            "N",
            "A",
            "B",
            "1",
            "a,b",
            "{\"a\":1}",
            "[]",
            "2009-01-01 00:00:00",
            "TRUE",
            "0"
        ])
        .prop_map(Field::from),
        prop::collection::vec(any::<u8>(), 0..6).prop_map(Field::Bytes),
        date.clone().prop_map(Field::Date),
        time.clone().prop_map(Field::Time),
        (date, time, prop::option::of(-86_000i32..86_000))
            .prop_map(|(date, time, offset_seconds)| Field::Timestamp(Timestamp { date, time, offset_seconds })),
        prop::sample::select(vec!["{\"a\": 1.0}", "[\"x\"]", "\"t\\u0061\"", "1e2", "null", "true", "{", ""])
            .prop_map(|text| Field::Json(text.to_owned())),
    ];
    prop_oneof![9 => leaf.clone(), 1 => prop::collection::vec(leaf, 0..3).prop_map(Field::List)]
}

/// One rule of every invertible kind, each on the column `v`.
fn invertible() -> Vec<serde_json::Value> {
    vec![
        json!("v"),
        json!({ "field": "v", "fold": "lower" }),
        json!({ "field": "v", "default": "d" }),
        json!({ "field": "v", "encoding": "hex" }),
        json!({ "field": "v", "encoding": "base64" }),
        json!({ "field": "v", "encoding": "utf8" }),
        json!({ "field": "v", "encoding": "latin1" }),
        json!({ "field": "v", "type": "number" }),
        json!({ "field": "v", "type": "json" }),
        json!({ "field": "v", "type": "boolean" }),
        json!({ "field": "v", "true_is": ["Y", "1"], "false_is": ["N", "0"] }),
        json!({ "field": "v", "values": { "A": 1, "B": { "x": 1 }, "1": 1 }, "default": 0 }),
        json!({ "field": "v", "list": "," }),
        json!({ "field": "v", "list": ",", "type": "number" }),
        json!({ "field": "v", "date": "unix" }),
        json!({ "field": "v", "date": "unix_ms" }),
        json!({ "field": "v", "date": "sql", "zone": "Europe/Berlin" }),
    ]
}

/// The document as a change that sets every key to what it is.
fn same_again(document: &Metadata) -> ContainerChange {
    let set =
        document.iter().map(|(key, raw)| (key.to_owned(), RawValue::from_string(raw.to_owned()).unwrap())).collect();
    ContainerChange { set, ..ContainerChange::default() }
}

fn is_about_data(error: &Error) -> bool {
    matches!(error.code_name(), "inconsistent" | "missing_user_id" | "invalid_user_id" | "invalid_metadata_container")
}

proptest! {
    #[test]
    fn reading_a_record_and_writing_it_back_changes_nothing(fields in prop::collection::vec(any_field(), 22), dirty in 0usize..4) {
        let shop = shop();
        let over: Vec<(&str, Field)> = COLUMNS.into_iter().zip(fields).skip(dirty * 6).take(6).collect();
        let record = row(&over);
        match shop.profile(&record) {
            Err(error) => prop_assert!(is_about_data(&error), "{error}"),
            Ok(translated) => {
                let profile = translated.profile;
                let again = Change {
                    user_metadata: profile.user_metadata.as_ref().map(same_again),
                    app_metadata: profile.app_metadata.as_ref().map(same_again),
                    blocked: profile.blocked,
                };
                for store_writes in [true, false] {
                    let split = shop.split(&again, &record, 0, store_writes).unwrap();
                    prop_assert!(split.patch.is_empty(), "{:?}", split.patch);
                    prop_assert!(split.overlay.is_empty() && split.refused.is_empty(), "{:?} {:?}", split.overlay, split.refused);
                }
            }
        }
    }

    #[test]
    fn what_a_rule_reads_it_can_write_and_reads_again(field in any_field(), kind in 0usize..17) {
        let rules = invertible();
        let shop = translation(json!({ "user_id": "id", "app_metadata": { "k": rules[kind] } }));
        let record = Record::from_pairs([("id", Field::I64(1)), ("v", field.clone())]);
        let Ok(translated) = shop.profile(&record) else { return Ok(()) };
        let Some(document) = translated.profile.app_metadata else { return Ok(()) };
        let value = document.get("k").unwrap();
        // Into a row that holds nothing yet, and then into one of the same type.
        let empty = Record::from_pairs([("id", Field::I64(1)), ("v", Field::Null)]);
        let split = shop.split(&Change { app_metadata: Some(same_again(&document)), ..Change::default() }, &empty, 0, true).unwrap();
        for (_, written) in &split.patch.fields {
            let record = Record::from_pairs([("id", Field::I64(1)), ("v", written.clone())]);
            let again = app(&shop, &record);
            let again = Metadata::parse(again).unwrap();
            prop_assert!(super::json_text::same(again.get("k").unwrap(), value), "{:?}", field);
        }
    }

    #[test]
    fn whatever_is_accepted_is_read_back(field in any_field(), kind in 0usize..17, value in prop::sample::select(vec![
        "\"a\"", "\"\"", "\"00ff\"", "\"AP8=\"", "\"Y\"", "1", "0", "1.50", "1e3", "-7", "12345678901234567890123", "true", "false",
        "[]", "[1]", "[\"a\"]", "[\"a,b\"]", "[\" \"]", "{}", "{\"x\":1}", "\"2009-02-13T23:31:30Z\"", "\"2009-10-25T01:30:00.5Z\"", "\"ÀÉ\"",
    ])) {
        let rules = invertible();
        let shop = translation(json!({ "user_id": "id", "app_metadata": { "k": rules[kind] } }));
        let record = Record::from_pairs([("id", Field::I64(1)), ("v", field)]);
        let body = format!("{{\"app_metadata\":{{\"k\":{value}}}}}");
        let Ok(split) = shop.split(&change(&body), &record, 1000, true) else { return Ok(()) };
        prop_assert!(split.overlay.is_empty());
        if split.refused.is_empty() {
            let document = Metadata::parse(app(&shop, &applied(&record, &split.patch))).unwrap();
            let back = document.get("k").unwrap();
            prop_assert!(
                super::json_text::same(back, value) || back.to_lowercase() == value.to_lowercase() || kind >= 14,
                "{back} is not {value}"
            );
        }
    }

    #[test]
    fn arbitrary_records_never_panic_whatever_speaks(fields in prop::collection::vec(any_field(), 12)) {
        let script = Translation::compile("crm", "get_user", None).unwrap();
        let names = ["user_id", "id", "email", "email_verified", "metadata", "app_metadata", "user_metadata", "name", "tags", "password", "picture", "blocked"];
        let record = Record::new(Columns::new(names), fields);
        match script.profile(&record) {
            Ok(translated) => prop_assert!(serde_json::from_str::<serde_json::Value>(&translated.profile.to_json()).is_ok()),
            Err(error) => prop_assert!(is_about_data(&error), "{error}"),
        }
        let _ = script.explain(&record);
        let _ = script.split(&change(r#"{"app_metadata":{"a":1,"b":null}}"#), &record, 10, true);
        let _ = script.answers(&record, &By::Email, "x");
    }

    #[test]
    fn errors_never_hold_a_value(column in 0usize..22, wrap in 0usize..4) {
        let shop = shop();
        let field = match wrap {
            0 => Field::Text(MARKER.to_owned()),
            1 => Field::Json(format!("{{\"{MARKER}\": ")),
            2 => Field::List(vec![Field::Text(MARKER.to_owned()), Field::List(vec![])]),
            _ => Field::Bytes([MARKER.as_bytes(), &[0xff]].concat()),
        };
        let record = row(&[(COLUMNS[column], field)]);
        let all = [
            shop.profile(&record).err(),
            shop.split(&change(r#"{"app_metadata":{"plan":"x","points":1},"user_metadata":{"a":1},"blocked":true}"#), &record, 100, true).err(),
        ];
        for error in all.into_iter().flatten() {
            prop_assert!(!error.to_string().contains(MARKER) && !format!("{error:?}").contains(MARKER), "{error}");
        }
    }
}
