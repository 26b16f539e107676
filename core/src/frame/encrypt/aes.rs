//! AES in Galois/Counter Mode, with each of the three lengths of a key.

use aes_gcm::aead::consts::U12;
use aes_gcm::aes::Aes192;
use aes_gcm::{AeadInOut, Aes128Gcm, Aes256Gcm, KeyInit};

use super::sizes::{Nonce, Tag};

type Aes192Gcm = aes_gcm::AesGcm<Aes192, U12>;

/// The key schedule. On the heap: it is some hundred bytes, and wiped when it is dropped.
pub(super) enum AesGcm {
    Aes128(Box<Aes128Gcm>),
    Aes192(Box<Aes192Gcm>),
    Aes256(Box<Aes256Gcm>),
}

impl AesGcm {
    pub(super) fn new(key: &[u8]) -> Option<Self> {
        match key.len() {
            16 => Some(Self::Aes128(Box::new(Aes128Gcm::new_from_slice(key).ok()?))),
            24 => Some(Self::Aes192(Box::new(Aes192Gcm::new_from_slice(key).ok()?))),
            32 => Some(Self::Aes256(Box::new(Aes256Gcm::new_from_slice(key).ok()?))),
            _ => None,
        }
    }

    pub(super) fn seal(&self, nonce: &Nonce, aad: &[u8], text: &mut [u8]) -> Option<Tag> {
        let (nonce, text) = (nonce.into(), text.into());
        let tag = match self {
            Self::Aes128(aes) => aes.encrypt_inout_detached(nonce, aad, text),
            Self::Aes192(aes) => aes.encrypt_inout_detached(nonce, aad, text),
            Self::Aes256(aes) => aes.encrypt_inout_detached(nonce, aad, text),
        };
        tag.ok().map(Into::into)
    }

    pub(super) fn open(&self, nonce: &Nonce, aad: &[u8], text: &mut [u8], tag: &Tag) -> Option<()> {
        let (nonce, text, tag) = (nonce.into(), text.into(), tag.into());
        let opened = match self {
            Self::Aes128(aes) => aes.decrypt_inout_detached(nonce, aad, text, tag),
            Self::Aes192(aes) => aes.decrypt_inout_detached(nonce, aad, text, tag),
            Self::Aes256(aes) => aes.decrypt_inout_detached(nonce, aad, text, tag),
        };
        opened.ok()
    }
}
