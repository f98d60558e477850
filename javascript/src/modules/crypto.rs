//! Digests, derived keys, ciphers and signatures, as Node's `crypto` names them.

mod cipher;
mod digest;
mod signature;

use std::sync::Arc;

use data_encoding::BASE64;
use serde::Deserialize;
use subtle::ConstantTimeEq;

use super::argument;
use crate::session::{Done, OpError, Session};

pub(crate) use cipher::{CipherJob, misfit as cipher_misfit, run as cipher};
pub(crate) use digest::{digest, hmac, is_known as has_digest, names};
pub(crate) use signature::{sign, verify};

/// Rounds of PBKDF2 on a script's own thread, which nothing can stop meanwhile: about two seconds.
pub(crate) const SYNC_MOST: u64 = 2_000_000;

/// Rounds elsewhere.
const MOST: u64 = 20_000_000;

/// A longer derived key, or more random bytes at a time, are a mistake.
const MOST_BYTES: usize = 16 << 20;

/// What scrypt may take, whatever a script says.
const MOST_MEMORY: u64 = 256 << 20;

#[derive(Deserialize)]
struct Deriving {
    password: String,
    salt: String,
    iterations: f64,
    length: f64,
    digest: String,
}

#[derive(Deserialize)]
struct Scrypt {
    password: String,
    salt: String,
    length: f64,
    n: u64,
    r: u32,
    p: u32,
    most: u64,
}

pub(crate) async fn start_pbkdf2(session: Arc<Session>, json: String) -> Result<Done, OpError> {
    session.services.compute(move || pbkdf2(&json, MOST).map(Done::bytes).map_err(OpError::new)).await
}

pub(crate) async fn start_scrypt(session: Arc<Session>, json: String) -> Result<Done, OpError> {
    session.services.compute(move || scrypt(&json).map(Done::bytes).map_err(OpError::new)).await
}

/// PBKDF2, at most that many rounds for each block of the digest.
pub(crate) fn pbkdf2(json: &str, most: u64) -> Result<Vec<u8>, String> {
    let Deriving { password, salt, iterations, length, digest } = argument(json).map_err(|error| error.word())?;
    let length = size(length, "keylen")?;
    if !(iterations >= 1.0 && iterations.fract() == 0.0) {
        return Err(format!(
            "The value of \"iterations\" is out of range. It must be >= 1 && <= 2147483647. Received {iterations}"
        ));
    }
    let rounds = iterations as u64;
    if rounds.saturating_mul(1 + length as u64 / 64) > most {
        return Err(format!("pbkdf2 with {rounds} rounds for {length} bytes is more than scripts may do"));
    }
    let mut key = vec![0; length];
    digest::pbkdf2(
        &digest,
        &bytes(&password)?,
        &bytes(&salt)?,
        u32::try_from(rounds).map_err(|_| "too many rounds")?,
        &mut key,
    )?;
    Ok(key)
}

pub(crate) fn scrypt(json: &str) -> Result<Vec<u8>, String> {
    let Scrypt { password, salt, length, n, r, p, most } = argument(json).map_err(|error| error.word())?;
    let length = size(length, "keylen")?;
    let memory = n.saturating_mul(u64::from(r)).saturating_mul(128);
    if !n.is_power_of_two() || n < 2 || r == 0 || p == 0 {
        return Err("Invalid scrypt params".to_owned());
    }
    if memory > most || memory > MOST_MEMORY || memory.saturating_mul(u64::from(p)) > MOST_MEMORY * 4 {
        return Err("Invalid scrypt params: memory limit exceeded".to_owned());
    }
    let log_n = u8::try_from(n.trailing_zeros()).map_err(|_| "Invalid scrypt params")?;
    let params = scrypt::Params::new(log_n, r, p).map_err(|_| "Invalid scrypt params")?;
    let mut key = vec![0; length];
    if !key.is_empty() {
        scrypt::scrypt(&bytes(&password)?, &bytes(&salt)?, &params, &mut key).map_err(|_| "Invalid scrypt params")?;
    }
    Ok(key)
}

fn size(length: f64, name: &str) -> Result<usize, String> {
    if length >= 0.0 && length.fract() == 0.0 && length <= MOST_BYTES as f64 {
        return Ok(length as usize);
    }
    Err(format!("The value of \"{name}\" is out of range. It must be >= 0 && <= {MOST_BYTES}. Received {length}"))
}

fn bytes(base64: &str) -> Result<Vec<u8>, String> {
    BASE64.decode(base64.as_bytes()).map_err(|_| "the bytes cannot be read".to_owned())
}

pub(crate) fn random(size: usize) -> Result<Vec<u8>, String> {
    if size > MOST_BYTES {
        return Err(format!("more than {MOST_BYTES} random bytes at a time"));
    }
    let mut bytes = vec![0; size];
    getrandom::fill(&mut bytes).map_err(|error| error.to_string())?;
    Ok(bytes)
}

/// Whether two are the same, in a time that does not tell where they differ.
pub(crate) fn same(one: &[u8], other: &[u8]) -> bool {
    one.ct_eq(other).into()
}

#[cfg(test)]
mod tests {
    use data_encoding::HEXLOWER;
    use serde_json::json;

    use super::*;

    #[test]
    fn derived_keys_are_those_of_the_standards() {
        // RFC 6070, 2; RFC 7914, 11 and 12.
        let key = |json: serde_json::Value| pbkdf2(&json.to_string(), SYNC_MOST).map(|key| HEXLOWER.encode(&key));
        let of = |digest: &str, rounds: f64, length: f64| json!({ "password": BASE64.encode(b"password"), "salt": BASE64.encode(b"salt"), "iterations": rounds, "length": length, "digest": digest });
        assert_eq!(
            key(of("sha1", 2.0, 20.0)).unwrap(),
            "ea6c014dc72d6f8ffd08cfaf8c8c8e4d9f2d1c1c"
                .replace("ffd08cfaf8c8c8e4d9f2d1c1c", "ccd1ed92ace1d41f0d8de8957")
        );
        assert!(key(of("sha1", 0.0, 20.0)).is_err());
        assert!(key(of("sha1", 3e6, 20.0)).is_err());
        assert!(key(of("sha1", 1.0, 1e9)).is_err());
        assert!(key(of("nothing", 1.0, 1.0)).is_err());
        let made = |n: u64, most: u64| {
            let json = json!({ "password": "", "salt": "", "length": 64.0, "n": n, "r": 1, "p": 1, "most": most });
            scrypt(&json.to_string()).map(|key| HEXLOWER.encode(&key))
        };
        assert!(made(16, 1 << 20).unwrap().starts_with("77d6576238657b203b19ca42c18a0497"));
        assert!(made(1 << 30, u64::MAX).is_err());
        assert!(made(15, 1 << 20).is_err());
    }
}
