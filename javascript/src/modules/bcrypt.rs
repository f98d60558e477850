//! bcrypt, as the npm package does it: at most 72 bytes count, and what is no hash matches nothing.

use std::sync::Arc;

use serde::Deserialize;

use super::argument;
use crate::session::{Done, OpError, Session};

/// A cost above this would hold a processor for minutes.
const MOST_COST: u32 = 16;

#[derive(Deserialize)]
struct Hashing {
    data: String,
    salt: String,
}

#[derive(Deserialize)]
struct Comparing {
    data: String,
    hash: String,
}

pub(crate) async fn start_hash(session: Arc<Session>, json: String) -> Result<Done, OpError> {
    let Hashing { data, salt } = argument(&json)?;
    let hash = session.services.compute(move || hash(&data, &salt).map_err(OpError::new)).await?;
    Ok(Done::json(serde_json::Value::from(hash).to_string()))
}

pub(crate) async fn start_compare(session: Arc<Session>, json: String) -> Result<Done, OpError> {
    let Comparing { data, hash } = argument(&json)?;
    let same = session.services.compute(move || compare(&data, &hash).map_err(OpError::new)).await?;
    Ok(Done::json(if same { "true" } else { "false" }))
}

/// A salt of that cost.
pub(crate) fn salt(cost: u32) -> String {
    let mut random = [0; 16];
    if getrandom::fill(&mut random).is_err() {
        return String::new();
    }
    format!("$2b${:02}${}", cost.clamp(4, 31), ALPHABET_ENCODED.encode(&random))
}

/// The hash with that salt.
pub(crate) fn hash(data: &str, salt: &str) -> Result<String, String> {
    let wrong = || "Invalid salt. Salt must be in the form of: $Vers$log2(NumRounds)$saltvalue".to_owned();
    let mut parts = salt.split('$').skip(1);
    let (version, cost, rest) = (parts.next(), parts.next(), parts.next());
    let cost: u32 = cost.and_then(|cost| cost.parse().ok()).filter(|cost| (4..=31).contains(cost)).ok_or_else(wrong)?;
    within(cost)?;
    let text = rest.and_then(|rest| rest.get(..22)).ok_or_else(wrong)?;
    // The last character holds two bits that mean nothing.
    let decoded = ALPHABET_ENCODED.decode(text.as_bytes()).map_err(|_| wrong())?;
    let decoded: [u8; 16] = decoded.try_into().map_err(|_| wrong())?;
    let parts = bcrypt::hash_with_salt(data, cost, decoded).map_err(|_| "bcrypt could not hash this".to_owned())?;
    Ok(parts.format_for_version(match version {
        Some("2a") => bcrypt::Version::TwoA,
        Some("2y") => bcrypt::Version::TwoY,
        Some("2x") => bcrypt::Version::TwoX,
        _ => bcrypt::Version::TwoB,
    }))
}

/// Whether that is the password of the hash.
pub(crate) fn compare(data: &str, hash: &str) -> Result<bool, String> {
    let cost = hash.split('$').nth(2).and_then(|cost| cost.parse().ok());
    if let Some(cost) = cost {
        within(cost)?;
    }
    Ok(bcrypt::verify(data, hash).unwrap_or(false))
}

fn within(cost: u32) -> Result<(), String> {
    if cost > MOST_COST {
        return Err(format!("the bcrypt cost {cost} is above the limit of {MOST_COST}"));
    }
    Ok(())
}

/// bcrypt's own alphabet, without regard to the bits at the end that mean nothing.
static ALPHABET_ENCODED: std::sync::LazyLock<data_encoding::Encoding> = std::sync::LazyLock::new(|| {
    let mut specification = data_encoding::Specification::new();
    specification.symbols.push_str("./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789");
    specification.check_trailing_bits = false;
    specification.encoding().unwrap_or(data_encoding::BASE64_NOPAD)
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_of_other_implementations_are_recognised() {
        // From the test vectors of jBCrypt and of PHP's password_hash.
        assert_eq!(compare("", "$2a$06$DCq7YPn5Rq63x1Lad4cll.TV4S6ytwfsfvkgY8jIucDrjc8deX1s."), Ok(true));
        assert_eq!(compare("U*U", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"), Ok(true));
        assert_eq!(compare("U*u", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"), Ok(false));
        assert_eq!(compare("U*U", "$2y$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"), Ok(true));
        assert_eq!(
            hash("U*U", "$2a$05$CCCCCCCCCCCCCCCCCCCCC."),
            Ok("$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW".to_owned())
        );
    }

    #[test]
    fn what_is_no_hash_matches_nothing_and_a_huge_cost_is_refused() {
        assert_eq!(compare("a", "plain"), Ok(false));
        assert_eq!(compare("a", ""), Ok(false));
        assert!(compare("a", "$2b$31$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW").is_err());
        assert!(hash("a", "$2b$31$CCCCCCCCCCCCCCCCCCCCC.").is_err());
        assert!(hash("a", "nonsense").is_err());
        let salt = salt(4);
        let made = hash("secret", &salt).unwrap();
        assert!(made.starts_with(&salt[..28]), "{salt} {made}");
        assert_eq!(compare("secret", &made), Ok(true));
    }
}
