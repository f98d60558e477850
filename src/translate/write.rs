//! Profiles and changes to columns: every rule that can be inverted is, and nothing is accepted and lost.

use crosswalk_contract::{Assignment, ContainerPatch, Error, Field, Patch, Record};

use super::{
    SplitChange, WrittenUser,
    container::{ContainerRule, Stored},
    field_text::Reason,
    naming,
    plan::Plan,
    row::{Misfit, Row, Slot},
    settings::Format,
};
use crate::profile::{Attribute, Change, Container, ContainerChange, Metadata, NewProfile};

/// Columns and the values that they are to have. A column has one value.
struct Draft {
    fields: Vec<Option<Field>>,
    order: Vec<Slot>,
}

impl Draft {
    fn new(slots: usize) -> Draft {
        Draft { fields: vec![None; slots], order: Vec::new() }
    }

    /// False where the column is to have another value already.
    fn put(&mut self, slot: Slot, field: Field) -> bool {
        match self.fields.get_mut(slot) {
            Some(Some(taken)) => *taken == field,
            Some(free) => {
                *free = Some(field);
                self.order.push(slot);
                true
            }
            None => false,
        }
    }

    /// As [`Draft::put`], where reading the draft back tells what got lost.
    fn try_put(&mut self, slot: Slot, field: Field) {
        self.put(slot, field);
    }

    /// As the store would return it, untouched columns null.
    fn as_read(&self) -> Vec<Field> {
        self.fields.iter().map(|field| field.clone().unwrap_or(Field::Null)).collect()
    }

    fn assignments(mut self, plan: &Plan) -> Vec<Assignment> {
        let take = |slot: Slot| Some((plan.slots.name(slot).to_owned(), self.fields.get_mut(slot)?.take()?));
        self.order.into_iter().filter_map(take).collect()
    }
}

impl Plan {
    pub(super) fn new_user(&self, user: &NewProfile) -> Result<WrittenUser, Error> {
        let mut draft = Draft::new(self.slots.names().len());
        let mut refused: Vec<(String, Reason)> = Vec::new();
        let mut overlay = Change::default();
        let shared = || Reason::from("its column is to have another value at the same time");

        if let Some(id) = &user.id {
            match self.id.write(id) {
                Ok(parts) => parts.into_iter().for_each(|(slot, field)| draft.try_put(slot, field)),
                Err(reason) => refused.push(("user_id".to_owned(), reason)),
            }
        }
        let texts = texts_of(user);
        let flags = [(Attribute::EmailVerified, user.email_verified), (Attribute::Blocked, user.blocked)];
        let mut reasons: Vec<(Attribute, Reason)> = Vec::new();
        for (attribute, text) in texts {
            let (Some(text), Some(rule)) = (text, self.text(attribute)) else { continue };
            match (rule.writable(), rule.write(text, &Field::Null)) {
                (Ok(slot), Ok(field)) => draft.try_put(slot, field),
                (Err(reason), _) | (_, Err(reason)) => reasons.push((attribute, reason)),
            }
        }
        for (attribute, flag) in flags {
            let (Some(flag), Some(rule)) = (flag, self.flag(attribute)) else { continue };
            match (rule.writable(flag), rule.write(flag, &Field::Null)) {
                (Ok(slot), Ok(field)) => draft.try_put(slot, field),
                (Err(reason), _) | (_, Err(reason)) => reasons.push((attribute, reason)),
            }
        }
        for container in Container::ALL {
            if let Some(document) = user.container(container) {
                self.new_container(container, document, &mut draft, &mut overlay, &mut refused)?;
            }
        }

        // What counts is what a reader will see: a joined name whose parts were given is fine, a lost one is not.
        let fields = draft.as_read();
        let row = Row::of_slots(&fields);
        let mut reason_for = |attribute: Attribute, mapped: bool| {
            let known = reasons.iter().position(|(of, _)| *of == attribute).map(|at| reasons.swap_remove(at).1);
            known.unwrap_or_else(|| if mapped { shared() } else { "the map has no column for it".into() })
        };
        if let Some(id) = &user.id
            && !refused.iter().any(|(name, _)| name == "user_id")
            && self.id.read(&row).ok().flatten() != Some(self.id.folded(id))
        {
            refused.push(("user_id".to_owned(), shared()));
        }
        for (attribute, text) in texts {
            let Some(text) = text else { continue };
            let rule = self.text(attribute);
            let kept = rule.is_some_and(|rule| {
                let wanted = if rule.fold { text.to_lowercase() } else { text.to_owned() };
                rule.read(&row).ok().flatten().is_some_and(|read| read == wanted)
            });
            if !kept {
                refused.push((attribute.name().to_owned(), reason_for(attribute, rule.is_some())));
            }
        }
        for (attribute, flag) in flags {
            let Some(flag) = flag else { continue };
            match self.flag(attribute) {
                Some(rule) if rule.read(&row).is_ok_and(|read| read.unwrap_or(false) == flag) => {}
                // Nobody has a block, or a proof, unless something says so.
                None if !flag => {}
                None if attribute == Attribute::Blocked => overlay.blocked = Some(true),
                rule => refused.push((attribute.name().to_owned(), reason_for(attribute, rule.is_some()))),
            }
        }
        if refused.is_empty() {
            Ok(WrittenUser { assignments: draft.assignments(self), overlay })
        } else {
            Err(self.cannot_write(&refused))
        }
    }

    fn new_container(
        &self,
        container: Container,
        document: &Metadata,
        draft: &mut Draft,
        overlay: &mut Change,
        refused: &mut Vec<(String, Reason)>,
    ) -> Result<(), Error> {
        let rule = self.container(container);
        let home = rule.and_then(|rule| rule.document.as_ref()).filter(|home| home.format == Format::Json);
        let mut rest: Vec<(&str, &str)> = Vec::new();
        for (name, raw) in document.iter() {
            let Some(key) = rule.and_then(|rule| rule.key(name)) else {
                rest.push((name, raw));
                continue;
            };
            if raw == "null" {
                continue;
            }
            let written = key.rule.writable().and_then(|slot| Ok((slot, key.rule.write(raw, &Field::Null)?)));
            match written {
                Ok((slot, field)) => {
                    if !draft.put(slot, field) {
                        refused.push((format!("{container}.{name}"), "its column is to have another value".into()));
                    }
                }
                Err(reason) => refused.push((format!("{container}.{name}"), reason)),
            }
        }
        let raws = |rest: &[(&str, &str)]| {
            let raw = |(name, raw): &(&str, &str)| Ok(((*name).to_owned(), naming::raw(raw)?));
            rest.iter().map(raw).collect::<Result<Vec<_>, Reason>>().map_err(broken)
        };
        match home {
            Some(home) => {
                let whole = rule.is_some_and(|rule| rule.keys.is_empty());
                if whole || !rest.is_empty() {
                    let set = raws(&rest)?;
                    let text = match whole {
                        true => document.clone(),
                        false => Metadata::from_members(set.iter().map(|(name, raw)| (name.as_str(), &**raw))),
                    };
                    draft.put(home.slot, Field::Json(text.as_str().to_owned()));
                }
            }
            None if rest.is_empty() => {}
            None => {
                let set = raws(&rest)?;
                *overlay.container_mut(container) = Some(ContainerChange { set, ..ContainerChange::default() });
            }
        }
        Ok(())
    }

    pub(super) fn split(
        &self,
        change: &Change,
        record: &Record,
        max_bytes: u64,
        store_writes: bool,
    ) -> Result<SplitChange, Error> {
        let row = self.row(record)?;
        let mut split = Split {
            plan: self,
            row: &row,
            store_writes,
            draft: Draft::new(self.slots.names().len()),
            out: SplitChange { patch: Patch::default(), overlay: Change::default(), refused: Vec::new() },
        };
        for container in Container::ALL {
            let Some(wanted) = change.container(container) else { continue };
            match self.container(container) {
                Some(rule) => {
                    split.container(rule, wanted, max_bytes).map_err(|misfit| self.misfit_in(misfit, &row))?;
                }
                None => *split.out.overlay.container_mut(container) = Some(wanted.clone()),
            }
        }
        if let Some(blocked) = change.blocked {
            split.blocked(blocked)?;
        }
        let Split { draft, mut out, .. } = split;
        out.patch.fields = draft.assignments(self);
        Ok(out)
    }

    pub(super) fn email_change(&self, email: &str, verified: bool) -> Result<Vec<Assignment>, Error> {
        // Where no column says so, nobody's address counts as verified, and there is nothing to write for that.
        let written = verified || self.flag(Attribute::EmailVerified).is_some();
        let user = NewProfile {
            email: Some(email.to_owned()),
            email_verified: written.then_some(verified),
            ..NewProfile::default()
        };
        let assignments = self.new_user(&user)?.assignments;
        let id = self.id.columns(&self.slots);
        match assignments.iter().any(|(column, _)| id.contains(column)) {
            true => Err(self.cannot_write(&[("email".to_owned(), "its column is the user's id".into())])),
            false => Ok(assignments),
        }
    }

    pub(super) fn verify(&self) -> Result<Vec<Assignment>, Error> {
        let user = NewProfile { email_verified: Some(true), ..NewProfile::default() };
        Ok(self.new_user(&user)?.assignments)
    }

    fn cannot_write(&self, refused: &[(String, Reason)]) -> Error {
        let all: Vec<String> = refused.iter().map(|(name, reason)| format!("{name}: {reason}")).collect();
        Error::refused("read_only_field", format!("the store cannot take this: {}", all.join("; ")))
            .with("table", &self.table)
            .hint("leave these out, or change their rules in the map")
    }
}

/// One change on its way to its owners.
struct Split<'s> {
    plan: &'s Plan,
    row: &'s Row<'s>,
    store_writes: bool,
    draft: Draft,
    out: SplitChange,
}

const STORE_READS_ONLY: &str = "the store holds it and cannot write it";

impl Split<'_> {
    fn container(&mut self, rule: &ContainerRule, wanted: &ContainerChange, max_bytes: u64) -> Result<(), Misfit> {
        let container = rule.container;
        let stored = rule.stored(self.row, self.store_writes)?;
        let home = rule.document.as_ref().map_or("", |document| self.plan.slots.name(document.slot));
        let mut patch = ContainerPatch::new(home, max_bytes);
        let mut overlay = ContainerChange { clear: wanted.clear, ..ContainerChange::default() };
        let set_too = |name: &str| wanted.set.iter().any(|(key, _)| key == name);

        if wanted.clear {
            match &stored {
                Stored::Open(document) => patch.clear = !document.is_empty(),
                Stored::Fixed(document, reason) => {
                    for (name, _) in document.iter().filter(|(name, _)| !set_too(name)) {
                        self.refuse(container, name, *reason);
                    }
                }
                Stored::Unreadable => self.refuse(container, "*", UNREADABLE),
                Stored::Nowhere => {}
            }
            for key in rule.keys.iter().filter(|key| !set_too(&key.name)) {
                if key.rule.value(self.row)?.is_some() {
                    self.remove_key(container, key);
                }
            }
        }
        for (name, raw) in &wanted.set {
            let in_document = match &stored {
                Stored::Open(document) | Stored::Fixed(document, _) => document.get(name),
                Stored::Nowhere | Stored::Unreadable => None,
            };
            let Some(key) = rule.key(name) else {
                match (&stored, in_document) {
                    (Stored::Open(_), Some(old)) if old == raw.get() && !wanted.clear => {}
                    (Stored::Open(_), _) => patch.set.push((name.clone(), raw.clone())),
                    (Stored::Fixed(..), Some(old)) if old == raw.get() => {}
                    (Stored::Fixed(_, reason), Some(_)) => self.refuse(container, name, *reason),
                    (Stored::Unreadable, _) => self.refuse(container, name, UNREADABLE),
                    (Stored::Fixed(..) | Stored::Nowhere, None) | (Stored::Nowhere, _) => {
                        overlay.set.push((name.clone(), raw.clone()));
                    }
                }
                continue;
            };
            let own = key.rule.value(self.row)?;
            let seen = own.as_deref().or(in_document);
            if seen.is_some_and(|seen| key.rule.means_same(seen, raw.get())) && (own.is_some() || !wanted.clear) {
                continue;
            }
            if !self.store_writes && seen.is_none() {
                overlay.set.push((name.clone(), raw.clone()));
                continue;
            }
            let written = key.rule.writable().and_then(|slot| {
                let field = key.rule.write(raw.get(), self.row.get(slot))?;
                Ok((slot, field))
            });
            match written {
                _ if !self.store_writes => self.refuse(container, name, STORE_READS_ONLY),
                Ok((slot, field)) => self.put(container, name, slot, field),
                Err(reason) => self.refuse(container, name, reason),
            }
        }
        for name in &wanted.remove {
            let has = |document: &Metadata| document.get(name).is_some();
            if let Some(key) = rule.key(name)
                && key.rule.value(self.row)?.is_some()
            {
                self.remove_key(container, key);
                // A document's value of that name would show where the column no longer hides it.
                match &stored {
                    Stored::Open(document) if has(document) => patch.remove.push(name.clone()),
                    Stored::Fixed(document, reason) if has(document) => self.refuse(container, name, *reason),
                    _ => {}
                }
                continue;
            }
            match &stored {
                Stored::Open(_) => patch.remove.push(name.clone()),
                Stored::Fixed(document, reason) if has(document) => self.refuse(container, name, *reason),
                Stored::Unreadable => self.refuse(container, name, UNREADABLE),
                Stored::Fixed(..) | Stored::Nowhere => overlay.remove.push(name.clone()),
            }
        }
        if patch.clear || !patch.set.is_empty() || !patch.remove.is_empty() {
            self.out.patch.containers.push(patch);
        }
        if !overlay.is_empty() {
            *self.out.overlay.container_mut(container) = Some(overlay);
        }
        Ok(())
    }

    fn remove_key(&mut self, container: Container, key: &super::container::KeyRule) {
        let removed = key.rule.writable().and_then(|slot| Ok((slot, key.rule.remove()?)));
        match removed {
            _ if !self.store_writes => self.refuse(container, &key.name, STORE_READS_ONLY),
            Ok((slot, field)) => self.put(container, &key.name, slot, field),
            Err(reason) => self.refuse(container, &key.name, reason),
        }
    }

    fn blocked(&mut self, blocked: bool) -> Result<(), Error> {
        let Some(rule) = self.plan.flag(Attribute::Blocked) else {
            self.out.overlay.blocked = Some(blocked);
            return Ok(());
        };
        let own = rule.read(self.row).map_err(|misfit| self.plan.misfit_in(misfit, self.row))?;
        if own == Some(blocked) {
            return Ok(());
        }
        let refuse = |reason| self.plan.cannot_write(&[("blocked".to_owned(), reason)]);
        if !self.store_writes {
            return Err(refuse(STORE_READS_ONLY.into()));
        }
        let slot = rule.writable(blocked).map_err(refuse)?;
        let field = rule.write(blocked, self.row.get(slot)).map_err(refuse)?;
        match self.draft.put(slot, field) {
            true => Ok(()),
            false => Err(refuse("its column is to have another value at the same time".into())),
        }
    }

    fn put(&mut self, container: Container, name: &str, slot: Slot, field: Field) {
        if !self.draft.put(slot, field) {
            self.refuse(container, name, "its column is to have another value at the same time");
        }
    }

    fn refuse(&mut self, container: Container, name: &str, reason: impl Into<Reason>) {
        self.out.refused.push((container, name.to_owned(), reason.into().into_owned()));
    }
}

const UNREADABLE: &str = "the stored document cannot be read, so it is not written either";

fn texts_of(user: &NewProfile) -> [(Attribute, Option<&str>); 8] {
    [
        (Attribute::Email, user.email.as_deref()),
        (Attribute::Username, user.username.as_deref()),
        (Attribute::PhoneNumber, user.phone_number.as_deref()),
        (Attribute::Name, user.name.as_deref()),
        (Attribute::Nickname, user.nickname.as_deref()),
        (Attribute::GivenName, user.given_name.as_deref()),
        (Attribute::FamilyName, user.family_name.as_deref()),
        (Attribute::Picture, user.picture.as_deref()),
    ]
}

fn broken(reason: Reason) -> Error {
    Error::new(crosswalk_contract::ErrorKind::Unexpected, format!("a metadata value {reason}"))
}
