//! Records to profiles and back: the only room that knows both.
//!
//! A [`Translation`] is compiled once per connection. Tables have a *map* ([`MapSettings`]), whose rules are resolved
//! to column positions once per statement; stores that already speak profiles have the *script map*, which needs no
//! settings. Pure: no I/O, no waiting, no clock.
//!
//! Laws: what is read and written back changes nothing; what is written reads back the same, or is refused; an error
//! names table, column and row and never a value.

mod compile;
mod container;
mod date;
mod diagnostic;
mod explain;
mod field_text;
mod flag;
mod id;
mod json_text;
#[cfg(test)]
mod laws;
mod naming;
mod password;
mod php;
mod plan;
mod row;
mod script;
mod settings;
mod text;
mod value;
mod write;

pub use diagnostic::Diagnostic;
pub use explain::Explained;
pub use password::{Hashed, PasswordFields};
pub use settings::{
    Case, DateForm, DocumentSettings, Encoding, Format, IdRule, MapSettings, MetadataSettings, Named, Ordered, Part,
    PasswordSettings, Rule, Unreadable, ValueTable, ValueType,
};

use std::fmt;

use crosswalk_contract::{Assignment, By, Error, Field, Key, Patch, Record};

use crate::profile::{Change, Container, NewProfile, Profile, UserId};

/// How one connection's records become profiles, and profiles its records.
pub struct Translation(Kind);

enum Kind {
    Map(Box<plan::Plan>),
    Script(script::ScriptMap),
}

/// A record, translated.
#[derive(Clone, Debug)]
pub struct Translated {
    /// The profile as the store has it, without generated defaults.
    pub profile: Profile,
    /// The store wants the password changed.
    pub must_change_password: bool,
    /// No password lets this user in.
    pub locked: bool,
    /// What was noticed on the way.
    pub diagnostics: Vec<Diagnostic>,
}

/// A mistake in a map.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MapProblem {
    /// Which key of the map, dotted (`email_verified.true_is`).
    pub path: String,
    /// What is wrong with it, as a sentence.
    pub message: String,
}

impl fmt::Display for MapProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.message)
    }
}

/// A change, divided by who owns what.
#[derive(Clone, Debug)]
pub struct SplitChange {
    /// The store's part, in its own words.
    pub patch: Patch,
    /// What the store has no home for.
    pub overlay: Change,
    /// Keys that the store holds and that cannot be changed as asked: container, key (`*` for all), reason. The change
    /// as a whole must then be refused.
    pub refused: Vec<(Container, String, String)>,
}

/// A new user, divided by who owns what.
#[derive(Clone, Debug)]
pub struct WrittenUser {
    /// The store's part, in its own words, without the password.
    pub assignments: Vec<Assignment>,
    /// What the store has no home for.
    pub overlay: Change,
}

impl Translation {
    /// Compiles a map, or the script map where there is none. `table` is what messages call the store's table.
    ///
    /// # Errors
    /// All mistakes at once.
    pub fn compile(connection: &str, table: &str, map: Option<&MapSettings>) -> Result<Translation, Vec<MapProblem>> {
        Ok(Translation(match map {
            Some(map) => Kind::Map(Box::new(compile::compile(connection, table, map)?)),
            None => Kind::Script(script::ScriptMap { connection: connection.to_owned(), table: table.to_owned() }),
        }))
    }

    /// The profile of a record.
    ///
    /// # Errors
    /// `Inconsistent` for a row that does not fit, naming table, column and row, with the codes `missing_user_id`,
    /// `invalid_user_id` and `invalid_metadata_container`; `Config` for a column that the record does not have.
    pub fn profile(&self, record: &Record) -> Result<Translated, Error> {
        match &self.0 {
            Kind::Map(plan) => plan.profile(record),
            Kind::Script(script) => script.profile(record),
        }
    }

    /// The key for a look-up; the value of `By::Id` is the store's own id, see [`Translation::store_id`]. `None` where
    /// this connection has no such look-up, or no row can have that id. Column names for `By::Field` pass through.
    pub fn key(&self, by: By, value: &str) -> Option<Key> {
        match &self.0 {
            Kind::Map(plan) => plan.key(by, value),
            Kind::Script(_) => Some(Key::new(by, value)),
        }
    }

    /// Whether a look-up disregards letter case in the store as it does in the directory; also where the store has no
    /// such look-up, and for ids, which are compared as they are.
    pub fn folds(&self, by: &By) -> bool {
        match &self.0 {
            Kind::Map(plan) => plan.folds(by),
            // Each script has its own rules.
            Kind::Script(_) => matches!(by, By::Id | By::Field(_) | By::Fields(_)),
        }
    }

    /// The store's own id, if that user can belong to this connection.
    pub fn store_id(&self, user_id: &UserId) -> Option<String> {
        match &self.0 {
            Kind::Map(plan) => user_id.within(&plan.connection).map(str::to_owned),
            Kind::Script(_) => Some(user_id.bare().to_owned()),
        }
    }

    /// How long the store's own id would be: of two connections that could have a user, the one with the longer
    /// namespace, and so the shorter rest, has it.
    pub fn rest_of(&self, user_id: &UserId) -> Option<usize> {
        match &self.0 {
            Kind::Map(plan) => user_id.within(&plan.connection).map(str::len),
            Kind::Script(_) => Some(user_id.bare().len()),
        }
    }

    /// The one id of a user whose letter case may be written in several ways.
    pub fn canonical(&self, user_id: &UserId) -> UserId {
        let folded = match &self.0 {
            Kind::Map(plan) => {
                user_id.within(&plan.connection).map(|id| UserId::namespaced(&plan.connection, &plan.id.folded(id)))
            }
            Kind::Script(_) => None,
        };
        folded.and_then(Result::ok).unwrap_or_else(|| user_id.clone())
    }

    /// Whether a profile has the store's own id that was asked for.
    pub fn has_id(&self, profile: &Profile, asked: &str) -> bool {
        let own = self.store_id(&profile.user_id);
        match &self.0 {
            Kind::Map(plan) => own == Some(plan.id.folded(asked)),
            Kind::Script(_) => own.as_deref() == Some(asked),
        }
    }

    /// Whether a record is the one that was asked for. A store that compares without accents, or reads `'4711abc'` as
    /// 4711, returns somebody else's.
    pub fn answers(&self, record: &Record, by: &By, asked: &str) -> bool {
        match &self.0 {
            Kind::Map(plan) => plan.answers(record, by, asked),
            Kind::Script(script) => script.answers(record, by, asked),
        }
    }

    /// What feeds the password check; `None` where the map has no `password`.
    pub fn password_fields<'r>(&self, record: &'r Record) -> Option<PasswordFields<'r>> {
        match &self.0 {
            Kind::Map(plan) => plan.password_fields(record),
            Kind::Script(_) => None,
        }
    }

    /// `password.scheme` as configured.
    pub fn password_scheme(&self) -> Option<&serde_json::Value> {
        match &self.0 {
            Kind::Map(plan) => plan.password.as_ref()?.scheme.as_ref(),
            Kind::Script(_) => None,
        }
    }

    /// Whether the map has a `password`.
    pub fn has_password(&self) -> bool {
        matches!(&self.0, Kind::Map(plan) if plan.password.is_some())
    }

    /// The columns of a new hash. A demand to change the password is lifted where the map can write that.
    ///
    /// # Errors
    /// `Unsupported` where the map has no `password`, or no column for what this hash needs.
    pub fn password_assignments(&self, hashed: &Hashed) -> Result<Vec<Assignment>, Error> {
        match &self.0 {
            Kind::Map(plan) => plan.password_assignments(hashed),
            Kind::Script(_) => Err(Error::unsupported("this store hashes passwords itself")),
        }
    }

    /// The columns of a new user, and what the overlay keeps of the metadata.
    ///
    /// # Errors
    /// `Refused` with `read_only_field`, naming everything that could not be stored as asked.
    pub fn new_user(&self, user: &NewProfile) -> Result<WrittenUser, Error> {
        match &self.0 {
            Kind::Map(plan) => plan.new_user(user),
            Kind::Script(script) => Ok(script.new_user(user)),
        }
    }

    /// Divides a change between the store and the overlay. `store_writes` says whether the store can write metadata at
    /// all; if not, keys that it holds are refused and all others go to the overlay. What is there already in that
    /// form is not written.
    ///
    /// # Errors
    /// As [`Translation::profile`]; `Refused` with `read_only_field` for a block that the store holds and cannot write.
    pub fn split(
        &self,
        change: &Change,
        current: &Record,
        max_bytes: u64,
        store_writes: bool,
    ) -> Result<SplitChange, Error> {
        let mut split = match &self.0 {
            Kind::Map(plan) => plan.split(change, current, max_bytes, store_writes)?,
            Kind::Script(script) => script.split(change, current, max_bytes, store_writes)?,
        };
        for patch in &mut split.patch.containers {
            patch.read = current.get(&patch.container).and_then(Field::as_text).map(str::to_owned);
        }
        Ok(split)
    }

    /// The columns of a new e-mail address; none for scripts, which get it by name.
    ///
    /// # Errors
    /// `Refused` with `read_only_field` where a rule cannot be inverted, or the address is the user's id.
    pub fn email_change(&self, email: &str, verified: bool) -> Result<Vec<Assignment>, Error> {
        match &self.0 {
            Kind::Map(plan) => plan.email_change(email, verified),
            Kind::Script(_) => Ok(Vec::new()),
        }
    }

    /// The columns that mark the address as verified; none for scripts.
    ///
    /// # Errors
    /// `Refused` with `read_only_field` where the map has no such column or cannot write it.
    pub fn verify(&self) -> Result<Vec<Assignment>, Error> {
        match &self.0 {
            Kind::Map(plan) => plan.verify(),
            Kind::Script(_) => Ok(Vec::new()),
        }
    }

    /// The columns that the map reads; none for scripts.
    pub fn columns_read(&self) -> Vec<String> {
        self.map().map_or_else(Vec::new, |plan| plan.slots.names().to_vec())
    }

    /// The columns of the id, in order.
    pub fn id_columns(&self) -> Vec<String> {
        self.map().map_or_else(Vec::new, |plan| plan.id.columns(&plan.slots))
    }

    /// The columns that users are looked up by beside the id, and whether without regard to letter case.
    pub fn lookup_columns(&self) -> Vec<(String, bool)> {
        let Some(plan) = self.map() else { return Vec::new() };
        plan.lookups().into_iter().map(|(slot, folded)| (plan.slots.name(slot).to_owned(), folded)).collect()
    }

    /// The column of each identifier that users are looked up by beside the id.
    pub fn identifier_columns(&self) -> Vec<(By, String)> {
        let Some(plan) = self.map() else { return Vec::new() };
        plan.identifiers().map(|(by, slot)| (by, plan.slots.name(slot).to_owned())).collect()
    }

    /// The columns that hold a whole metadata document as JSON.
    pub fn container_columns(&self) -> Vec<String> {
        let Some(plan) = self.map() else { return Vec::new() };
        let documents = plan.containers.iter().filter_map(|rule| rule.document.as_ref());
        let json = documents.filter(|document| document.format == Format::Json);
        json.map(|document| plan.slots.name(document.slot).to_owned()).collect()
    }

    /// What cannot be written, and why: attribute or `app_metadata.key`, and reason.
    pub fn read_only(&self) -> Vec<(String, String)> {
        self.map().map_or_else(Vec::new, plan::Plan::read_only)
    }

    /// The record, rule by rule. Password columns show as `***`; all other values are shown, so this is for a person's
    /// eyes and never for logs.
    pub fn explain(&self, record: &Record) -> Vec<Explained> {
        match &self.0 {
            Kind::Map(plan) => plan.explain(record),
            Kind::Script(script) => script.explain(record),
        }
    }

    fn map(&self) -> Option<&plan::Plan> {
        match &self.0 {
            Kind::Map(plan) => Some(plan),
            Kind::Script(_) => None,
        }
    }
}

impl fmt::Debug for Translation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match &self.0 {
            Kind::Map(_) => "Translation(map)",
            Kind::Script(_) => "Translation(script)",
        })
    }
}
