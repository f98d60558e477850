//! Readers and writers of PBKDF2 notations: text to its parts and back. Bounds are checked by whoever asks.

use data_encoding::{BASE64, BASE64_NOPAD, BASE64URL, HEXLOWER, HEXUPPER};
use serde_json::{Value, json};

use crate::digests::DigestKind;
use crate::encoding::{base64, hex};

/// What a string says.
pub(super) struct Parts {
    pub(super) kind: DigestKind,
    /// Absent where the application keeps them in its code.
    pub(super) rounds: Option<u64>,
    /// As it is hashed.
    pub(super) salt: Vec<u8>,
    pub(super) digest: Vec<u8>,
    /// A word that is kept as it was written.
    pub(super) word: Option<Vec<u8>>,
}

use DigestKind::{Sha1, Sha256, Sha512};

fn parts(kind: DigestKind, rounds: u64, salt: Vec<u8>, digest: Vec<u8>) -> Option<Parts> {
    Some(Parts { kind, rounds: Some(rounds), salt, digest, word: None })
}

/// Exactly `N` fields.
fn fields<const N: usize>(text: &[u8], separator: u8) -> Option<[&[u8]; N]> {
    let fields: Vec<&[u8]> = text.splitn(N + 1, |&byte| byte == separator).collect();
    fields.try_into().ok()
}

fn number(text: &[u8]) -> Option<u64> {
    // No sign, no blanks: such a string is no encoder's.
    let digits = !text.is_empty() && text.len() < 20 && text.iter().all(u8::is_ascii_digit);
    digits.then(|| std::str::from_utf8(text).ok()?.parse().ok()).flatten()
}

fn kind(word: &[u8]) -> Option<DigestKind> {
    let letters = word.to_ascii_lowercase();
    DigestKind::ALL.into_iter().find(|kind| letters == kind.name().as_bytes())
}

/// passlib's base64: `.` for `+`, no padding. Others wrote the standard alphabet and padding under the same name.
fn ab64(text: &[u8]) -> Option<Vec<u8>> {
    let standard: Vec<u8> = text.iter().map(|&byte| if byte == b'.' { b'+' } else { byte }).collect();
    base64(&standard)
}

fn to_ab64(bytes: &[u8]) -> String {
    BASE64_NOPAD.encode(bytes).replace('+', ".")
}

/// `$pbkdf2-sha256$29000$salt$digest`, or with `i=29000,l=32` (PHC) for the rounds.
pub(super) fn read_mcf(text: &[u8]) -> Option<Parts> {
    let [empty, name, rounds, salt, digest] = fields(text, b'$')?;
    let digest_name = match name.strip_prefix(b"pbkdf2")? {
        b"" => Sha1,
        word => kind(word.strip_prefix(b"-")?)?,
    };
    let (salt, digest) = (ab64(salt)?, ab64(digest)?);
    if !empty.is_empty() {
        return None;
    }
    let Some(phc) = rounds.strip_prefix(b"i=") else { return parts(digest_name, number(rounds)?, salt, digest) };
    let [rounds, length] = match fields(phc, b',') {
        Some(both) => both,
        None => [phc, b"".as_slice()],
    };
    let stated = if length.is_empty() { None } else { Some(number(length.strip_prefix(b"l=")?)?) };
    if stated.is_some_and(|stated| stated != digest.len() as u64) {
        return None;
    }
    let word = Some(b"phc".to_vec());
    Some(Parts { word, ..parts(digest_name, number(rounds)?, salt, digest)? })
}

pub(super) fn write_mcf(parts: &Parts) -> Vec<u8> {
    let (name, rounds) = (parts.kind.name(), parts.rounds.unwrap_or_default());
    if parts.word.is_some() {
        let (salt, digest) = (BASE64_NOPAD.encode(&parts.salt), BASE64_NOPAD.encode(&parts.digest));
        return format!("$pbkdf2-{name}$i={rounds},l={}${salt}${digest}", parts.digest.len()).into_bytes();
    }
    // Without a suffix it is SHA-1.
    let suffix = if parts.kind == Sha1 { String::new() } else { format!("-{name}") };
    format!("$pbkdf2{suffix}${rounds}${}${}", to_ab64(&parts.salt), to_ab64(&parts.digest)).into_bytes()
}

/// `$p5k2$hexrounds$b64url$b64url`; Dwayne Litzenberger's, with the same name, hashes everything before the digest as
/// the salt and writes passlib's base64.
pub(super) fn read_p5k2(text: &[u8]) -> Option<Parts> {
    let [_, _, rounds, salt, digest] = fields(text, b'$')?;
    let rounds = match rounds {
        b"" => 400,
        rounds => u64::from_str_radix(std::str::from_utf8(rounds).ok()?, 16).ok()?,
    };
    if digest.len() == 32 {
        let whole = text[..text.len() - digest.len() - 1].to_vec();
        return Some(Parts { word: Some(Vec::new()), ..parts(Sha1, rounds, whole, ab64(digest)?)? });
    }
    parts(Sha1, rounds, base64(salt)?, base64(digest)?)
}

pub(super) fn write_p5k2(parts: &Parts) -> Vec<u8> {
    let rounds = parts.rounds.unwrap_or_default();
    format!("$p5k2${rounds:x}${}${}", BASE64URL.encode(&parts.salt), BASE64URL.encode(&parts.digest)).into_bytes()
}

pub(super) fn read_atlassian(text: &[u8]) -> Option<Parts> {
    let bytes = base64(text.strip_prefix(b"{PKCS5S2}")?)?;
    let (salt, digest) = bytes.split_at_checked(16).filter(|(_, digest)| digest.len() == 32)?;
    Some(Parts { rounds: None, ..parts(Sha1, 0, salt.to_vec(), digest.to_vec())? })
}

pub(super) fn write_atlassian(parts: &Parts) -> Vec<u8> {
    format!("{{PKCS5S2}}{}", BASE64.encode(&[&*parts.salt, &parts.digest].concat())).into_bytes()
}

/// A number of rounds of four bytes, 64 bytes of salt, 256 of digest.
pub(super) fn read_389ds(text: &[u8]) -> Option<Parts> {
    let bytes = base64(text.strip_prefix(b"{PBKDF2_SHA256}")?)?;
    let (rounds, rest) = bytes.split_first_chunk::<4>()?;
    let (salt, digest) = rest.split_at_checked(64).filter(|(_, digest)| digest.len() == 256)?;
    parts(Sha256, u32::from_be_bytes(*rounds).into(), salt.to_vec(), digest.to_vec())
}

pub(super) fn write_389ds(parts: &Parts) -> Vec<u8> {
    let rounds = u32::try_from(parts.rounds.unwrap_or_default()).unwrap_or(u32::MAX).to_be_bytes();
    let bytes = [&rounds[..], &parts.salt, &parts.digest].concat();
    format!("{{PBKDF2_SHA256}}{}", BASE64.encode(&bytes)).into_bytes()
}

/// `{PBKDF2-SHA512}rounds$salt$digest`. Elasticsearch writes `{PBKDF2}` with SHA-512, padded base64 and 32 bytes.
pub(super) fn read_ldap(text: &[u8]) -> Option<Parts> {
    let close = text.iter().position(|&byte| byte == b'}')?;
    let (word, rest) = (text.get(1..close)?, &text[close + 1..]);
    let [rounds, salt, digest] = fields(rest, b'$')?;
    let elastic = word.eq_ignore_ascii_case(b"PBKDF2") && salt.ends_with(b"=");
    let kind = match word.get(7..) {
        _ if elastic => Sha512,
        None => Sha1,
        Some(name) => kind(name)?,
    };
    Some(Parts { word: Some(word.to_vec()), ..parts(kind, number(rounds)?, ab64(salt)?, ab64(digest)?)? })
}

pub(super) fn write_ldap(parts: &Parts) -> Vec<u8> {
    let word = match &parts.word {
        Some(word) => String::from_utf8_lossy(word).into_owned(),
        None => format!("PBKDF2-{}", parts.kind.name().to_uppercase()),
    };
    let rounds = parts.rounds.unwrap_or_default();
    let elastic = word.eq_ignore_ascii_case("PBKDF2") && parts.kind == Sha512;
    let (salt, digest) = match elastic {
        true => (BASE64.encode(&parts.salt), BASE64.encode(&parts.digest)),
        false => (to_ab64(&parts.salt), to_ab64(&parts.digest)),
    };
    format!("{{{word}}}{rounds}${salt}${digest}").into_bytes()
}

pub(super) fn read_dovecot(text: &[u8]) -> Option<Parts> {
    let [_, version, salt, rounds, digest] = fields(text, b'$')?;
    (version == b"1").then(|| parts(Sha1, number(rounds)?, salt.to_vec(), hex(digest)?)).flatten()
}

pub(super) fn write_dovecot(parts: &Parts) -> Vec<u8> {
    let salt = String::from_utf8_lossy(&parts.salt);
    let rounds = parts.rounds.unwrap_or_default();
    format!("{{PBKDF2}}$1${salt}${rounds}${}", HEXLOWER.encode(&parts.digest)).into_bytes()
}

/// Bits of the key, rounds, 8 bytes of salt, key; the word may state key and rounds as well.
pub(super) fn read_liferay(text: &[u8]) -> Option<Parts> {
    let close = text.iter().position(|&byte| byte == b'}')?;
    let bytes = base64(&text[close + 1..])?;
    let (bits, rest) = bytes.split_first_chunk::<4>()?;
    let (rounds, rest) = rest.split_first_chunk::<4>()?;
    let (salt, digest) = rest.split_at_checked(8)?;
    let fits = u64::from(u32::from_be_bytes(*bits)) == 8 * digest.len() as u64;
    let word = Some(text[..=close].to_vec());
    let rounds = u32::from_be_bytes(*rounds).into();
    fits.then(|| Some(Parts { word, ..parts(Sha1, rounds, salt.to_vec(), digest.to_vec())? })).flatten()
}

pub(super) fn write_liferay(parts: &Parts) -> Vec<u8> {
    let bits = u32::try_from(8 * parts.digest.len()).unwrap_or(u32::MAX).to_be_bytes();
    let rounds = u32::try_from(parts.rounds.unwrap_or_default()).unwrap_or(u32::MAX).to_be_bytes();
    let bytes = [&bits[..], &rounds, &parts.salt, &parts.digest].concat();
    let word = parts.word.clone().unwrap_or_else(|| b"{PBKDF2WithHmacSHA1}".to_vec());
    [&word, BASE64.encode(&bytes).as_bytes()].concat()
}

/// `pbkdf2:sha256:600000$salt$hex`.
pub(super) fn read_werkzeug(text: &[u8]) -> Option<Parts> {
    let [method, salt, digest] = fields(text, b'$')?;
    let (kind, rounds) = match fields::<3>(method, b':') {
        Some([_, name, rounds]) => (kind(name)?, number(rounds)?),
        // Old releases left the rounds out.
        None => (kind(fields::<2>(method, b':')?[1])?, 1_000),
    };
    parts(kind, rounds, salt.to_vec(), hex(digest)?)
}

pub(super) fn write_werkzeug(parts: &Parts) -> Vec<u8> {
    let (name, rounds) = (parts.kind.name(), parts.rounds.unwrap_or_default());
    let salt = String::from_utf8_lossy(&parts.salt);
    format!("pbkdf2:{name}:{rounds}${salt}${}", HEXLOWER.encode(&parts.digest)).into_bytes()
}

/// `pbkdf2(1000,20,sha512)$salt$hex`.
pub(super) fn read_web2py(text: &[u8]) -> Option<Parts> {
    let [method, salt, digest] = fields(text, b'$')?;
    let arguments = method.strip_prefix(b"pbkdf2(")?.strip_suffix(b")")?;
    let [rounds, length, name] = fields(arguments, b',')?;
    let digest = hex(digest)?;
    let fits = number(length)? == digest.len() as u64;
    fits.then(|| parts(kind(name)?, number(rounds)?, salt.to_vec(), digest)).flatten()
}

pub(super) fn write_web2py(parts: &Parts) -> Vec<u8> {
    let (rounds, length, name) = (parts.rounds.unwrap_or_default(), parts.digest.len(), parts.kind.name());
    let salt = String::from_utf8_lossy(&parts.salt);
    format!("pbkdf2({rounds},{length},{name})${salt}${}", HEXLOWER.encode(&parts.digest)).into_bytes()
}

pub(super) fn read_seafile(text: &[u8]) -> Option<Parts> {
    let [_, rounds, salt, digest] = fields(text, b'$')?;
    parts(Sha256, number(rounds)?, hex(salt)?, hex(digest)?)
}

pub(super) fn write_seafile(parts: &Parts) -> Vec<u8> {
    let rounds = parts.rounds.unwrap_or_default();
    format!("PBKDF2SHA256${rounds}${}${}", HEXLOWER.encode(&parts.salt), HEXLOWER.encode(&parts.digest)).into_bytes()
}

pub(super) fn read_grub(text: &[u8]) -> Option<Parts> {
    let [rounds, salt, digest] = fields(text.strip_prefix(b"grub.pbkdf2.sha512.")?, b'.')?;
    parts(Sha512, number(rounds)?, hex(salt)?, hex(digest)?)
}

pub(super) fn write_grub(parts: &Parts) -> Vec<u8> {
    let rounds = parts.rounds.unwrap_or_default();
    let (salt, digest) = (HEXUPPER.encode(&parts.salt), HEXUPPER.encode(&parts.digest));
    format!("grub.pbkdf2.sha512.{rounds}.{salt}.{digest}").into_bytes()
}

pub(super) fn read_macos(text: &[u8]) -> Option<Parts> {
    let [rounds, salt, digest] = fields(text.strip_prefix(b"$ml$")?, b'$')?;
    parts(Sha512, number(rounds)?, hex(salt)?, hex(digest)?)
}

pub(super) fn write_macos(parts: &Parts) -> Vec<u8> {
    let rounds = parts.rounds.unwrap_or_default();
    format!("$ml${rounds}${}${}", HEXLOWER.encode(&parts.salt), HEXLOWER.encode(&parts.digest)).into_bytes()
}

/// `sha256:64000:base64:base64`, as the PHP classes of that family write it.
pub(super) fn read_colons(text: &[u8]) -> Option<Parts> {
    let [name, rounds, salt, digest] = fields(text, b':')?;
    parts(kind(name)?, number(rounds)?, base64(salt)?, base64(digest)?)
}

pub(super) fn write_colons(parts: &Parts) -> Vec<u8> {
    let (name, rounds) = (parts.kind.name(), parts.rounds.unwrap_or_default());
    format!("{name}:{rounds}:{}:{}", BASE64.encode(&parts.salt), BASE64.encode(&parts.digest)).into_bytes()
}

pub(super) fn read_tomcat(text: &[u8]) -> Option<Parts> {
    let [salt, rounds, digest] = fields(text, b'$')?;
    parts(Sha1, number(rounds)?, hex(salt)?, hex(digest)?)
}

pub(super) fn write_tomcat(parts: &Parts) -> Vec<u8> {
    let rounds = parts.rounds.unwrap_or_default();
    format!("{}${rounds}${}", HEXLOWER.encode(&parts.salt), HEXLOWER.encode(&parts.digest)).into_bytes()
}

/// Behind the word of a hash that is written in base64 (`setEncodeHashAsBase64`).
const BASE64_MARK: &[u8] = b" base64";

fn spring(text: &[u8], word: &[u8], kind: DigestKind, salt: usize) -> Option<Parts> {
    let rest = text.strip_prefix(word);
    let encoded = rest.unwrap_or(text);
    let as_hex = hex(encoded);
    let in_base64 = as_hex.is_none();
    let bytes = as_hex.or_else(|| base64(encoded))?;
    // What is longer than it should be has the longer salt of later releases.
    let (salt, digest) = bytes.split_at_checked(salt.max(bytes.len().checked_sub(32)?))?;
    let word = rest.map_or(Vec::new(), |_| word.to_vec());
    let word = Some(if in_base64 { [&word, BASE64_MARK].concat() } else { word });
    Some(Parts { kind, rounds: None, salt: salt.to_vec(), digest: digest.to_vec(), word })
}

fn written_spring(parts: &Parts, usual: &[u8]) -> Vec<u8> {
    let (word, bytes) = (parts.word.as_deref().unwrap_or(usual), [&*parts.salt, &parts.digest].concat());
    match word.strip_suffix(BASE64_MARK) {
        Some(word) => [word, BASE64.encode(&bytes).as_bytes()].concat(),
        None => [word, HEXLOWER.encode(&bytes).as_bytes()].concat(),
    }
}

pub(super) fn read_spring(text: &[u8]) -> Option<Parts> {
    spring(text, b"{pbkdf2}", Sha1, 8)
}

pub(super) fn write_spring(parts: &Parts) -> Vec<u8> {
    written_spring(parts, b"{pbkdf2}")
}

pub(super) fn read_spring_58(text: &[u8]) -> Option<Parts> {
    spring(text, b"{pbkdf2@SpringSecurity_v5_8}", Sha256, 16)
}

pub(super) fn write_spring_58(parts: &Parts) -> Vec<u8> {
    written_spring(parts, b"{pbkdf2@SpringSecurity_v5_8}")
}

/// `:pbkdf2:sha512:30000:64:base64:base64`.
pub(super) fn read_mediawiki(text: &[u8]) -> Option<Parts> {
    let [name, rounds, length, salt, digest] = fields(text.strip_prefix(b":pbkdf2:")?, b':')?;
    let digest = base64(digest)?;
    let fits = number(length)? == digest.len() as u64;
    fits.then(|| parts(kind(name)?, number(rounds)?, base64(salt)?, digest)).flatten()
}

pub(super) fn write_mediawiki(parts: &Parts) -> Vec<u8> {
    let (name, rounds, length) = (parts.kind.name(), parts.rounds.unwrap_or_default(), parts.digest.len());
    let (salt, digest) = (BASE64.encode(&parts.salt), BASE64.encode(&parts.digest));
    format!(":pbkdf2:{name}:{rounds}:{length}:{salt}:{digest}").into_bytes()
}

/// A zero, 16 bytes of salt, 32 of digest.
pub(super) fn read_aspnet_v2(text: &[u8]) -> Option<Parts> {
    if text.len() != 68 {
        return None;
    }
    let bytes = base64(text)?;
    let (salt, digest) = bytes.strip_prefix(&[0])?.split_at_checked(16)?;
    Some(Parts { rounds: None, ..parts(Sha1, 0, salt.to_vec(), digest.to_vec())? })
}

pub(super) fn write_aspnet_v2(parts: &Parts) -> Vec<u8> {
    BASE64.encode(&[&[0][..], &parts.salt, &parts.digest].concat()).into_bytes()
}

/// A one, the digest's number, rounds, length of the salt, salt, digest; numbers of four bytes.
pub(super) fn read_aspnet_v3(text: &[u8]) -> Option<Parts> {
    let bytes = base64(text)?;
    let (&version, rest) = bytes.split_first()?;
    let (kind, rest) = rest.split_first_chunk::<4>()?;
    let (rounds, rest) = rest.split_first_chunk::<4>()?;
    let (length, rest) = rest.split_first_chunk::<4>()?;
    let kind = match u32::from_be_bytes(*kind) {
        0 => Sha1,
        1 => Sha256,
        2 => Sha512,
        _ => return None,
    };
    let (salt, digest) = rest.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?)?;
    (version == 1).then(|| parts(kind, u32::from_be_bytes(*rounds).into(), salt.to_vec(), digest.to_vec())).flatten()
}

pub(super) fn write_aspnet_v3(parts: &Parts) -> Vec<u8> {
    let kind: u32 = match parts.kind {
        Sha1 => 0,
        Sha256 => 1,
        _ => 2,
    };
    let rounds = u32::try_from(parts.rounds.unwrap_or_default()).unwrap_or(u32::MAX);
    let length = u32::try_from(parts.salt.len()).unwrap_or(u32::MAX);
    let numbers = [kind.to_be_bytes(), rounds.to_be_bytes(), length.to_be_bytes()].concat();
    BASE64.encode(&[&[1][..], &numbers, &parts.salt, &parts.digest].concat()).into_bytes()
}

fn member<'v>(value: &'v Value, name: &str) -> Option<&'v str> {
    value.get(name)?.as_str()
}

pub(super) fn read_credential(text: &[u8]) -> Option<Parts> {
    let value: Value = serde_json::from_slice(text).ok()?;
    let kind = match member(&value, "hashMethod")? {
        "pbkdf2" => Sha1,
        method => kind(method.strip_prefix("pbkdf2-")?.as_bytes())?,
    };
    let digest = base64(member(&value, "hash")?.as_bytes())?;
    let fits = value.get("keyLength")?.as_u64()? == digest.len() as u64;
    let rounds = value.get("iterations")?.as_u64()?;
    fits.then(|| parts(kind, rounds, member(&value, "salt")?.as_bytes().to_vec(), digest)).flatten()
}

pub(super) fn write_credential(parts: &Parts) -> Vec<u8> {
    let method = if parts.kind == Sha1 { "pbkdf2".to_owned() } else { format!("pbkdf2-{}", parts.kind.name()) };
    let value = json!({
        "hash": BASE64.encode(&parts.digest),
        "salt": String::from_utf8_lossy(&parts.salt),
        "keyLength": parts.digest.len(),
        "hashMethod": method,
        "iterations": parts.rounds.unwrap_or_default(),
    });
    value.to_string().into_bytes()
}

/// The columns `secret_data` and `credential_data` in one object, as a realm's export has them, each as an object or as
/// text with one.
pub(super) fn read_keycloak(text: &[u8]) -> Option<Parts> {
    let value: Value = serde_json::from_slice(text).ok()?;
    let inner = |name: &str| match value.get(name)? {
        Value::String(text) => serde_json::from_str(text).ok(),
        object => Some(object.clone()),
    };
    let (secret, credential): (Value, Value) = (inner("secretData")?, inner("credentialData")?);
    let kind = match member(&credential, "algorithm")? {
        "pbkdf2" => Sha1,
        name => kind(name.strip_prefix("pbkdf2-")?.as_bytes())?,
    };
    let rounds = credential.get("hashIterations")?.as_u64()?;
    parts(kind, rounds, base64(member(&secret, "salt")?.as_bytes())?, base64(member(&secret, "value")?.as_bytes())?)
}

pub(super) fn write_keycloak(parts: &Parts) -> Vec<u8> {
    let algorithm = if parts.kind == Sha1 { "pbkdf2".to_owned() } else { format!("pbkdf2-{}", parts.kind.name()) };
    let value = json!({
        "secretData": {
            "value": BASE64.encode(&parts.digest),
            "salt": BASE64.encode(&parts.salt),
            "additionalParameters": {},
        },
        "credentialData": {
            "hashIterations": parts.rounds.unwrap_or_default(),
            "algorithm": algorithm,
            "additionalParameters": {},
        },
    });
    value.to_string().into_bytes()
}
