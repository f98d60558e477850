//! Servers that restart, hang, lock, refuse or change while in use.

use std::time::{Duration, Instant};

use crosswalk_contract::{ErrorKind, Key, Severity};
use futures::TryStreamExt;
use mysql_async::prelude::Queryable;
use serde_json::json;

use crate::{
    proxy::Proxy,
    shop::{SHOP, Shop, adapter, assign, id, opening, set, url},
};

/// A call that is given up in time takes less, on the slowest machine too; one that hangs takes more.
const NOT_HANGING: Duration = Duration::from_secs(20);

fn jane() -> Key {
    Key::field("no", "4711")
}

pub async fn a_server_that_is_not_there_is_unavailable_and_never_an_unknown_user() {
    let adapter = adapter("mysql://root@127.0.0.1:1/shop", json!({ "table": "user" }), &opening());
    for error in [
        adapter.ping().await.unwrap_err(),
        adapter.examine().await.unwrap_err(),
        adapter.get_user().unwrap().get_user(&jane()).await.unwrap_err(),
        adapter.change_metadata().unwrap().change_metadata(&jane(), &set("a", "1")).await.unwrap_err(),
        adapter.list_users().unwrap().list_users(None).try_next().await.unwrap_err(),
    ] {
        assert_eq!((error.kind(), error.code_name()), (ErrorKind::Unavailable, "unreachable"));
        assert!(error.to_string().contains("127.0.0.1:1") && error.hint_text().is_some(), "{error}");
    }
}

pub async fn a_server_that_does_not_speak_is_given_up_in_time() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let settings = json!({ "table": "user", "connect_timeout": "100ms" });
    let adapter = adapter(&format!("mysql://root@{address}/shop"), settings, &opening());
    let begun = Instant::now();
    assert_eq!(adapter.ping().await.unwrap_err().kind(), ErrorKind::Unavailable);
    assert!(begun.elapsed() < NOT_HANGING, "{:?}", begun.elapsed());
}

pub async fn the_next_host_is_taken_where_the_first_is_down() {
    let shop = Shop::new().await;
    let proxy = Proxy::new(&shop.database).await;
    let (user, host) = proxy.url.split_once('@').unwrap();
    let adapter = adapter(&format!("{user}@127.0.0.1:1,127.0.0.1:2,{host}"), json!({ "table": "user" }), &opening());
    assert!(adapter.get_user().unwrap().get_user(&jane()).await.unwrap().is_some());
}

pub async fn a_wrong_password_and_a_wrong_database_are_told_as_such() {
    let shop = Shop::new().await;
    let name = &shop.database;
    shop.sql(&format!("CREATE USER {name} IDENTIFIED BY 'pw'; GRANT SELECT ON {name}.user TO {name}")).await;
    let right = url(Some(name));
    let wrong = format!("mysql://{name}:not-the-password{}", &right[right.find('@').unwrap()..]);
    let error = adapter(&wrong, json!({ "table": "user" }), &opening()).ping().await.unwrap_err();
    assert_eq!((error.kind(), error.code_name()), (ErrorKind::Config, "access_denied"));
    assert!(!error.to_string().contains("not-the-password"), "{error}");
    let error = adapter(&url(Some("no_such_shop")), json!({ "table": "user" }), &opening()).ping().await.unwrap_err();
    assert_eq!((error.kind(), error.code_name()), (ErrorKind::Config, "no_such_database"));
    assert!(error.to_string().contains("no_such_shop"), "{error}");
    let error = adapter(&url(None), json!({ "table": "user" }), &opening());
    let error = error.get_user().unwrap().get_user(&jane()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config, "no database is named: {error}");
    let named = adapter(&url(None), json!({ "table": "user", "schema": shop.database }), &opening());
    assert!(named.get_user().unwrap().get_user(&jane()).await.unwrap().is_some());
}

pub async fn killed_connections_are_replaced_without_the_callers_help() {
    let shop = Shop::with(SHOP, json!({ "table": "user", "pool": { "max_size": 4 } }), opening()).await;
    let all = || async {
        futures::future::join_all((0..4).map(|_| async { shop.get(&jane()).await.unwrap().unwrap() })).await;
    };
    all().await;
    kill_all(&shop, 0).await;
    all().await;
    kill_all(&shop, 0).await;
    assert!(shop.set("4711", "a", "1").await.unwrap(), "a write finds out before it writes");
    kill_all(&shop, 0).await;
    shop.adapter.ping().await.unwrap();
    assert_eq!(shop.text("SELECT metadata FROM user WHERE no = 4711").await.unwrap(), "{\"plan\":\"gold\",\"a\":1}");
}

pub async fn a_call_whose_connection_is_killed_in_the_middle_goes_on_on_another_one() {
    let settings = json!({ "table": "user", "pool": { "max_size": 1 } });
    let shop = std::sync::Arc::new(Shop::with(SHOP, settings, opening()).await);
    assert!(shop.get(&jane()).await.unwrap().is_some());
    let mut owner = shop.owner().await;
    owner.query_drop("LOCK TABLES user WRITE").await.unwrap();
    for write in [false, true] {
        let waiting = tokio::spawn({
            let shop = shop.clone();
            async move {
                if write {
                    shop.set("4711", "a", "1").await
                } else {
                    shop.get(&jane()).await.map(|user| user.is_some())
                }
            }
        });
        tokio::time::sleep(Duration::from_millis(150)).await;
        kill_all(&shop, owner.id()).await;
        tokio::time::sleep(Duration::from_millis(150)).await;
        owner.query_drop("UNLOCK TABLES").await.unwrap();
        assert!(waiting.await.unwrap().unwrap());
        owner.query_drop("LOCK TABLES user WRITE").await.unwrap();
    }
    owner.query_drop("UNLOCK TABLES").await.unwrap();
}

pub async fn a_server_that_restarts_serves_again_without_the_callers_help() {
    let shop = Shop::new().await;
    let proxy = Proxy::new(&shop.database).await;
    let settings = json!({ "table": "user", "tls": { "mode": "off" } });
    let through = adapter(&proxy.url, settings, &opening());
    let users = through.get_user().unwrap();
    futures::future::join_all((0..8).map(|_| async { users.get_user(&jane()).await.unwrap().unwrap() })).await;
    proxy.down();
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(users.get_user(&jane()).await.unwrap_err().kind(), ErrorKind::Unavailable);
    let write = through.change_metadata().unwrap().change_metadata(&jane(), &set("a", "1")).await;
    assert_eq!(write.unwrap_err().kind(), ErrorKind::Unavailable);
    proxy.up();
    assert!(users.get_user(&jane()).await.unwrap().is_some());
    proxy.cut();
    assert!(through.change_metadata().unwrap().change_metadata(&jane(), &set("a", "1")).await.unwrap());
}

pub async fn an_answer_that_breaks_off_in_the_middle_is_asked_for_again() {
    let shop = Shop::new().await;
    shop.sql("UPDATE user SET `order` = repeat('x', 60000)").await;
    let proxy = Proxy::new(&shop.database).await;
    let through = adapter(&proxy.url, json!({ "table": "user", "tls": { "mode": "off" } }), &opening());
    let users = through.get_user().unwrap();
    assert!(users.get_user(&jane()).await.unwrap().is_some());
    proxy.cut_after(20_000);
    let user = users.get_user(&jane()).await.unwrap().unwrap();
    assert!(user.get("order").is_some_and(|order| order.as_text().is_some_and(|text| text.len() == 60_000)));
    shop.sql("INSERT INTO user (pw, metadata) SELECT 'x', repeat('a', 2000) FROM seq_1_to_2000").await;
    proxy.cut_after(2_000_000);
    let listed: Result<Vec<_>, _> = through.list_users().unwrap().list_users(None).try_collect().await;
    assert_eq!(listed.unwrap_err().kind(), ErrorKind::Unavailable, "half a listing is never a whole one");
}

pub async fn a_locked_table_is_unavailable_in_time_and_serves_again_once_it_is_free() {
    let shop = Shop::with(SHOP, json!({ "table": "user", "statement_timeout": "300ms" }), opening()).await;
    assert!(shop.get(&jane()).await.unwrap().is_some());
    let mut owner = shop.owner().await;
    owner.query_drop("LOCK TABLES user WRITE").await.unwrap();
    let begun = Instant::now();
    for error in [shop.get(&jane()).await.unwrap_err(), shop.set("4711", "a", "1").await.unwrap_err()] {
        assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
        assert!(matches!(error.code_name(), "timeout" | "locked"), "{error}");
    }
    assert!(begun.elapsed() < NOT_HANGING, "{:?}", begun.elapsed());
    owner.query_drop("UNLOCK TABLES").await.unwrap();
    assert!(shop.set("4711", "a", "1").await.unwrap());
}

pub async fn a_locked_row_holds_up_only_who_writes_it() {
    let shop = Shop::with(SHOP, json!({ "table": "user", "statement_timeout": "300ms" }), opening()).await;
    let mut owner = shop.owner().await;
    owner.query_drop("START TRANSACTION; UPDATE user SET pw = 'x' WHERE no = 4711").await.unwrap();
    assert_eq!(shop.set("4711", "a", "1").await.unwrap_err().kind(), ErrorKind::Unavailable);
    assert!(shop.get(&jane()).await.unwrap().is_some());
    assert!(shop.set("4712", "a", "1").await.unwrap());
    owner.query_drop("ROLLBACK").await.unwrap();
    assert!(shop.set("4711", "a", "1").await.unwrap());
}

pub async fn a_schema_that_changes_while_in_use_is_noticed() {
    let shop = Shop::new().await;
    assert!(shop.get(&Key::field("order", "first")).await.unwrap().is_some());
    shop.sql("ALTER TABLE user CHANGE `order` orders TEXT").await;
    let error = shop.get(&Key::field("order", "first")).await.unwrap_err();
    assert_eq!((error.kind(), error.hint_text()), (ErrorKind::Config, Some("did you mean orders?")));
    let user = shop.get(&jane()).await.unwrap().unwrap();
    assert!(user.get("orders") == Some(&"first".into()));
    shop.sql("ALTER TABLE user DROP orders").await;
    assert!(shop.get(&jane()).await.unwrap().unwrap().get("orders").is_none());
    shop.sql("ALTER TABLE user ADD late INT DEFAULT 7").await;
    let verify = shop.adapter.verify().unwrap();
    assert!(verify.verify(&jane(), &[assign("late", "8")]).await.unwrap(), "a new column is looked for");
    shop.sql("ALTER TABLE user MODIFY `mail addr` INT").await;
    assert!(shop.get(&Key::field("mail addr", "Jane@example.com")).await.unwrap().is_none());
    shop.sql("DROP TABLE user").await;
    let error = shop.get(&jane()).await.unwrap_err();
    assert_eq!((error.kind(), error.code_name()), (ErrorKind::Config, "no_such_table"));
}

pub async fn a_missing_privilege_is_told_by_its_name() {
    let shop = Shop::new().await;
    let name = &shop.database;
    shop.sql(&format!("CREATE USER {name} IDENTIFIED BY 'pw'; GRANT SELECT ON {name}.user TO {name}")).await;
    let right = url(Some(name));
    let limited = format!("mysql://{name}:pw{}", &right[right.find('@').unwrap()..]);
    let limited = adapter(&limited, json!({ "table": "user" }), &opening());
    assert!(limited.get_user().unwrap().get_user(&jane()).await.unwrap().is_some());
    for (error, privilege) in [
        (limited.delete().unwrap().delete(&jane()).await.unwrap_err(), "DELETE"),
        (limited.verify().unwrap().verify(&jane(), &[assign("mail_ok", "Y")]).await.unwrap_err(), "UPDATE"),
    ] {
        assert_eq!((error.kind(), error.code_name()), (ErrorKind::Config, "privilege"));
        assert!(error.context().contains(&("privilege", privilege.to_owned())), "{error}");
    }
    let found = limited.examine().await.unwrap().findings;
    assert!(found.iter().any(|f| f.severity == Severity::Warning && f.text.contains("UPDATE")), "{found:?}");
    let other = format!("mysql://{name}:pw{}", &right[right.find('@').unwrap()..]);
    let other = adapter(&other, json!({ "table": "other" }), &opening());
    assert_eq!(other.get_user().unwrap().get_user(&jane()).await.unwrap_err().kind(), ErrorKind::Config);
}

pub async fn a_table_that_is_full_is_unavailable_and_nothing_is_written() {
    let sql = "SET max_heap_table_size = 16384;
               CREATE TABLE t (id INT PRIMARY KEY, pad CHAR(250)) ENGINE=MEMORY CHARSET latin1";
    let shop = Shop::with(sql, json!({ "table": "t" }), id(&["id"])).await;
    shop.sql("INSERT INTO t SELECT seq, 'x' FROM seq_1_to_30").await;
    for number in 31..10_000_i64 {
        match shop.create(&[("id", number.into()), ("pad", "x".into())]).await {
            Ok(made) => assert!(made.is_some()),
            Err(error) => {
                assert_eq!((error.kind(), error.code_name()), (ErrorKind::Unavailable, "disk"));
                let count = shop.text("SELECT CAST(max(id) AS CHAR) FROM t").await.unwrap();
                assert_eq!(count, (number - 1).to_string());
                return;
            }
        }
    }
    panic!("the table was never full");
}

pub async fn a_server_without_tls_is_refused_where_tls_is_required() {
    let shop = Shop::new().await;
    let proxy = Proxy::new(&shop.database).await;
    let has_tls = shop.text("SELECT @@have_ssl").await.is_some_and(|have| have == "YES");
    // Nobody whom browsers trust vouches for a server at this address.
    for (mode, works) in [("off", true), ("prefer", true), ("require", has_tls), ("verify-full", false)] {
        let adapter = adapter(&proxy.url, json!({ "table": "user", "tls": { "mode": mode } }), &opening());
        match adapter.ping().await {
            Ok(()) => assert!(works, "{mode}"),
            Err(error) => {
                assert!(!works, "{mode}: {error}");
                assert_eq!((error.kind(), error.code_name()), (ErrorKind::Config, "tls"), "{mode}: {error}");
            }
        }
    }
}

/// Runs where `CROSSWALK_MYSQL_CA` names the file of the authority that vouches for the server at the host of
/// `CROSSWALK_TEST_MYSQL`.
pub async fn a_certificate_is_verified_by_the_authority_of_the_settings() {
    let shop = Shop::new().await;
    let ca = std::env::var("CROSSWALK_MYSQL_CA").unwrap();
    for tls in [json!({ "mode": "require" }), json!({ "mode": "verify-full", "ca": ca })] {
        let adapter = shop.adapter(json!({ "table": "user", "tls": tls }), &opening());
        let facts = adapter.examine().await.unwrap().facts;
        assert!(facts.iter().any(|(name, value)| name == "encryption" && value != "none"), "{facts:?}");
    }
    let missing =
        shop.adapter(json!({ "table": "user", "tls": { "mode": "verify-full", "ca": "/no/such" } }), &opening());
    let error = missing.ping().await.unwrap_err();
    assert_eq!((error.kind(), error.code_name()), (ErrorKind::Config, "tls"), "{error}");
    // The certificate is not made out to this name of the same server.
    let other = url(Some(&shop.database)).replace("localhost", "127.0.0.1");
    let strict = adapter(&other, json!({ "table": "user", "tls": { "mode": "verify-full", "ca": ca } }), &opening());
    assert_eq!(strict.ping().await.unwrap_err().code_name(), "tls");
}

/// Kills every connection to the shop's database but that one.
async fn kill_all(shop: &Shop, spared: u32) {
    let mut owner = shop.owner().await;
    let sql = format!(
        "SELECT ID FROM information_schema.PROCESSLIST WHERE DB = '{}' AND ID NOT IN (CONNECTION_ID(), {spared})",
        shop.database
    );
    let ids: Vec<u64> = owner.query(sql).await.unwrap();
    for id in ids {
        // One that is gone meanwhile is as good.
        let _ = owner.query_drop(format!("KILL {id}")).await;
    }
}
