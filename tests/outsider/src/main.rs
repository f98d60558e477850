//! An adapter that somebody else wrote, all of it in this file, and its trial by the laws.
//!
//! The store is one JSON file: an object of rows by number. Every write puts a new file in the place of the old one.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use crosswalk::{config::Config, harness::run_against};
use crosswalk_contract::*;
use futures::{StreamExt, stream};

/// Handed to the core with the kinds that it has: `kind = "ledger"`.
const KIND: Kind = Kind::of::<LedgerSettings>("ledger");

const CONFIG: &str = r#"
[connection.ledger]
kind = "ledger"
test_store = true

[connection.ledger.store]
path = "ledger.json"

[connection.ledger.map]
user_id = "id"
email = { field = "email", fold = "lower" }
email_verified = { field = "verified", true_is = ["yes"], false_is = ["no"] }
password = { field = "hash", salt = "salt", scheme = { scheme = "salted-sha256", order = "salt-first" } }
user_metadata = "prefs"
"#;

fn main() {
    let folder = PathBuf::from(std::env::args().nth(1).expect("the folder to work in"));
    fs::write(folder.join("ledger.json"), "{}").expect("a writable folder");
    let config = match Config::parse(CONFIG, "outsider.toml", &folder, &[KIND]) {
        Ok(config) => config,
        Err(mistakes) => panic!("{mistakes}"),
    };
    let engine = config.open(&[KIND]).expect("an engine");
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    let report = runtime.block_on(run_against(&engine, "ledger", None)).expect("a test store");
    for tried in &report.laws {
        println!("{tried}");
    }
    println!("{} passed, {} broken, {} left behind", report.passed(), report.broken(), report.left_behind);
    let rest = fs::read_to_string(folder.join("ledger.json")).expect("the ledger");
    assert_eq!((report.broken(), report.left_behind, rest.as_str()), (0, 0, "{}"), "the laws hold and leave nothing");
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct LedgerSettings {
    path: PathBuf,
}

impl Settings for LedgerSettings {
    fn open(self, opening: &Opening) -> Result<Arc<dyn Adapter>> {
        Ok(Arc::new(Ledger { path: opening.dir.join(self.path), fields: opening.fields.clone(), turn: Mutex::new(()) }))
    }
}

/// A row: text or nothing in each field.
type Row = BTreeMap<String, Option<String>>;
type Rows = BTreeMap<u64, Row>;

struct Ledger {
    path: PathBuf,
    fields: Vec<String>,
    turn: Mutex<()>,
}

impl Ledger {
    fn read(&self) -> Result<Rows> {
        let text = fs::read_to_string(&self.path).map_err(|error| unavailable("the ledger cannot be read", error))?;
        serde_json::from_str(&text).map_err(|_| Error::new(ErrorKind::Inconsistent, "the ledger is not JSON"))
    }

    /// Reads, changes and puts the new file in the place of the old one, while nobody else does.
    fn write<T>(&self, change: impl FnOnce(&mut Rows) -> Result<T>) -> Result<T> {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let mut rows = self.read()?;
        let answer = change(&mut rows)?;
        let text = serde_json::to_string(&rows).map_err(|error| unavailable("the ledger cannot be made", error))?;
        let new = self.path.with_extension("new");
        replace(&new, &self.path, &text).map_err(|error| unavailable("the ledger cannot be written", error))?;
        Ok(answer)
    }

    fn change(&self, key: &Key, change: impl FnOnce(&mut Row) -> Result<()>) -> Result<bool> {
        self.write(|rows| {
            let Some(number) = one(rows, key)? else { return Ok(false) };
            let mut row = rows.get(&number).cloned().unwrap_or_default();
            change(&mut row)?;
            refuse_twin(rows, number, &row)?;
            rows.insert(number, row);
            Ok(true)
        })
    }

    fn record(&self, number: u64, row: &Row) -> Record {
        Record::from_pairs(self.fields.iter().map(|name| {
            let field = match name.as_str() {
                "id" => Field::U64(number),
                name => row.get(name).cloned().flatten().map_or(Field::Null, Field::Text),
            };
            (name.clone(), field)
        }))
    }
}

fn replace(new: &Path, old: &Path, text: &str) -> std::io::Result<()> {
    fs::write(new, text)?;
    fs::rename(new, old)
}

fn unavailable(message: &str, error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    Error::new(ErrorKind::Unavailable, message).source(error)
}

/// The number of the one row with that key.
fn one(rows: &Rows, key: &Key) -> Result<Option<u64>> {
    let columns = key.columns().ok_or_else(|| Error::new(ErrorKind::Config, "users are found by a column"))?;
    let is = |number: u64, row: &Row, (name, text): &(&str, &str)| match *name {
        "id" => number.to_string() == *text,
        name => row.get(name).is_some_and(|own| match (own, key.fold) {
            (Some(own), Fold::Exact) => own == text,
            (Some(own), Fold::Lower) => own.to_lowercase() == *text,
            (None, _) => false,
        }),
    };
    let mut found = rows.iter().filter(|(number, row)| columns.iter().all(|column| is(**number, row, column)));
    match (found.next(), found.next()) {
        (Some(_), Some(_)) => Err(Error::new(ErrorKind::Inconsistent, "two rows have the same identifier")),
        (found, _) => Ok(found.map(|(number, _)| *number)),
    }
}

fn refuse_twin(rows: &Rows, number: u64, new: &Row) -> Result<()> {
    let address = |row: &Row| row.get("email").cloned().flatten().map(|text| text.to_lowercase());
    let taken =
        rows.iter().any(|(other, row)| *other != number && address(row).is_some() && address(row) == address(new));
    if taken { Err(Error::new(ErrorKind::Conflict, "the address is taken").code("user_exists")) } else { Ok(()) }
}

fn assign(row: &mut Row, fields: &[Assignment]) -> Result<()> {
    for (name, field) in fields {
        let text = match field {
            Field::Null => None,
            Field::Text(text) | Field::Json(text) => Some(text.clone()),
            other => {
                let what = format!("the ledger holds text, and this is {}", other.type_name());
                return Err(Error::refused("not_text", what).with("field", name));
            }
        };
        row.insert(name.clone(), text);
    }
    Ok(())
}

#[async_trait]
impl Adapter for Ledger {
    fn kind(&self) -> &'static str {
        KIND.name
    }
    async fn ping(&self) -> Result<()> {
        self.read().map(drop)
    }
    async fn examine(&self) -> Result<Examination> {
        let facts = vec![("users".to_owned(), self.read()?.len().to_string())];
        Ok(Examination { facts, ..Examination::default() })
    }
    fn get_user(&self) -> Option<&dyn GetUser> {
        Some(self)
    }
    fn create(&self) -> Option<&dyn Create> {
        Some(self)
    }
    fn change_metadata(&self) -> Option<&dyn ChangeMetadata> {
        Some(self)
    }
    fn change_password(&self) -> Option<&dyn ChangePassword> {
        Some(self)
    }
    fn change_email(&self) -> Option<&dyn ChangeEmail> {
        Some(self)
    }
    fn verify(&self) -> Option<&dyn Verify> {
        Some(self)
    }
    fn delete(&self) -> Option<&dyn Delete> {
        Some(self)
    }
    fn list_users(&self) -> Option<&dyn ListUsers> {
        Some(self)
    }
}

#[async_trait]
impl GetUser for Ledger {
    async fn get_user(&self, key: &Key) -> Result<Option<Record>> {
        let rows = self.read()?;
        Ok(one(&rows, key)?.and_then(|number| rows.get(&number).map(|row| self.record(number, row))))
    }
}

#[async_trait]
impl Create for Ledger {
    async fn create(&self, user: &NewUser) -> Result<Option<Record>> {
        self.write(|rows| {
            let number = rows.last_key_value().map_or(1, |(last, _)| last + 1);
            let mut row = Row::from([("verified".to_owned(), Some("no".to_owned()))]);
            assign(&mut row, &user.fields)?;
            refuse_twin(rows, number, &row)?;
            let record = self.record(number, &row);
            rows.insert(number, row);
            Ok(Some(record))
        })
    }
}

#[async_trait]
impl ChangeMetadata for Ledger {
    async fn change_metadata(&self, key: &Key, patch: &Patch) -> Result<bool> {
        self.change(key, |row| {
            for container in &patch.containers {
                let old = row.get(&container.container).cloned().flatten().unwrap_or_default();
                let mut document = Metadata::from_store(old).map_err(|_| {
                    Error::new(ErrorKind::Inconsistent, "the stored metadata cannot be read")
                        .code("metadata_unreadable")
                })?;
                container.apply(&mut document)?;
                row.insert(container.container.clone(), Some(document.as_str().to_owned()));
            }
            assign(row, &patch.fields)
        })
    }
}

#[async_trait]
impl ChangePassword for Ledger {
    async fn change_password(&self, key: &Key, password: &NewPassword) -> Result<bool> {
        self.change(key, |row| assign(row, &password.fields))
    }
}

#[async_trait]
impl ChangeEmail for Ledger {
    async fn change_email(&self, key: &Key, change: &EmailChange) -> Result<bool> {
        self.change(key, |row| assign(row, &change.fields))
    }
}

#[async_trait]
impl Verify for Ledger {
    async fn verify(&self, key: &Key, fields: &[Assignment]) -> Result<bool> {
        self.change(key, |row| assign(row, fields))
    }
}

#[async_trait]
impl Delete for Ledger {
    async fn delete(&self, key: &Key) -> Result<bool> {
        self.write(|rows| Ok(one(rows, key)?.is_some_and(|number| rows.remove(&number).is_some())))
    }
}

impl ListUsers for Ledger {
    fn list_users(&self, after: Option<Cursor>) -> Batches<'_> {
        let batch = || {
            let after: u64 = match after {
                Some(Cursor(text)) => text.parse().map_err(|_| Error::refused("bad_cursor", "this is no cursor"))?,
                None => 0,
            };
            let rows = self.read()?;
            let rows = rows.range(after.saturating_add(1)..);
            let last = rows.clone().next_back().map(|(last, _)| Cursor(last.to_string()));
            let records = rows.map(|(number, row)| self.record(*number, row)).collect();
            Ok(last.map(|resume| Batch { records, resume }))
        };
        stream::iter(batch().transpose()).boxed()
    }
}
