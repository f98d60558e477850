//! Who wants something.

use std::fmt;

use crate::profile::UserId;

/// Who wants something changed. Doors make one from a token, a command line or a flow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor {
    /// A signed-in user, acting for themselves.
    User(UserId),
    /// An application or a person with management rights; the name goes to the audit.
    Operator(String),
    /// Crosswalk itself, in the flow of that name (a migration, a login).
    System(&'static str),
}

impl Actor {
    /// An operator of that name.
    pub fn operator(name: impl Into<String>) -> Actor {
        Actor::Operator(name.into())
    }
}

/// The form for the audit; user ids in their label form.
impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Actor::User(id) => write!(f, "user {}", id.label()),
            Actor::Operator(name) => write!(f, "operator {name}"),
            Actor::System(flow) => write!(f, "system {flow}"),
        }
    }
}
