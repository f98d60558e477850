//! What an adapter is: the vocabulary and the traits between Crosswalk and a legacy user store.
//!
//! Below this contract there are *records*: whatever columns and keys a legacy store has. Nothing here knows what a
//! profile is. An adapter implements [`Adapter`] and one trait per ability ([`GetUser`], [`Create`], …); the accessor
//! on [`Adapter`] that returns the trait object *is* the promise of that ability.

mod ability;
mod adapter;
mod error;
mod examination;
mod field;
mod key;
mod kind;
mod list;
mod merge;
mod metadata;
mod patch;
mod record;
mod secret;
mod verdict;

pub use ability::{
    Assignment, ChangeEmail, ChangeMetadata, ChangePassword, Create, Delete, EmailChange, GetUser, ListUsers, Login,
    NewPassword, NewUser, Verify,
};
pub use adapter::{Ability, Adapter, PasswordForm};
pub use async_trait::async_trait;
pub use error::{Error, ErrorKind, Result, row_label};
pub use examination::{Examination, Finding, Severity};
pub use field::{Date, Field, Time, Timestamp};
pub use key::{By, Fold, Key, KeyValue, canonical_integer};
pub use kind::{Kind, OpenSettings, Opening, Settings, SettingsError};
pub use list::{Batch, Batches, Cursor};
pub use metadata::{MAX_DEPTH, Metadata, MetadataError, check_json};
pub use patch::{ContainerPatch, Patch};
pub use record::{Columns, Record};
pub use secret::{Secret, SecretRef};
pub use verdict::Verdict;
