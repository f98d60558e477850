//! Connections that are cut, tables that are locked or changed while in use, rights that are missing.

use std::time::{Duration, Instant};

use crosswalk_contract::{Error, ErrorKind, Field, Key, Severity};
use serde_json::json;
use tokio::{io, net::TcpListener};

use crate::{
    server::Place,
    shop::{SHOP, Shop, assign, identified_by, laws, opening},
};

/// A call that is given up in time takes less, on the slowest machine too; one that hangs takes more.
const NOT_HANGING: Duration = Duration::from_secs(20);

laws![
    a_connection_that_the_server_ends_is_replaced_without_the_callers_help,
    a_call_in_the_middle_of_which_the_connection_ends_is_answered_or_unavailable,
    a_locked_table_is_unavailable_in_time_and_serves_again_once_it_is_free,
    a_column_that_is_dropped_or_changed_while_in_use_is_noticed,
    a_missing_privilege_is_told_with_the_tables_name,
    a_server_that_is_not_there_is_unavailable_and_never_a_wrong_password,
    a_database_that_is_not_there_is_told_by_its_kind,
    the_next_host_serves_where_the_first_does_not_answer,
    a_server_that_accepts_and_says_nothing_is_given_up_in_time,
    a_network_that_is_cut_in_mid_answer_costs_one_call_at_most,
    a_table_without_its_schema_is_found_on_the_search_path,
];

fn jane() -> Key {
    Key::field("no", "4711")
}

/// Ends all sessions of the adapter, which are known by their name.
async fn end_sessions(shop: &Shop, name: &str) {
    let sql = format!(
        "SELECT count(pg_terminate_backend(pid))::text FROM pg_stat_activity WHERE application_name = '{name}'"
    );
    shop.text(&sql).await;
}

/// The test's server under an application name of its own.
fn named(place: &Place) -> serde_json::Value {
    let url = if place.url.contains("://") {
        let mark = if place.url.contains('?') { '&' } else { '?' };
        format!("{}{mark}application_name={}", place.url, place.schema)
    } else {
        format!("{} application_name={}", place.url, place.schema)
    };
    json!(url)
}

async fn a_connection_that_the_server_ends_is_replaced_without_the_callers_help(place: Place) {
    for lanes in [0, 2] {
        let settings = json!({ "table": "user", "url": named(&place), "lanes": lanes });
        let sql = format!("DROP TABLE IF EXISTS \"user\"; {SHOP}");
        let shop = Shop::with(&place, &sql, settings, opening()).await;
        for round in 0..10 {
            assert!(shop.get(&jane()).await.unwrap().is_some());
            assert!(shop.set("4711", "round", &round.to_string()).await.unwrap());
            end_sessions(&shop, &place.schema).await;
            match round % 4 {
                0 => assert!(shop.get(&jane()).await.unwrap().is_some()),
                1 => assert!(shop.set("4711", "a", "1").await.unwrap()),
                2 => shop.adapter.ping().await.unwrap(),
                _ => assert!(!shop.list(None).await.unwrap().is_empty()),
            }
        }
    }
}

async fn a_call_in_the_middle_of_which_the_connection_ends_is_answered_or_unavailable(place: Place) {
    let shop = Shop::with(&place, SHOP, json!({ "table": "user", "url": named(&place) }), opening()).await;
    shop.run("BEGIN; LOCK TABLE \"user\" IN ACCESS EXCLUSIVE MODE").await;
    let key = jane();
    let (get, set) = (shop.get(&key), shop.set("4711", "a", "1"));
    let ended = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        end_sessions(&shop, &place.schema).await;
        tokio::time::sleep(Duration::from_millis(300)).await;
        shop.run("COMMIT").await;
    };
    let (get, set, ()) = tokio::join!(get, set, ended);
    assert!(get.unwrap().is_some(), "a read is simply asked again");
    assert!(set.unwrap(), "a write that was not committed is begun again");
    assert_eq!(shop.text("SELECT metadata FROM \"user\" WHERE no = 4711").await.unwrap(), r#"{"plan":"gold","a":1}"#);
    // Ended again and again, it is unavailable and no more; then the next call works.
    let owner = place.owner().await;
    let schema = place.schema.clone();
    let saboteur = tokio::spawn(async move {
        let sql = format!(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = '{schema}'"
        );
        for _ in 0..100 {
            owner.query_one(&sql, &[]).await.unwrap();
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
    let mut answers = 0;
    while !saboteur.is_finished() {
        match shop.get(&jane()).await {
            Ok(user) => answers += usize::from(user.is_some()),
            Err(error) => assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}"),
        }
    }
    saboteur.await.unwrap();
    assert!(answers > 0);
    assert!(shop.get(&jane()).await.unwrap().is_some());
}

async fn a_locked_table_is_unavailable_in_time_and_serves_again_once_it_is_free(place: Place) {
    let settings = json!({ "table": "user", "statement_timeout": "300ms" });
    let shop = Shop::with(&place, SHOP, settings, opening()).await;
    assert!(shop.get(&jane()).await.unwrap().is_some());
    shop.run("BEGIN; LOCK TABLE \"user\" IN ACCESS EXCLUSIVE MODE").await;
    let start = Instant::now();
    for error in [shop.get(&jane()).await.unwrap_err(), shop.set("4711", "a", "1").await.unwrap_err()] {
        assert_eq!((error.kind(), error.code_name()), (ErrorKind::Unavailable, "timeout"), "{error}");
        assert!(error.hint_text().is_some_and(|hint| hint.contains("lock")), "{error}");
    }
    assert!(start.elapsed() < NOT_HANGING, "{:?}", start.elapsed());
    shop.run("ROLLBACK").await;
    assert!(shop.get(&jane()).await.unwrap().is_some());
    assert!(shop.set("4711", "a", "1").await.unwrap());
}

async fn a_column_that_is_dropped_or_changed_while_in_use_is_noticed(place: Place) {
    let shop = Shop::new(&place).await;
    let first = Key::field("order", "first");
    assert!(shop.get(&first).await.unwrap().is_some());
    assert!(shop.set("4711", "a", "1").await.unwrap());
    shop.run("ALTER TABLE \"user\" RENAME COLUMN \"order\" TO orders").await;
    let error = shop.get(&first).await.unwrap_err();
    assert_eq!((error.kind(), error.hint_text()), (ErrorKind::Config, Some("did you mean orders?")));
    assert!(shop.field(&jane(), "orders").await == "first".into());
    shop.run("ALTER TABLE \"user\" RENAME COLUMN orders TO \"order\"").await;
    assert!(shop.get(&first).await.unwrap().is_some(), "what comes back is found");

    shop.run("ALTER TABLE \"user\" DROP COLUMN mail_ok").await;
    assert!(shop.get(&jane()).await.unwrap().unwrap().get("mail_ok").is_none());
    let error = shop.verify(&jane(), &[assign("mail_ok", "Y")]).await.unwrap_err();
    assert_eq!(error.code_name(), "no_such_column");

    // Another type under the same name: prepared statements would give another result than they said.
    shop.run("ALTER TABLE \"user\" ALTER metadata TYPE jsonb USING NULL, ALTER no DROP IDENTITY").await;
    shop.run("ALTER TABLE \"user\" ALTER no TYPE text").await;
    assert!(shop.field(&jane(), "no").await == "4711".into());
    assert!(shop.set("4711", "b", "1").await.unwrap());
    assert!(shop.field(&jane(), "metadata").await == Field::Json("{\"b\": 1}".into()));
    assert_eq!(shop.list(None).await.unwrap().len(), 3);

    shop.run("DROP TABLE \"user\"").await;
    assert_eq!(shop.get(&jane()).await.unwrap_err().code_name(), "no_such_table");
    assert_eq!(shop.list(None).await.unwrap_err().code_name(), "no_such_table");
    shop.run(SHOP).await;
    assert!(shop.get(&jane()).await.unwrap().is_some());
}

async fn a_missing_privilege_is_told_with_the_tables_name(place: Place) {
    let role = format!("{}_guest", place.schema);
    let sql = format!(
        "{SHOP} CREATE ROLE {role}; GRANT USAGE ON SCHEMA {schema} TO {role}; GRANT SELECT ON \"user\" TO {role};",
        schema = place.schema
    );
    // The role acts through an option of the session, so that no password is needed.
    let options = format!("-c role={role}");
    let url = if place.url.contains("://") {
        let mark = if place.url.contains('?') { '&' } else { '?' };
        format!("{}{mark}options={}", place.url, options.replace(' ', "%20").replace('=', "%3D"))
    } else {
        format!("{} options='{options}'", place.url)
    };
    let shop = Shop::with(&place, &sql, json!({ "table": "user", "url": url }), opening()).await;
    assert!(shop.get(&jane()).await.unwrap().is_some());
    for error in [
        shop.set("4711", "a", "1").await.unwrap_err(),
        shop.create(&[("pw", "secret".into())]).await.unwrap_err(),
        shop.delete(&jane()).await.unwrap_err(),
    ] {
        assert_eq!((error.kind(), error.code_name()), (ErrorKind::Config, "not_permitted"), "{error}");
        assert!(error.to_string().contains("permission denied for table user"), "{error}");
    }
    let findings = shop.adapter.examine().await.unwrap().findings;
    for privilege in ["INSERT", "UPDATE", "DELETE"] {
        let told = |f: &&crosswalk_contract::Finding| f.severity == Severity::Blocker && f.text.contains(privilege);
        assert!(findings.iter().any(|f| told(&f)), "{privilege}: {findings:?}");
    }
    assert!(!findings.iter().any(|f| f.text.contains("may not SELECT")));
    shop.run(&format!("DROP OWNED BY {role}; DROP ROLE {role}")).await;
}

async fn a_server_that_is_not_there_is_unavailable_and_never_a_wrong_password(place: Place) {
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = closed.local_addr().unwrap().port();
    drop(closed);
    for url in
        [format!("postgres://u:secret@127.0.0.1:{port}/db"), "host=/nonexistent user=u password=secret".to_owned()]
    {
        let shop = Shop::on(&place, json!({ "table": "user", "url": url }), opening()).await;
        let errors: [Error; 5] = [
            shop.adapter.ping().await.unwrap_err(),
            shop.adapter.examine().await.unwrap_err(),
            shop.get(&jane()).await.unwrap_err(),
            shop.set("4711", "a", "1").await.unwrap_err(),
            shop.list(None).await.unwrap_err(),
        ];
        for error in errors {
            assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
            assert!(error.hint_text().is_some() && !format!("{error:?}").contains("secret"), "{error}");
        }
    }
}

async fn a_database_that_is_not_there_is_told_by_its_kind(place: Place) {
    let url = if place.url.contains("dbname=") {
        place.url.replace("dbname=", "dbname=no_such_")
    } else {
        let (front, _) = place.url.rsplit_once('/').unwrap();
        format!("{front}/no_such_database")
    };
    let shop = Shop::on(&place, json!({ "table": "user", "url": url }), opening()).await;
    let error = shop.get(&jane()).await.unwrap_err();
    assert_eq!((error.kind(), error.code_name()), (ErrorKind::Config, "no_such_database"), "{error}");
    let nonsense = crosswalk_postgres::KIND.parse(&json!({ "url": "mysql//secret", "table": "t" })).ok().unwrap();
    let error = nonsense.open(&opening()).err().unwrap();
    assert!(error.kind() == ErrorKind::Config && !error.to_string().contains("secret"), "{error}");
}

/// Stands between the adapter and the server; connections are cut when it is told so.
struct Proxy {
    port: u16,
    cut: tokio::sync::watch::Sender<u32>,
}

impl Proxy {
    /// To the server on the socket or address of the place, after so many bytes of answers nothing more.
    async fn start(place: &Place) -> Proxy {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (cut, cuts) = tokio::sync::watch::channel(0);
        let config: tokio_postgres::Config = place.url.parse().unwrap();
        let server = config.get_ports().first().copied().unwrap_or(5432);
        let host = config.get_hosts()[0].clone();
        tokio::spawn(async move {
            loop {
                let (mut near, _) = listener.accept().await.unwrap();
                let (host, mut cuts) = (host.clone(), cuts.clone());
                cuts.borrow_and_update();
                tokio::spawn(async move {
                    let ended = cuts.changed();
                    match host {
                        tokio_postgres::config::Host::Tcp(name) => {
                            let mut far = tokio::net::TcpStream::connect((name, server)).await.unwrap();
                            tokio::select! { _ = io::copy_bidirectional(&mut near, &mut far) => {}, _ = ended => {} }
                        }
                        tokio_postgres::config::Host::Unix(path) => {
                            let socket = path.join(format!(".s.PGSQL.{server}"));
                            let mut far = tokio::net::UnixStream::connect(socket).await.unwrap();
                            tokio::select! { _ = io::copy_bidirectional(&mut near, &mut far) => {}, _ = ended => {} }
                        }
                    }
                });
            }
        });
        Proxy { port, cut }
    }

    fn cut(&self) {
        self.cut.send_modify(|times| *times += 1);
    }

    fn url(&self, place: &Place, first: &str) -> String {
        let config: tokio_postgres::Config = place.url.parse().unwrap();
        let (user, database) = (config.get_user().unwrap_or("postgres"), config.get_dbname().unwrap_or("postgres"));
        format!("postgres://{user}@{first}127.0.0.1:{}/{database}?sslmode=disable", self.port)
    }
}

async fn the_next_host_serves_where_the_first_does_not_answer(place: Place) {
    let proxy = Proxy::start(&place).await;
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = closed.local_addr().unwrap().port();
    drop(closed);
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let hosts = format!("127.0.0.1:{port},127.0.0.1:{},", silent.local_addr().unwrap().port());
    let url = proxy.url(&place, &hosts);
    let settings = json!({ "table": "user", "url": url, "connect_timeout": "300ms", "pool": { "wait": "3s" } });
    let shop = Shop::with(&place, SHOP, settings, opening()).await;
    assert!(shop.get(&jane()).await.unwrap().is_some());
    assert!(asked(&silent).await > 0);
    assert!(shop.set("4711", "a", "1").await.unwrap());
    assert!(shop.get(&jane()).await.unwrap().is_some());
    assert_eq!(asked(&silent).await, 0, "the host that answered is asked first");
}

/// How many connections have been asked for since the last look.
async fn asked(listener: &TcpListener) -> usize {
    let mut connections = 0;
    while let Ok(accepted) = tokio::time::timeout(Duration::from_millis(50), listener.accept()).await {
        accepted.expect("the listener accepts");
        connections += 1;
    }
    connections
}

async fn a_server_that_accepts_and_says_nothing_is_given_up_in_time(place: Place) {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("postgres://u@{}/db", silent.local_addr().unwrap());
    let settings = json!({ "table": "user", "url": url, "connect_timeout": "200ms" });
    let shop = Shop::on(&place, settings, opening()).await;
    let start = Instant::now();
    assert_eq!(shop.get(&jane()).await.unwrap_err().kind(), ErrorKind::Unavailable);
    assert_eq!(shop.set("4711", "a", "1").await.unwrap_err().kind(), ErrorKind::Unavailable);
    assert!(start.elapsed() < NOT_HANGING, "{:?}", start.elapsed());
}

async fn a_network_that_is_cut_in_mid_answer_costs_one_call_at_most(place: Place) {
    let proxy = Proxy::start(&place).await;
    let sql = "CREATE TABLE t (id int PRIMARY KEY, n text);
               INSERT INTO t SELECT i, repeat('x', 1000) FROM generate_series(1, 20000) i";
    let settings = json!({ "table": "t", "url": proxy.url(&place, "") });
    let shop = Shop::with(&place, sql, settings, identified_by("id")).await;
    let key = Key::field("id", "7");
    for _ in 0..5 {
        assert!(shop.get(&key).await.unwrap().is_some());
        assert!(shop.verify(&key, &[assign("n", "y")]).await.unwrap());
        proxy.cut();
        assert!(shop.get(&key).await.unwrap().is_some());
        proxy.cut();
        assert!(shop.verify(&key, &[assign("n", "z")]).await.unwrap());
    }
    use futures::TryStreamExt;
    let mut batches = shop.adapter.list_users().unwrap().list_users(None);
    let first = batches.try_next().await.unwrap().unwrap();
    proxy.cut();
    let error = loop {
        match batches.try_next().await {
            Ok(Some(_)) => {}
            Ok(None) => panic!("a listing that was cut is never taken for a whole one"),
            Err(error) => break error,
        }
    };
    assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
    drop(batches);
    assert_eq!(shop.list(Some(first.resume)).await.unwrap().len(), 20_000 - first.records.len());
}

async fn a_table_without_its_schema_is_found_on_the_search_path(place: Place) {
    let option = format!("-c search_path={}", place.schema);
    let url = if place.url.contains("://") {
        let mark = if place.url.contains('?') { '&' } else { '?' };
        format!("{}{mark}options={}", place.url, option.replace(' ', "%20").replace('=', "%3D"))
    } else {
        format!("{} options='{option}'", place.url)
    };
    let shop = Shop::with(&place, SHOP, json!({ "table": "user", "url": url, "schema": null }), opening()).await;
    assert!(shop.get(&jane()).await.unwrap().is_some());
    assert!(shop.set("4711", "a", "1").await.unwrap());
    assert_eq!(shop.list(None).await.unwrap().len(), 4);
}
