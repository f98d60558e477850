//! The arguments of each script, one JSON text each, without the callback.
//!
//! Source: Auth0 documentation, "Custom Database Action Script Templates". `change_metadata` is our own.

use crosswalk_contract::{By, ContainerPatch, Field, Key, NewUser, Patch, Secret};
use serde_json::Value;

use crate::scripts::About;

impl About {
    pub(crate) fn login(&self, identifier: &str, password: &Secret) -> Vec<String> {
        self.with_context(vec![text(identifier), text(password.expose())])
    }

    pub(crate) fn get_user(&self, identifier: &str) -> Vec<String> {
        self.with_context(vec![text(identifier)])
    }

    /// By the store's own id, which only a script that looks at `context` understands.
    pub(crate) fn get_user_by_id(&self, id: &str) -> Vec<String> {
        vec![text(id), r#"{"identifierType":"user_id"}"#.to_owned()]
    }

    /// The new user: `app_metadata` is not renamed here.
    pub(crate) fn create(&self, user: &NewUser) -> Vec<String> {
        let mut object = Object::default();
        object.member("tenant", &text(&self.tenant));
        object.member("client_id", &text(&self.client_id));
        object.member("connection", &text(&self.connection));
        for (name, field) in &user.fields {
            object.member(name, &json(field));
        }
        if let Some(password) = &user.password {
            object.member("password", &text(password.expose()));
        }
        self.with_context(vec![object.end()])
    }

    /// For each container what to set, remove and clear, and its limit in bytes.
    pub(crate) fn change_metadata(&self, identifier: &str, patch: &Patch) -> Vec<String> {
        let mut changes = Object::default();
        for container in &patch.containers {
            changes.member(&container.container, &change(container));
        }
        self.with_context(vec![text(identifier), changes.end()])
    }

    pub(crate) fn verify(&self, email: &str) -> Vec<String> {
        self.with_context(vec![text(email)])
    }

    pub(crate) fn change_password(&self, identifier: &str, password: &Secret) -> Vec<String> {
        self.with_context(vec![text(identifier), text(password.expose())])
    }

    /// Never with `context`: Auth0's own sample for scripts with it has none here.
    pub(crate) fn change_email(&self, email: &str, new: &str, verified: bool) -> Vec<String> {
        vec![text(email), text(new), verified.to_string()]
    }

    pub(crate) fn delete(&self, id: &str) -> Vec<String> {
        self.with_context(vec![text(id)])
    }

    fn with_context(&self, mut arguments: Vec<String>) -> Vec<String> {
        arguments.extend(self.context.then(|| "{}".to_owned()));
        arguments
    }
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
        assert_eq!(about(false).login("a@b", &password), ["\"a@b\"", "\"p\\\"w\""]);
        assert_eq!(about(true).login("a@b", &password), ["\"a@b\"", "\"p\\\"w\"", "{}"]);
        assert_eq!(about(true).change_email("a", "b", true), ["\"a\"", "\"b\"", "true"]);
        assert_eq!(about(true).delete("7"), ["\"7\"", "{}"]);
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
            about(false).create(&user),
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
            about(false).change_metadata("x", &patch)[1],
            r#"{"metadata":{"clear":false,"set":{"a":1.0},"remove":["b"],"limit":100}}"#
        );
    }
}
