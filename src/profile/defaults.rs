//! What Auth0 generates where a profile has no name, nickname or picture.
//!
//! Observed in recorded answers of the Management API: `name` is the e-mail address, `nickname` its local part,
//! `picture` a Gravatar address whose fallback shows the first two letters.

use md5::{Digest, Md5};

use super::Profile;

impl Profile {
    /// Fills `name`, `nickname` and `picture` where the store has none.
    pub fn complete(&mut self) {
        let local = self.email.as_deref().map(|email| email.split('@').next().unwrap_or(email).to_owned());
        if self.name.is_none() {
            self.name = self.email.clone().or_else(|| self.username.clone()).or_else(|| self.phone_number.clone());
        }
        if self.nickname.is_none() {
            self.nickname = local.clone().or_else(|| self.username.clone()).or_else(|| self.phone_number.clone());
        }
        if self.picture.is_none()
            && let Some(email) = &self.email
        {
            self.picture = Some(gravatar(email, local.as_deref().unwrap_or_default()));
        }
    }
}

fn gravatar(email: &str, local: &str) -> String {
    let digest = Md5::digest(email.to_lowercase().as_bytes());
    let mut url = String::with_capacity(160);
    url.push_str("https://s.gravatar.com/avatar/");
    for byte in digest {
        for nibble in [byte >> 4, byte & 15] {
            url.push(char::from_digit(u32::from(nibble), 16).unwrap_or('0'));
        }
    }
    url.push_str("?s=480&r=pg&d=https%3A%2F%2Fcdn.auth0.com%2Favatars%2F");
    url.extend(local.chars().filter(char::is_ascii_alphanumeric).take(2).map(|letter| letter.to_ascii_lowercase()));
    url.push_str(".png");
    url
}

#[cfg(test)]
mod tests {
    use super::super::{Profile, UserId};

    fn profile(email: Option<&str>) -> Profile {
        let mut profile = Profile::new(UserId::from_store("1").unwrap(), "shop");
        profile.email = email.map(str::to_owned);
        profile.complete();
        profile
    }

    #[test]
    fn the_defaults_are_those_of_a_recorded_answer() {
        let made = profile(Some("chuck@example.com"));
        assert_eq!(made.name.as_deref(), Some("chuck@example.com"));
        assert_eq!(made.nickname.as_deref(), Some("chuck"));
        assert_eq!(
            made.picture.as_deref(),
            Some(
                "https://s.gravatar.com/avatar/0b79e7da7bc7877560620cf8f2cc93ae?s=480&r=pg&d=https%3A%2F%2Fcdn.auth0.com%2Favatars%2Fch.png"
            )
        );
    }

    #[test]
    fn nothing_is_made_up_out_of_nothing() {
        let made = profile(None);
        assert!(made.name.is_none() && made.nickname.is_none() && made.picture.is_none());
    }
}
