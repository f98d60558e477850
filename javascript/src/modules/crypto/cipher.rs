//! AES, in the modes that scripts use.

use aes::{Aes128, Aes192, Aes256};
use aes_gcm::{
    AesGcm, KeyInit, Nonce,
    aead::{Aead, Payload, consts::U12},
};
use cbc::cipher::{BlockModeDecrypt, BlockModeEncrypt, KeyIvInit, StreamCipher, block_padding};

/// All of one encryption or decryption.
pub(crate) struct CipherJob {
    pub(crate) name: String,
    pub(crate) encrypts: bool,
    pub(crate) key: Vec<u8>,
    pub(crate) iv: Vec<u8>,
    pub(crate) aad: Vec<u8>,
    pub(crate) tag: Vec<u8>,
    pub(crate) data: Vec<u8>,
    pub(crate) pads: bool,
}

/// What does not fit such a cipher: `cipher`, `key` or `iv`.
pub(crate) fn misfit(name: &str, key: usize, iv: usize) -> Option<&'static str> {
    let Ok((bits, mode)) = parts(name) else { return Some("cipher") };
    if key * 8 != bits {
        return Some("key");
    }
    let wanted = if mode == "gcm" { 12 } else { 16 };
    (iv != wanted).then_some("iv")
}

fn parts(name: &str) -> Result<(usize, &str), String> {
    let mut parts = name.strip_prefix("aes-").unwrap_or("").split('-');
    match (parts.next().and_then(|bits| bits.parse().ok()), parts.next()) {
        (Some(bits @ (128 | 192 | 256)), Some(mode @ ("cbc" | "ctr" | "gcm"))) => Ok((bits, mode)),
        _ => Err(format!("Unknown cipher: {name}")),
    }
}

/// Runs it. What GCM made ends with its tag of 16 bytes.
pub(crate) fn run(job: CipherJob) -> Result<Vec<u8>, String> {
    if let Some(what) = misfit(&job.name, job.key.len(), job.iv.len()) {
        return Err(format!("the {what} does not fit"));
    }
    match parts(&job.name)? {
        (128, "cbc") => cbc::<Aes128>(job),
        (192, "cbc") => cbc::<Aes192>(job),
        (_, "cbc") => cbc::<Aes256>(job),
        (128, "ctr") => stream(ctr::Ctr128BE::<Aes128>::new_from_slices(&job.key, &job.iv), job.data),
        (192, "ctr") => stream(ctr::Ctr128BE::<Aes192>::new_from_slices(&job.key, &job.iv), job.data),
        (_, "ctr") => stream(ctr::Ctr128BE::<Aes256>::new_from_slices(&job.key, &job.iv), job.data),
        (128, _) => sealed(AesGcm::<Aes128, U12>::new_from_slice(&job.key), job),
        (192, _) => sealed(AesGcm::<Aes192, U12>::new_from_slice(&job.key), job),
        (_, _) => sealed(AesGcm::<Aes256, U12>::new_from_slice(&job.key), job),
    }
}

fn cbc<C>(job: CipherJob) -> Result<Vec<u8>, String>
where
    C: cbc::cipher::BlockCipherEncrypt + cbc::cipher::BlockCipherDecrypt + KeyInit,
{
    let wrong = |_| "Invalid key length".to_owned();
    let bad = |_| "error:1C800064:Provider routines::bad decrypt".to_owned();
    let length = |_| "error:1C80006B:Provider routines::wrong final block length".to_owned();
    if !job.pads && !job.data.len().is_multiple_of(16) {
        return Err(length(()));
    }
    if job.encrypts {
        let cipher = cbc::Encryptor::<C>::new_from_slices(&job.key, &job.iv).map_err(wrong)?;
        return Ok(if job.pads {
            cipher.encrypt_padded_vec::<block_padding::Pkcs7>(&job.data)
        } else {
            cipher.encrypt_padded_vec::<block_padding::NoPadding>(&job.data)
        });
    }
    let cipher = cbc::Decryptor::<C>::new_from_slices(&job.key, &job.iv).map_err(wrong)?;
    if job.pads {
        cipher.decrypt_padded_vec::<block_padding::Pkcs7>(&job.data).map_err(bad)
    } else {
        cipher.decrypt_padded_vec::<block_padding::NoPadding>(&job.data).map_err(bad)
    }
}

fn stream<C: StreamCipher, E>(cipher: Result<C, E>, mut data: Vec<u8>) -> Result<Vec<u8>, String> {
    let mut cipher = cipher.map_err(|_| "Invalid key length".to_owned())?;
    cipher.try_apply_keystream(&mut data).map_err(|_| "too much data".to_owned())?;
    Ok(data)
}

fn sealed<C: Aead, E>(cipher: Result<C, E>, job: CipherJob) -> Result<Vec<u8>, String> {
    let cipher = cipher.map_err(|_| "Invalid key length".to_owned())?;
    let bad = || "Unsupported state or unable to authenticate data".to_owned();
    let nonce =
        Nonce::<C::NonceSize>::try_from(job.iv.as_slice()).map_err(|_| "Invalid initialization vector".to_owned())?;
    if job.encrypts {
        return cipher.encrypt(&nonce, Payload { msg: &job.data, aad: &job.aad }).map_err(|_| bad());
    }
    let mut sealed = job.data;
    if job.tag.len() != 16 {
        return Err(bad());
    }
    sealed.extend_from_slice(&job.tag);
    cipher.decrypt(&nonce, Payload { msg: &sealed, aad: &job.aad }).map_err(|_| bad())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job(name: &str, encrypts: bool, data: &[u8], tag: &[u8]) -> CipherJob {
        let bits: usize = name[4..7].parse().unwrap();
        CipherJob {
            name: name.to_owned(),
            encrypts,
            key: vec![7; bits / 8],
            iv: vec![9; if name.ends_with("gcm") { 12 } else { 16 }],
            aad: b"more".to_vec(),
            tag: tag.to_vec(),
            data: data.to_vec(),
            pads: true,
        }
    }

    #[test]
    fn what_was_locked_opens_and_what_was_touched_does_not() {
        for bits in [128, 192, 256] {
            for mode in ["cbc", "ctr", "gcm"] {
                let name = format!("aes-{bits}-{mode}");
                let text = b"seventeen letters";
                let mut locked = run(job(&name, true, text, &[])).unwrap();
                let tag = if mode == "gcm" { locked.split_off(locked.len() - 16) } else { Vec::new() };
                assert_ne!(locked, text, "{name}");
                assert_eq!(run(job(&name, false, &locked, &tag)).unwrap(), text, "{name}");
                if mode == "gcm" {
                    locked[0] ^= 1;
                    assert!(run(job(&name, false, &locked, &tag)).is_err(), "{name}");
                }
            }
        }
        assert!(run(job("aes-128-cbc", false, b"short", &[])).is_err());
        assert_eq!(misfit("aes-128-ecb", 16, 0), Some("cipher"));
        assert_eq!(misfit("aes-128-cbc", 24, 16), Some("key"));
        assert_eq!(misfit("aes-128-gcm", 16, 16), Some("iv"));
    }
}
