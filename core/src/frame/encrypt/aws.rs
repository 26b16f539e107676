//! Both ciphers by aws-lc, in C and assembler: the same bytes, in less time.

#[cfg(feature = "chacha20-poly1305")]
use aws_lc_rs::aead::CHACHA20_POLY1305;
use aws_lc_rs::aead::{AES_128_GCM, AES_192_GCM, AES_256_GCM, Aad, Algorithm};
use aws_lc_rs::aead::{LessSafeKey, Nonce as AwsNonce, UnboundKey};

use super::sizes::{Nonce, Tag};

/// AES in Galois/Counter Mode, with each of the three lengths of a key.
pub(super) struct AesGcm(LessSafeKey);

impl AesGcm {
    pub(super) fn new(key: &[u8]) -> Option<Self> {
        match key.len() {
            16 => schedule(&AES_128_GCM, key).map(Self),
            24 => schedule(&AES_192_GCM, key).map(Self),
            32 => schedule(&AES_256_GCM, key).map(Self),
            _ => None,
        }
    }

    pub(super) fn seal(&self, nonce: &Nonce, aad: &[u8], text: &mut [u8]) -> Option<Tag> {
        seal(&self.0, nonce, aad, text)
    }

    pub(super) fn open(&self, nonce: &Nonce, aad: &[u8], text: &mut [u8], tag: &Tag) -> Option<()> {
        open(&self.0, nonce, aad, text, tag)
    }
}

/// ChaCha20-Poly1305 (RFC 8439).
#[cfg(feature = "chacha20-poly1305")]
pub(super) struct ChaCha(LessSafeKey);

#[cfg(feature = "chacha20-poly1305")]
impl ChaCha {
    pub(super) fn new(key: &[u8]) -> Option<Self> {
        schedule(&CHACHA20_POLY1305, key).map(Self)
    }

    pub(super) fn seal(&self, nonce: &Nonce, aad: &[u8], text: &mut [u8]) -> Option<Tag> {
        seal(&self.0, nonce, aad, text)
    }

    pub(super) fn open(&self, nonce: &Nonce, aad: &[u8], text: &mut [u8], tag: &Tag) -> Option<()> {
        open(&self.0, nonce, aad, text, tag)
    }
}

fn schedule(algorithm: &'static Algorithm, key: &[u8]) -> Option<LessSafeKey> {
    UnboundKey::new(algorithm, key).ok().map(LessSafeKey::new)
}

fn seal(key: &LessSafeKey, nonce: &Nonce, aad: &[u8], text: &mut [u8]) -> Option<Tag> {
    let nonce = AwsNonce::assume_unique_for_key(*nonce);
    let tag = key.seal_in_place_separate_tag(nonce, Aad::from(aad), text).ok()?;
    tag.as_ref().try_into().ok()
}

/// It decrypts before it knows whether the tag is right, and overwrites what it should not have:
/// the ciphertext is kept for the next key of the ring.
fn open(key: &LessSafeKey, nonce: &Nonce, aad: &[u8], text: &mut [u8], tag: &Tag) -> Option<()> {
    let (nonce, sealed) = (AwsNonce::assume_unique_for_key(*nonce), text.to_vec());
    let opened = key.open_separate_gather(nonce, Aad::from(aad), &sealed, tag, text);
    if opened.is_err() {
        text.copy_from_slice(&sealed);
    }
    opened.ok()
}

/// What one provider seals the other opens.
#[cfg(test)]
mod tests {
    use super::super::aes;
    use super::*;

    const NONCE: Nonce = [7; 12];

    /// The bytes of both for a text of that length, and what each makes of the other's.
    macro_rules! agree {
        ($ours:expr, $theirs:expr, $len:expr) => {{
            let (ours, theirs) = ($ours.unwrap(), $theirs.unwrap());
            let text: Vec<u8> = (0..$len).map(|n: usize| n as u8).collect();
            let (mut a, mut b) = (text.clone(), text.clone());
            let tag = ours.seal(&NONCE, b"label", &mut a).unwrap();
            assert_eq!(theirs.seal(&NONCE, b"label", &mut b), Some(tag));
            assert_eq!(a, b);
            for aad in [&b"Label"[..], b""] {
                assert_eq!(ours.open(&NONCE, aad, &mut a, &tag), None);
                assert_eq!(a, b, "what does not open stays as it is");
            }
            assert_eq!(ours.open(&NONCE, b"label", &mut a, &tag), Some(()));
            assert_eq!(theirs.open(&NONCE, b"label", &mut b, &tag), Some(()));
            assert_eq!((&a, &b), (&text, &text));
        }};
    }

    #[test]
    fn the_providers_agree_on_aes() {
        for key in [&[1; 16][..], &[2; 24], &[3; 32]] {
            for len in [0, 1, 16, 1_400, 70_000] {
                agree!(AesGcm::new(key), aes::AesGcm::new(key), len);
            }
        }
        assert!(AesGcm::new(&[1; 17]).is_none());
    }

    #[cfg(feature = "chacha20-poly1305")]
    #[test]
    fn the_providers_agree_on_chacha() {
        for len in [0, 1, 16, 1_400, 70_000] {
            agree!(ChaCha::new(&[3; 32]), super::super::chacha::ChaCha::new(&[3; 32]), len);
        }
        assert!(ChaCha::new(&[1; 16]).is_none());
    }
}
