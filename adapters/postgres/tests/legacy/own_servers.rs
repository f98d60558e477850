//! Servers that the test starts itself: passwords, encryption, restarts.

use std::{fs, process::Command, time::Duration};

use crosswalk_contract::{ErrorKind, Key, Opening};
use serde_json::{Value, json};

use crate::{
    cluster::Cluster,
    server::Place,
    shop::{SHOP, Shop, laws, opening},
};

laws![
    a_wrong_password_is_told_as_one_and_never_shown,
    a_restarted_server_is_used_again_without_the_callers_help,
    encryption_is_as_the_settings_want_it,
    a_client_certificate_opens_the_door,
];

fn jane() -> Key {
    Key::field("no", "4711")
}

fn at(cluster: &Cluster, password: &str) -> Place {
    let url = format!("postgres://postgres:{password}@127.0.0.1:{}/postgres", cluster.port);
    Place { url, ..Place::nowhere() }
}

async fn a_wrong_password_is_told_as_one_and_never_shown(_: Place) {
    let cluster = Cluster::start("s3cret", "");
    let shop = Shop::new(&at(&cluster, "s3cret")).await;
    assert!(shop.get(&jane()).await.unwrap().is_some());
    let url = at(&cluster, "wr0ng").url;
    let shop = Shop::on(&shop.place, json!({ "table": "user", "url": url }), opening()).await;
    let error = shop.get(&jane()).await.unwrap_err();
    assert_eq!((error.kind(), error.code_name()), (ErrorKind::Config, "wrong_password"), "{error}");
    assert!(!format!("{error:?}").contains("wr0ng"));
    let url = at(&cluster, "").url.replace(":@", "@");
    let shop = Shop::on(&shop.place, json!({ "table": "user", "url": url }), opening()).await;
    assert_eq!(shop.get(&jane()).await.unwrap_err().kind(), ErrorKind::Config);
    // The password from the environment or a file, with characters that mean something in a URL.
    cluster_password(&shop, "p@ss:w/rd").await;
    fs::write(cluster.path("url"), at(&cluster, "p%40ss%3Aw%2Frd").url + "\n").unwrap();
    let settings = json!({ "table": "user", "url": { "file": cluster.path("url") } });
    let shop = Shop::on(&at(&cluster, "p%40ss%3Aw%2Frd"), settings, opening()).await;
    assert!(shop.get(&jane()).await.unwrap().is_some());
}

async fn cluster_password(shop: &Shop, password: &str) {
    shop.run(&format!("ALTER ROLE postgres PASSWORD '{password}'")).await;
}

async fn a_restarted_server_is_used_again_without_the_callers_help(_: Place) {
    let cluster = Cluster::start("s3cret", "");
    let place = at(&cluster, "s3cret");
    let shop = Shop::new(&place).await;
    for round in 0..2 {
        // Several warm connections, all of which the restart ends.
        let calls = (0..16).map(|_| async {
            assert!(shop.get(&jane()).await.unwrap().is_some());
            assert!(shop.set("4711", "a", "1").await.unwrap());
        });
        futures::future::join_all(calls).await;
        cluster.down();
        let error = shop.get(&jane()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
        let error = shop.set("4711", "a", "1").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
        cluster.up();
        let calls = (0..16).map(|_| async {
            assert!(shop.get(&jane()).await.unwrap().is_some(), "round {round}");
            assert!(shop.set("4711", "a", "1").await.unwrap(), "round {round}");
        });
        futures::future::join_all(calls).await;
    }
    // Under load: callers are answered, or told that the store is unavailable, and nothing else.
    let load = async {
        let mut answered = 0;
        for _ in 0..400 {
            match shop.get(&jane()).await {
                Ok(user) => answered += usize::from(user.is_some()),
                Err(error) => assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}"),
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        answered
    };
    let restart = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        tokio::task::block_in_place(|| {
            cluster.down();
            cluster.up();
        });
    };
    let (answered, ()) = tokio::join!(load, restart);
    assert!(answered > 100, "{answered}");
    assert!(shop.get(&jane()).await.unwrap().is_some());
}

/// A certificate authority, and certificates for the server (`localhost`) and a client (`postgres`).
const CERTIFICATES: &str = r#"
set -e
openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 2 -subj /CN=ca
printf 'subjectAltName=DNS:localhost\nbasicConstraints=CA:FALSE\n' > server.ext
printf 'basicConstraints=CA:FALSE\n' > client.ext
for who in server:localhost client:postgres; do
  name=${who%%:*}
  openssl req -newkey rsa:2048 -nodes -keyout $name.key -out $name.csr -subj /CN=${who##*:}
  openssl x509 -req -in $name.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out $name.pem -days 2 -extfile $name.ext
done
openssl req -x509 -newkey rsa:2048 -nodes -keyout other.key -out other.pem -days 2 -subj /CN=other
chmod 600 *.key
"#;

fn certified() -> Cluster {
    let cluster = Cluster::start("s3cret", "");
    let dir = cluster.path("");
    let made = Command::new("sh").args(["-c", CERTIFICATES]).current_dir(&dir).output().unwrap();
    assert!(made.status.success(), "openssl: {}", String::from_utf8_lossy(&made.stderr));
    for name in ["server.key", "server.pem", "ca.pem"] {
        cluster.give(&cluster.path(name));
    }
    let conf = cluster.path("data/postgresql.conf");
    let path = |name: &str| cluster.path(name).display().to_string();
    let lines = format!(
        "ssl = on\nssl_cert_file = '{}'\nssl_key_file = '{}'\nssl_ca_file = '{}'\n",
        path("server.pem"),
        path("server.key"),
        path("ca.pem")
    );
    fs::write(&conf, fs::read_to_string(&conf).unwrap() + &lines).unwrap();
    cluster.down();
    cluster.up();
    cluster
}

async fn encrypted(cluster: &Cluster, host: &str, tls: Value) -> Result<String, crosswalk_contract::Error> {
    let url = format!("postgres://postgres:s3cret@{host}:{}/postgres", cluster.port);
    let mut settings = json!({ "url": url, "table": "user" });
    if !tls.is_null() {
        settings["tls"] = tls;
    }
    let opening = Opening { dir: cluster.path(""), ..opening() };
    let adapter = crosswalk_postgres::KIND.parse(&settings).ok().unwrap().open(&opening)?;
    adapter.get_user().unwrap().get_user(&jane()).await?;
    let facts = adapter.examine().await?.facts;
    Ok(facts.into_iter().find(|(name, _)| name == "tls").unwrap().1)
}

async fn encryption_is_as_the_settings_want_it(_: Place) {
    let cluster = certified();
    let shop = Shop::new(&at(&cluster, "s3cret")).await;
    let socket = cluster.path("").display().to_string().trim_end_matches('/').replace('/', "%2F");
    let full = json!({ "mode": "verify-full", "ca": "ca.pem" });
    for (host, tls, encrypted_as) in [
        ("localhost", Value::Null, "TLSv1.3"),
        ("localhost", json!({ "mode": "off" }), "no"),
        ("localhost", json!({ "mode": "prefer" }), "TLSv1.3"),
        ("127.0.0.1", json!({ "mode": "require" }), "TLSv1.3"),
        ("localhost", full.clone(), "TLSv1.3"),
        (&socket, full.clone(), "no"),
    ] {
        let fact = encrypted(&cluster, host, tls.clone()).await.unwrap();
        assert!(fact.starts_with(encrypted_as), "{host} {tls}: {fact}");
    }
    for (host, tls) in [
        ("127.0.0.1", full.clone()),
        ("localhost", json!({ "mode": "verify-full", "ca": "other.pem" })),
        ("localhost", json!({ "mode": "verify-full" })),
        ("localhost", json!({ "mode": "verify-full", "ca": "missing.pem" })),
        ("localhost", json!({ "mode": "verify-full", "ca": "ca.key" })),
    ] {
        let error = encrypted(&cluster, host, tls.clone()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config, "{host} {tls}: {error}");
    }
    shop.run("ALTER SYSTEM SET ssl = off; ").await;
    shop.run("SELECT pg_reload_conf()").await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(encrypted(&cluster, "localhost", json!({ "mode": "prefer" })).await.unwrap(), "no");
    for tls in [json!({ "mode": "require" }), full] {
        let error = encrypted(&cluster, "localhost", tls).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config, "{error}");
        assert!(error.to_string().contains("TLS"), "{error}");
    }
}

async fn a_client_certificate_opens_the_door(_: Place) {
    let cluster = certified();
    let _shop = Shop::with(&at(&cluster, "s3cret"), SHOP, json!({ "table": "user" }), opening()).await;
    fs::write(cluster.path("data/pg_hba.conf"), "hostssl all all 127.0.0.1/32 cert\n").unwrap();
    cluster.down();
    cluster.up();
    let error = encrypted(&cluster, "localhost", json!({ "mode": "require" })).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config, "{error}");
    let tls = json!({ "mode": "verify-full", "ca": "ca.pem", "cert": "client.pem", "key": { "file": "client.key" } });
    assert!(encrypted(&cluster, "localhost", tls).await.unwrap().starts_with("TLSv1.3"));
    let tls = json!({ "mode": "require", "cert": "client.pem", "key": { "file": "client.pem" } });
    assert_eq!(encrypted(&cluster, "localhost", tls).await.unwrap_err().kind(), ErrorKind::Config);
}
