//! The adapter: one accessor per ability, and one short trait implementation for each.

use std::sync::Arc;

use crosswalk_contract::{
    Adapter, Assignment, Batches, ChangeEmail, ChangeMetadata, ChangePassword, Create, Cursor, Delete, EmailChange,
    Examination, GetUser, Key, ListUsers, NewPassword, NewUser, Patch, Record, Result, Verify, async_trait,
};

use futures::FutureExt;

use crate::{list, store::Store};

#[derive(Debug)]
pub(crate) struct MysqlAdapter {
    store: Arc<Store>,
}

impl MysqlAdapter {
    pub(crate) fn new(store: Arc<Store>) -> MysqlAdapter {
        MysqlAdapter { store }
    }

    fn writes(&self) -> bool {
        !self.store.table.read_only
    }

    async fn update(&self, key: &Key, what: &'static str, fields: &[Assignment]) -> Result<bool> {
        self.store.write(|session| session.update(key, what, fields).boxed()).await
    }
}

#[async_trait]
impl Adapter for MysqlAdapter {
    fn kind(&self) -> &'static str {
        crate::KIND.name
    }

    async fn ping(&self) -> Result<()> {
        self.store.ping().await
    }

    async fn examine(&self) -> Result<Examination> {
        self.store.examine().await
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
impl GetUser for MysqlAdapter {
    async fn get_user(&self, key: &Key) -> Result<Option<Record>> {
        self.store.read(|session| session.get_user(key).boxed()).await
    }
}

#[async_trait]
impl Create for MysqlAdapter {
    async fn create(&self, user: &NewUser) -> Result<Option<Record>> {
        self.store.write(|session| session.create(&user.fields).boxed()).await
    }
}

#[async_trait]
impl ChangeMetadata for MysqlAdapter {
    async fn change_metadata(&self, key: &Key, patch: &Patch) -> Result<bool> {
        self.store.write(|session| session.change_metadata(key, patch).boxed()).await
    }
}

#[async_trait]
impl ChangePassword for MysqlAdapter {
    async fn change_password(&self, key: &Key, password: &NewPassword) -> Result<bool> {
        self.update(key, "password", &password.fields).await
    }
}

#[async_trait]
impl ChangeEmail for MysqlAdapter {
    async fn change_email(&self, key: &Key, change: &EmailChange) -> Result<bool> {
        self.update(key, "e-mail address", &change.fields).await
    }
}

#[async_trait]
impl Verify for MysqlAdapter {
    async fn verify(&self, key: &Key, fields: &[Assignment]) -> Result<bool> {
        self.update(key, "verification status", fields).await
    }
}

#[async_trait]
impl Delete for MysqlAdapter {
    async fn delete(&self, key: &Key) -> Result<bool> {
        self.store.write(|session| session.delete(key).boxed()).await
    }
}

impl ListUsers for MysqlAdapter {
    fn list_users(&self, after: Option<Cursor>) -> Batches<'_> {
        list::list_users(&self.store, after)
    }
}
