//! The keys of a cluster, changed while it runs.

use core::fmt;
use std::sync::Arc;

use parking_lot::RwLock;

use super::encrypt::{Cipher, Schedule};
use super::key::SecretKey;

/// Keys that one ring holds: every packet that none of them opens is tried with all.
const KEYS_MAX: usize = 16;

/// The keys of one node: the first, the *primary* one, seals what it sends; each opens what it
/// receives. Cheap to clone; all clones are one ring, so a clone that was kept changes the keys of
/// a running node.
///
/// What runs meanwhile is never torn: a packet or a stream is sealed or opened by the ring as it
/// was at one moment.
///
/// # Changing the key of a cluster
///
/// In this order no message is lost; each step is done on *all* nodes before the next begins:
///
/// 1. [`install`](Self::install) the new key: everybody can read it, nobody uses it.
/// 2. [`use_key`](Self::use_key): from now on it seals.
/// 3. [`remove`](Self::remove) the old one.
#[derive(Clone)]
pub struct Keyring {
    cipher: Cipher,
    ring: Arc<RwLock<Arc<Ring>>>,
}

/// The ring at one moment. The first is the primary one.
#[derive(Default)]
pub(super) struct Ring {
    entries: Vec<Arc<Entry>>,
}

/// A key, ready for use.
pub(super) struct Entry {
    key: SecretKey,
    pub(super) schedule: Schedule,
}

/// Why a keyring was not changed as asked. Nothing has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyringError {
    /// The source gave no key.
    #[error("the source gives no key: the ring stays as it is")]
    Empty,
    /// There would be no primary key.
    #[error("the primary key cannot be removed: use another one first")]
    Primary,
    /// No such key is in the ring.
    #[error("the key is not in the ring: install it first")]
    NotInstalled,
    /// There are too many.
    #[error("a ring holds at most {KEYS_MAX} keys")]
    Full,
    /// The cipher takes keys of another length.
    #[error("{0} needs a key of 32 bytes")]
    Length(&'static str),
    /// This build does not have the cipher: the name of the feature.
    #[error("the feature `{0}` is not built in")]
    NotBuiltIn(&'static str),
}

/// Where keys come from: a file, a secret store, anything. Asked when a ring is made of it and
/// whenever [`Keyring::reload`] is called.
pub trait KeySource {
    /// All keys, the primary one first.
    ///
    /// # Errors
    ///
    /// They cannot be had now; the ring stays as it is.
    fn keys(&self) -> std::io::Result<Vec<SecretKey>>;
}

impl KeySource for [SecretKey] {
    fn keys(&self) -> std::io::Result<Vec<SecretKey>> {
        Ok(self.to_vec())
    }
}

impl Keyring {
    /// A ring of these keys, the primary one first, that seals with `cipher`. Without keys nothing
    /// is encrypted until one is installed.
    ///
    /// # Errors
    ///
    /// The cipher is not built in, the primary key is no key for it, or there are too many.
    pub fn new(
        cipher: Cipher,
        keys: impl IntoIterator<Item = SecretKey>,
    ) -> Result<Self, KeyringError> {
        if !cipher.is_built_in() {
            return Err(KeyringError::NotBuiltIn(cipher.name()));
        }
        let keyring = Self { cipher, ring: Arc::default() };
        keyring.replace(keys)?;
        Ok(keyring)
    }

    /// Puts these keys in the place of all others, the primary one first.
    ///
    /// # Errors
    ///
    /// The primary key is no key for the cipher, or there are too many.
    pub fn replace(&self, keys: impl IntoIterator<Item = SecretKey>) -> Result<(), KeyringError> {
        let mut ring = Ring::default();
        for key in keys {
            ring.install(self.cipher, key)?;
        }
        *self.ring.write() = Arc::new(ring);
        Ok(())
    }

    /// Puts the keys of `source` in the place of all others.
    ///
    /// # Errors
    ///
    /// The source gives none, or they are of no use: an error of kind `InvalidData`.
    pub fn reload(&self, source: &(impl KeySource + ?Sized)) -> std::io::Result<()> {
        let invalid = |error| std::io::Error::new(std::io::ErrorKind::InvalidData, error);
        let keys = source.keys()?;
        if keys.is_empty() {
            return Err(invalid(KeyringError::Empty));
        }
        self.replace(keys).map_err(invalid)
    }

    /// Adds a key that opens what others seal with it; false if it was there. The first key of an
    /// empty ring becomes the primary one.
    ///
    /// # Errors
    ///
    /// There are too many, or it would be primary and is no key for the cipher.
    pub fn install(&self, key: SecretKey) -> Result<bool, KeyringError> {
        self.change(|ring| ring.install(self.cipher, key))
    }

    /// Makes an installed key the primary one.
    ///
    /// # Errors
    ///
    /// It is not installed, or no key for the cipher.
    pub fn use_key(&self, key: &SecretKey) -> Result<(), KeyringError> {
        self.change(|ring| ring.use_key(self.cipher, key))
    }

    /// Takes a key away; false if it was not there. What was sealed with it cannot be read any
    /// more.
    ///
    /// # Errors
    ///
    /// It is the primary one.
    pub fn remove(&self, key: &SecretKey) -> Result<bool, KeyringError> {
        self.change(|ring| ring.remove(key))
    }

    /// The keys, the primary one first.
    pub fn keys(&self) -> Vec<SecretKey> {
        self.snapshot().entries.iter().map(|entry| entry.key.clone()).collect()
    }

    /// The key that seals.
    pub fn primary(&self) -> Option<SecretKey> {
        self.snapshot().primary().map(|entry| entry.key.clone())
    }

    /// How many keys there are.
    pub fn len(&self) -> usize {
        self.snapshot().entries.len()
    }

    /// Whether there is none: nothing is encrypted then.
    pub fn is_empty(&self) -> bool {
        self.snapshot().is_empty()
    }

    /// What it seals with.
    pub const fn cipher(&self) -> Cipher {
        self.cipher
    }

    /// The ring as it is now. The lock is not held while anything is sealed or opened.
    pub(super) fn snapshot(&self) -> Arc<Ring> {
        Arc::clone(&self.ring.read())
    }

    fn change<T>(
        &self,
        change: impl FnOnce(&mut Ring) -> Result<T, KeyringError>,
    ) -> Result<T, KeyringError> {
        let mut current = self.ring.write();
        let mut ring = Ring { entries: current.entries.clone() };
        let changed = change(&mut ring)?;
        *current = Arc::new(ring);
        Ok(changed)
    }
}

impl Ring {
    /// The key that seals.
    pub(super) fn primary(&self) -> Option<&Entry> {
        self.entries.first().map(|entry| &**entry)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The keys in their order.
    pub(super) fn schedules(&self) -> impl Iterator<Item = &Schedule> {
        self.entries.iter().map(|entry| &entry.schedule)
    }

    fn position(&self, key: &SecretKey) -> Option<usize> {
        self.entries.iter().position(|entry| entry.key == *key)
    }

    fn install(&mut self, cipher: Cipher, key: SecretKey) -> Result<bool, KeyringError> {
        if self.position(&key).is_some() {
            return Ok(false);
        }
        if self.entries.len() == KEYS_MAX {
            return Err(KeyringError::Full);
        }
        if self.entries.is_empty() {
            check(cipher, &key)?;
        }
        self.entries.push(Arc::new(Entry { schedule: Schedule::new(&key), key }));
        Ok(true)
    }

    fn use_key(&mut self, cipher: Cipher, key: &SecretKey) -> Result<(), KeyringError> {
        let at = self.position(key).ok_or(KeyringError::NotInstalled)?;
        check(cipher, key)?;
        self.entries[..=at].rotate_right(1);
        Ok(())
    }

    fn remove(&mut self, key: &SecretKey) -> Result<bool, KeyringError> {
        match self.position(key) {
            None => Ok(false),
            Some(0) => Err(KeyringError::Primary),
            Some(at) => {
                self.entries.remove(at);
                Ok(true)
            }
        }
    }
}

fn check(cipher: Cipher, key: &SecretKey) -> Result<(), KeyringError> {
    if cipher.takes(key) { Ok(()) } else { Err(KeyringError::Length(cipher.name())) }
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keyring")
            .field("cipher", &self.cipher)
            .field("keys", &self.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
#[cfg(feature = "aes-gcm")]
mod tests {
    use super::*;

    fn key(byte: u8, len: usize) -> SecretKey {
        SecretKey::try_from(&vec![byte; len][..]).unwrap()
    }

    fn bytes(ring: &Keyring) -> Vec<u8> {
        ring.keys().iter().map(|key| key.as_bytes()[0]).collect()
    }

    #[test]
    fn keys_are_installed_used_and_removed_in_that_order() {
        let ring = Keyring::new(Cipher::AesGcm, [key(1, 16)]).unwrap();
        assert_eq!(ring.install(key(2, 24)), Ok(true));
        assert_eq!(ring.install(key(2, 24)), Ok(false));
        assert_eq!(ring.install(key(3, 32)), Ok(true));
        assert_eq!(bytes(&ring), [1, 2, 3]);
        assert_eq!(ring.use_key(&key(9, 16)), Err(KeyringError::NotInstalled));
        ring.use_key(&key(3, 32)).unwrap();
        assert_eq!((bytes(&ring), ring.primary()), (vec![3, 1, 2], Some(key(3, 32))));
        assert_eq!(ring.remove(&key(3, 32)), Err(KeyringError::Primary));
        assert_eq!(ring.remove(&key(1, 16)), Ok(true));
        assert_eq!(ring.remove(&key(1, 16)), Ok(false));
        assert_eq!(bytes(&ring), [3, 2]);
    }

    #[test]
    fn a_snapshot_is_not_changed_by_what_comes_later() {
        let ring = Keyring::new(Cipher::AesGcm, [key(1, 16)]).unwrap();
        let before = ring.snapshot();
        ring.clone().replace([key(2, 16), key(3, 16)]).unwrap();
        assert_eq!(before.entries.len(), 1);
        assert_eq!(bytes(&ring), [2, 3], "clones are one ring");
    }

    #[test]
    fn a_ring_is_bounded_and_a_refused_change_changes_nothing() {
        let ring = Keyring::new(Cipher::AesGcm, (0..16).map(|n| key(n, 16))).unwrap();
        assert_eq!(ring.install(key(16, 16)), Err(KeyringError::Full));
        let too_many = ring.replace((0..17).map(|n| key(n, 32)));
        assert_eq!(too_many, Err(KeyringError::Full));
        assert_eq!(bytes(&ring), (0..16).collect::<Vec<u8>>());
    }

    #[test]
    fn neither_keys_nor_schedules_are_printed() {
        let ring = Keyring::new(Cipher::AesGcm, [key(0xAB, 16)]).unwrap();
        let expected = "Keyring { cipher: AesGcm, keys: 1, .. }";
        assert_eq!(format!("{ring:?}"), expected);
    }

    #[cfg(feature = "chacha20-poly1305")]
    #[test]
    fn chacha_seals_with_32_bytes_only_and_opens_beside_shorter_ones() {
        let cipher = Cipher::ChaCha20Poly1305;
        let short = Err(KeyringError::Length("chacha20-poly1305"));
        assert_eq!(Keyring::new(cipher, [key(1, 16)]).map(|_| ()), short);
        let ring = Keyring::new(cipher, [key(1, 32), key(2, 16)]).unwrap();
        assert_eq!(ring.use_key(&key(2, 16)), short);
        assert_eq!(bytes(&ring), [1, 2]);
    }

    #[test]
    fn a_source_is_asked_again() {
        let ring = Keyring::new(Cipher::AesGcm, []).unwrap();
        ring.reload(&[key(1, 16), key(2, 16)][..]).unwrap();
        assert_eq!(bytes(&ring), [1, 2]);
        let error = ring.reload(&[][..]).unwrap_err();
        assert_eq!(error.to_string(), "the source gives no key: the ring stays as it is");
        assert_eq!(bytes(&ring), [1, 2]);
    }
}
