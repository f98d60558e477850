//! One call of a script, and the arguments that it gets: one JSON text each, without the callback.
//!
//! Source: Auth0 documentation, "Custom Database Action Script Templates". `change_metadata` is our own.

use crosswalk_contract::{Ability, By, ContainerPatch, Field, Key, NewUser, Patch, Secret};
use serde_json::Value;

use crate::scripts::About;

/// One call of one script, with what the script is told.
#[derive(Clone, Copy, Debug)]
pub enum Call<'c> {
    /// `login(email, password)`
    Login {
        /// What the user typed.
        identifier: &'c str,
        /// The password, as it was typed.
        password: &'c Secret,
    },
    /// `get_user(email)`
    GetUser {
        /// E-mail address, user name or telephone number.
        identifier: &'c str,
    },
    /// `get_user(id, context)`: only a script that looks at `context` understands it.
    GetUserById {
        /// The store's own id.
        id: &'c str,
    },
    /// `create(user)`: `app_metadata` is not renamed here.
    Create {
        /// The new user.
        user: &'c NewUser,
    },
    /// `verify(email)`
    Verify {
        /// The address that is to count as verified.
        email: &'c str,
    },
    /// `change_password(email, newPassword)`
    ChangePassword {
        /// E-mail address, user name or telephone number.
        identifier: &'c str,
        /// The new password, as it was typed.
        password: &'c Secret,
    },
    /// `change_email(email, newEmail, verified)`
    ChangeEmail {
        /// The address so far.
        email: &'c str,
        /// The new one.
        new: &'c str,
        /// Whether the new one counts as verified.
        verified: bool,
    },
    /// `delete(id)`
    Delete {
        /// The store's own id.
        id: &'c str,
    },
    /// `change_metadata(email, changes)`: for each container what to set, to remove and to clear, and its limit.
    ChangeMetadata {
        /// E-mail address, user name or telephone number.
        identifier: &'c str,
        /// The change.
        patch: &'c Patch,
    },
}

impl Call<'_> {
    /// The ability that it is.
    pub fn ability(&self) -> Ability {
        match self {
            Call::Login { .. } => Ability::Login,
            Call::GetUser { .. } | Call::GetUserById { .. } => Ability::GetUser,
            Call::Create { .. } => Ability::Create,
            Call::Verify { .. } => Ability::Verify,
            Call::ChangePassword { .. } => Ability::ChangePassword,
            Call::ChangeEmail { .. } => Ability::ChangeEmail,
            Call::Delete { .. } => Ability::Delete,
            Call::ChangeMetadata { .. } => Ability::ChangeMetadata,
        }
    }

    /// The arguments before the callback.
    pub(crate) fn arguments(&self, about: &About) -> Vec<String> {
        let mut arguments = match *self {
            Call::Login { identifier, password } | Call::ChangePassword { identifier, password } => {
                vec![text(identifier), text(password.expose())]
            }
            Call::GetUser { identifier: told } | Call::Verify { email: told } | Call::Delete { id: told } => {
                vec![text(told)]
            }
            Call::GetUserById { id } => return vec![text(id), r#"{"identifierType":"user_id"}"#.to_owned()],
            Call::Create { user } => vec![new_user(user, about)],
            // Never with `context`: Auth0's own sample for scripts with it has none here.
            Call::ChangeEmail { email, new, verified } => return vec![text(email), text(new), verified.to_string()],
            Call::ChangeMetadata { identifier, patch } => vec![text(identifier), changes(patch)],
        };
        arguments.extend(about.context.then(|| "{}".to_owned()));
        arguments
    }
}

fn new_user(user: &NewUser, about: &About) -> String {
    let mut object = Object::default();
    object.member("tenant", &text(&about.tenant));
    object.member("client_id", &text(&about.client_id));
    object.member("connection", &text(&about.connection));
    for (name, field) in &user.fields {
        object.member(name, &json(field));
    }
    if let Some(password) = &user.password {
        object.member("password", &text(password.expose()));
    }
    object.end()
}

fn changes(patch: &Patch) -> String {
    let mut changes = Object::default();
    for container in &patch.containers {
        changes.member(&container.container, &change(container));
    }
    changes.end()
}

/// What the script is to find the user by: the identifier itself, or for an id what else is known.
pub(crate) fn identifier(key: &Key) -> Option<&str> {
    match key.by {
        By::Id => key.also.first().map(|(_, value)| value.as_str()),
        By::Email | By::Username | By::Phone => key.one(),
        By::Field(_) | By::Fields(_) => None,
    }
}

fn change(patch: &ContainerPatch) -> String {
    let mut set = Object::default();
    for (key, value) in &patch.set {
        set.member(key, value.get());
    }
    let mut object = Object::default();
    object.member("clear", if patch.clear { "true" } else { "false" });
    object.member("set", &set.end());
    object.member("remove", &Value::from(patch.remove.clone()).to_string());
    object.member("limit", &patch.max_bytes.to_string());
    object.end()
}

fn json(field: &Field) -> String {
    match field {
        Field::Json(raw) => raw.clone(),
        Field::Bool(flag) => flag.to_string(),
        Field::Null => "null".to_owned(),
        other => text(other.as_text().unwrap_or_default()),
    }
}

fn text(text: &str) -> String {
    Value::from(text).to_string()
}

/// JSON that is put together without being read.
#[derive(Default)]
struct Object(String);

impl Object {
    fn member(&mut self, name: &str, json: &str) {
        self.0.push(if self.0.is_empty() { '{' } else { ',' });
        self.0.push_str(&text(name));
        self.0.push(':');
        self.0.push_str(json);
    }

    fn end(self) -> String {
        if self.0.is_empty() { "{}".to_owned() } else { self.0 + "}" }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::value::RawValue;

    use super::*;

    fn about(context: bool) -> About {
        let word = || "crm".to_owned();
        About { connection: word(), tenant: word(), client_id: word(), context, files: Vec::new(), hosts: Vec::new() }
    }

    #[test]
    fn context_stands_before_the_callback_where_it_is_wanted() {
        let password = Secret::new("p\"w");
        let login = Call::Login { identifier: "a@b", password: &password };
        assert_eq!(login.arguments(&about(false)), ["\"a@b\"", "\"p\\\"w\""]);
        assert_eq!(login.arguments(&about(true)), ["\"a@b\"", "\"p\\\"w\"", "{}"]);
        let change = Call::ChangeEmail { email: "a", new: "b", verified: true };
        assert_eq!(change.arguments(&about(true)), ["\"a\"", "\"b\"", "true"]);
        assert_eq!(Call::Delete { id: "7" }.arguments(&about(true)), ["\"7\"", "{}"]);
    }

    #[test]
    fn create_gets_metadata_unrenamed_and_to_the_letter() {
        let user = NewUser {
            fields: vec![
                ("email".to_owned(), "a@b".into()),
                ("app_metadata".to_owned(), Field::Json(r#"{"n":1.50}"#.to_owned())),
                ("email_verified".to_owned(), Field::Bool(true)),
            ],
            password: Some(Secret::new("pw")),
        };
        assert_eq!(
            Call::Create { user: &user }.arguments(&about(false)),
            [
                r#"{"tenant":"crm","client_id":"crm","connection":"crm","email":"a@b","app_metadata":{"n":1.50},"email_verified":true,"password":"pw"}"#
            ]
        );
    }

    #[test]
    fn a_change_of_metadata_is_told_for_each_container() {
        let mut patch = ContainerPatch::new("metadata", 100);
        patch.set.push(("a".to_owned(), RawValue::from_string("1.0".to_owned()).unwrap()));
        patch.remove.push("b".to_owned());
        let patch = Patch { containers: vec![patch], fields: Vec::new() };
        assert_eq!(
            Call::ChangeMetadata { identifier: "x", patch: &patch }.arguments(&about(false))[1],
            r#"{"metadata":{"clear":false,"set":{"a":1.0},"remove":["b"],"limit":100}}"#
        );
    }
}
