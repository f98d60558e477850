//! bcrypt: `$2a$`, `$2b$`, `$2y$`, and `$2x$` for rows that old PHP wrote.
//!
//! A password is cut after 72 bytes (bytes, not characters): silently when verifying, since legacy rows rely on it, and
//! loudly when writing. A NUL byte ends a password in C and not elsewhere, so a password that holds one never matches.

use zeroize::Zeroizing;

use super::{Context, Family, Stored};
use crate::compare::same;
use crate::cost::Cost;
use crate::encoding::{BCRYPT, BCRYPT_SALT};
use crate::identify::{Candidate, Confidence};
use crate::limits::{Limits, within};
use crate::random::{Random, array};
use crate::row::Row;
use crate::target::{Target, below};
use crate::verdict::{Old, Unreadable};
use crate::written::{CannotWrite, HashedRow};

/// How many bytes of a password bcrypt reads.
const READ: usize = 72;

/// The cost of new hashes: OWASP's least, as the target is.
const COST: u32 = 10;

pub(super) struct Bcrypt;

impl Family for Bcrypt {
    fn names(&self) -> &'static [&'static str] {
        &["bcrypt", "bcrypt-2y", "bcrypt-2a"]
    }

    fn options(&self, _name: &str) -> &'static [&'static str] {
        &["write.cost"]
    }

    fn recognise(&self, row: &Row<'_>, found: &mut Vec<Candidate>) {
        if matches!(row.hash, [b'$', b'2', b'a' | b'b' | b'x' | b'y', b'$', ..]) {
            found.push(Candidate { scheme: "bcrypt", confidence: Confidence::Certain });
        }
    }

    fn read(&self, _name: &'static str, row: &Row<'_>, context: Context<'_>) -> Result<Box<dyn Stored>, Unreadable> {
        Ok(Box::new(Hash::parse(row.hash.trim_ascii(), context.limits)?))
    }

    fn blank(&self, name: &'static str, _row: &Row<'_>, context: Context<'_>) -> Result<Box<dyn Stored>, CannotWrite> {
        let variant = match name {
            "bcrypt-2y" => Variant::Y,
            "bcrypt-2a" => Variant::A,
            _ => Variant::B,
        };
        Ok(Box::new(blank(variant, context.settings.write.cost, context.limits)?))
    }
}

/// Parameters of a new hash and nobody's digest.
pub(super) fn blank(variant: Variant, cost: Option<u32>, limits: &Limits) -> Result<Hash, CannotWrite> {
    let cost = cost.unwrap_or(COST);
    within("bcrypt cost", cost.into(), limits.bcrypt_cost)?;
    if !(4..=31).contains(&cost) {
        return Err(CannotWrite::Parameter("cost"));
    }
    Ok(Hash { variant, cost, salt: [0; 16], digest: [0; 23] })
}

/// What stands between `$2` and the next `$`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Variant {
    A,
    B,
    X,
    Y,
}

impl Variant {
    fn letter(self) -> char {
        match self {
            Self::A => 'a',
            Self::B => 'b',
            Self::X => 'x',
            Self::Y => 'y',
        }
    }
}

pub(super) struct Hash {
    variant: Variant,
    cost: u32,
    salt: [u8; 16],
    digest: [u8; 23],
}

impl Hash {
    /// Reads `$2b$10$`, 22 symbols of salt, 31 symbols of digest.
    pub(super) fn parse(text: &[u8], limits: &Limits) -> Result<Self, Unreadable> {
        let (variant, rest) = match text {
            [b'$', b'2', b'a', b'$', rest @ ..] => (Variant::A, rest),
            [b'$', b'2', b'b', b'$', rest @ ..] => (Variant::B, rest),
            [b'$', b'2', b'x', b'$', rest @ ..] => (Variant::X, rest),
            [b'$', b'2', b'y', b'$', rest @ ..] => (Variant::Y, rest),
            _ => return Err(Unreadable::UnknownFormat),
        };
        let [tens @ b'0'..=b'9', ones @ b'0'..=b'9', b'$', symbols @ ..] = rest else {
            return Err(Unreadable::because("the bcrypt cost is not two digits"));
        };
        let cost = u32::from(tens - b'0') * 10 + u32::from(ones - b'0');
        within("bcrypt cost", cost.into(), limits.bcrypt_cost)?;
        if !(4..=31).contains(&cost) {
            return Err(Unreadable::because("the bcrypt cost is not between 4 and 31"));
        }
        let Some((salt, digest)) = symbols.split_at_checked(22).filter(|(_, digest)| digest.len() == 31) else {
            return Err(Unreadable::because("bcrypt's salt and digest are not 53 symbols long"));
        };
        let salt = BCRYPT_SALT.decode(salt).ok().and_then(|salt| salt.try_into().ok());
        let digest = BCRYPT.decode(digest).ok().and_then(|digest| digest.try_into().ok());
        match (salt, digest) {
            (Some(salt), Some(digest)) => Ok(Self { variant, cost, salt, digest }),
            _ => Err(Unreadable::because("bcrypt's salt or digest is not written in bcrypt's alphabet")),
        }
    }

    fn compute(&self, key: &Key) -> Zeroizing<[u8; 24]> {
        Zeroizing::new(bcrypt::bcrypt(self.cost, self.salt, &*key.0))
    }
}

impl Stored for Hash {
    fn label(&self) -> String {
        format!("bcrypt cost={}", self.cost)
    }

    fn cost(&self) -> Cost {
        Cost::nanos(46_000 << self.cost)
    }

    fn matches(&self, password: &[u8]) -> bool {
        // The work is done in any case, so that a NUL shows in nothing but the answer.
        let holds_nul = password.contains(&0);
        let key = Key::new(password);
        let computed = match self.variant {
            Variant::X => self.compute(&key.sign_extended()),
            _ => self.compute(&key),
        };
        let mut matches = same(&self.digest, &computed[..23]);
        if self.variant == Variant::A && !matches && key.is_collision() {
            matches = same(&self.digest, &compute_safely(self.cost, self.salt, &key)[..23]);
        }
        matches && !holds_nul
    }

    fn age(&self, target: &Target) -> Option<Old> {
        match self.variant {
            Variant::X => Some(Old::Faulty),
            _ => below("bcrypt cost", self.cost.into(), target.bcrypt_cost),
        }
    }

    fn faceless(&self) -> Box<dyn Stored> {
        Box::new(Self { variant: self.variant, cost: self.cost, salt: [0; 16], digest: [0; 23] })
    }

    fn renew(&self, password: &[u8], random: Random<'_>) -> Result<HashedRow, CannotWrite> {
        if password.contains(&0) {
            return Err(CannotWrite::PasswordHoldsNul);
        }
        if password.len() > READ {
            return Err(CannotWrite::PasswordTooLong { limit: READ });
        }
        // Whoever reads `$2x$` reads the correct `$2y$` too; the faulty form is never written again.
        let variant = if self.variant == Variant::X { Variant::Y } else { self.variant };
        let fresh = Self { variant, cost: self.cost, salt: array(random), digest: [0; 23] };
        let digest = fresh.compute(&Key::new(password));
        let (salt, digest) = (BCRYPT.encode(&fresh.salt), BCRYPT.encode(&digest[..23]));
        Ok(HashedRow::whole(format!("$2{}${:02}${salt}{digest}", variant.letter(), self.cost)))
    }
}

/// The 72 bytes that Blowfish is keyed with: the password and a NUL, again and again.
struct Key(Zeroizing<[u8; READ]>);

impl Key {
    fn new(password: &[u8]) -> Self {
        let mut key = Zeroizing::new([0; READ]);
        let cycle = password.iter().chain(std::iter::once(&0)).cycle();
        key.iter_mut().zip(cycle).for_each(|(byte, &from)| *byte = from);
        Self(key)
    }

    /// The words as crypt_blowfish before 1.1 made them: each byte is sign-extended before it is or-ed into its word, so a
    /// byte over 127 wipes out those before it (CVE-2011-2483).
    fn sign_extended(&self) -> Self {
        let mut key = Zeroizing::new([0; READ]);
        for (faulty, word) in key.chunks_exact_mut(4).zip(self.0.chunks_exact(4)) {
            let extended =
                word.iter().fold(0u32, |word, &byte| (word << 8) | i32::from(byte.cast_signed()).cast_unsigned());
            faulty.copy_from_slice(&extended.to_be_bytes());
        }
        Self(key)
    }

    /// Whether the sign fault met a byte over 127 and yet changed nothing: the passwords that an attacker could have
    /// chosen, for which crypt_blowfish since 1.1 changes what `$2a$` means. Never so for UTF-8, which has no byte 255.
    fn is_collision(&self) -> bool {
        *self.sign_extended().0 == *self.0
            && self.0.chunks_exact(4).any(|word| word[1..].iter().any(|&byte| byte > 127))
    }
}

/// bcrypt with crypt_blowfish's countermeasure: one bit of the first word is turned in the initial key schedule only.
fn compute_safely(cost: u32, salt: [u8; 16], key: &Key) -> Zeroizing<[u8; 24]> {
    let mut initial = Zeroizing::new(*key.0);
    initial[1] ^= 1;
    let mut state = blowfish::Blowfish::bc_init_state();
    state.salted_expand_key(&salt, &*initial);
    for _ in 0..1u32 << cost {
        state.bc_expand_key(&*key.0);
        state.bc_expand_key(&salt);
    }
    let mut output = Zeroizing::new([0; 24]);
    for (block, text) in output.chunks_exact_mut(8).zip(b"OrpheanBeholderScryDoubt".chunks_exact(8)) {
        let word = |at: usize| text[at..at + 4].iter().fold(0u32, |word, &byte| (word << 8) | u32::from(byte));
        let [left, right] = (0..64).fold([word(0), word(4)], |halves, _| state.bc_encrypt(halves));
        block[..4].copy_from_slice(&left.to_be_bytes());
        block[4..].copy_from_slice(&right.to_be_bytes());
    }
    output
}
