//! Custom-database scripts as a store: the JavaScript files that a team has written for Auth0 run unmodified.
//!
//! A folder has one file for each ability: `login.js`, `get_user.js`, `create.js`, `verify.js`, `change_password.js`,
//! `change_email.js`, `delete.js`, and, our own, `change_metadata.js`. A file that exists is an ability. What Auth0's
//! deploy tool exports is read as well. Scripts speak in profiles already: such a connection needs no map.
//!
//! * `bundle`: where the scripts come from
//! * `call`: what each script is told
//! * `scripts`: calling one, by the convention of Auth0
//! * `outcome`: what came of it, in the words of the contract
//! * `adapter`: the nine abilities
//!
//! Scripts are the operator's own code. Limits and the list of hosts guard against mistakes, not against strangers.

mod adapter;
mod bundle;
mod call;
mod keywords;
mod outcome;
mod record;
mod scripts;
mod settings;

pub use call::Call;
pub use crosswalk_javascript::{Diagnostic, How, Line, Outcome, Report, Thrown, Trace};
pub use outcome::{answer, removed, verdict};
pub use record::record_of;
pub use scripts::Scripts;
pub use settings::{Isolation, KIND, ScriptSettings};
