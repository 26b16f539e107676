//! The sizes that all ciphers have in common.

/// Bytes of a nonce.
pub(crate) const NONCE: usize = 12;
/// Bytes of a tag.
pub(crate) const TAG: usize = 16;

/// A number that is used once with a key.
pub(crate) type Nonce = [u8; NONCE];
/// What proves that a text and what is authenticated with it are as they were.
pub(crate) type Tag = [u8; TAG];
