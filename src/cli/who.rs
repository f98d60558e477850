//! Which user a command is about: by a named identifier, or by a plain one whose kind is told from its form.

use clap::Args;
use crosswalk_contract::By;

use super::failure::{Failure, Outcome};
use crate::{
    engine::{Engine, Sight},
    profile::UserId,
};

/// Exactly one identifier.
#[derive(Args, Clone, Debug)]
#[group(required = true, multiple = false)]
pub struct Who {
    /// An e-mail address, user name, telephone number, the store's own id, or a whole auth0|… id
    #[arg(value_name = "IDENTIFIER")]
    plain: Option<String>,
    /// The e-mail address
    #[arg(long)]
    email: Option<String>,
    /// The user name
    #[arg(long)]
    username: Option<String>,
    /// The store's own id, or a whole auth0|… id
    #[arg(long)]
    id: Option<String>,
    /// The telephone number
    #[arg(long)]
    phone: Option<String>,
}

impl Who {
    /// Finds the user. `None` where the connection knows nobody by that identifier.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn find(&self, engine: &Engine, connection: &str) -> Outcome<Option<Sight>> {
        for (by, value) in self.ways() {
            let value = match (&by, UserId::parse(&value)) {
                (By::Id, Ok(user_id)) => match engine.connection(connection)?.translation().store_id(&user_id) {
                    Some(store_id) => store_id,
                    None => continue,
                },
                _ => value,
            };
            if let Some(sight) = engine.look_at(connection, by, &value).await? {
                return Ok(Some(sight));
            }
        }
        Ok(None)
    }

    /// A plain identifier is tried as what it looks like first.
    fn ways(&self) -> Vec<(By, String)> {
        let named =
            [(By::Email, &self.email), (By::Username, &self.username), (By::Id, &self.id), (By::Phone, &self.phone)];
        if let Some((by, value)) = named.into_iter().find_map(|(by, value)| Some((by, value.clone()?))) {
            return vec![(by, value)];
        }
        let Some(plain) = &self.plain else { return Vec::new() };
        let order = if plain.starts_with("auth0|") {
            vec![By::Id]
        } else if plain.contains('@') {
            vec![By::Email, By::Username]
        } else if plain.starts_with('+') {
            vec![By::Phone, By::Username, By::Id]
        } else {
            vec![By::Id, By::Username, By::Phone]
        };
        order.into_iter().map(|by| (by, plain.clone())).collect()
    }
}

/// Nobody has that identifier: an answer, not an error.
pub const NOBODY: &str = "this connection knows nobody by that identifier";

/// JSON given as an argument, or `-` for standard input.
///
/// # Errors
/// Standard input that cannot be read or is not text.
pub fn argument_or_stdin(argument: &str) -> Outcome<String> {
    if argument != "-" {
        return Ok(argument.to_owned());
    }
    std::io::read_to_string(std::io::stdin().lock())
        .map_err(|_| Failure::usage("standard input cannot be read as text", "give JSON in UTF-8"))
}
