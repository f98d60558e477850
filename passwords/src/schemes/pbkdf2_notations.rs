//! The notations in which applications write PBKDF2: one line each in [`NOTATIONS`]. What is the same in all of them
//! (limits, checking, renewing) is here once.

use super::pbkdf2::{Pbkdf2, rounds_within};
use super::pbkdf2_texts::{self as texts, Parts};
use super::{Context, Family, Stored};
use crate::compare::same;
use crate::cost::Cost;
use crate::digests::{DigestKind, SecretBytes};
use crate::identify::{Candidate, Confidence};
use crate::random::{ALPHANUMERIC, Random, bytes, text};
use crate::row::Row;
use crate::target::Target;
use crate::verdict::{Old, Unreadable};
use crate::written::{CannotWrite, HashedRow};

/// Shorter digests could be met by chance; no longer one was seen.
const DIGEST_SIZE: std::ops::RangeInclusive<usize> = 16..=1024;

/// How one application writes it.
pub(super) struct Notation {
    name: &'static str,
    /// What its strings begin with; nothing for strings that say nothing about themselves.
    begins: &'static [&'static [u8]],
    read: fn(&[u8]) -> Option<Parts>,
    write: fn(&Parts) -> Vec<u8>,
    /// Whether new salts are letters and digits rather than bytes.
    text_salt: bool,
    /// Digest, rounds, and lengths of salt and digest in bytes, as the application writes new hashes today.
    new: (DigestKind, u32, usize, usize),
}

use DigestKind::{Sha1, Sha256, Sha512};

/// Every notation. Sources are the applications' own, see `docs/passwords.md`.
static NOTATIONS: &[Notation] = &[
    // passlib, and with it Odoo, ERPNext, pbkdf2_elixir, devise-pbkdf2-encryptable (GitLab), TYPO3.
    Notation {
        name: "pbkdf2-mcf",
        begins: &[
            b"$pbkdf2$",
            b"$pbkdf2-sha256$",
            b"$pbkdf2-sha512$",
            b"$pbkdf2-sha1$",
            b"$pbkdf2-sha384$",
            b"$pbkdf2-sha224$",
        ],
        read: texts::read_mcf,
        write: texts::write_mcf,
        text_salt: false,
        new: (Sha256, 29_000, 16, 32),
    },
    // Cryptacular's `$p5k2$`; base64 in the URL alphabet.
    Notation {
        name: "pbkdf2-cta",
        begins: &[b"$p5k2$"],
        read: texts::read_p5k2,
        write: texts::write_p5k2,
        text_salt: false,
        new: (Sha1, 60_000, 16, 20),
    },
    // Jira, Confluence, Crowd.
    Notation {
        name: "atlassian",
        begins: &[b"{PKCS5S2}"],
        read: texts::read_atlassian,
        write: texts::write_atlassian,
        text_salt: false,
        new: (Sha1, 10_000, 16, 32),
    },
    Notation {
        name: "389ds-pbkdf2",
        begins: &[b"{PBKDF2_SHA256}"],
        read: texts::read_389ds,
        write: texts::write_389ds,
        text_salt: false,
        new: (Sha256, 30_000, 64, 256),
    },
    // OpenLDAP's pw-pbkdf2, and Elasticsearch under the same word: there the salt is padded base64.
    Notation {
        name: "ldap-pbkdf2",
        begins: &[b"{PBKDF2}", b"{PBKDF2-SHA1}", b"{PBKDF2-SHA256}", b"{PBKDF2-SHA512}"],
        read: texts::read_ldap,
        write: texts::write_ldap,
        text_salt: false,
        new: (Sha512, 60_000, 16, 64),
    },
    Notation {
        name: "dovecot-pbkdf2",
        begins: &[b"{PBKDF2}$1$"],
        read: texts::read_dovecot,
        write: texts::write_dovecot,
        text_salt: true,
        new: (Sha1, 5_000, 16, 20),
    },
    Notation {
        name: "liferay",
        begins: &[b"{PBKDF2WithHmacSHA1}", b"{PBKDF2WithHmacSHA1/"],
        read: texts::read_liferay,
        write: texts::write_liferay,
        text_salt: false,
        new: (Sha1, 1_300_000, 8, 20),
    },
    Notation {
        name: "werkzeug-pbkdf2",
        begins: &[b"pbkdf2:sha"],
        read: texts::read_werkzeug,
        write: texts::write_werkzeug,
        text_salt: true,
        new: (Sha256, 1_000_000, 16, 32),
    },
    Notation {
        name: "web2py",
        begins: &[b"pbkdf2("],
        read: texts::read_web2py,
        write: texts::write_web2py,
        text_salt: true,
        new: (Sha512, 1_000, 16, 20),
    },
    Notation {
        name: "seafile",
        begins: &[b"PBKDF2SHA256$"],
        read: texts::read_seafile,
        write: texts::write_seafile,
        text_salt: false,
        new: (Sha256, 10_000, 32, 32),
    },
    Notation {
        name: "grub",
        begins: &[b"grub.pbkdf2.sha512."],
        read: texts::read_grub,
        write: texts::write_grub,
        text_salt: false,
        new: (Sha512, 10_000, 64, 64),
    },
    Notation {
        name: "macos-pbkdf2",
        begins: &[b"$ml$"],
        read: texts::read_macos,
        write: texts::write_macos,
        text_salt: false,
        new: (Sha512, 50_000, 32, 64),
    },
    Notation {
        name: "pbkdf2-colons",
        begins: &[b"md5:", b"sha1:", b"sha256:", b"sha512:"],
        read: texts::read_colons,
        write: texts::write_colons,
        text_salt: false,
        new: (Sha256, 64_000, 24, 32),
    },
    // Tomcat's SecretKeyCredentialHandler: three fields of hexadecimal and a number, no name.
    Notation {
        name: "tomcat-pbkdf2",
        begins: &[],
        read: texts::read_tomcat,
        write: texts::write_tomcat,
        text_salt: false,
        new: (Sha1, 20_000, 16, 20),
    },
    // Spring Security's Pbkdf2PasswordEncoder: the rounds are in the code.
    Notation {
        name: "spring-pbkdf2",
        begins: &[b"{pbkdf2}"],
        read: texts::read_spring,
        write: texts::write_spring,
        text_salt: false,
        new: (Sha1, 185_000, 8, 32),
    },
    Notation {
        name: "spring-pbkdf2-5.8",
        begins: &[b"{pbkdf2@SpringSecurity_v5_8}"],
        read: texts::read_spring_58,
        write: texts::write_spring_58,
        text_salt: false,
        new: (Sha256, 310_000, 16, 32),
    },
    Notation {
        name: "mediawiki-pbkdf2",
        begins: &[b":pbkdf2:"],
        read: texts::read_mediawiki,
        write: texts::write_mediawiki,
        text_salt: false,
        new: (Sha512, 30_000, 16, 64),
    },
    // ASP.NET Identity 2 and what came before it: Crypto.HashPassword, SimpleMembership.
    Notation {
        name: "aspnet-identity-v2",
        begins: &[],
        read: texts::read_aspnet_v2,
        write: texts::write_aspnet_v2,
        text_salt: false,
        new: (Sha1, 1_000, 16, 32),
    },
    // ASP.NET Core Identity.
    Notation {
        name: "aspnet-identity",
        begins: &[b"AQAAAA"],
        read: texts::read_aspnet_v3,
        write: texts::write_aspnet_v3,
        text_salt: false,
        new: (Sha512, 100_000, 16, 32),
    },
    // npm's `credential`: JSON, in which the salt's base64 is itself the salt.
    Notation {
        name: "npm-credential",
        begins: &[],
        read: texts::read_credential,
        write: texts::write_credential,
        text_salt: true,
        new: (Sha1, 100_000, 88, 66),
    },
    Notation {
        // Read by the family of that name, which knows argon2 as well.
        name: "keycloak-pbkdf2",
        begins: &[],
        read: texts::read_keycloak,
        write: texts::write_keycloak,
        text_salt: false,
        new: (Sha512, 210_000, 16, 64),
    },
];

/// Strings in which the salt has no end of its own.
const FIXED_SALTS: [&str; 6] =
    ["atlassian", "389ds-pbkdf2", "liferay", "spring-pbkdf2", "spring-pbkdf2-5.8", "aspnet-identity-v2"];

pub(super) struct Notations;

impl Family for Notations {
    fn names(&self) -> &'static [&'static str] {
        const NAMES: [&str; 21] = [
            "pbkdf2-mcf",
            "pbkdf2-cta",
            "atlassian",
            "389ds-pbkdf2",
            "ldap-pbkdf2",
            "dovecot-pbkdf2",
            "liferay",
            "werkzeug-pbkdf2",
            "web2py",
            "seafile",
            "grub",
            "macos-pbkdf2",
            "pbkdf2-colons",
            "tomcat-pbkdf2",
            "spring-pbkdf2",
            "spring-pbkdf2-5.8",
            "mediawiki-pbkdf2",
            "aspnet-identity-v2",
            "aspnet-identity",
            "npm-credential",
            "keycloak-pbkdf2",
        ];
        &NAMES
    }

    fn options(&self, name: &str) -> &'static [&'static str] {
        if FIXED_SALTS.contains(&name) { &["write.rounds"] } else { &["write.rounds", "write.salt_length"] }
    }

    fn recognise(&self, row: &Row<'_>, found: &mut Vec<Candidate>) {
        let begins = |notation: &&Notation| notation.begins.iter().any(|start| row.hash.starts_with(start));
        // The longest beginning says most: `{PBKDF2}$1$` is Dovecot's, `{PBKDF2}` is OpenLDAP's.
        let longest = |notation: &&Notation| {
            notation.begins.iter().filter(|start| row.hash.starts_with(start)).map(|start| start.len()).max()
        };
        let best = NOTATIONS.iter().filter(begins).max_by_key(longest);
        found.extend(best.map(|it| Candidate { scheme: it.name, confidence: Confidence::Certain }));
        if best.is_none() && texts::read_aspnet_v2(row.hash.trim_ascii()).is_some() {
            found.push(Candidate { scheme: "aspnet-identity-v2", confidence: Confidence::Likely });
        }
    }

    fn read(&self, name: &'static str, row: &Row<'_>, context: Context<'_>) -> Result<Box<dyn Stored>, Unreadable> {
        let notation = notation(name).ok_or(Unreadable::UnknownFormat)?;
        // A table that was moved from one version to the next has both, and each says which it is.
        let text = row.hash.trim_ascii();
        let parts =
            (notation.read)(text).ok_or_else(|| match notation.begins.iter().any(|it| text.starts_with(it)) {
                true => Unreadable::because("the string does not have the parts of its scheme"),
                false => Unreadable::UnknownFormat,
            })?;
        // Some applications keep the rounds in their code.
        let in_code = context.settings.write.rounds.unwrap_or(notation.new.1);
        let rounds = rounds_within(parts.rounds.or(row.iterations).unwrap_or_else(|| in_code.into()), context)?;
        if rounds == 0 {
            return Err(Unreadable::because("there are no rounds"));
        }
        if !DIGEST_SIZE.contains(&parts.digest.len()) {
            return Err(Unreadable::because("the digest is not 16 to 1024 bytes long"));
        }
        let hash = Pbkdf2 { kind: parts.kind, rounds, salt: parts.salt, digest: parts.digest };
        let key = notation.key(row);
        Ok(Box::new(Hash { notation, states_rounds: parts.rounds.is_some(), word: parts.word, hash, key }))
    }

    fn blank(&self, name: &'static str, row: &Row<'_>, context: Context<'_>) -> Result<Box<dyn Stored>, CannotWrite> {
        let notation = notation(name).ok_or(CannotWrite::NotLikeThat)?;
        let (kind, rounds, salt, digest) = notation.new;
        let write = &context.settings.write;
        let rounds = rounds_within(write.rounds.unwrap_or(rounds).into(), context)?;
        let salt = write.salt_length.map_or(salt, |length| length as usize);
        if rounds == 0 {
            return Err(CannotWrite::Parameter("rounds"));
        }
        if salt < 8 || salt as u64 > context.limits.salt_bytes {
            return Err(CannotWrite::Parameter("salt_length"));
        }
        let hash = Pbkdf2 { kind, rounds, salt: vec![b'x'; salt], digest: vec![0; digest] };
        Ok(Box::new(Hash { notation, states_rounds: true, word: None, hash, key: notation.key(row) }))
    }
}

fn notation(name: &str) -> Option<&'static Notation> {
    NOTATIONS.iter().find(|notation| notation.name == name)
}

impl Notation {
    /// Spring's encoder hashes a secret of the application behind the salt.
    fn key(&self, row: &Row<'_>) -> SecretBytes {
        let keyed = self.name.starts_with("spring");
        SecretBytes::new(row.site_key.filter(|_| keyed).unwrap_or_default().to_vec())
    }
}

struct Hash {
    notation: &'static Notation,
    /// Whether the rounds stand in the string.
    states_rounds: bool,
    /// The word of the string that is kept as it is.
    word: Option<Vec<u8>>,
    hash: Pbkdf2,
    /// Hashed behind the salt.
    key: SecretBytes,
}

impl Hash {
    fn compute(&self, salt: &[u8], password: &[u8]) -> SecretBytes {
        Pbkdf2 { salt: [salt, &self.key].concat(), ..self.hash.clone() }.compute(password)
    }
}

impl Stored for Hash {
    fn label(&self) -> String {
        format!("{} {}", self.notation.name, self.hash.label())
    }

    fn cost(&self) -> Cost {
        self.hash.cost()
    }

    fn matches(&self, password: &[u8]) -> bool {
        same(&self.hash.digest, &self.compute(&self.hash.salt, password))
    }

    fn age(&self, target: &Target) -> Option<Old> {
        self.hash.age(target)
    }

    fn faceless(&self) -> Box<dyn Stored> {
        Box::new(Self { word: self.word.clone(), key: self.key.clone(), hash: self.hash.faceless(), ..*self })
    }

    fn renew(&self, password: &[u8], random: Random<'_>) -> Result<HashedRow, CannotWrite> {
        let length = self.hash.salt.len();
        let salt = if self.notation.text_salt { text(random, length, ALPHANUMERIC) } else { bytes(random, length) };
        let digest = self.compute(&salt, password).to_vec();
        let rounds = self.states_rounds.then_some(self.hash.rounds.into());
        let parts = Parts { kind: self.hash.kind, rounds, salt, digest, word: self.word.clone() };
        Ok(HashedRow::whole((self.notation.write)(&parts)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_are_those_of_the_table() {
        let table: Vec<&str> = NOTATIONS.iter().map(|notation| notation.name).collect();
        assert_eq!(Notations.names(), table);
    }

    #[test]
    fn what_is_written_is_read_again() {
        for notation in NOTATIONS {
            let (kind, rounds, salt, digest) = notation.new;
            let parts = Parts {
                kind,
                rounds: Some(rounds.into()),
                salt: vec![b'a'; salt],
                digest: (0..digest).map(|at| u8::try_from(at % 251).unwrap()).collect(),
                word: None,
            };
            let text = (notation.write)(&parts);
            let read = (notation.read)(&text).unwrap_or_else(|| panic!("{} does not read itself", notation.name));
            assert_eq!((read.kind, &read.salt, &read.digest), (kind, &parts.salt, &parts.digest), "{}", notation.name);
            assert!(read.rounds.is_none_or(|read| read == u64::from(rounds)), "{}", notation.name);
        }
    }
}
