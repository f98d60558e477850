//! Keycloak's credentials: the columns `secret_data` and `credential_data` in one JSON object, as a realm's export has them;
//! argon2 since Keycloak 25, PBKDF2 before.

use argon2::Algorithm;
use data_encoding::BASE64;
use serde_json::{Value, json};

use super::argon2::Hash as Argon2;
use super::pbkdf2_notations::Notations;
use super::{Context, Family, Stored};
use crate::compare::same;
use crate::cost::Cost;
use crate::digests::SecretBytes;
use crate::encoding::base64;
use crate::identify::{Candidate, Confidence};
use crate::random::{Random, bytes};
use crate::row::Row;
use crate::target::Target;
use crate::verdict::{Old, Unreadable};
use crate::written::{CannotWrite, HashedRow};

const NEW_SALT: usize = 16;

pub(super) struct Keycloak;

impl Family for Keycloak {
    fn names(&self) -> &'static [&'static str] {
        &["keycloak"]
    }

    fn options(&self, _name: &str) -> &'static [&'static str] {
        &["write.rounds", "write.salt_length"]
    }

    fn recognise(&self, row: &Row<'_>, found: &mut Vec<Candidate>) {
        if row.hash.starts_with(b"{\"secretData\"") || row.hash.starts_with(b"{\"credentialData\"") {
            found.push(Candidate { scheme: "keycloak", confidence: Confidence::Certain });
        }
    }

    fn read(&self, _name: &'static str, row: &Row<'_>, context: Context<'_>) -> Result<Box<dyn Stored>, Unreadable> {
        const BROKEN: Unreadable = Unreadable::because("the JSON does not have the parts of a Keycloak credential");
        let value: Value = serde_json::from_slice(row.hash.trim_ascii()).map_err(|_| Unreadable::UnknownFormat)?;
        let (secret, credential) = (inner(&value, "secretData"), inner(&value, "credentialData"));
        let (Some(secret), Some(credential)) = (secret, credential) else { return Err(BROKEN) };
        if credential.get("algorithm").and_then(Value::as_str) != Some("argon2") {
            return Notations.read("keycloak-pbkdf2", row, context);
        }
        let parameters = credential.get("additionalParameters").ok_or(BROKEN)?;
        // Each is a list of one text.
        let parameter = |name: &str| parameters.get(name)?.get(0)?.as_str();
        let number = |name: &str| parameter(name).and_then(|text| text.parse::<u32>().ok()).ok_or(BROKEN);
        let algorithm = match parameter("type") {
            Some("id") => Algorithm::Argon2id,
            Some("i") => Algorithm::Argon2i,
            Some("d") => Algorithm::Argon2d,
            _ => return Err(BROKEN),
        };
        if parameter("version") != Some("1.3") {
            return Err(Unreadable::because("argon2's version is not 1.3"));
        }
        let passes = credential.get("hashIterations").and_then(Value::as_u64).ok_or(BROKEN)?;
        let passes = u32::try_from(passes).map_err(|_| BROKEN)?;
        let bytes = |name: &str| secret.get(name).and_then(Value::as_str).and_then(|text| base64(text.as_bytes()));
        let (Some(salt), Some(digest)) = (bytes("salt"), bytes("value")) else { return Err(BROKEN) };
        if salt.len() < argon2::MIN_SALT_LEN || !(16..=512).contains(&digest.len()) {
            return Err(BROKEN);
        }
        let costs = [number("memory")?, passes, number("parallelism")?];
        let argon2 = Argon2::of(algorithm, costs, salt, context.limits)?;
        Ok(Box::new(Hash { argon2, credential, digest }))
    }

    fn blank(&self, _name: &'static str, row: &Row<'_>, context: Context<'_>) -> Result<Box<dyn Stored>, CannotWrite> {
        // What every release reads.
        Notations.blank("keycloak-pbkdf2", row, context)
    }
}

/// A member that is an object, or a text with one.
fn inner(value: &Value, name: &str) -> Option<Value> {
    match value.get(name)? {
        Value::String(text) => serde_json::from_str(text).ok(),
        object => Some(object.clone()),
    }
}

struct Hash {
    argon2: Argon2,
    /// Kept as it is: parameters only.
    credential: Value,
    digest: Vec<u8>,
}

impl Hash {
    fn compute(&self, argon2: &Argon2, password: &[u8]) -> Option<SecretBytes> {
        argon2.raw(password, self.digest.len())
    }
}

impl Stored for Hash {
    fn label(&self) -> String {
        format!("keycloak {}", self.argon2.label())
    }

    fn cost(&self) -> Cost {
        self.argon2.cost()
    }

    fn matches(&self, password: &[u8]) -> bool {
        self.compute(&self.argon2, password).is_some_and(|computed| same(&self.digest, &computed))
    }

    fn age(&self, target: &Target) -> Option<Old> {
        self.argon2.age(target)
    }

    fn faceless(&self) -> Box<dyn Stored> {
        let digest = vec![0; self.digest.len()];
        Box::new(Self { argon2: self.argon2.emptied(), credential: self.credential.clone(), digest })
    }

    fn renew(&self, password: &[u8], random: Random<'_>) -> Result<HashedRow, CannotWrite> {
        let salt = bytes(random, NEW_SALT);
        let argon2 = self.argon2.emptied().with_salt(salt.clone());
        let digest = self.compute(&argon2, password).ok_or(CannotWrite::Parameter("memory_kib"))?;
        let secret = json!({
            "value": BASE64.encode(&digest),
            "salt": BASE64.encode(&salt),
            "additionalParameters": {},
        });
        let value = json!({ "secretData": secret, "credentialData": self.credential });
        Ok(HashedRow::whole(value.to_string()))
    }
}
