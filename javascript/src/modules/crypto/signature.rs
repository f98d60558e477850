//! Signatures with keys in PEM, by ring.

use ring::{
    rand::SystemRandom,
    signature::{
        self, ECDSA_P256_SHA256_ASN1, ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P256_SHA256_FIXED,
        ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_ASN1, ECDSA_P384_SHA384_ASN1_SIGNING,
        ECDSA_P384_SHA384_FIXED, ECDSA_P384_SHA384_FIXED_SIGNING, ED25519, EcdsaKeyPair, EcdsaSigningAlgorithm,
        Ed25519KeyPair, RsaEncoding, RsaKeyPair, RsaPublicKeyComponents, UnparsedPublicKey, VerificationAlgorithm,
    },
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, SubjectPublicKeyInfoDer, pem::PemObject};

const UNREADABLE: &str = "error:1E08010C:DECODER routines::unsupported";
const UNKNOWN: &str = "Invalid digest";

/// Signs with a private key: RSA, a curve of the NIST, or Ed25519. `how` is `pss`, `p1363` or nothing.
pub(crate) fn sign(name: &str, how: &str, key: &str, data: &[u8]) -> Result<Vec<u8>, String> {
    let der = PrivateKeyDer::from_pem_slice(key.as_bytes()).map_err(|_| UNREADABLE.to_owned())?;
    let random = SystemRandom::new();
    let failed = |_| "the signature cannot be made with this key".to_owned();
    match &der {
        PrivateKeyDer::Pkcs1(der) => by_rsa(RsaKeyPair::from_der(der.secret_pkcs1_der()), name, how, data),
        PrivateKeyDer::Pkcs8(der) => {
            let der = der.secret_pkcs8_der();
            if let Ok(pair) = RsaKeyPair::from_pkcs8(der) {
                return by_rsa(Ok::<_, ()>(pair), name, how, data);
            }
            if let Ok(pair) = Ed25519KeyPair::from_pkcs8_maybe_unchecked(der) {
                return Ok(pair.sign(data).as_ref().to_vec());
            }
            let (small, large) = if how == "p1363" {
                (&ECDSA_P256_SHA256_FIXED_SIGNING, &ECDSA_P384_SHA384_FIXED_SIGNING)
            } else {
                (&ECDSA_P256_SHA256_ASN1_SIGNING, &ECDSA_P384_SHA384_ASN1_SIGNING)
            };
            let algorithm: &'static EcdsaSigningAlgorithm = match name {
                "sha256" => small,
                "sha384" => large,
                _ => return Err(UNKNOWN.to_owned()),
            };
            let pair = EcdsaKeyPair::from_pkcs8(algorithm, der, &random).map_err(|_| UNREADABLE.to_owned())?;
            Ok(pair.sign(&random, data).map_err(failed)?.as_ref().to_vec())
        }
        _ => Err("a key of this form is not offered: write it as PKCS #8 (`openssl pkcs8 -topk8 -nodes`)".to_owned()),
    }
}

fn by_rsa<E>(pair: Result<RsaKeyPair, E>, name: &str, how: &str, data: &[u8]) -> Result<Vec<u8>, String> {
    let pair = pair.map_err(|_| UNREADABLE.to_owned())?;
    let encoding: &'static dyn RsaEncoding = match (name, how) {
        ("sha256", "pss") => &signature::RSA_PSS_SHA256,
        ("sha384", "pss") => &signature::RSA_PSS_SHA384,
        ("sha512", "pss") => &signature::RSA_PSS_SHA512,
        ("sha256", _) => &signature::RSA_PKCS1_SHA256,
        ("sha384", _) => &signature::RSA_PKCS1_SHA384,
        ("sha512", _) => &signature::RSA_PKCS1_SHA512,
        _ => return Err(UNKNOWN.to_owned()),
    };
    let mut made = vec![0; pair.public().modulus_len()];
    pair.sign(encoding, &SystemRandom::new(), data, &mut made)
        .map_err(|_| "the signature cannot be made".to_owned())?;
    Ok(made)
}

/// Whether a signature is right. The key is a public key, a certificate, or the private key itself.
pub(crate) fn verify(name: &str, how: &str, key: &str, data: &[u8], made: &[u8]) -> Result<bool, String> {
    let key = public_key(key).ok_or_else(|| UNREADABLE.to_owned())?;
    let by = |algorithm: &'static dyn VerificationAlgorithm, key: &[u8]| {
        UnparsedPublicKey::new(algorithm, key).verify(data, made).is_ok()
    };
    Ok(match key {
        Public::Rsa(n, e) => {
            let parameters = match (name, how) {
                ("sha256", "pss") => &signature::RSA_PSS_2048_8192_SHA256,
                ("sha384", "pss") => &signature::RSA_PSS_2048_8192_SHA384,
                ("sha512", "pss") => &signature::RSA_PSS_2048_8192_SHA512,
                ("sha1", _) => &signature::RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY,
                ("sha256", _) => &signature::RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY,
                ("sha384", _) => &signature::RSA_PKCS1_2048_8192_SHA384,
                ("sha512", _) => &signature::RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY,
                _ => return Err(UNKNOWN.to_owned()),
            };
            RsaPublicKeyComponents { n: &n, e: &e }.verify(parameters, data, made).is_ok()
        }
        Public::P256(point) if how == "p1363" => by(&ECDSA_P256_SHA256_FIXED, &point),
        Public::P256(point) => by(&ECDSA_P256_SHA256_ASN1, &point),
        Public::P384(point) if how == "p1363" => by(&ECDSA_P384_SHA384_FIXED, &point),
        Public::P384(point) => by(&ECDSA_P384_SHA384_ASN1, &point),
        Public::Ed25519(point) => by(&ED25519, &point),
    })
}

enum Public {
    Rsa(Vec<u8>, Vec<u8>),
    P256(Vec<u8>),
    P384(Vec<u8>),
    Ed25519(Vec<u8>),
}

const OF_RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
const OF_CURVES: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
const OF_P256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
const OF_P384: &[u8] = &[0x2b, 0x81, 0x04, 0x00, 0x22];
const OF_ED25519: &[u8] = &[0x2b, 0x65, 0x70];

fn public_key(pem: &str) -> Option<Public> {
    if let Ok(key) = SubjectPublicKeyInfoDer::from_pem_slice(pem.as_bytes()) {
        return of_info(key.as_ref());
    }
    if let Ok(certificate) = CertificateDer::from_pem_slice(pem.as_bytes()) {
        return of_certificate(certificate.as_ref());
    }
    let PrivateKeyDer::Pkcs8(der) = PrivateKeyDer::from_pem_slice(pem.as_bytes()).ok()? else { return None };
    let pair = RsaKeyPair::from_pkcs8(der.secret_pkcs8_der()).ok()?;
    let of_pair = RsaPublicKeyComponents::<Vec<u8>>::from(pair.public());
    Some(Public::Rsa(of_pair.n, of_pair.e))
}

/// `SubjectPublicKeyInfo` of RFC 5280.
fn of_info(der: &[u8]) -> Option<Public> {
    let (info, _) = item(der, 0x30)?;
    let (algorithm, rest) = item(info, 0x30)?;
    let (bits, _) = item(rest, 0x03)?;
    let key = bits.strip_prefix(&[0])?;
    let (name, parameters) = item(algorithm, 0x06)?;
    match name {
        OF_RSA => {
            let (pair, _) = item(key, 0x30)?;
            let (n, rest) = item(pair, 0x02)?;
            let (e, _) = item(rest, 0x02)?;
            let positive = |number: &[u8]| number.iter().copied().skip_while(|byte| *byte == 0).collect();
            Some(Public::Rsa(positive(n), positive(e)))
        }
        OF_CURVES => match item(parameters, 0x06)?.0 {
            OF_P256 => Some(Public::P256(key.to_vec())),
            OF_P384 => Some(Public::P384(key.to_vec())),
            _ => None,
        },
        OF_ED25519 => Some(Public::Ed25519(key.to_vec())),
        _ => None,
    }
}

/// The key in an X.509 certificate: the seventh part of its first part, or the sixth without a version.
fn of_certificate(der: &[u8]) -> Option<Public> {
    let (certificate, _) = item(der, 0x30)?;
    let (mut rest, _) = item(certificate, 0x30)?;
    if rest.first() == Some(&0xa0) {
        rest = item(rest, 0xa0)?.1;
    }
    for tag in [0x02, 0x30, 0x30, 0x30, 0x30] {
        rest = item(rest, tag)?.1;
    }
    of_info(rest)
}

/// One element of DER with that tag: what is in it, and what follows.
fn item(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (first, rest) = der.split_first()?;
    let (length, rest) = rest.split_first()?;
    if *first != tag {
        return None;
    }
    let (length, rest) = match length {
        0..=0x7f => (usize::from(*length), rest),
        0x81..=0x84 => {
            let (bytes, rest) = rest.split_at_checked(usize::from(length & 0x7f))?;
            (bytes.iter().fold(0_usize, |length, byte| length << 8 | usize::from(*byte)), rest)
        }
        _ => return None,
    };
    rest.split_at_checked(length)
}
