//! How a node encrypts: its keyring, and what it insists on.

use core::fmt;
use core::sync::atomic::{AtomicBool, Ordering};
use std::sync::Arc;

use super::SealError;
use super::encrypt::{Cipher, NONCE};
use super::keyring::{Keyring, Ring};

/// How a node encrypts: a keyring, and whether what it sends must and what it receives may not be
/// plain. Cheap to clone; all clones are one, so a clone that was kept changes what a running node
/// does.
///
/// # Moving a plain cluster to an encrypted one
///
/// Each step is done on *all* nodes before the next begins; nothing is lost meanwhile:
///
/// 1. a key, both flags off: everybody can read what is encrypted, nobody writes it;
/// 2. [`set_verify_outgoing`](Self::set_verify_outgoing): everybody writes it, plain text is still
///    read;
/// 3. [`set_verify_incoming`](Self::set_verify_incoming): plain text is refused.
///
/// The way back is the same in the opposite order.
#[derive(Clone)]
pub struct Encryption {
    keyring: Keyring,
    flags: Arc<Flags>,
    nonce: fn() -> Result<[u8; NONCE], SealError>,
}

struct Flags {
    incoming: AtomicBool,
    outgoing: AtomicBool,
}

/// What a node does about encryption at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct EncryptionStatus {
    /// What it seals with; `None` if it has no keyring.
    pub cipher: Option<Cipher>,
    /// Keys in the ring.
    pub keys: usize,
    /// Bytes of the primary key.
    pub primary_len: Option<usize>,
    /// Whether plain packets and streams are refused.
    pub verify_incoming: bool,
    /// Whether packets and streams leave encrypted.
    pub verify_outgoing: bool,
}

impl EncryptionStatus {
    /// Of a node without a keyring.
    pub const NONE: Self = Self {
        cipher: None,
        keys: 0,
        primary_len: None,
        verify_incoming: false,
        verify_outgoing: false,
    };

    /// Whether everything that leaves is encrypted and nothing else is taken.
    pub const fn is_enforced(&self) -> bool {
        self.keys > 0 && self.verify_incoming && self.verify_outgoing
    }
}

impl Encryption {
    /// Everything encrypted by this ring, and plain text refused: without a key nothing leaves and
    /// nothing is taken.
    pub fn new(keyring: Keyring) -> Self {
        let flags = Flags { incoming: AtomicBool::new(true), outgoing: AtomicBool::new(true) };
        Self { keyring, flags: Arc::new(flags), nonce: random_nonce }
    }

    /// Whether plain packets and streams are refused. Default: true.
    #[must_use]
    pub fn verify_incoming(self, verify: bool) -> Self {
        self.set_verify_incoming(verify);
        self
    }

    /// Whether packets and streams leave encrypted. Default: true.
    #[must_use]
    pub fn verify_outgoing(self, verify: bool) -> Self {
        self.set_verify_outgoing(verify);
        self
    }

    /// Changes from now on whether plain packets and streams are refused.
    pub fn set_verify_incoming(&self, verify: bool) {
        self.flags.incoming.store(verify, Ordering::Relaxed);
    }

    /// Changes from now on whether packets and streams leave encrypted.
    pub fn set_verify_outgoing(&self, verify: bool) {
        self.flags.outgoing.store(verify, Ordering::Relaxed);
    }

    /// The keys.
    pub const fn keyring(&self) -> &Keyring {
        &self.keyring
    }

    /// What it does now.
    pub fn status(&self) -> EncryptionStatus {
        EncryptionStatus {
            cipher: Some(self.keyring.cipher()),
            keys: self.keyring.len(),
            primary_len: self.keyring.primary().map(|key| key.len()),
            verify_incoming: self.refuses_plain(),
            verify_outgoing: self.seals(),
        }
    }

    fn refuses_plain(&self) -> bool {
        self.flags.incoming.load(Ordering::Relaxed)
    }

    fn seals(&self) -> bool {
        self.flags.outgoing.load(Ordering::Relaxed)
    }

    /// What seals now: the ring, if it is to be used. One without a key seals nothing, so nothing
    /// leaves: keys that are lost must not turn encryption off.
    pub(super) fn sealing(&self) -> Option<Arc<Ring>> {
        self.seals().then(|| self.keyring.snapshot())
    }

    /// What opens now, and whether what it does not open is refused.
    pub(super) fn opening(&self) -> Option<(Arc<Ring>, bool)> {
        let (ring, refuses_plain) = (self.keyring.snapshot(), self.refuses_plain());
        (refuses_plain || !ring.is_empty()).then_some((ring, refuses_plain))
    }

    /// A number that was never used with this key.
    pub(super) fn nonce(&self) -> Result<[u8; NONCE], SealError> {
        (self.nonce)()
    }

    /// With nonces that are known in advance, for vectors.
    #[cfg(all(test, feature = "aes-gcm", feature = "crc32", feature = "lzw"))]
    pub(super) fn with_nonce(self, nonce: fn() -> Result<[u8; NONCE], SealError>) -> Self {
        Self { nonce, ..self }
    }
}

/// From the operating system: 96 random bits, as in the Go library.
#[cfg(any(feature = "aes-gcm", feature = "chacha20-poly1305"))]
fn random_nonce() -> Result<[u8; NONCE], SealError> {
    let mut nonce = [0; NONCE];
    getrandom::fill(&mut nonce).map_err(|_| SealError::NoRandomness)?;
    Ok(nonce)
}

#[cfg(not(any(feature = "aes-gcm", feature = "chacha20-poly1305")))]
const fn random_nonce() -> Result<[u8; NONCE], SealError> {
    Err(SealError::Key)
}

impl fmt::Debug for Encryption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Encryption")
            .field("keyring", &self.keyring)
            .field("verify_incoming", &self.refuses_plain())
            .field("verify_outgoing", &self.seals())
            .finish_non_exhaustive()
    }
}
