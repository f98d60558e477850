//! The adapter: one accessor per ability, and one short trait implementation for each.

use std::sync::Arc;

use crosswalk_contract::{
    Adapter, Assignment, Batches, ChangeEmail, ChangeMetadata, ChangePassword, Create, Cursor, Delete, EmailChange,
    Examination, GetUser, Key, ListUsers, NewPassword, NewUser, Patch, Record, Result, Verify, async_trait,
};

use crate::{
    list,
    store::{Intent, Store},
};

#[derive(Debug)]
pub(crate) struct SqliteAdapter {
    store: Arc<Store>,
}

impl SqliteAdapter {
    pub(crate) fn new(store: Store) -> SqliteAdapter {
        SqliteAdapter { store: Arc::new(store) }
    }

    fn writes(&self) -> bool {
        !self.store.table.read_only
    }

    async fn update(&self, key: &Key, what: &'static str, fields: &[Assignment]) -> Result<bool> {
        let (key, fields) = (key.clone(), fields.to_vec());
        self.store.run(Intent::Write, move |session| session.update(&key, what, &fields)).await
    }
}

#[async_trait]
impl Adapter for SqliteAdapter {
    fn kind(&self) -> &'static str {
        crate::KIND.name
    }

    async fn ping(&self) -> Result<()> {
        self.store.run(Intent::Read, |session| session.version().map(drop)).await
    }

    async fn examine(&self) -> Result<Examination> {
        self.store.run(Intent::Read, |session| session.examine()).await
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
impl GetUser for SqliteAdapter {
    async fn get_user(&self, key: &Key) -> Result<Option<Record>> {
        let key = key.clone();
        self.store.run(Intent::Read, move |session| session.get_user(&key)).await
    }
}

#[async_trait]
impl Create for SqliteAdapter {
    async fn create(&self, user: &NewUser) -> Result<Option<Record>> {
        let fields = user.fields.clone();
        self.store.run(Intent::Write, move |session| session.create(&fields)).await
    }
}

#[async_trait]
impl ChangeMetadata for SqliteAdapter {
    async fn change_metadata(&self, key: &Key, patch: &Patch) -> Result<bool> {
        let (key, patch) = (key.clone(), patch.clone());
        self.store.run(Intent::Write, move |session| session.change_metadata(&key, &patch)).await
    }
}

#[async_trait]
impl ChangePassword for SqliteAdapter {
    async fn change_password(&self, key: &Key, password: &NewPassword) -> Result<bool> {
        self.update(key, "password", &password.fields).await
    }
}

#[async_trait]
impl ChangeEmail for SqliteAdapter {
    async fn change_email(&self, key: &Key, change: &EmailChange) -> Result<bool> {
        self.update(key, "e-mail address", &change.fields).await
    }
}

#[async_trait]
impl Verify for SqliteAdapter {
    async fn verify(&self, key: &Key, fields: &[Assignment]) -> Result<bool> {
        self.update(key, "verification status", fields).await
    }
}

#[async_trait]
impl Delete for SqliteAdapter {
    async fn delete(&self, key: &Key) -> Result<bool> {
        let key = key.clone();
        self.store.run(Intent::Write, move |session| session.delete(&key)).await
    }
}

impl ListUsers for SqliteAdapter {
    fn list_users(&self, after: Option<Cursor>) -> Batches<'_> {
        list::list_users(&self.store, after)
    }
}
