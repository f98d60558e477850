//! Legacy shops in SQLite files as fixtures: one with room for everything, one that keeps neither metadata nor blocks.

use std::{fs, path::PathBuf, sync::Arc};

use async_trait::async_trait;
use crosswalk::{
    directory::{
        Directory,
        sqlite::{SqliteDirectory, SqliteOptions},
    },
    engine::{Engine, Error, ErrorKind, Mode, Result},
    harness::{Fixture, Hand, Home, Person, Recorder, Setup, World},
    profile::Container,
};
use crosswalk_contract::{Field, Record};
use crosswalk_passwords::SchemeSpec;
use rusqlite::{Connection, OptionalExtension, types::ValueRef};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::house::{self, CONNECTION};

/// Which shop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shop {
    /// From 2009: odd names, `Y`/`N`, a status letter, `metadata` as JSON text, salted MD5.
    Roomy,
    /// A member list with two names and a language; everything else has to be laid over.
    Bare,
}

impl Shop {
    fn schema(self) -> &'static str {
        match self {
            Shop::Roomy => {
                "CREATE TABLE tbl_customers (
                    cust_no   INTEGER PRIMARY KEY,
                    mail_addr TEXT NOT NULL UNIQUE COLLATE NOCASE,
                    mail_ok   CHAR(1) NOT NULL DEFAULT 'N',
                    full_nm   TEXT,
                    pw        VARCHAR(64),
                    pw_salt   VARCHAR(32),
                    must_pw   CHAR(1) NOT NULL DEFAULT 'N',
                    status    CHAR(1) NOT NULL DEFAULT 'A',
                    metadata  TEXT,
                    prefs     TEXT,
                    balance   DECIMAL(10,2) NOT NULL DEFAULT 12.50,
                    joined    INTEGER NOT NULL DEFAULT 1234567890
                )"
            }
            Shop::Bare => {
                "CREATE TABLE \"order\" (
                    id    INTEGER PRIMARY KEY,
                    mail  TEXT NOT NULL UNIQUE,
                    hash  TEXT,
                    first TEXT NOT NULL DEFAULT 'Zoë',
                    last  TEXT NOT NULL DEFAULT 'O''Neill',
                    lang  TEXT
                )"
            }
        }
    }

    fn table(self) -> &'static str {
        match self {
            Shop::Roomy => "tbl_customers",
            Shop::Bare => "order",
        }
    }

    fn id(self) -> &'static str {
        match self {
            Shop::Roomy => "cust_no",
            Shop::Bare => "id",
        }
    }

    fn map(self) -> Value {
        match self {
            Shop::Roomy => json!({
                "user_id": "cust_no",
                "email": { "field": "mail_addr", "fold": "lower" },
                "email_verified": { "field": "mail_ok", "true_is": ["Y", "1"], "false_is": ["N"] },
                "name": "full_nm",
                "created_at": { "field": "joined", "date": "unix" },
                "blocked": { "field": "status", "true_is": ["B"], "false_is": ["A"] },
                "must_change_password": { "field": "must_pw", "true_is": ["Y"], "false_is": ["N"] },
                "password": { "field": "pw", "salt": "pw_salt" },
                "user_metadata": "prefs",
                "app_metadata": "metadata",
            }),
            Shop::Bare => json!({
                "user_id": "id",
                "email": { "field": "mail", "fold": "lower" },
                "password": "hash",
                "app_metadata": { "lang": "lang", "full": { "join": ["first", "last"], "with": " " } },
            }),
        }
    }

    fn scheme(self) -> SchemeSpec {
        let spec = match self {
            Shop::Roomy => json!({ "scheme": "salted-md5", "order": "salt-first" }),
            Shop::Bare => json!({ "scheme": "bcrypt", "write": { "cost": 4 } }),
        };
        serde_json::from_value(spec).expect("the scheme can be read")
    }
}

/// Fresh shops.
pub(crate) struct Sqlite {
    shop: Shop,
    mode: Mode,
    home: Home,
    recorder: Option<Recorder>,
}

impl Sqlite {
    pub(crate) fn new(shop: Shop, mode: Mode, home: Home, recorder: Option<Recorder>) -> Sqlite {
        Sqlite { shop, mode, home, recorder }
    }

    fn engine(&self, file: &PathBuf, setup: &Setup, directory: Arc<dyn Directory>) -> Result<Engine> {
        let translation = house::translation(self.shop.table(), &self.shop.map());
        let settings = json!({
            "path": file,
            "table": self.shop.table(),
            "pool": { "max_size": if setup.one_connection { 1 } else { 4 }, "wait": "10s" },
        });
        let adapter = house::opened(&crosswalk_sqlite::KIND, &settings, &translation)?;
        house::engine(adapter, translation, Some(self.shop.scheme()), self.mode, setup, directory, true)
    }
}

#[async_trait]
impl Fixture for Sqlite {
    fn mode(&self) -> Mode {
        self.mode
    }

    async fn fresh(&self, setup: &Setup) -> Result<Option<World>> {
        let folder = TempDir::new().expect("a folder for the test");
        let file = folder.path().join("shop.db");
        let database = Connection::open(&file).expect("a database");
        database.execute_batch(self.shop.schema()).expect("a table");
        drop(database);
        let options = SqliteOptions { readers: 2, ..SqliteOptions::default() };
        let directory: Arc<dyn Directory> =
            Arc::new(SqliteDirectory::open(folder.path().join("directory.db"), options)?);
        let engine = self.engine(&file, setup, directory.clone())?;
        let second = self.engine(&file, setup, directory)?;
        let mut world = World::new(engine, CONNECTION).with_home(self.home).with_second(second);
        if let Some(recorder) = &self.recorder {
            world = world.with_recorder(recorder.clone());
        }
        Ok(Some(world.with_hand(Arc::new(ShopHand { shop: self.shop, file })).holding(folder)))
    }
}

struct ShopHand {
    shop: Shop,
    file: PathBuf,
}

impl ShopHand {
    fn database(&self) -> Connection {
        let database = Connection::open(&self.file).expect("the shop's file");
        database.busy_timeout(std::time::Duration::from_secs(10)).expect("a timeout");
        database
    }

    fn away(&self) -> PathBuf {
        self.file.with_extension("away")
    }
}

fn failed(error: rusqlite::Error) -> Error {
    Error::new(ErrorKind::Unexpected, "the fixture's own statement failed").source(error)
}

#[async_trait]
impl Hand for ShopHand {
    async fn seed(&self, people: &[Person]) -> Result<Vec<String>> {
        let mut database = self.database();
        let transaction = database.transaction().map_err(failed)?;
        let mut ids = Vec::new();
        for person in people {
            let id: Option<i64> = person.id.as_ref().map(|id| id.parse().expect("ids are numbers here"));
            let (hash, salt) = match &person.password {
                Some(password) => house::legacy_hash(&self.shop.scheme(), password.expose()),
                None => (String::new(), None),
            };
            let flag = |flag: bool, letter: &'static str, other: &'static str| if flag { letter } else { other };
            match self.shop {
                Shop::Roomy => transaction.execute(
                    "INSERT INTO tbl_customers
                         (cust_no, mail_addr, full_nm, pw, pw_salt, must_pw, status, metadata, prefs, joined)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9,
                             (SELECT coalesce(max(joined), 1234567890) + 1 FROM tbl_customers) + abs(random() % 1000))",
                    (
                        id,
                        &person.email,
                        &person.name,
                        hash,
                        salt,
                        flag(person.must_change_password, "Y", "N"),
                        flag(person.blocked, "B", "A"),
                        &person.app_metadata,
                        &person.user_metadata,
                    ),
                ),
                Shop::Bare => {
                    let has_no_room = person.blocked
                        || person.must_change_password
                        || person.app_metadata.is_some()
                        || person.user_metadata.is_some();
                    if has_no_room {
                        return Err(Error::unsupported("this store has no room for such a user"));
                    }
                    transaction.execute(
                        "INSERT INTO \"order\" (id, mail, hash) VALUES (?1, ?2, ?3)",
                        (id, &person.email, hash),
                    )
                }
            }
            .map_err(failed)?;
            ids.push(transaction.last_insert_rowid().to_string());
        }
        transaction.commit().map_err(failed)?;
        Ok(ids)
    }

    async fn remove(&self, store_id: &str) -> Result<()> {
        let sql = format!("DELETE FROM \"{}\" WHERE {} = ?1", self.shop.table(), self.shop.id());
        self.database().execute(&sql, [store_id]).map(drop).map_err(failed)
    }

    async fn row(&self, store_id: &str) -> Result<Option<Record>> {
        let sql = format!("SELECT * FROM \"{}\" WHERE {} = ?1", self.shop.table(), self.shop.id());
        let database = self.database();
        let mut statement = database.prepare(&sql).map_err(failed)?;
        let names: Vec<String> = statement.column_names().map(str::to_owned).collect();
        statement
            .query_row([store_id], |row| {
                let fields = (0..names.len()).map(|at| {
                    Ok(match row.get_ref(at)? {
                        ValueRef::Null => Field::Null,
                        ValueRef::Integer(number) => Field::I64(number),
                        ValueRef::Real(number) => Field::F64(number),
                        ValueRef::Text(text) => Field::Text(String::from_utf8_lossy(text).into_owned()),
                        ValueRef::Blob(bytes) => Field::Bytes(bytes.to_vec()),
                    })
                });
                let fields: rusqlite::Result<Vec<Field>> = fields.collect();
                Ok(Record::from_pairs(names.iter().cloned().zip(fields?)))
            })
            .optional()
            .map_err(failed)
    }

    fn take_down(&self) {
        fs::rename(&self.file, self.away()).expect("the file can be moved away");
    }

    fn bring_back(&self) {
        fs::rename(self.away(), &self.file).expect("the file can be moved back");
    }

    fn key_it_cannot_write(&self) -> Option<(Container, String)> {
        (self.shop == Shop::Bare).then(|| (Container::AppMetadata, "full".to_owned()))
    }
}
