//! The in-memory reference store: what the contract means, in the fewest lines. Copy this crate to write an adapter.
//!
//! * [`settings`](MemorySettings): the `[connection.x.store]` section, strict, and the [`KIND`] made of it.
//! * `adapter`: one accessor and one trait per ability. There is no login: the core completes it from `get_user` and
//!   the password column that the map names, so this crate never sees a clear password.
//! * [`store`](MemoryStore): the "database" behind it. In your adapter this is the driver, a pool and the conversion
//!   between its types and [`Field`](crosswalk_contract::Field).
//!
//! ```
//! use crosswalk_contract::{Field, Key};
//! use crosswalk_memory::MemoryStore;
//!
//! let store = MemoryStore::new().id(["id"]).unique("email");
//! store.insert_pairs([("id", Field::I64(4711)), ("email", "jane@example.com".into())])?;
//! let adapter = store.adapter();
//! let users = adapter.get_user().expect("the memory store finds users");
//! # tokio::runtime::Builder::new_current_thread().build().expect("a runtime").block_on(async {
//! assert!(users.get_user(&Key::field("email", "jane@example.com")).await?.is_some());
//! assert!(users.get_user(&Key::field("id", "04711")).await?.is_none());
//! # Ok::<(), crosswalk_contract::Error>(()) })?;
//! # Ok::<(), crosswalk_contract::Error>(())
//! ```

mod adapter;
mod matching;
mod settings;
mod store;

pub use settings::{KIND, MemorySettings};
pub use store::MemoryStore;

/// The outsider's adapter in the README compiles.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
