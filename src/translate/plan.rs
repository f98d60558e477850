//! The compiled map of one connection: columns by slot, rules by attribute. Reading a row is a walk over it.

use crosswalk_contract::{By, Error, ErrorKind, Fold, Key, Record};
use serde_json::value::RawValue;

use super::{
    Translated,
    container::ContainerRule,
    date::DateRule,
    diagnostic::Diagnostic,
    field_text::text_of,
    flag::FlagRule,
    id::IdPlan,
    password::PasswordColumns,
    row::{Misfit, Row, Slot, Slots},
    text::TextRule,
    value::ValueRule,
};
use crate::profile::{Attribute, Container, Profile, UserId, UserIdError};

/// A map that has been compiled.
pub(super) struct Plan {
    pub connection: String,
    /// For messages.
    pub table: String,
    pub slots: Slots,
    pub id: IdPlan,
    pub texts: Vec<(Attribute, TextRule)>,
    pub flags: Vec<(Attribute, FlagRule)>,
    pub dates: Vec<(Attribute, DateRule)>,
    pub logins_count: Option<CountRule>,
    pub containers: Vec<ContainerRule>,
    pub extra: Vec<(String, ValueRule)>,
    pub must_change_password: Option<FlagRule>,
    pub locked: Option<FlagRule>,
    pub password: Option<PasswordColumns>,
    /// What `explain` shows.
    pub lines: Vec<super::explain::Line>,
}

/// A whole number that is not negative.
pub(super) struct CountRule {
    pub slot: Slot,
    pub default: Option<u64>,
}

impl Plan {
    pub(super) fn profile(&self, record: &Record) -> Result<Translated, Error> {
        let row = self.row(record)?;
        self.read(&row)
    }

    /// The record by slots.
    pub(super) fn row<'r>(&self, record: &'r Record) -> Result<Row<'r>, Error> {
        self.slots.row(record).map_err(|column| {
            Error::new(ErrorKind::Config, "the store returned no such column")
                .with("table", &self.table)
                .with("field", column)
                .hint("correct the map, or let the table or query return that column")
        })
    }

    fn read(&self, row: &Row<'_>) -> Result<Translated, Error> {
        let id = self.id(row)?;
        self.read_with(row, &id).map_err(|misfit| self.misfit(misfit, Some(&id)))?
    }

    fn read_with(&self, row: &Row<'_>, id: &str) -> Result<Result<Translated, Error>, Misfit> {
        let user_id = match UserId::namespaced(&self.connection, id) {
            Ok(user_id) => user_id,
            Err(error) => return Ok(Err(self.bad_id(error))),
        };
        let mut profile = Profile::new(user_id, self.connection.clone());
        let mut diagnostics = Vec::new();
        for (attribute, rule) in &self.texts {
            if let Some(place) = attribute.text_mut(&mut profile) {
                *place = rule.read(row)?.map(std::borrow::Cow::into_owned);
            }
        }
        for (attribute, rule) in &self.flags {
            attribute.set_flag(&mut profile, rule.read(row)?);
        }
        for (attribute, rule) in &self.dates {
            if let Some(place) = attribute.instant_mut(&mut profile) {
                *place = rule.read(row)?;
            }
        }
        if let Some(rule) = &self.logins_count {
            profile.logins_count = rule.read(row)?;
        }
        for rule in &self.containers {
            let mut omitted = |slot| {
                diagnostics.push(Diagnostic::new(
                    "unreadable-metadata",
                    format!("{} was left out: the column `{}` cannot be read", rule.container, self.slots.name(slot)),
                ));
            };
            *profile.container_mut(rule.container) = rule.read(row, &mut omitted)?;
        }
        for (name, rule) in &self.extra {
            if let Some(value) = rule.value(row)?
                && let Ok(raw) = RawValue::from_string(value)
            {
                profile.extra.push((name.clone(), raw));
            }
        }
        let flag = |rule: &Option<FlagRule>| match rule {
            Some(rule) => rule.read(row).map(|value| value == Some(true)),
            None => Ok(false),
        };
        let must_change_password = flag(&self.must_change_password)?;
        let locked = flag(&self.locked)?;
        Ok(Ok(Translated { profile, must_change_password, locked, diagnostics }))
    }

    /// The row's own id.
    pub(super) fn id(&self, row: &Row<'_>) -> Result<String, Error> {
        match self.id.read(row) {
            Ok(Some(id)) => Ok(id),
            Ok(None) => Err(self.bad_id(UserIdError::Missing)),
            Err(misfit) => Err(self.misfit(misfit, None)),
        }
    }

    /// The error for a row that does not fit.
    pub(super) fn misfit(&self, misfit: Misfit, id: Option<&str>) -> Error {
        let error =
            Error::new(ErrorKind::Inconsistent, format!("the row does not fit the map: a column {}", misfit.reason))
                .with("table", &self.table)
                .with("field", self.slots.name(misfit.slot));
        match id {
            Some(id) => error.row(id),
            None => error,
        }
    }

    /// As [`Plan::misfit`], with the id taken from the row.
    pub(super) fn misfit_in(&self, misfit: Misfit, row: &Row<'_>) -> Error {
        let id = self.id.read(row).ok().flatten();
        self.misfit(misfit, id.as_deref())
    }

    pub(super) fn key(&self, by: By, value: &str) -> Option<Key> {
        match by {
            By::Id => self.id.key(&self.slots, value),
            By::Email | By::Username | By::Phone => {
                let (slot, folded) = self.text(attribute_of(&by)?)?.lookup()?;
                let (value, fold) =
                    if folded { (value.to_lowercase(), Fold::Lower) } else { (value.to_owned(), Fold::Exact) };
                Some(Key::field(self.slots.name(slot), value).folded(fold))
            }
            By::Field(_) => Some(Key::new(by, value)),
            By::Fields(_) => None,
        }
    }

    pub(super) fn folds(&self, by: &By) -> bool {
        let rule = attribute_of(by).and_then(|attribute| self.text(attribute)?.lookup());
        rule.is_none_or(|(_, folded)| folded)
    }

    pub(super) fn answers(&self, record: &Record, by: &By, asked: &str) -> bool {
        // A missing column elsewhere is for `profile` to report; here it would look like an unknown user.
        let row = self.slots.row(record).unwrap_or_else(|_| self.slots.lenient_row(record));
        match by {
            By::Id => self.id.read(&row).ok().flatten().is_some_and(|id| id == self.id.folded(asked)),
            By::Email | By::Username | By::Phone => {
                let Some(rule) = attribute_of(by).and_then(|attribute| self.text(attribute)) else { return false };
                match rule.read(&row) {
                    Ok(Some(own)) if rule.fold => own == asked.to_lowercase(),
                    Ok(Some(own)) => own == asked,
                    _ => false,
                }
            }
            By::Field(name) => {
                record.get(name).and_then(|field| text_of(field).ok().flatten()).is_some_and(|own| own == asked)
            }
            By::Fields(_) => false,
        }
    }

    pub(super) fn text(&self, attribute: Attribute) -> Option<&TextRule> {
        self.texts.iter().find(|(of, _)| *of == attribute).map(|(_, rule)| rule)
    }

    pub(super) fn flag(&self, attribute: Attribute) -> Option<&FlagRule> {
        self.flags.iter().find(|(of, _)| *of == attribute).map(|(_, rule)| rule)
    }

    pub(super) fn container(&self, container: Container) -> Option<&ContainerRule> {
        self.containers.iter().find(|rule| rule.container == container)
    }

    pub(super) fn lookups(&self) -> Vec<(Slot, bool)> {
        let attributes = [Attribute::Email, Attribute::Username, Attribute::PhoneNumber];
        attributes.into_iter().filter_map(|attribute| self.text(attribute)?.lookup()).collect()
    }

    pub(super) fn identifiers(&self) -> impl Iterator<Item = (By, Slot)> {
        [By::Email, By::Username, By::Phone].into_iter().filter_map(|by| {
            let (slot, _) = self.text(attribute_of(&by)?)?.lookup()?;
            Some((by, slot))
        })
    }

    fn bad_id(&self, error: UserIdError) -> Error {
        let code = if error == UserIdError::Missing { "missing_user_id" } else { "invalid_user_id" };
        Error::new(ErrorKind::Inconsistent, format!("the row has no usable id: {error}"))
            .code(code)
            .with("table", &self.table)
            .with("field", self.id.columns(&self.slots).join(", "))
    }
}

impl CountRule {
    pub(super) fn read(&self, row: &Row<'_>) -> Result<Option<u64>, Misfit> {
        let wrong = |reason| Misfit { slot: self.slot, reason };
        match text_of(row.get(self.slot)).map_err(wrong)?.as_deref().map(str::trim) {
            None | Some("") => Ok(self.default),
            Some(text) => text.parse().map(Some).map_err(|_| wrong("holds no whole number".into())),
        }
    }
}

fn attribute_of(by: &By) -> Option<Attribute> {
    match by {
        By::Email => Some(Attribute::Email),
        By::Username => Some(Attribute::Username),
        By::Phone => Some(Attribute::PhoneNumber),
        _ => None,
    }
}
