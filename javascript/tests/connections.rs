//! Whatever a script leaves behind on a connection, nobody else finds it.

mod stage;

use std::sync::Arc;

use crosswalk_javascript::{Outcome, Program};
use crosswalk_test_servers::{Database, Gate, Which};
use serde_json::json;
use stage::{Stage, made};

/// A database of its own, and programs that have one connection to it.
struct House {
    stage: Stage,
    database: Database,
    gate: Gate,
}

impl House {
    fn on(which: Which) -> House {
        let stage = Stage::new();
        let database = stage.block_on(Database::make(which)).expect("the tests need this database");
        stage.block_on(database.run("CREATE TABLE notes (note VARCHAR(99))")).expect("a table");
        let gate = Gate::before(&database.server().address);
        House { stage, database, gate }
    }

    fn program(&self, code: &str) -> Arc<Program> {
        let server = self.database.server();
        let configuration = json!({
            "URL": self.database.url(&self.gate),
            "HOST": "127.0.0.1",
            "PORT": self.gate.port(),
            "USER": server.user,
            "PASSWORD": server.password,
            "DATABASE": self.database.name(),
        });
        made(code, |parts| {
            parts.limits.connections = 1;
            parts.configuration = configuration.to_string();
        })
    }

    /// Calls it with one text, and wants an answer.
    fn told(&self, program: &Arc<Program>, step: &str) -> String {
        match self.stage.run(program, &json!([step]).to_string(), 10.0).outcome {
            Outcome::Answered(Some(json)) => json,
            other => panic!("{step}: {other:?}"),
        }
    }
}

const PG: &str = "async function login(step, callback) {
    const { Client } = require('pg');
    const client = new Client(configuration.URL);
    await client.connect();
    if (step === 'spoil') {
        await client.query(\"SET application_name = 'spoilt'\");
        await client.query('CREATE TEMPORARY TABLE left_over (a int)');
        await client.query('BEGIN');
        await client.query(\"INSERT INTO notes VALUES ('never committed')\");
        return callback(null, 'spoilt');
    }
    if (step === 'break') {
        await client.query('BEGIN');
        await client.query('SELECT 1 / 0').catch(() => {});
        return callback(null, 'broken');
    }
    const { rows } = await client.query(\"SELECT current_setting('application_name') AS name, \" +
        \"to_regclass('pg_temp.left_over') IS NULL AS clean, (SELECT count(*)::int FROM notes) AS notes\");
    callback(null, rows[0]);
}";

#[test]
fn postgresql_sessions_are_clean() {
    let house = House::on(Which::Postgres);
    let program = house.program(PG);
    for step in ["spoil", "break"] {
        house.told(&program, step);
        assert_eq!(house.told(&program, "look"), r#"{"name":"","clean":true,"notes":0}"#, "after {step}");
    }
}

const MYSQL: &str = "function login(step, callback) {
    const connection = require('mysql').createConnection({ host: configuration.HOST, port: configuration.PORT,
        user: configuration.USER, password: configuration.PASSWORD, database: configuration.DATABASE });
    const run = (sql) => new Promise((resolve, reject) => connection.query(sql, (e, rows) => e ? reject(e) : resolve(rows)));
    (async () => {
        if (step === 'spoil') {
            await run('SET @spoilt = 1');
            await run(\"SET SESSION sql_mode = ''\");
            await run('CREATE TEMPORARY TABLE left_over (a int)');
            await run('START TRANSACTION');
            await run(\"INSERT INTO notes VALUES ('never committed')\");
            return callback(null, 'spoilt');
        }
        const left = await run('SELECT * FROM left_over').then(() => true, () => false);
        const [row] = await run('SELECT @spoilt AS v, @@SESSION.sql_mode <> \\'\\' AS strict, (SELECT COUNT(*) FROM notes) AS notes');
        callback(null, { v: row.v, strict: row.strict, notes: row.notes, left });
    })().catch(callback);
}";

#[test]
fn mysql_sessions_are_clean() {
    let house = House::on(Which::Mysql);
    let program = house.program(MYSQL);
    house.told(&program, "spoil");
    assert_eq!(house.told(&program, "look"), r#"{"v":null,"strict":1,"notes":0,"left":false}"#);
}

/// One connection for everybody, and callers that are cut off in the middle of a statement.
fn survives(which: Which, sleeping: &str, quick: &str) {
    let house = House::on(which);
    let (sleeping, quick) = (house.program(sleeping), house.program(quick));
    for _ in 0..3 {
        let cut = house.stage.run(&sleeping, "[\"x\"]", 0.4);
        assert_eq!(cut.outcome, Outcome::TimedOut);
        assert_eq!(house.told(&quick, "x"), "\"quick\"");
    }
}

#[test]
fn postgresql_statements_of_callers_who_are_gone_hold_nobody_up() {
    survives(
        Which::Postgres,
        "function login(x, callback) { const { Client } = require('pg'); const c = new Client(configuration.URL);
         c.connect(); c.query('SELECT pg_sleep(30)', callback); }",
        "function login(x, callback) { const { Client } = require('pg'); const c = new Client(configuration.URL);
         c.connect(); c.query('SELECT 1', (error) => callback(error, 'quick')); }",
    );
}

#[test]
fn statements_of_mysql_of_callers_who_are_gone_hold_nobody_up() {
    let connect = "const c = require('mysql').createConnection({ host: configuration.HOST, port: configuration.PORT,
        user: configuration.USER, password: configuration.PASSWORD, database: configuration.DATABASE });";
    survives(
        Which::Mysql,
        &format!("function login(x, callback) {{ {connect} c.query('SELECT SLEEP(30)', callback); }}"),
        &format!(
            "function login(x, callback) {{ {connect} c.query('SELECT 1', (error) => callback(error, 'quick')); }}"
        ),
    );
}

#[test]
fn postgresql_clients_that_are_never_ended_cost_nothing() {
    let house = House::on(Which::Postgres);
    let program = house.program(
        "function login(x, callback) { const { Client } = require('pg'); const c = new Client(configuration.URL);
         c.connect(); c.query('SELECT count(*)::int AS n FROM pg_stat_activity WHERE pid = pg_backend_pid()',
             (error, result) => callback(error, result.rows[0].n)); }",
    );
    for _ in 0..60 {
        assert_eq!(house.told(&program, "x"), "1");
    }
}

#[test]
fn programs_share_no_connections() {
    let house = House::on(Which::Postgres);
    let pid = "function login(x, callback) { const { Client } = require('pg'); const c = new Client(configuration.URL);
        c.connect(); c.query('SELECT pg_backend_pid() AS pid', (error, result) => callback(error, result.rows[0].pid)); }";
    let (one, two) = (house.program(pid), house.program(pid));
    let own = house.told(&one, "x");
    assert_eq!(house.told(&one, "x"), own);
    assert_ne!(house.told(&two, "x"), own);
}
