//! ChaCha20-Poly1305 (RFC 8439).

use chacha20poly1305::{AeadInOut, ChaCha20Poly1305, KeyInit};

use super::sizes::{Nonce, Tag};

pub(super) struct ChaCha(ChaCha20Poly1305);

impl ChaCha {
    pub(super) fn new(key: &[u8]) -> Option<Self> {
        ChaCha20Poly1305::new_from_slice(key).ok().map(Self)
    }

    pub(super) fn seal(&self, nonce: &Nonce, aad: &[u8], text: &mut [u8]) -> Option<Tag> {
        let tag = self.0.encrypt_inout_detached(nonce.into(), aad, text.into());
        tag.ok().map(Into::into)
    }

    pub(super) fn open(&self, nonce: &Nonce, aad: &[u8], text: &mut [u8], tag: &Tag) -> Option<()> {
        self.0.decrypt_inout_detached(nonce.into(), aad, text.into(), tag.into()).ok()
    }
}
