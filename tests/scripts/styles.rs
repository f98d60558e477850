//! Scripts in the styles that teams have them in, from callbacks of 2013 to promises, on real PostgreSQL and MariaDB.

use crosswalk::{
    engine::{ErrorKind, Verdict},
    profile::{Metadata, NewProfile},
};
use crosswalk_test_servers::{Database, Gate, Which};
use serde_json::json as value;

use crate::{Scripts, json};

/// `login`, `get_user`, `create` in one style.
struct Style {
    name: &'static str,
    which: Which,
    files: [(&'static str, &'static str); 3],
}

/// The way of node-postgres up to version 6: a pool that nobody sees, `done` to give the client back.
const PG_OF_OLD: Style = Style {
    name: "pg.connect",
    which: Which::Postgres,
    files: [
        (
            "login",
            "function login (email, password, callback) {
                // the schema has the password as bcrypt
                var conString = configuration.URL;
                postgres(conString, function (err, client, done) {
                    if (err) { return callback(err); }
                    var query = 'SELECT id, mail, pass, meta FROM people WHERE mail = $1';
                    client.query(query, [email], function (err, result) {
                        done();
                        if (err) return callback(err);
                        if (result.rows.length === 0) return callback(new WrongUsernameOrPasswordError(email));
                        var user = result.rows[0];
                        bcrypt.compare(password, user.pass, function (err, isValid) {
                            if (err) { callback(err); }
                            else if (!isValid) { callback(new WrongUsernameOrPasswordError(email)); }
                            else callback(null, { id: user.id, email: user.mail, metadata: JSON.parse(user.meta) });
                        });
                    });
                });
            }",
        ),
        (
            "get_user",
            "function getByEmail (email, callback) {
                var pg = require('pg');
                pg.connect(configuration.URL, function (err, client, done) {
                    if (err) return callback(err);
                    client.query('SELECT id, mail, meta FROM people WHERE mail = $1', [email], function (err, result) {
                        done();
                        if (err) return callback(err);
                        if (result.rowCount === 0) return callback();
                        var user = result.rows[0];
                        callback(null, { id: user.id, email: user.mail, metadata: JSON.parse(user.meta) });
                    });
                });
            }",
        ),
        (
            "create",
            "function create (user, callback) {
                postgres(configuration.URL, function (err, client, done) {
                    if (err) return callback(err);
                    bcrypt.hash(user.password, 4, function (err, hashed) {
                        if (err) return callback(err);
                        var sql = 'INSERT INTO people (mail, pass, meta) VALUES ($1, $2, $3)';
                        client.query(sql, [user.email, hashed, JSON.stringify(user.app_metadata)], function (err, result) {
                            done();
                            if (err) return callback(err.code === '23505' ? new ValidationError('user_exists', 'dup') : err);
                            callback(null, result.rowCount === 1);
                        });
                    });
                });
            }",
        ),
    ],
};

/// A client that is opened for each call and awaited; one of them is never closed.
const PG_BY_PROMISES: Style = Style {
    name: "a Client for each call",
    which: Which::Postgres,
    files: [
        (
            "login",
            "async function loginAsync(email, password, callback) {
                const { Client } = require('pg@8.7.1');
                const bcrypt = require('bcryptjs');
                const client = new Client({ connectionString: configuration.URL });
                await client.connect();
                try {
                    const { rows: [user] } = await client.query('SELECT id, mail, pass, meta FROM people WHERE mail = $1', [email]);
                    if (!user || !(await bcrypt.compare(password, user.pass))) {
                        return callback(new WrongUsernameOrPasswordError(user ? user.id : null, 'no'));
                    }
                    return callback(null, { user_id: user.id.toString(), email: user.mail, app_metadata: JSON.parse(user.meta) });
                } catch (err) {
                    return callback(new Error(err.message));
                } finally {
                    await client.end();
                }
            }",
        ),
        (
            "get_user",
            "(email, callback) => {
                const { Client } = require('pg');
                const client = new Client(configuration.URL);
                client.connect();
                client.query({ text: 'SELECT id, mail, meta FROM people WHERE mail = $1', values: [email] })
                    .then(({ rows }) => callback(null, rows.length
                        ? { user_id: String(rows[0].id), email: rows[0].mail, app_metadata: JSON.parse(rows[0].meta) } : null))
                    .catch(callback);
            }",
        ),
        (
            "create",
            "async (user, callback) => {
                const { Pool } = require('pg');
                const pool = new Pool({ connectionString: configuration.URL, max: 1 });
                const client = await pool.connect();
                try {
                    await client.query('BEGIN');
                    const pass = require('bcryptjs').hashSync(user.password, 4);
                    await client.query('INSERT INTO people(mail, pass, meta) VALUES($1, $2, $3)',
                        [user.email, pass, JSON.stringify(user.app_metadata)]);
                    await client.query('COMMIT');
                    callback(null);
                } catch (e) {
                    // ROLLBACK was forgotten here, as it often is.
                    callback(e.code === '23505' ? new ValidationError('user_exists', 'dup') : e);
                } finally {
                    client.release();
                }
            }",
        ),
    ],
};

const MYSQL_OF_OLD: Style = Style {
    name: "mysql, called",
    which: Which::Mysql,
    files: [
        (
            "login",
            "function login(email, password, callback) {
                var connection = mysql({ host: configuration.HOST, port: +configuration.PORT, user: configuration.USER,
                    password: configuration.PASSWORD, database: configuration.DATABASE });
                connection.connect();
                var query = 'SELECT id, mail, pass, meta FROM people WHERE mail = ?';
                connection.query(query, [email], function (err, results) {
                    if (err) return callback(err);
                    if (results.length === 0) return callback(new WrongUsernameOrPasswordError(email));
                    var user = results[0];
                    if (!bcrypt.compareSync(password, user.pass)) return callback(new WrongUsernameOrPasswordError(email));
                    callback(null, { id: user.id.toString(), email: user.mail, metadata: JSON.parse(user.meta) });
                });
            }",
        ),
        (
            "get_user",
            "function getByEmail(email, callback) {
                var connection = require('mysql').createConnection({ host: configuration.HOST, port: configuration.PORT,
                    user: configuration.USER, password: configuration.PASSWORD, database: configuration.DATABASE });
                connection.connect(function (err) {
                    if (err) return callback(err);
                    connection.query('SELECT ?? FROM people WHERE ?', [['id', 'mail', 'meta'], { mail: email }], function (err, results) {
                        connection.end();
                        if (err || results.length === 0) return callback(err || null);
                        callback(null, { id: results[0].id, email: results[0].mail, metadata: JSON.parse(results[0].meta) });
                    });
                });
            }",
        ),
        (
            "create",
            "function create(user, callback) {
                var mysql = require('mysql');
                var pool = mysql.createPool({ connectionLimit: 2, host: configuration.HOST, port: +configuration.PORT,
                    user: configuration.USER, password: configuration.PASSWORD, database: configuration.DATABASE });
                pool.getConnection(function (err, connection) {
                    if (err) return callback(err);
                    var row = { mail: user.email, pass: bcrypt.hashSync(user.password, 4), meta: JSON.stringify(user.app_metadata) };
                    connection.query('INSERT INTO people SET ?', row, function (err, result) {
                        connection.release();
                        if (err && err.code === 'ER_DUP_ENTRY') return callback(new ValidationError('user_exists', err.message));
                        if (err) return callback(err);
                        callback(null, result.affectedRows === 1 && result.insertId > 0);
                    });
                });
            }",
        ),
    ],
};

const MYSQL_BY_PROMISES: Style = Style {
    name: "mysql2/promise",
    which: Which::Mysql,
    files: [
        (
            "login",
            "async function login(email, password, callback) {
                const mysql = require('mysql2/promise');
                const connection = await mysql.createConnection({ host: configuration.HOST, port: Number(configuration.PORT),
                    user: configuration.USER, password: configuration.PASSWORD, database: configuration.DATABASE });
                const [rows] = await connection.execute('SELECT `id`, `mail`, `pass`, `meta` FROM `people` WHERE `mail` = ?', [email]);
                await connection.end();
                if (!rows.length) return callback(new WrongUsernameOrPasswordError());
                const ok = await require('bcrypt').compare(password, rows[0].pass);
                if (!ok) return callback(new WrongUsernameOrPasswordError(rows[0].id, 'wrong'));
                callback(null, { user_id: `${rows[0].id}`, email: rows[0].mail, app_metadata: JSON.parse(rows[0].meta) });
            }",
        ),
        (
            "get_user",
            "async (email, callback) => {
                if (!global.pool) {
                    global.pool = require('mysql2/promise').createPool({ host: configuration.HOST, port: Number(configuration.PORT),
                        user: configuration.USER, password: configuration.PASSWORD, database: configuration.DATABASE, connectionLimit: 2 });
                }
                const [[user]] = await global.pool.query('SELECT id, mail, meta FROM people WHERE mail = ?', email);
                callback(null, user && { user_id: String(user.id), email: user.mail, app_metadata: JSON.parse(user.meta) });
            }",
        ),
        (
            "create",
            "function create(user, callback) {
                const connection = require('mysql2').createConnection({ host: configuration.HOST, port: Number(configuration.PORT),
                    user: configuration.USER, password: configuration.PASSWORD, database: configuration.DATABASE });
                require('bcrypt').hash(user.password, 4).then((pass) => {
                    connection.execute('INSERT INTO people (mail, pass, meta) VALUES (?, ?, ?)',
                        [user.email, pass, JSON.stringify(user.app_metadata)], (err) => {
                        connection.end();
                        if (err && err.errno === 1062) return callback(new ValidationError('user_exists', 'dup'));
                        callback(err || null);
                    });
                }, callback);
            }",
        ),
    ],
};

const TABLE: [&str; 2] = [
    "CREATE TABLE people (id bigserial PRIMARY KEY, mail text NOT NULL UNIQUE, pass text, meta text)",
    "CREATE TABLE people (id BIGINT AUTO_INCREMENT PRIMARY KEY, mail VARCHAR(190) NOT NULL UNIQUE, pass VARCHAR(99), meta TEXT)",
];

async fn runs(style: &Style) {
    let Style { name, which, files } = style;
    let database = Database::make(*which).await.expect("the tests need this database");
    database.run(TABLE[usize::from(*which == Which::Mysql)]).await.expect("the table");
    let gate = Gate::before(&database.server().address);
    let server = database.server();
    let text = |text: &str| value!(text).to_string();
    let configuration = [
        ("URL", database.url(&gate)),
        ("HOST", "127.0.0.1".to_owned()),
        ("PORT", gate.port().to_string()),
        ("USER", server.user.clone()),
        ("PASSWORD", server.password.clone().unwrap_or_default()),
        ("DATABASE", database.name().to_owned()),
    ];
    let lines: Vec<String> = configuration.iter().map(|(name, it)| format!("{name} = {}", text(it))).collect();
    let settings = format!("allow_hosts = [\"127.0.0.1\"]\nconfiguration = {{ {} }}", lines.join(", "));
    let scripts = Scripts::new(files).with(&settings).opened();

    let new = |email: &str| NewProfile {
        email: Some(email.to_owned()),
        app_metadata: Some(Metadata::parse(r#"{"plan":"gold"}"#).expect("an object")),
        ..NewProfile::default()
    };
    let made = scripts.create(new("jörg@x.io")).await.unwrap_or_else(|error| panic!("{name}: {error:?}"));
    let again = scripts.create(new("jörg@x.io")).await.expect_err("there is one");
    assert_eq!(again.kind(), ErrorKind::Conflict, "{name}: {again:?}");
    let profile = scripts.accepted("jörg@x.io").await;
    assert_eq!(
        (&profile.user_id, &json(&profile)["app_metadata"]),
        (&made.user_id, &value!({ "plan": "gold" })),
        "{name}"
    );
    assert_eq!(json(&scripts.found("jörg@x.io").await), json(&profile), "{name}: login and get_user tell the same");
    assert!(scripts.get_user("nobody@x.io").await.expect("an answer").is_none(), "{name}");
    let unknown = scripts.login("nobody@x.io").await.expect("an answer");
    assert!(matches!(unknown, Verdict::UnknownUser | Verdict::WrongPassword), "{name}");
    let wrong = scripts.engine.login("my-db", "jörg@x.io", &crosswalk::engine::Secret::new("wrong")).await;
    assert_eq!(wrong.expect("an answer").name(), "wrong_password", "{name}");

    // Whatever they leave open, calls do not run out of connections, and nobody gets a transaction of somebody else.
    for round in 0..40 {
        let email = format!("u{round}@x.io");
        scripts.create(new(&email)).await.unwrap_or_else(|error| panic!("{name}, {round}: {error:?}"));
        scripts.create(new(&email)).await.expect_err("there is one");
        assert!(scripts.get_user(&email).await.expect("an answer").is_some(), "{name}, {round}");
    }
    gate.shut();
    let down = scripts.login("jörg@x.io").await.expect_err("nobody is there");
    assert!(matches!(down.kind(), ErrorKind::Unavailable | ErrorKind::Unexpected), "{name}: {down:?}");
    gate.open();
    // A connection that was cut while nobody used it may be met once more before it is known to be gone.
    for _ in 0..20 {
        if let Ok(Verdict::Accepted(_)) = scripts.login("jörg@x.io").await {
            return;
        }
    }
    panic!("{name}: the store is back, and nobody gets in");
}

#[tokio::test]
async fn postgresql_by_callbacks() {
    runs(&PG_OF_OLD).await;
}

#[tokio::test]
async fn postgresql_by_promises() {
    runs(&PG_BY_PROMISES).await;
}

#[tokio::test]
async fn mysql_by_callbacks() {
    runs(&MYSQL_OF_OLD).await;
}

#[tokio::test]
async fn mysql_by_promises() {
    runs(&MYSQL_BY_PROMISES).await;
}
