//! A store that answers too late, or never, in the middle of something that has two halves.

use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use crosswalk::{
    engine::{By, Error, ErrorKind, Result},
    harness::Setup,
};
use crosswalk_contract::{
    ChangeEmail, ChangeMetadata, ChangePassword, Create, Delete, Examination, GetUser, Key, ListUsers, Patch, Verify,
};

use super::*;

/// Does what it is told and then, while it is tired, says that it is down.
struct Tired {
    sound: Arc<dyn Adapter>,
    tired: AtomicBool,
    works_first: bool,
}

impl Tired {
    fn new(store: &MemoryStore, works_first: bool) -> Arc<Tired> {
        Arc::new(Tired { sound: store.adapter(), tired: AtomicBool::new(true), works_first })
    }

    async fn answer<T>(&self, work: impl Future<Output = Result<T>>) -> Result<T> {
        let tired = self.tired.load(Ordering::SeqCst);
        let down = || Err(Error::new(ErrorKind::Unavailable, "no answer"));
        if tired && !self.works_first {
            return down();
        }
        let done = work.await?;
        if tired { down() } else { Ok(done) }
    }
}

#[async_trait]
impl Adapter for Tired {
    fn kind(&self) -> &'static str {
        "tired"
    }
    async fn ping(&self) -> Result<()> {
        self.sound.ping().await
    }
    async fn examine(&self) -> Result<Examination> {
        self.sound.examine().await
    }
    fn get_user(&self) -> Option<&dyn GetUser> {
        self.sound.get_user()
    }
    fn create(&self) -> Option<&dyn Create> {
        self.sound.create()
    }
    fn change_metadata(&self) -> Option<&dyn ChangeMetadata> {
        Some(self)
    }
    fn change_password(&self) -> Option<&dyn ChangePassword> {
        self.sound.change_password()
    }
    fn change_email(&self) -> Option<&dyn ChangeEmail> {
        self.sound.change_email()
    }
    fn verify(&self) -> Option<&dyn Verify> {
        self.sound.verify()
    }
    fn delete(&self) -> Option<&dyn Delete> {
        Some(self)
    }
    fn list_users(&self) -> Option<&dyn ListUsers> {
        self.sound.list_users()
    }
}

#[async_trait]
impl ChangeMetadata for Tired {
    async fn change_metadata(&self, key: &Key, patch: &Patch) -> Result<bool> {
        self.answer(self.sound.change_metadata().expect("the test's own parts are sound").change_metadata(key, patch))
            .await
    }
}

#[async_trait]
impl Delete for Tired {
    async fn delete(&self, key: &Key) -> Result<bool> {
        self.answer(self.sound.delete().expect("the test's own parts are sound").delete(key)).await
    }
}

/// `app_metadata` in the store, `user_metadata` laid over: every change of both has two halves.
const BOTH: &str = r#"{"app_metadata":{"plan":"gold"},"user_metadata":{"lang":"de"}}"#;

#[tokio::test]
async fn a_change_whose_store_does_not_answer_is_finished_and_not_halved() {
    for works_first in [true, false] {
        let legacy = store();
        let tired = Tired::new(&legacy, works_first);
        let engine = engine(tired.clone(), &map(), Mode::Bridge, &Setup::PLAIN, directory());
        let jane = seed(&legacy, "jane", &[("email", "jane@x.org")]);
        let error = engine.change_metadata(&operator(), &jane, change(BOTH)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unavailable);
        tired.tired.store(false, Ordering::SeqCst);
        assert_eq!(engine.recover().await.unwrap().finished, 1);
        let whole = engine.get_user_by_id(&jane).await.unwrap().unwrap();
        assert_eq!(whole.app_metadata.unwrap().as_str(), r#"{"plan":"gold"}"#);
        assert_eq!(whole.user_metadata.unwrap().as_str(), r#"{"lang":"de"}"#);
    }
}

#[tokio::test]
async fn a_deletion_whose_store_does_not_answer_leaves_nothing_to_inherit() {
    let legacy = store();
    let tired = Tired::new(&legacy, true);
    let directory = directory();
    let engine = engine(tired.clone(), &map(), Mode::Bridge, &Setup::PLAIN, directory.clone());
    let jane = seed(&legacy, "jane", &[("email", "jane@x.org")]);
    let laid_over = change(r#"{"user_metadata":{"lang":"de"}}"#);
    engine.change_metadata(&operator(), &jane, laid_over).await.unwrap().unwrap();
    let error = engine.delete(&operator(), &jane).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(directory.entry(&jane).await.unwrap().is_some());
    tired.tired.store(false, Ordering::SeqCst);
    assert_eq!(engine.recover().await.unwrap().finished, 1);
    assert!(directory.entry(&jane).await.unwrap().is_none(), "what was held for a deleted user is still there");
    assert_eq!(directory.pending_intents(jiff::Timestamp::MAX).await.unwrap().len(), 0);
}

#[tokio::test]
async fn a_deletion_that_did_not_happen_deletes_nothing_later() {
    let legacy = store();
    let tired = Tired::new(&legacy, false);
    let engine = engine(tired.clone(), &map(), Mode::Bridge, &Setup::PLAIN, directory());
    let jane = seed(&legacy, "jane", &[("email", "jane@x.org")]);
    let laid_over = change(r#"{"user_metadata":{"lang":"de"}}"#);
    engine.change_metadata(&operator(), &jane, laid_over).await.unwrap().unwrap();
    engine.delete(&operator(), &jane).await.unwrap_err();
    tired.tired.store(false, Ordering::SeqCst);
    engine.recover().await.unwrap();
    let still = engine.get_user(CONNECTION, By::Email, "jane@x.org").await.unwrap().unwrap();
    assert_eq!(still.user_metadata.unwrap().as_str(), r#"{"lang":"de"}"#);
}
