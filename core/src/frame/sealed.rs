//! What is encrypted: `version u8 │ nonce, 12 bytes │ ciphertext │ tag, 16 bytes`.
//!
//! | version | cipher |
//! |---|---|
//! | 0 | AES-GCM, the text padded to 16 bytes by PKCS #7 |
//! | 1 | AES-GCM |
//! | 128 | ChaCha20-Poly1305 |
//!
//! Versions below 128 are the Go library's. Version and nonce are not authenticated, what else is
//! known to both sides is: the label, on streams also what stands in front.

use core::ops::Range;

use super::encrypt::{Cipher, NONCE, Nonce, Schedule, TAG};
use super::keyring::Ring;
use super::{OpenError, SealError};

/// AES-GCM, padded.
const AES_PADDED: u8 = 0;
/// AES-GCM.
const AES: u8 = 1;
/// ChaCha20-Poly1305.
const CHACHA: u8 = 128;

/// Bytes of a block, to which a text is padded.
const BLOCK: usize = 16;

/// Bytes in front of the ciphertext.
const HEAD: usize = 1 + NONCE;

/// Bytes of the shortest: without a text.
pub(super) const LEN_MIN: usize = HEAD + TAG;

/// Whether AES-GCM pads the text: a node of protocol version 1 does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Padding {
    Pkcs7,
    #[default]
    None,
}

/// Bytes that sealing adds at most.
pub(super) const fn overhead(cipher: Cipher, padding: Padding) -> usize {
    match (cipher, padding) {
        (Cipher::AesGcm, Padding::Pkcs7) => HEAD + BLOCK + TAG,
        _ => HEAD + TAG,
    }
}

const fn version(cipher: Cipher, padding: Padding) -> u8 {
    match (cipher, padding) {
        (Cipher::AesGcm, Padding::Pkcs7) => AES_PADDED,
        (Cipher::AesGcm, Padding::None) => AES,
        (Cipher::ChaCha20Poly1305, _) => CHACHA,
    }
}

/// Appends what stands in front of a ciphertext.
pub(super) fn begin(cipher: Cipher, padding: Padding, nonce: Nonce, out: &mut Vec<u8>) {
    out.push(version(cipher, padding));
    out.extend_from_slice(&nonce);
}

/// Pads what stands behind `begin`'s head at `start`; the bytes of all when it is sealed.
pub(super) fn pad(start: usize, out: &mut Vec<u8>) -> usize {
    if out[start] == AES_PADDED {
        let len = out.len() - start - HEAD;
        let missing = BLOCK - len % BLOCK;
        out.resize(out.len() + missing, missing as u8);
    }
    out.len() - start + TAG
}

/// Encrypts all that follows `begin`'s head at `start`, and appends the tag. It was padded before.
///
/// # Errors
///
/// The key is none for the cipher.
pub(super) fn finish(
    schedule: &Schedule,
    cipher: Cipher,
    aad: &[u8],
    start: usize,
    out: &mut Vec<u8>,
) -> Result<(), SealError> {
    let (head, text) = out[start..].split_at_mut(HEAD);
    let nonce = head[1..].first_chunk::<NONCE>().ok_or(SealError::Key)?;
    let tag = schedule.seal(cipher, nonce, aad, text).ok_or(SealError::Key)?;
    out.extend_from_slice(&tag);
    Ok(())
}

/// Decrypts where it stands what one of the ring's keys opens; the place of the text. If none does,
/// nothing has changed.
pub(super) fn open(ring: &Ring, aad: &[u8], sealed: &mut [u8]) -> Result<Range<usize>, OpenError> {
    let version = *sealed.first().ok_or(OpenError::Empty)?;
    let cipher = match version {
        AES_PADDED | AES => Cipher::AesGcm,
        CHACHA => Cipher::ChaCha20Poly1305,
        _ => return Err(OpenError::NotEncrypted),
    };
    if !cipher.is_built_in() {
        return Err(OpenError::CipherUnknown(version));
    }
    let (head, rest) = sealed.split_at_mut_checked(HEAD).ok_or(OpenError::NotEncrypted)?;
    let len = rest.len().checked_sub(TAG).ok_or(OpenError::NotEncrypted)?;
    let (text, tag) = rest.split_at_mut(len);
    let (Some(nonce), Some(tag)) = (head[1..].first_chunk(), tag.first_chunk()) else {
        return Err(OpenError::NotEncrypted);
    };
    let mut schedules = ring.schedules();
    let opens = schedules.any(|schedule| schedule.open(cipher, nonce, aad, text, tag).is_some());
    if !opens {
        return Err(OpenError::Undecryptable);
    }
    let text_len = if version == AES_PADDED { unpadded_len(text)? } else { len };
    Ok(HEAD..HEAD + text_len)
}

/// The Go library cuts off whatever the last byte says; only padding is padding here.
fn unpadded_len(text: &[u8]) -> Result<usize, OpenError> {
    let padding = *text.last().ok_or(OpenError::Padding)?;
    let len = text.len().checked_sub(usize::from(padding)).ok_or(OpenError::Padding)?;
    let is_padding = (1..=BLOCK).contains(&usize::from(padding));
    if is_padding && text[len..].iter().all(|&byte| byte == padding) {
        Ok(len)
    } else {
        Err(OpenError::Padding)
    }
}
