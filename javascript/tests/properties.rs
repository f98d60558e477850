//! Whatever comes from outside: values cross as they are, text stays text in SQL, and no connection string breaks anything.

mod stage;

use std::sync::{Arc, LazyLock, OnceLock};

use crosswalk_javascript::{Outcome, Program};
use crosswalk_test_servers::{Database, Gate, Which};
use proptest::{collection, prelude::*, sample::Index};
use serde_json::{Value, json};
use stage::{Stage, made, program};

fn stage() -> &'static Stage {
    static STAGE: OnceLock<Stage> = OnceLock::new();
    STAGE.get_or_init(Stage::new)
}

fn run(program: &Arc<Program>, argument: &Value) -> Outcome {
    stage().run(program, &json!([argument]).to_string(), 10.0).outcome
}

fn answered(program: &Arc<Program>, argument: &Value) -> Value {
    match run(program, argument) {
        Outcome::Answered(Some(json)) => serde_json::from_str(&json).expect("JSON"),
        Outcome::Answered(None) => Value::Null,
        other => panic!("{other:?}"),
    }
}

/// Any JSON that JavaScript has a word for.
fn document() -> impl Strategy<Value = Value> {
    let number = prop_oneof![
        any::<i32>().prop_map(Value::from),
        // Numbers that every reader of decimal text gets right to the last bit.
        any::<i32>().prop_map(|number| Value::from(f64::from(number) / 1024.0)),
        (-(1_i64 << 53)..(1_i64 << 53)).prop_map(Value::from),
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        number,
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 48, 6, |inner| {
        let key = prop_oneof![
            any::<String>(),
            Just("__proto__".to_owned()),
            Just("constructor".to_owned()),
            Just("toJSON".to_owned())
        ];
        prop_oneof![
            collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            collection::vec((key, inner), 0..6).prop_map(|pairs| Value::Object(pairs.into_iter().collect())),
        ]
    })
}

/// As equal as JavaScript can keep them: `1.0` is `1`, `-0` is `0`.
fn same(one: &Value, two: &Value) -> bool {
    match (one, two) {
        (Value::Number(one), Value::Number(two)) => {
            // The reader of JSON here may miss the last bit.
            let (one, two) = (one.as_f64().unwrap_or_default(), two.as_f64().unwrap_or_default());
            (one - two).abs() <= one.abs() * 4.0 * f64::EPSILON
        }
        (Value::Array(one), Value::Array(two)) => {
            one.len() == two.len() && one.iter().zip(two).all(|(a, b)| same(a, b))
        }
        (Value::Object(one), Value::Object(two)) => {
            one.len() == two.len() && one.iter().all(|(name, a)| two.get(name).is_some_and(|b| same(a, b)))
        }
        _ => one == two,
    }
}

/// A place for SQL to be read at, and a program that asks it.
fn asking(which: Which, code: &str) -> Arc<Program> {
    static PLACES: [OnceLock<(Database, Gate)>; 2] = [const { OnceLock::new() }; 2];
    let (database, gate) = PLACES[usize::from(which == Which::Mysql)].get_or_init(|| {
        let database = stage().block_on(Database::make(which)).expect("the tests need this database");
        let gate = Gate::before(&database.server().address);
        (database, gate)
    });
    let server = database.server();
    let configuration = json!({
        "URL": database.url(gate), "HOST": "127.0.0.1", "PORT": gate.port(), "USER": server.user,
        "PASSWORD": server.password, "DATABASE": database.name(),
    });
    made(code, |parts| parts.configuration = configuration.to_string())
}

const MYSQL: &str = "const connection = require('mysql').createConnection({ host: configuration.HOST, port: configuration.PORT,
    user: configuration.USER, password: configuration.PASSWORD, database: configuration.DATABASE, charset: 'utf8mb4' });";

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_value_crosses_as_it_is(document in document()) {
        static ECHO: LazyLock<Arc<Program>> =
            LazyLock::new(|| program("function login(value, callback) { callback(null, [value]); }"));
        let back = answered(&ECHO, &document);
        prop_assert!(same(&back[0], &document), "{document} came back as {back}");
    }

    #[test]
    fn text_stays_text_in_mysql(text in any::<String>(), other in "[a-z'\"\\\\`%_; ?\\x00-]{0,12}", backslash in any::<bool>()) {
        static ASK: LazyLock<Arc<Program>> = LazyLock::new(|| asking(Which::Mysql, &format!("function login([text, other, backslash], callback) {{ {MYSQL}
            connection.query(backslash ? \"SET sql_mode = ''\" : \"SET sql_mode = 'NO_BACKSLASH_ESCAPES'\", (error) => {{
                if (error || !backslash) return callback(error, [text, other]);
                connection.query('SELECT ? AS a, ? AS b, 1 AS ??', [text, other, 'c`d'], (error, rows) =>
                    callback(error, error ? null : [rows[0].a, rows[0].b, rows[0]['c`d']]));
            }});
        }}")));
        let back = answered(&ASK, &json!([text, other, backslash]));
        prop_assert_eq!(&back[0], &json!(text));
        prop_assert_eq!(&back[1], &json!(other));
    }

    #[test]
    fn set_and_names_expand_to_one_statement(value in document(), name in "[a-z`'.? ]{1,8}") {
        // Whatever a parameter is, what the server reads is one statement that names no table but this one.
        static ASK: LazyLock<Arc<Program>> = LazyLock::new(|| asking(Which::Mysql, &format!("function login([value, name], callback) {{ {MYSQL}
            const {{ format, escapeId }} = require('mysql');
            const sql = format('UPDATE nowhere SET ? WHERE ?? = ?', [{{ [name]: value }}, name, value]);
            connection.query(sql, (error) => callback(null, error && error.errno + ' ' + error.code));
        }}")));
        let code = answered(&ASK, &json!([value, name]));
        let code = code.as_str().unwrap_or_default();
        // There is no such table; a structure in the place of a value may be no SQL at all. What it never is, is done.
        prop_assert!(code.contains(" ER_"), "{value} {name}: {code}");
    }

    #[test]
    fn postgresql_gets_back_what_it_was_given(text in "[^\\x00]{0,40}", document in document()) {
        let document = serde_json::from_str::<Value>(&document.to_string().replace("\\u0000", "")).unwrap_or(Value::Null);
        static ASK: LazyLock<Arc<Program>> = LazyLock::new(|| asking(Which::Postgres, "function login([text, document], callback) {
            const { Client } = require('pg');
            const client = new Client(configuration.URL);
            client.connect();
            client.query('SELECT $1::text AS a, $2::json AS b', [text, JSON.stringify(document)], (error, result) =>
                callback(error, error ? null : [result.rows[0].a, result.rows[0].b]));
        }"));
        let back = answered(&ASK, &json!([text, document]));
        prop_assert_eq!(&back[0], &json!(text));
        prop_assert!(same(&back[1], &document), "{document} came back as {back}");
    }

    #[test]
    fn no_connection_string_breaks_anything(noise in any::<String>(), parts in collection::vec(any::<Index>(), 0..6)) {
        const PIECES: [&str; 14] = ["postgres://", "mysql://", "u:p%40@", "127.0.0.1", "[::1]", ":1", ":99999", "/db", "?", "sslmode=require",
            "&host=", "%2Fvar%2Frun", "options=-c%20x", "%"];
        let text: String = parts.iter().map(|at| PIECES[at.index(PIECES.len())]).chain([noise.as_str()]).collect();
        static OPEN: LazyLock<Arc<Program>> = LazyLock::new(|| program("function login(text, callback) {
            const tried = (name, start) => new Promise((done) => {
                try { start((error) => done(error && error.message ? 1 : 0)); } catch (error) { done(String(error.message)); }
            });
            const { Client } = require('pg');
            Promise.all([
                tried('pg', (done) => new Client({ connectionString: text, connectionTimeoutMillis: 50 }).connect(done)),
                tried('mysql', (done) => require('mysql').createConnection(text).connect(done)),
            ]).then((all) => callback(null, all), callback);
        }"));
        let outcome = run(&OPEN, &json!(text));
        prop_assert!(matches!(outcome, Outcome::Answered(_)), "{text:?}: {outcome:?}");
    }
}
