//! The adapter: one accessor per ability, and one short trait implementation for each.

use std::sync::Arc;

use crosswalk_contract::{
    Adapter, Assignment, Batches, ChangeEmail, ChangeMetadata, ChangePassword, Create, Cursor, Delete, EmailChange,
    Examination, GetUser, Key, ListUsers, NewPassword, NewUser, Patch, Record, Result, Verify, async_trait,
};

use crate::{
    change::{ChangeAtOnce, ChangeContainers},
    examine, list,
    read::GetOne,
    store::Store,
    write,
};

#[derive(Debug)]
pub(crate) struct PostgresAdapter {
    store: Arc<Store>,
}

impl PostgresAdapter {
    pub(crate) fn new(store: Arc<Store>) -> PostgresAdapter {
        PostgresAdapter { store }
    }

    fn writes(&self) -> bool {
        !self.store.table.read_only
    }

    async fn update(&self, key: &Key, what: &'static str, fields: &[Assignment]) -> Result<bool> {
        self.store.write(&write::Update { key, what, fields }).await
    }
}

#[async_trait]
impl Adapter for PostgresAdapter {
    fn kind(&self) -> &'static str {
        crate::KIND.name
    }

    async fn ping(&self) -> Result<()> {
        self.store.ping().await
    }

    async fn examine(&self) -> Result<Examination> {
        examine::examine(&self.store).await
    }

    fn get_user(&self) -> Option<&dyn GetUser> {
        Some(self)
    }
    fn create(&self) -> Option<&dyn Create> {
        self.writes().then_some(self)
    }
    fn change_metadata(&self) -> Option<&dyn ChangeMetadata> {
        self.writes().then_some(self)
    }
    fn change_password(&self) -> Option<&dyn ChangePassword> {
        self.writes().then_some(self)
    }
    fn change_email(&self) -> Option<&dyn ChangeEmail> {
        self.writes().then_some(self)
    }
    fn verify(&self) -> Option<&dyn Verify> {
        self.writes().then_some(self)
    }
    fn delete(&self) -> Option<&dyn Delete> {
        self.writes().then_some(self)
    }
    fn list_users(&self) -> Option<&dyn ListUsers> {
        Some(self)
    }
}

#[async_trait]
impl GetUser for PostgresAdapter {
    async fn get_user(&self, key: &Key) -> Result<Option<Record>> {
        self.store.read(&GetOne { key }).await
    }
}

#[async_trait]
impl Create for PostgresAdapter {
    async fn create(&self, user: &NewUser) -> Result<Option<Record>> {
        self.store.write(&write::Create { fields: &user.fields }).await
    }
}

#[async_trait]
impl ChangeMetadata for PostgresAdapter {
    async fn change_metadata(&self, key: &Key, patch: &Patch) -> Result<bool> {
        let change = ChangeContainers { key, patch };
        match self.store.at_once(&ChangeAtOnce(&change)).await? {
            Some(changed) => Ok(changed),
            None => self.store.write(&change).await,
        }
    }
}

#[async_trait]
impl ChangePassword for PostgresAdapter {
    async fn change_password(&self, key: &Key, password: &NewPassword) -> Result<bool> {
        self.update(key, "password", &password.fields).await
    }
}

#[async_trait]
impl ChangeEmail for PostgresAdapter {
    async fn change_email(&self, key: &Key, change: &EmailChange) -> Result<bool> {
        self.update(key, "e-mail address", &change.fields).await
    }
}

#[async_trait]
impl Verify for PostgresAdapter {
    async fn verify(&self, key: &Key, fields: &[Assignment]) -> Result<bool> {
        self.update(key, "verification status", fields).await
    }
}

#[async_trait]
impl Delete for PostgresAdapter {
    async fn delete(&self, key: &Key) -> Result<bool> {
        self.store.write(&write::Remove { key }).await
    }
}

impl ListUsers for PostgresAdapter {
    fn list_users(&self, after: Option<Cursor>) -> Batches<'_> {
        list::list_users(&self.store, after)
    }
}
