//! The ciphers, each with its feature, by one of two providers: pure Rust, or aws-lc where the
//! feature `aws-lc-rs` is on. Tests have both.

#[cfg(all(feature = "aes-gcm", any(test, not(feature = "aws-lc-rs"))))]
mod aes;
#[cfg(feature = "aws-lc-rs")]
mod aws;
#[cfg(all(feature = "chacha20-poly1305", any(test, not(feature = "aws-lc-rs"))))]
mod chacha;
mod sizes;

pub(super) use sizes::{NONCE, Nonce, TAG, Tag};

use super::key::SecretKey;
#[cfg(all(feature = "aes-gcm", not(feature = "aws-lc-rs")))]
use aes as aes_provider;
#[cfg(feature = "aws-lc-rs")]
use aws as aes_provider;
#[cfg(all(feature = "chacha20-poly1305", feature = "aws-lc-rs"))]
use aws as chacha_provider;
#[cfg(all(feature = "chacha20-poly1305", not(feature = "aws-lc-rs")))]
use chacha as chacha_provider;

/// What a node seals with. Whoever receives opens every cipher that is built in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Cipher {
    /// AES-128, AES-192 or AES-256 by the length of the key, in Galois/Counter Mode: all that the
    /// Go library knows.
    AesGcm,
    /// ChaCha20-Poly1305, for processors without instructions for AES. Keys of 32 bytes.
    ChaCha20Poly1305,
}

impl Cipher {
    /// What it is called: the name of its feature.
    pub const fn name(self) -> &'static str {
        match self {
            Self::AesGcm => "aes-gcm",
            Self::ChaCha20Poly1305 => "chacha20-poly1305",
        }
    }

    /// Whether this build has it: the feature of its name is on.
    pub const fn is_built_in(self) -> bool {
        match self {
            Self::AesGcm => cfg!(feature = "aes-gcm"),
            Self::ChaCha20Poly1305 => cfg!(feature = "chacha20-poly1305"),
        }
    }

    /// Whether it can seal with `key`.
    pub(super) const fn takes(self, key: &SecretKey) -> bool {
        !matches!(self, Self::ChaCha20Poly1305) || key.len() == 32
    }
}

/// A key as each cipher wants it, worked out once.
pub(super) struct Schedule {
    #[cfg(feature = "aes-gcm")]
    aes: Option<aes_provider::AesGcm>,
    #[cfg(feature = "chacha20-poly1305")]
    chacha: Option<chacha_provider::ChaCha>,
}

#[cfg_attr(not(any(feature = "aes-gcm", feature = "chacha20-poly1305")), allow(unused_variables))]
impl Schedule {
    pub(super) fn new(key: &SecretKey) -> Self {
        Self {
            #[cfg(feature = "aes-gcm")]
            aes: aes_provider::AesGcm::new(key.as_bytes()),
            #[cfg(feature = "chacha20-poly1305")]
            chacha: chacha_provider::ChaCha::new(key.as_bytes()),
        }
    }

    /// Encrypts `text` where it stands; `None` if this key cannot.
    pub(super) fn seal(
        &self,
        cipher: Cipher,
        nonce: &Nonce,
        aad: &[u8],
        text: &mut [u8],
    ) -> Option<Tag> {
        match cipher {
            #[cfg(feature = "aes-gcm")]
            Cipher::AesGcm => self.aes.as_ref()?.seal(nonce, aad, text),
            #[cfg(feature = "chacha20-poly1305")]
            Cipher::ChaCha20Poly1305 => self.chacha.as_ref()?.seal(nonce, aad, text),
            #[allow(unreachable_patterns)]
            _ => None,
        }
    }

    /// Decrypts `text` where it stands if `tag` is right; otherwise it stays as it is.
    pub(super) fn open(
        &self,
        cipher: Cipher,
        nonce: &Nonce,
        aad: &[u8],
        text: &mut [u8],
        tag: &Tag,
    ) -> Option<()> {
        match cipher {
            #[cfg(feature = "aes-gcm")]
            Cipher::AesGcm => self.aes.as_ref()?.open(nonce, aad, text, tag),
            #[cfg(feature = "chacha20-poly1305")]
            Cipher::ChaCha20Poly1305 => self.chacha.as_ref()?.open(nonce, aad, text, tag),
            #[allow(unreachable_patterns)]
            _ => None,
        }
    }
}
