//! A law: a sentence, a body, and what has to be there before it can be tried.

use futures::future::BoxFuture;

use super::{Held, World};
use crate::{engine::Ability, policy::TypesMode};

/// What a law does.
pub type Body = for<'w> fn(&'w World) -> BoxFuture<'w, Held>;

/// One promise that every connection keeps.
#[derive(Clone, Copy)]
pub struct Law {
    /// The promise, as a sentence. Names are unique.
    pub name: &'static str,
    /// Where it can be tried.
    pub stage: Stage,
    /// What the connection has to be able to do.
    pub needs: &'static [Ability],
    /// How its world is to be set up.
    pub setup: Setup,
    pub(super) body: Body,
}

/// Where a law can be tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// On any connection, somebody's own too: it looks only at users that it has made, and removes them.
    Anywhere,
    /// On a store that belongs to the test: it can be switched off and written to past the engine.
    Fixture,
    /// The same in bridge mode: the legacy store stays the truth.
    Bridge,
    /// The same in migrate mode: users are seeded into the legacy store and move.
    Migrate,
}

/// How a law's world is to be set up. Somebody's own connection is what it is; such laws do not run there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Setup {
    /// The limit of each metadata container, in bytes.
    pub metadata_limit: Option<u64>,
    /// What happens to fields whose type differs from other users'.
    pub types: Option<TypesMode>,
    /// The store's pool has one connection.
    pub one_connection: bool,
    /// Deleted users are not remembered.
    pub no_tombstones: bool,
}

impl Law {
    pub(super) const fn new(name: &'static str, needs: &'static [Ability], body: Body) -> Law {
        let setup = Setup { metadata_limit: None, types: None, one_connection: false, no_tombstones: false };
        Law { name, stage: Stage::Anywhere, needs, setup, body }
    }

    pub(super) const fn on(self, stage: Stage) -> Law {
        Law { stage, ..self }
    }

    pub(super) const fn set_up(self, setup: Setup) -> Law {
        Law { setup, ..self }
    }
}

impl Setup {
    /// Nothing special.
    pub const PLAIN: Setup = Setup { metadata_limit: None, types: None, one_connection: false, no_tombstones: false };
}

impl std::fmt::Debug for Law {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Law").field(&self.name).finish()
    }
}
