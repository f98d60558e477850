//! Plain and salted digests: `md5(p)`, `sha1(s.p)`, `sha256(p.s)` and the many ways in which tables write them.

use super::{Context, Family, Settings, Stored};
use crate::compare::same;
use crate::cost::Cost;
use crate::digests::{DigestKind, SecretBytes};
use crate::encoding::{BytesAs, base64, hex};
use crate::identify::{Candidate, Confidence};
use crate::random::{ALPHANUMERIC, HEX_DIGITS, Random, bytes, text};
use crate::row::Row;
use crate::spec::{Layout, Order, SiteKeyOrder};
use crate::target::Target;
use crate::verdict::{Old, Unreadable};
use crate::written::{CannotWrite, HashedRow};

/// Names, digests and whether there is a salt.
const SCHEMES: &[(&str, DigestKind, bool)] = &[
    ("md5", DigestKind::Md5, false),
    ("sha1", DigestKind::Sha1, false),
    ("sha224", DigestKind::Sha224, false),
    ("sha256", DigestKind::Sha256, false),
    ("sha384", DigestKind::Sha384, false),
    ("sha512", DigestKind::Sha512, false),
    ("salted-md5", DigestKind::Md5, true),
    ("salted-sha1", DigestKind::Sha1, true),
    ("salted-sha224", DigestKind::Sha224, true),
    ("salted-sha256", DigestKind::Sha256, true),
    ("salted-sha384", DigestKind::Sha384, true),
    ("salted-sha512", DigestKind::Sha512, true),
];

/// What stands between digest and salt in the tables that were seen.
const SEPARATORS: &[u8] = b":$.|,;-";

/// Length of a new salt, as it is written.
const SALT_LENGTH: usize = 16;

pub(super) struct Digests;

impl Family for Digests {
    fn names(&self) -> &'static [&'static str] {
        const NAMES: [&str; SCHEMES.len()] = {
            let mut names = [""; SCHEMES.len()];
            let mut at = 0;
            while at < names.len() {
                names[at] = SCHEMES[at].0;
                at += 1;
            }
            names
        };
        &NAMES
    }

    fn options(&self, name: &str) -> &'static [&'static str] {
        match scheme(name) {
            Some((_, true)) => {
                &["order", "layout", "hash_encoding", "salt_encoding", "site_key_order", "write.salt_length"]
            }
            _ => &["hash_encoding", "site_key_order"],
        }
    }

    fn recognise(&self, row: &Row<'_>, found: &mut Vec<Candidate>) {
        let (digest, salted) = match row.hash.iter().position(|&byte| byte == b':' || byte == b'$') {
            Some(at) => (&row.hash[..at], true),
            None => (row.hash, row.salt.is_some()),
        };
        let digits = digest.strip_prefix(b"0x").unwrap_or(digest);
        let kind = match (digits.len(), digits.iter().all(u8::is_ascii_hexdigit)) {
            (length, true) => DigestKind::ALL.into_iter().find(|kind| 2 * kind.size() == length),
            (22..=88, false) if digits.iter().all(|&byte| byte.is_ascii_alphanumeric() || b"+/=-_".contains(&byte)) => {
                let length = digits.len() - digits.iter().rev().take_while(|&&byte| byte == b'=').count();
                DigestKind::ALL.into_iter().find(|kind| (4 * kind.size()).div_ceil(3) == length)
            }
            _ => None,
        };
        let fitting = SCHEMES.iter().find(|scheme| Some(scheme.1) == kind && scheme.2 == salted);
        found.extend(fitting.map(|&(scheme, ..)| Candidate { scheme, confidence: Confidence::Possible }));
    }

    fn read(&self, name: &'static str, row: &Row<'_>, context: Context<'_>) -> Result<Box<dyn Stored>, Unreadable> {
        let (kind, salted) = scheme(name).ok_or(Unreadable::UnknownFormat)?;
        let settings = context.settings;
        let raw = settings.hash_encoding == Some(BytesAs::Raw) || is_raw(kind, row.hash);
        let text = if raw { row.hash } else { row.hash.trim_ascii() };
        let parts = if salted { split(kind, text, row, settings)? } else { Parts::bare(kind, text, settings)? };
        let salt_as = settings.salt_encoding.unwrap_or(BytesAs::Raw);
        let salt =
            parts.salt.map(|salt| salt_as.decode(salt).ok_or(Unreadable::because("the salt is not in its encoding")));
        let with_site_key = match (settings.site_key_order, row.site_key) {
            (None, _) => None,
            (Some(order), Some(key)) => Some((order, site_key(key))),
            (Some(_), None) => return Err(Unreadable::because("the scheme uses the site key and none was given")),
        };
        let core = Core {
            kind,
            order: if salted { settings.order } else { Some(Order::SaltFirst) },
            site_key: with_site_key,
            salt: salt.transpose()?.unwrap_or_default(),
            digest: parts.digest,
        };
        let salt_alphabet = alphabet_of(parts.salt.unwrap_or_default());
        Ok(Box::new(Hash { core, digest_as: parts.digest_as, salt_as, salt_alphabet, place: parts.place }))
    }

    fn blank(&self, name: &'static str, row: &Row<'_>, context: Context<'_>) -> Result<Box<dyn Stored>, CannotWrite> {
        let (kind, salted) = scheme(name).ok_or(CannotWrite::NotChosen)?;
        let settings = context.settings;
        let salt_as = settings.salt_encoding.unwrap_or(BytesAs::Raw);
        let written = settings.write.salt_length.map_or(SALT_LENGTH, |length| length as usize);
        if written as u64 > context.limits.salt_bytes {
            return Err(CannotWrite::Parameter("salt_length"));
        }
        let salt = match salt_as {
            BytesAs::Hex | BytesAs::HexUpper => vec![0; written / 2],
            BytesAs::Base64 | BytesAs::Base64Unpadded => vec![0; written * 3 / 4],
            BytesAs::Raw => vec![b'x'; written],
        };
        let place = match (salted, &settings.layout) {
            (false, _) => Place::Nowhere,
            (true, None) => Place::Column,
            (true, Some(layout)) => Place::Beside(layout.clone()),
        };
        let core = Core {
            kind,
            order: if salted { settings.order } else { Some(Order::SaltFirst) },
            site_key: settings.site_key_order.map(|order| (order, site_key(row.site_key.unwrap_or_default()))),
            salt: if salted { salt } else { Vec::new() },
            digest: vec![0; kind.size()],
        };
        let digest_as = settings.hash_encoding.unwrap_or(BytesAs::Hex);
        Ok(Box::new(Hash { core, digest_as, salt_as, salt_alphabet: ALPHANUMERIC, place }))
    }

    fn is_bare(&self) -> bool {
        true
    }
}

/// An unsalted digest in hexadecimal, as the applications with a history have them among better hashes.
pub(super) fn read_unsalted(kind: DigestKind, text: &[u8]) -> Result<Box<dyn Stored>, Unreadable> {
    let digest = hex(text).filter(|digest| digest.len() == kind.size());
    let digest = digest.ok_or(Unreadable::because("the digest is not hexadecimal of the right length"))?;
    let core = Core { kind, order: Some(Order::SaltFirst), site_key: None, salt: Vec::new(), digest };
    let place = Place::Nowhere;
    Ok(Box::new(Hash { core, digest_as: BytesAs::Hex, salt_as: BytesAs::Raw, salt_alphabet: ALPHANUMERIC, place }))
}

/// A digest with its salt, however it was written.
#[derive(Clone)]
pub(super) struct Core {
    pub(super) kind: DigestKind,
    /// Absent: either order matches.
    pub(super) order: Option<Order>,
    pub(super) site_key: Option<(SiteKeyOrder, SecretBytes)>,
    pub(super) salt: Vec<u8>,
    pub(super) digest: Vec<u8>,
}

impl Core {
    /// For counting: digest and salt lengths do not change what a check costs enough to tell apart.
    pub(super) fn label(&self) -> String {
        let salted = if self.salt.is_empty() { "" } else { "salted " };
        format!("{salted}{:?}", self.kind).to_ascii_lowercase()
    }

    pub(super) fn cost(&self) -> Cost {
        Cost::nanos(1000)
    }

    pub(super) fn matches(&self, password: &[u8]) -> bool {
        match self.order {
            Some(order) => same(&self.digest, &self.compute(order, password)),
            // Both orders are always computed, or time would tell which one a table has.
            None => {
                same(&self.digest, &self.compute(Order::SaltFirst, password))
                    | same(&self.digest, &self.compute(Order::PasswordFirst, password))
            }
        }
    }

    pub(super) fn compute(&self, order: Order, password: &[u8]) -> SecretBytes {
        let salt = &*self.salt;
        let salted: [&[u8]; 3] = match order {
            Order::SaltFirst => [salt, password, b""],
            Order::PasswordFirst => [b"", password, salt],
            Order::SaltAround => [salt, password, salt],
        };
        let [before, between, after] = salted;
        match &self.site_key {
            None => self.kind.of(&salted),
            Some((SiteKeyOrder::First, key)) => self.kind.of(&[key, before, between, after]),
            Some((SiteKeyOrder::Last, key)) => self.kind.of(&[before, between, after, key]),
        }
    }

    pub(super) fn faceless(&self) -> Self {
        let (salt, digest) = (vec![b'x'; self.salt.len()], vec![0; self.digest.len()]);
        let faceless_key = |(order, key): &(SiteKeyOrder, SecretBytes)| (*order, site_key(&vec![0; key.len()]));
        Self { kind: self.kind, order: self.order, site_key: self.site_key.as_ref().map(faceless_key), salt, digest }
    }
}

struct Hash {
    core: Core,
    digest_as: BytesAs,
    salt_as: BytesAs,
    /// The symbols that the row's salt is made of.
    salt_alphabet: &'static [u8],
    place: Place,
}

/// Where the salt stands.
#[derive(Clone)]
enum Place {
    Nowhere,
    Column,
    Beside(Layout),
}

impl Stored for Hash {
    fn label(&self) -> String {
        self.core.label()
    }

    fn cost(&self) -> Cost {
        self.core.cost()
    }

    fn matches(&self, password: &[u8]) -> bool {
        self.core.matches(password)
    }

    fn age(&self, _target: &Target) -> Option<Old> {
        Some(Old::FastDigest)
    }

    fn faceless(&self) -> Box<dyn Stored> {
        let (digest_as, salt_as, place) = (self.digest_as, self.salt_as, self.place.clone());
        Box::new(Self { core: self.core.faceless(), digest_as, salt_as, salt_alphabet: self.salt_alphabet, place })
    }

    fn renew(&self, password: &[u8], random: Random<'_>) -> Result<HashedRow, CannotWrite> {
        let order = self.core.order.ok_or(CannotWrite::OrderNotStated)?;
        if matches!(&self.core.site_key, Some((_, key)) if key.is_empty()) {
            return Err(CannotWrite::NoSiteKey);
        }
        let salt = match (&self.place, self.salt_as) {
            (Place::Nowhere, _) => Vec::new(),
            (_, BytesAs::Raw) => text(random, new_length(&self.core.salt), self.salt_alphabet),
            _ => bytes(random, new_length(&self.core.salt)),
        };
        let core = Core { salt, ..self.core.clone() };
        let digest = self.digest_as.encode(&core.compute(order, password));
        let salt = self.salt_as.encode(&core.salt);
        Ok(match &self.place {
            Place::Nowhere => HashedRow::whole(digest),
            Place::Column => HashedRow::with_salt(digest, salt),
            Place::Beside(Layout { hash_first: true, separator }) => {
                HashedRow::whole([digest, separator.clone(), salt].concat())
            }
            Place::Beside(Layout { hash_first: false, separator }) => {
                HashedRow::whole([salt, separator.clone(), digest].concat())
            }
        })
    }
}

/// A new salt is as long as the one it replaces, unless that one was empty.
fn new_length(salt: &[u8]) -> usize {
    if salt.is_empty() { SALT_LENGTH } else { salt.len() }
}

fn site_key(key: &[u8]) -> SecretBytes {
    SecretBytes::new(key.to_vec())
}

fn scheme(name: &str) -> Option<(DigestKind, bool)> {
    SCHEMES.iter().find(|scheme| scheme.0 == name).map(|&(_, kind, salted)| (kind, salted))
}

/// What a row's strings are made of.
struct Parts<'t> {
    digest: Vec<u8>,
    digest_as: BytesAs,
    salt: Option<&'t [u8]>,
    place: Place,
}

impl<'t> Parts<'t> {
    fn bare(kind: DigestKind, text: &[u8], settings: &Settings) -> Result<Self, Unreadable> {
        let (digest, digest_as) = decode(kind, text, settings.hash_encoding)?;
        Ok(Self { digest, digest_as, salt: None, place: Place::Nowhere })
    }

    fn beside(
        kind: DigestKind,
        text: &[u8],
        salt: &'t [u8],
        layout: Layout,
        settings: &Settings,
    ) -> Result<Self, Unreadable> {
        let (digest, digest_as) = decode(kind, text, settings.hash_encoding)?;
        Ok(Self { digest, digest_as, salt: Some(salt), place: Place::Beside(layout) })
    }
}

/// Finds digest and salt: in the stated layout, or with the salt in its column, or around any known separator.
fn split<'t>(kind: DigestKind, text: &'t [u8], row: &Row<'t>, settings: &Settings) -> Result<Parts<'t>, Unreadable> {
    if let Some(layout) = &settings.layout {
        let parts =
            if layout.separator.is_empty() { split_by_length(kind, text, layout, settings) } else { cut(text, layout) };
        let (digest, salt) = parts.ok_or(Unreadable::because("digest and salt do not stand as the layout says"))?;
        return Parts::beside(kind, digest, salt, layout.clone(), settings);
    }
    if row.salt.is_some() {
        return Ok(Parts { salt: row.salt, place: Place::Column, ..Parts::bare(kind, text, settings)? });
    }
    for hash_first in [true, false] {
        for &separator in SEPARATORS {
            let layout = Layout { hash_first, separator: vec![separator] };
            let Some((digest, salt)) = cut(text, &layout) else { continue };
            if let Ok(parts) = Parts::beside(kind, digest, salt, layout, settings) {
                return Ok(parts);
            }
        }
    }
    Err(Unreadable::because("the row has no salt: it has no salt column, and its hash is not a digest and a salt"))
}

/// Digest and salt around a separator. A digest never holds one, a salt may.
fn cut<'t>(text: &'t [u8], layout: &Layout) -> Option<(&'t [u8], &'t [u8])> {
    let width = layout.separator.len();
    let mut windows = text.windows(width);
    let is_separator = |window: &[u8]| window == &*layout.separator;
    if layout.hash_first {
        let at = windows.position(is_separator)?;
        Some((&text[..at], &text[at + width..]))
    } else {
        let at = windows.rposition(is_separator)?;
        Some((&text[at + width..], &text[..at]))
    }
}

/// Digest and salt next to each other: the digest's length says where one ends.
fn split_by_length<'t>(
    kind: DigestKind,
    text: &'t [u8],
    layout: &Layout,
    settings: &Settings,
) -> Option<(&'t [u8], &'t [u8])> {
    let size = kind.size();
    let lengths = [2 * size, 4 * size.div_ceil(3), (4 * size).div_ceil(3), size];
    lengths.into_iter().filter(|&length| length <= text.len()).find_map(|length| {
        let (digest, salt) = if layout.hash_first {
            text.split_at(length)
        } else {
            let (salt, digest) = text.split_at(text.len() - length);
            (digest, salt)
        };
        decode(kind, digest, settings.hash_encoding).ok().map(|_| (digest, salt))
    })
}

/// The digest's bytes and how they were written. Its length tells one notation from the other; raw bytes that happen to
/// be ASCII are only read as such where the specification says so.
fn decode(kind: DigestKind, text: &[u8], stated: Option<BytesAs>) -> Result<(Vec<u8>, BytesAs), Unreadable> {
    let size = kind.size();
    let decoded = match stated {
        Some(stated) => stated.decode(text).map(|digest| (digest, stated)),
        None if is_raw(kind, text) => Some((text.to_vec(), BytesAs::Raw)),
        None => {
            let upper = text.iter().any(u8::is_ascii_uppercase) && !text.iter().any(u8::is_ascii_lowercase);
            let hex_as = if upper { BytesAs::HexUpper } else { BytesAs::Hex };
            let base64_as = if text.ends_with(b"=") { BytesAs::Base64 } else { BytesAs::Base64Unpadded };
            let of_size = |digest: &Vec<u8>| digest.len() == size;
            let hex = hex(text).filter(of_size).map(|digest| (digest, hex_as));
            hex.or_else(|| base64(text).filter(of_size).map(|digest| (digest, base64_as)))
        }
    };
    let decoded = decoded.filter(|(digest, _)| digest.len() == size);
    decoded.ok_or(Unreadable::because("the digest is not in its encoding, or not of its algorithm's length"))
}

/// Whether these can only be a digest's own bytes.
fn is_raw(kind: DigestKind, text: &[u8]) -> bool {
    text.len() == kind.size() && !text.is_ascii()
}

/// Hexadecimal digits if the salt is made of nothing else; letters and digits for all others.
fn alphabet_of(salt: &[u8]) -> &'static [u8] {
    let is_hex = !salt.is_empty() && salt.iter().all(|byte| HEX_DIGITS.contains(byte));
    if is_hex { HEX_DIGITS } else { ALPHANUMERIC }
}
