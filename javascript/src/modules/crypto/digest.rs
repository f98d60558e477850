//! Digests by their names in OpenSSL.

use hmac::{EagerHash, Hmac, KeyInit, Mac};
use sha3::digest::{ExtendableOutput, Update, XofReader};

/// Runs the same code with the digest of that name.
macro_rules! with_digest {
    ($name:expr, $digest:ident => $work:expr) => {
        match $name {
            "md5" => {
                type $digest = md5::Md5;
                Some($work)
            }
            "sha1" => {
                type $digest = sha1::Sha1;
                Some($work)
            }
            "sha224" => {
                type $digest = sha2::Sha224;
                Some($work)
            }
            "sha256" => {
                type $digest = sha2::Sha256;
                Some($work)
            }
            "sha384" => {
                type $digest = sha2::Sha384;
                Some($work)
            }
            "sha512" => {
                type $digest = sha2::Sha512;
                Some($work)
            }
            "sha512-224" => {
                type $digest = sha2::Sha512_224;
                Some($work)
            }
            "sha512-256" => {
                type $digest = sha2::Sha512_256;
                Some($work)
            }
            "sha3-224" => {
                type $digest = sha3::Sha3_224;
                Some($work)
            }
            "sha3-256" => {
                type $digest = sha3::Sha3_256;
                Some($work)
            }
            "sha3-384" => {
                type $digest = sha3::Sha3_384;
                Some($work)
            }
            "sha3-512" => {
                type $digest = sha3::Sha3_512;
                Some($work)
            }
            _ => None,
        }
    };
}

const NAMES: [&str; 14] = [
    "md5",
    "sha1",
    "sha224",
    "sha256",
    "sha3-224",
    "sha3-256",
    "sha3-384",
    "sha3-512",
    "sha384",
    "sha512",
    "sha512-224",
    "sha512-256",
    "shake128",
    "shake256",
];

const UNKNOWN: &str = "Digest method not supported";

/// The names as a JSON array.
pub(crate) fn names() -> String {
    serde_json::json!(NAMES).to_string()
}

pub(crate) fn is_known(name: &str) -> bool {
    NAMES.contains(&plain(name).as_str())
}

/// The digest of some bytes; a length only makes sense for SHAKE.
pub(crate) fn digest(name: &str, data: &[u8], length: Option<usize>) -> Result<Vec<u8>, String> {
    let name = plain(name);
    match name.as_str() {
        "shake128" => return shake::<sha3::Shake128>(data, length.unwrap_or(16)),
        "shake256" => return shake::<sha3::Shake256>(data, length.unwrap_or(32)),
        _ => {}
    }
    let made = with_digest!(name.as_str(), D => <D as sha2::Digest>::digest(data).to_vec()).ok_or(UNKNOWN)?;
    match length {
        Some(length) if length != made.len() => Err("Unsupported state or unable to set the output length".to_owned()),
        _ => Ok(made),
    }
}

pub(crate) fn hmac(name: &str, key: &[u8], data: &[u8]) -> Result<Vec<u8>, String> {
    with_digest!(plain(name).as_str(), D => hmac_by::<D>(key, data)).ok_or(UNKNOWN)?
}

pub(crate) fn pbkdf2(name: &str, password: &[u8], salt: &[u8], rounds: u32, key: &mut [u8]) -> Result<(), String> {
    with_digest!(plain(name).as_str(), D => derive::<D>(password, salt, rounds, key)).ok_or(UNKNOWN)?;
    Ok(())
}

fn hmac_by<D: EagerHash>(key: &[u8], data: &[u8]) -> Result<Vec<u8>, String>
where
    Hmac<D>: KeyInit + Mac,
{
    let mut mac = <Hmac<D> as KeyInit>::new_from_slice(key).map_err(|error| error.to_string())?;
    Mac::update(&mut mac, data);
    Ok(mac.finalize().into_bytes().to_vec())
}

fn derive<D: EagerHash>(password: &[u8], salt: &[u8], rounds: u32, key: &mut [u8])
where
    D::Core: Sync,
    Hmac<D>: KeyInit,
{
    pbkdf2::pbkdf2_hmac::<D>(password, salt, rounds, key);
}

fn shake<D: ExtendableOutput + Update + Default>(data: &[u8], length: usize) -> Result<Vec<u8>, String> {
    if length > 1 << 20 {
        return Err("the output is longer than scripts may have it".to_owned());
    }
    let (mut shake, mut made) = (D::default(), vec![0; length]);
    shake.update(data);
    shake.finalize_xof().read(&mut made);
    Ok(made)
}

/// `SHA-256` and `RSA-SHA256` are `sha256`.
fn plain(name: &str) -> String {
    let name = name.to_ascii_lowercase();
    let name = name.strip_prefix("rsa-").unwrap_or(&name);
    match name.strip_prefix("sha-") {
        Some(size) => format!("sha{}", size.replace('/', "-")),
        None => name.replace("sha512/", "sha512-"),
    }
}

#[cfg(test)]
mod tests {
    use data_encoding::HEXLOWER;

    use super::*;

    #[test]
    fn digests_are_those_of_openssl() {
        // `printf abc | openssl dgst -<name>`
        for (name, expected) in [
            ("md5", "900150983cd24fb0d6963f7d28e17f72"),
            ("SHA1", "a9993e364706816aba3e25717850c26c9cd0d89d"),
            ("sha-256", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            ("RSA-SHA256", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            ("sha3-256", "3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532"),
            ("shake128", "5881092dd818bf5cf8a3ddb793fbcba7"),
        ] {
            assert_eq!(digest(name, b"abc", None).map(|made| HEXLOWER.encode(&made)).unwrap(), expected, "{name}");
        }
        assert!(digest("whatever", b"", None).is_err());
        assert!(NAMES.iter().all(|name| digest(name, b"", None).is_ok()));
    }

    #[test]
    fn hmac_is_that_of_rfc_2202() {
        let made = hmac("md5", b"Jefe", b"what do ya want for nothing?").unwrap();
        assert_eq!(HEXLOWER.encode(&made), "750c783e6ab0b503eaa86e310a5db738");
    }
}
