//! Column <-> field: nothing gets lost in either direction.

use crosswalk_contract::{Date, Field, Key, Time, Timestamp};
use serde_json::json;

use crate::shop::{Shop, assign, id};

const DATE: Date = Date { year: 2009, month: 2, day: 13 };
const TIME: Time = Time { hour: 23, minute: 31, second: 30, nanosecond: 120_000_000 };

fn stamp(date: Date, time: Time) -> Field {
    Field::Timestamp(Timestamp { date, time, offset_seconds: None })
}

fn midnight() -> Time {
    Time { hour: 0, minute: 0, second: 0, nanosecond: 0 }
}

pub async fn every_type_is_read_as_it_is_and_written_back_the_same() {
    let zero = Date { year: 0, month: 0, day: 0 };
    let columns = [
        ("TINYINT", "-128", Field::I64(-128)),
        ("TINYINT(1)", "1", Field::I64(1)),
        ("SMALLINT UNSIGNED", "65535", Field::I64(65_535)),
        ("MEDIUMINT", "-8388608", Field::I64(-8_388_608)),
        ("INT UNSIGNED", "4294967295", Field::I64(4_294_967_295)),
        ("BIGINT", "-9223372036854775808", Field::I64(i64::MIN)),
        ("BIGINT UNSIGNED", "18446744073709551615", Field::U64(u64::MAX)),
        (
            "DECIMAL(40,10)",
            "123456789012345678901234567890.0000000001",
            Field::Decimal("123456789012345678901234567890.0000000001".to_owned()),
        ),
        ("DECIMAL(5,2)", "25.4", Field::Decimal("25.40".to_owned())),
        ("FLOAT", "0.1", Field::F64(0.1)),
        ("DOUBLE", "1.7976931348623157e308", Field::F64(f64::MAX)),
        ("BIT(1)", "b'1'", Field::I64(1)),
        ("BIT(64)", "x'ffffffffffffffff'", Field::U64(u64::MAX)),
        ("YEAR", "1901", Field::I64(1_901)),
        ("DATE", "'2009-02-13'", Field::Date(DATE)),
        ("DATE", "'0000-00-00'", Field::Date(zero)),
        ("DATE", "'2009-00-00'", Field::Date(Date { month: 0, day: 0, ..DATE })),
        ("DATETIME(6)", "'2009-02-13 23:31:30.12'", stamp(DATE, TIME)),
        ("DATETIME", "'0000-00-00 00:00:00'", stamp(zero, midnight())),
        ("DATETIME", "'2009-02-00 00:00:00'", stamp(Date { day: 0, ..DATE }, midnight())),
        ("TIMESTAMP(2) NULL", "'2009-02-13 23:31:30.12'", stamp(DATE, TIME)),
        ("TIME(2)", "'23:31:30.12'", Field::Time(TIME)),
        ("TIME", "'-00:00:01'", "-00:00:01".into()),
        ("TIME(6)", "'838:59:59'", "838:59:59".into()),
        ("CHAR(9)", "'a  '", "a".into()),
        ("VARCHAR(9)", "'a  '", "a  ".into()),
        ("VARCHAR(9) CHARACTER SET latin1", "'é€'", "é€".into()),
        ("TINYTEXT", "''", "".into()),
        ("LONGTEXT", "'😀\\0'", "😀\0".into()),
        ("ENUM('x','y')", "'y'", "y".into()),
        ("SET('x','y')", "'x,y'", "x,y".into()),
        ("JSON", "'{\"n\": 12345678901234567890123}'", "{\"n\": 12345678901234567890123}".into()),
        ("BINARY(4)", "x'00ff'", Field::Bytes(vec![0, 255, 0, 0])),
        ("VARBINARY(9)", "'text'", Field::Bytes(b"text".to_vec())),
        ("LONGBLOB", "x'ff00'", Field::Bytes(vec![255, 0])),
        ("INT", "NULL", Field::Null),
        ("GEOMETRY", "NULL", Field::Null),
    ];
    let declared: Vec<String> = columns.iter().enumerate().map(|(at, (kind, ..))| format!("c{at} {kind}")).collect();
    let stored: Vec<&str> = columns.iter().map(|(_, stored, _)| *stored).collect();
    let sql = format!(
        "CREATE TABLE t (id INT PRIMARY KEY, {}) CHARSET utf8mb4; INSERT INTO t VALUES (1, {}); INSERT INTO t (id) VALUES (2)",
        declared.join(", "),
        stored.join(", ")
    );
    let shop = Shop::with(&sql, json!({ "table": "t" }), id(&["id"])).await;
    let user = shop.get(&Key::field("id", "1")).await.unwrap().unwrap();
    let verify = shop.adapter.verify().unwrap();
    for (at, (kind, stored, expected)) in columns.iter().enumerate() {
        let name = format!("c{at}");
        assert!(user.get(&name) == Some(expected), "{kind} {stored} is a {:?}", user.get(&name));
        let written = verify.verify(&Key::field("id", "2"), &[assign(&name, expected.clone())]).await;
        assert!(written.is_ok_and(|found| found), "{kind} {stored}");
        let same = format!("SELECT CAST(a.{name} <=> b.{name} AS CHAR) FROM t a, t b WHERE a.id = 1 AND b.id = 2");
        assert_eq!(shop.text(&same).await.unwrap(), "1", "{kind} {stored}");
    }
    shop.sql("UPDATE t SET c36 = ST_GeomFromText('POINT(1 2)')").await;
    let user = shop.get(&Key::field("id", "1")).await.unwrap().unwrap();
    assert!(matches!(user.get("c36"), Some(Field::Bytes(bytes)) if bytes.len() == 25), "a point, as bytes");
}

pub async fn what_the_server_would_change_without_a_word_is_refused() {
    let sql = "CREATE TABLE t (id INT PRIMARY KEY, de DECIMAL(5,2), f DOUBLE, d DATETIME, b BIT(1), x TEXT);
               INSERT INTO t (id) VALUES (1)";
    let shop = Shop::with(sql, json!({ "table": "t" }), id(&["id"])).await;
    let zoned = Timestamp { date: DATE, time: TIME, offset_seconds: Some(3_600) };
    for (column, field) in [
        ("de", Field::Decimal("1.005".to_owned())),
        ("f", Field::F64(f64::NAN)),
        ("d", Field::Timestamp(zoned)),
        ("d", Field::Date(Date { year: 10_000, ..DATE })),
        ("b", "yes".into()),
        ("x", Field::List(vec![])),
    ] {
        let error = shop.adapter.verify().unwrap().verify(&Key::field("id", "1"), &[assign(column, field)]).await;
        let error = error.unwrap_err();
        assert_eq!(error.code_name(), "wrong_type", "{column}: {error}");
        assert!(error.context().contains(&("field", column.to_owned())), "{error}");
    }
    for (column, field) in [
        ("de", Field::Decimal("1.5000".to_owned())),
        ("b", "1".into()),
        ("b", Field::Bytes(vec![1])),
        ("b", Field::Bool(true)),
        ("x", Field::Timestamp(zoned)),
        ("de", Field::I64(7)),
    ] {
        let written = shop.adapter.verify().unwrap().verify(&Key::field("id", "1"), &[assign(column, field)]).await;
        assert!(written.is_ok_and(|found| found), "{column}");
    }
    assert_eq!(shop.text("SELECT concat(de, bin(b), x) FROM t").await.unwrap(), "7.0012009-02-13 23:31:30.12+01:00");
}

pub async fn old_rows_with_zero_dates_can_be_changed() {
    let sql = "CREATE TABLE t (id INT PRIMARY KEY, made DATETIME NOT NULL DEFAULT '0000-00-00 00:00:00', ok INT);
               INSERT INTO t (id) VALUES (1)";
    let shop = Shop::with(sql, json!({ "table": "t" }), id(&["id"])).await;
    let verify = shop.adapter.verify().unwrap();
    assert!(verify.verify(&Key::field("id", "1"), &[assign("ok", Field::I64(1))]).await.unwrap());
    assert!(shop.create(&[("id", Field::I64(2))]).await.unwrap().is_some());
}
