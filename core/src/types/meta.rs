//! What a member tells the others about itself.

use bytes::Bytes;

use super::limits::META_BYTES_MAX;

/// A member's metadata: 0 to 512 bytes that only the application understands. Cheap to clone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Meta(Bytes);

/// Metadata of more than [`META_BYTES_MAX`] bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("metadata may have {META_BYTES_MAX} bytes, this has {0}")]
pub struct MetaTooLarge(pub usize);

impl Meta {
    /// No metadata.
    pub const EMPTY: Self = Self(Bytes::new());

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl TryFrom<Bytes> for Meta {
    type Error = MetaTooLarge;

    fn try_from(bytes: Bytes) -> Result<Self, MetaTooLarge> {
        if bytes.len() > META_BYTES_MAX {
            return Err(MetaTooLarge(bytes.len()));
        }
        Ok(Self(bytes))
    }
}

impl TryFrom<&[u8]> for Meta {
    type Error = MetaTooLarge;

    /// Copies, so that a few bytes never pin a whole packet.
    fn try_from(bytes: &[u8]) -> Result<Self, MetaTooLarge> {
        if bytes.len() > META_BYTES_MAX {
            return Err(MetaTooLarge(bytes.len()));
        }
        Ok(Self(Bytes::copy_from_slice(bytes)))
    }
}

impl TryFrom<&str> for Meta {
    type Error = MetaTooLarge;

    fn try_from(text: &str) -> Result<Self, MetaTooLarge> {
        Self::try_from(text.as_bytes())
    }
}
