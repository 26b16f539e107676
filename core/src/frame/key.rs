//! A key: never printed, gone from memory when it is dropped.

use core::fmt;

use base64ct::{Base64, Encoding};
use zeroize::Zeroizing;

/// Bytes of the longest key.
const LEN_MAX: usize = 32;

/// A secret of 16, 24 or 32 bytes: AES-128, AES-192 or AES-256, as in the Go library. Only one of
/// 32 bytes is good for ChaCha20-Poly1305.
///
/// `Debug` shows its length and nothing else. Each copy of the bytes is overwritten when it is
/// dropped.
#[derive(Clone)]
pub struct SecretKey {
    bytes: Zeroizing<[u8; LEN_MAX]>,
    len: usize,
}

/// Why something is no key. It does not show what it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// It has another length: so many bytes.
    #[error("a key has 16, 24 or 32 bytes, this one has {0}")]
    Length(usize),
    /// It is no base64 text.
    #[error("a key is written as base64 text, this is none")]
    Base64,
}

impl SecretKey {
    /// Reads a key as the Go library's tools print it: base64 with padding. White space around it
    /// is skipped.
    ///
    /// # Errors
    ///
    /// It is no base64 text, or of the wrong length.
    pub fn from_base64(text: &str) -> Result<Self, KeyError> {
        // Room for the longest text whose length is told in the error.
        let mut bytes = Zeroizing::new([0; 128]);
        let decoded = Base64::decode(text.trim(), &mut *bytes).map_err(|_| KeyError::Base64)?;
        Self::try_from(decoded)
    }

    /// The key as base64 text with padding. The text is the secret.
    pub fn to_base64(&self) -> Zeroizing<String> {
        Zeroizing::new(Base64::encode_string(self.as_bytes()))
    }

    /// The secret itself.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }

    /// 16, 24 or 32.
    #[allow(clippy::len_without_is_empty)]
    pub const fn len(&self) -> usize {
        self.len
    }
}

impl TryFrom<&[u8]> for SecretKey {
    type Error = KeyError;

    fn try_from(secret: &[u8]) -> Result<Self, KeyError> {
        let len = secret.len();
        if !matches!(len, 16 | 24 | 32) {
            return Err(KeyError::Length(len));
        }
        let mut bytes = Zeroizing::new([0; LEN_MAX]);
        bytes[..len].copy_from_slice(secret);
        Ok(Self { bytes, len })
    }
}

impl PartialEq for SecretKey {
    /// Looks at all bytes, however early they differ.
    fn eq(&self, other: &Self) -> bool {
        let pairs = self.bytes.iter().zip(other.bytes.iter());
        let differ = pairs.fold(0, |differ, (a, b)| differ | (a ^ b));
        differ == 0 && self.len == other.len
    }
}

impl Eq for SecretKey {}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretKey({} bytes)", self.len)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_has_one_of_three_lengths_and_is_not_printed() {
        for len in 0..40 {
            let key = SecretKey::try_from(&vec![0xAB; len][..]);
            match len {
                16 | 24 | 32 => {
                    let key = key.unwrap();
                    assert_eq!((key.len(), key.as_bytes()), (len, &vec![0xAB; len][..]));
                    assert_eq!(format!("{key:?}"), format!("SecretKey({len} bytes)"));
                    assert_eq!(SecretKey::from_base64(&key.to_base64()), Ok(key));
                }
                _ => assert_eq!(key, Err(KeyError::Length(len))),
            }
        }
    }

    #[test]
    fn text_that_is_no_key_is_refused_without_showing_it() {
        let error = SecretKey::from_base64("not a key").unwrap_err();
        assert_eq!(error, KeyError::Base64);
        assert_eq!(SecretKey::from_base64("AAAA"), Err(KeyError::Length(3)));
        assert_eq!(SecretKey::from_base64(&"A".repeat(1_000)), Err(KeyError::Base64));
        assert_eq!(
            SecretKey::from_base64(" AAECAwQFBgcICQoLDA0ODw==\n").unwrap().as_bytes(),
            (0..16).collect::<Vec<u8>>()
        );
    }
}
