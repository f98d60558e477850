//! A legacy shop in a SQLite file, for the tests of this crate.

use std::{path::PathBuf, sync::Arc};

use crosswalk_contract::{
    Adapter, By, ContainerPatch, Cursor, Error, Field, Fold, Key, KeyValue, NewUser, Opening, Patch, Record,
};
use crosswalk_sqlite::KIND;
use futures::TryStreamExt;
use rusqlite::Connection;
use serde_json::{Value, json, value::RawValue};
use tempfile::TempDir;

/// A table named by a reserved word, with a column named by another one, a condition, and dirty rows.
pub const SHOP: &str = r#"
    CREATE TABLE "user" (
        "no" INTEGER PRIMARY KEY,
        "mail addr" VARCHAR(120) COLLATE NOCASE,
        "order" TEXT,
        pw TEXT NOT NULL DEFAULT '',
        mail_ok CHAR(1) DEFAULT 'N',
        metadata TEXT,
        deleted_at TEXT
    );
    INSERT INTO "user" VALUES
        (4711, 'Jane@example.com', 'first', 'h1', 'Y', '{"plan":"gold"}', NULL),
        (4712, 'joe@example.com', 'second', 'h2', 'N', '[]', NULL),
        (4713, 'gone@example.com', 'third', 'h3', 'N', '{}', '2009-01-01'),
        (4714, 'broken@example.com', 'fourth', 'h4', 'N', '{"plan":', NULL);
"#;

pub struct Shop {
    pub dir: TempDir,
    pub adapter: Arc<dyn Adapter>,
}

impl Shop {
    pub fn new() -> Shop {
        Shop::with(SHOP, json!({ "table": "user", "condition": "deleted_at IS NULL" }), opening())
    }

    pub fn with(sql: &str, mut settings: Value, mut opening: Opening) -> Shop {
        let dir = tempfile::tempdir().unwrap();
        Connection::open(dir.path().join("shop.db")).unwrap().execute_batch(sql).unwrap();
        settings["path"] = json!("shop.db");
        opening.dir = dir.path().to_owned();
        let adapter = KIND.parse(&settings).ok().unwrap().open(&opening).unwrap();
        Shop { dir, adapter }
    }

    pub fn path(&self) -> PathBuf {
        self.dir.path().join("shop.db")
    }

    /// The owner of the file, past the adapter.
    pub fn owner(&self) -> Connection {
        Connection::open(self.path()).unwrap()
    }

    pub fn text(&self, sql: &str) -> Option<String> {
        self.owner().query_row(sql, [], |row| row.get(0)).unwrap()
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

pub fn opening() -> Opening {
    let mut opening = Opening::new("shop", ".");
    opening.id_fields = vec!["no".to_owned()];
    opening.lookup_fields = vec![("no".to_owned(), false), ("mail addr".to_owned(), true)];
    opening.container_fields = vec!["metadata".to_owned()];
    opening
}

pub fn set(key: &str, value: &str) -> Patch {
    let mut patch = ContainerPatch::new("metadata", 1 << 24);
    patch.set.push((key.to_owned(), RawValue::from_string(value.to_owned()).unwrap()));
    Patch { containers: vec![patch], fields: Vec::new() }
}

pub fn folded(name: &str, value: &str) -> Key {
    Key { fold: Fold::Lower, ..Key::field(name, value) }
}

pub fn composite(names: &[&str], values: &[&str]) -> Key {
    let owned = |list: &[&str]| list.iter().map(|&text| text.to_owned()).collect();
    Key { by: By::Fields(owned(names)), value: KeyValue::Many(owned(values)), fold: Fold::Exact, also: Vec::new() }
}

pub fn assign(name: &str, field: impl Into<Field>) -> (String, Field) {
    (name.to_owned(), field.into())
}
