//! A legacy shop in a database of its own, for the tests of this crate.

use std::{
    env,
    hash::{BuildHasher, Hasher, RandomState},
    net::TcpStream,
    path::Path,
    sync::Arc,
    thread,
};

use crosswalk_contract::{Adapter, ContainerPatch, Cursor, Error, Field, Fold, Key, NewUser, Opening, Patch, Record};
use crosswalk_mysql::KIND;
use futures::TryStreamExt;
use mysql_async::{Conn, Opts, prelude::Queryable};
use serde_json::{Value, json, value::RawValue};
use tokio::runtime;

/// A table named by a reserved word, with a column named by another one, a condition, and dirty rows.
pub const SHOP: &str = r#"
    CREATE TABLE `user` (
        `no` INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
        `mail addr` VARCHAR(120),
        `order` TEXT,
        pw VARCHAR(255) NOT NULL DEFAULT '',
        mail_ok CHAR(1) DEFAULT 'N',
        metadata TEXT,
        deleted_at DATETIME,
        KEY mail (`mail addr`)
    ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;
    INSERT INTO `user` VALUES
        (4711, 'Jane@example.com', 'first', 'h1', 'Y', '{"plan":"gold"}', NULL),
        (4712, 'joe@example.com', 'second', 'h2', 'N', '[]', NULL),
        (4713, 'gone@example.com', 'third', 'h3', 'N', '{}', '2009-01-01'),
        (4714, 'broken@example.com', 'fourth', 'h4', 'N', '{"plan":', NULL);
"#;

/// The server's URL without a database, or why there is none.
pub fn find_server() -> Result<String, String> {
    if let Ok(url) = env::var("CROSSWALK_TEST_MYSQL") {
        return Ok(url);
    }
    if TcpStream::connect("127.0.0.1:3306").is_ok() {
        return Ok("mysql://root@127.0.0.1:3306".to_owned());
    }
    let socket = "/run/mysqld/mysqld.sock";
    if Path::new(socket).exists() {
        return Ok(format!("mysql://root@localhost?socket={socket}"));
    }
    Err("no MySQL or MariaDB listens on 127.0.0.1:3306, and CROSSWALK_TEST_MYSQL names none".to_owned())
}

pub struct Shop {
    pub adapter: Arc<dyn Adapter>,
    pub database: String,
}

impl Shop {
    pub async fn new() -> Shop {
        Shop::with(SHOP, json!({ "table": "user", "condition": "deleted_at IS NULL" }), opening()).await
    }

    pub async fn with(sql: &str, settings: Value, opening: Opening) -> Shop {
        let database = format!("crosswalk_{:016x}", RandomState::new().build_hasher().finish());
        let mut owner = connect(None).await;
        owner.query_drop(format!("CREATE DATABASE {database} CHARACTER SET utf8mb4")).await.unwrap();
        let shop = Shop { adapter: adapter(&url(Some(&database)), settings, &opening), database };
        shop.sql(sql).await;
        shop
    }

    /// Another adapter on the same database.
    pub fn adapter(&self, settings: Value, opening: &Opening) -> Arc<dyn Adapter> {
        adapter(&url(Some(&self.database)), settings, opening)
    }

    /// The owner of the database, past the adapter.
    pub async fn owner(&self) -> Conn {
        connect(Some(&self.database)).await
    }

    pub async fn sql(&self, sql: &str) {
        let mut owner = self.owner().await;
        owner.query_drop("SET sql_mode = ''").await.unwrap();
        owner.query_drop(sql).await.unwrap();
        owner.disconnect().await.unwrap();
    }

    pub async fn text(&self, sql: &str) -> Option<String> {
        self.owner().await.query_first::<Option<String>, _>(sql).await.unwrap().flatten()
    }

    pub async fn get(&self, key: &Key) -> Result<Option<Record>, Error> {
        self.adapter.get_user().unwrap().get_user(key).await
    }

    pub async fn set(&self, id: &str, key: &str, value: &str) -> Result<bool, Error> {
        self.adapter.change_metadata().unwrap().change_metadata(&Key::field("no", id), &set(key, value)).await
    }

    pub async fn create(&self, fields: &[(&str, Field)]) -> Result<Option<Record>, Error> {
        let fields = fields.iter().map(|(name, field)| ((*name).to_owned(), field.clone())).collect();
        self.adapter.create().unwrap().create(&NewUser { fields, password: None }).await
    }

    pub async fn list(&self, after: Option<Cursor>) -> Result<Vec<Record>, Error> {
        let batches: Vec<_> = self.adapter.list_users().unwrap().list_users(after).try_collect().await?;
        Ok(batches.into_iter().flat_map(|batch| batch.records).collect())
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        // A test that needs a user of its own calls it by the same name.
        let sql = format!("DROP DATABASE IF EXISTS {0}; DROP USER IF EXISTS {0}", self.database);
        let dropped = thread::spawn(move || {
            let runtime = runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async { connect(None).await.query_drop(sql).await.unwrap() });
        });
        let dropped = dropped.join();
        assert!(dropped.is_ok() || thread::panicking(), "the database of a test could not be removed");
    }
}

pub fn adapter(url: &str, mut settings: Value, opening: &Opening) -> Arc<dyn Adapter> {
    settings["url"] = json!(url);
    KIND.parse(&settings).ok().unwrap().open(opening).unwrap()
}

/// The server's URL with that database.
pub fn url(database: Option<&str>) -> String {
    let url = find_server().unwrap();
    let (address, options) = url.split_once('?').unwrap_or((&url, ""));
    let question = if options.is_empty() { "" } else { "?" };
    format!("{}/{}{question}{options}", address.trim_end_matches('/'), database.unwrap_or_default())
}

pub async fn connect(database: Option<&str>) -> Conn {
    Conn::new(Opts::from_url(&url(database)).unwrap()).await.unwrap()
}

pub fn opening() -> Opening {
    let mut opening = Opening::new("shop", ".");
    opening.id_fields = vec!["no".to_owned()];
    opening.lookup_fields = vec![("no".to_owned(), false), ("mail addr".to_owned(), true)];
    opening.container_fields = vec!["metadata".to_owned()];
    opening
}

pub fn id(names: &[&str]) -> Opening {
    let mut opening = Opening::new("shop", ".");
    opening.id_fields = names.iter().map(|&name| name.to_owned()).collect();
    opening
}

pub fn set(key: &str, value: &str) -> Patch {
    let mut patch = ContainerPatch::new("metadata", 1 << 26);
    patch.set.push((key.to_owned(), RawValue::from_string(value.to_owned()).unwrap()));
    Patch { containers: vec![patch], fields: Vec::new() }
}

pub fn folded(name: &str, value: &str) -> Key {
    Key { fold: Fold::Lower, ..Key::field(name, value) }
}

pub fn composite(names: &[&str], values: &[&str]) -> Key {
    let owned = |list: &[&str]| list.iter().map(|&text| text.to_owned()).collect();
    Key::fields(owned(names), owned(values))
}

pub fn assign(name: &str, field: impl Into<Field>) -> (String, Field) {
    (name.to_owned(), field.into())
}
