//! Salts, out of the randomness that the caller passes in.

/// The caller's source of randomness: fills the slice with bytes that nobody can guess.
pub type Random<'r> = &'r mut dyn FnMut(&mut [u8]);

/// Letters and digits, the salt alphabet of most applications.
pub(crate) const ALPHANUMERIC: &[u8] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

/// Lower-case hexadecimal digits.
pub(crate) const HEX_DIGITS: &[u8] = b"0123456789abcdef";

/// `count` random bytes.
pub(crate) fn bytes(random: Random<'_>, count: usize) -> Vec<u8> {
    let mut bytes = vec![0; count];
    random(&mut bytes);
    bytes
}

/// `count` random bytes in an array.
pub(crate) fn array<const N: usize>(random: Random<'_>) -> [u8; N] {
    let mut bytes = [0; N];
    random(&mut bytes);
    bytes
}

/// `count` random symbols of an alphabet of at most 256, each equally likely.
pub(crate) fn text(random: Random<'_>, count: usize, alphabet: &[u8]) -> Vec<u8> {
    let even = 256 - 256 % alphabet.len();
    let mut text = Vec::with_capacity(count);
    let mut draw = [0; 64];
    while text.len() < count {
        random(&mut draw);
        // A byte above the last full run of the alphabet would favour its first symbols.
        let symbols = draw.iter().map(|&byte| usize::from(byte)).filter(|&byte| byte < even);
        text.extend(symbols.map(|byte| alphabet[byte % alphabet.len()]).take(count - text.len()));
    }
    text
}
