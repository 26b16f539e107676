//! What a node puts around what it sends: the choices.

use std::sync::Arc;

use super::checksum::Checksum;
use super::compress::{Compress, Compression};
use super::encrypt::Cipher;
use super::encryption::Encryption;
use super::keyring::Ring;
use crate::types::Label;

/// What a node puts around what it sends. It takes whatever is built in, whatever it sends itself,
/// so that a cluster can change its choices node by node; only the label is the same for all.
#[derive(Clone, Debug, Default)]
pub struct Layers {
    /// The cluster's name: what has another one is not taken.
    pub label: Label,
    /// How packets are guarded against damage.
    pub checksum: Option<Checksum>,
    /// How packets are compressed, those that get shorter by it.
    pub packets: Option<Compress>,
    /// How streams are compressed, even if they get longer by it.
    pub streams: Option<Compress>,
    /// How both are encrypted.
    pub encryption: Option<Encryption>,
}

impl Layers {
    /// The first algorithm that this build does not have: the name of its feature.
    pub fn not_built_in(&self) -> Option<&'static str> {
        let checksum = self.checksum.filter(|checksum| !checksum.is_built_in());
        let missing = |compression: &Compression| !compression.is_built_in();
        let compression = self.compressions().find(missing);
        let cipher = self.cipher().filter(|cipher| !cipher.is_built_in());
        let checksum = checksum.map(Checksum::name);
        checksum.or(compression.map(Compression::name)).or(cipher.map(Cipher::name))
    }

    /// The first algorithm that the Go library does not know.
    pub fn beyond_go(&self) -> Option<&'static str> {
        let checksum = self.checksum.filter(|&checksum| checksum != Checksum::Crc32);
        let compression = self.compressions().find(|&compression| compression != Compression::Lzw);
        let cipher = self.cipher().filter(|&cipher| cipher != Cipher::AesGcm);
        let checksum = checksum.map(Checksum::name);
        checksum.or(compression.map(Compression::name)).or(cipher.map(Cipher::name))
    }

    fn compressions(&self) -> impl Iterator<Item = Compression> {
        let planes = [self.packets, self.streams];
        planes.into_iter().flatten().map(|compress| compress.algorithm)
    }

    pub(super) fn cipher(&self) -> Option<Cipher> {
        self.encryption.as_ref().map(|encryption| encryption.keyring().cipher())
    }

    /// What seals now.
    pub(super) fn sealing(&self) -> Option<(&Encryption, Arc<Ring>)> {
        let encryption = self.encryption.as_ref()?;
        Some((encryption, encryption.sealing()?))
    }
}
