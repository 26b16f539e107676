//! The cluster's name on the wire.

use core::fmt;

use smol_str::SmolStr;

use super::limits::LABEL_BYTES_MAX;

/// Keeps clusters that share a network apart: packets and streams with another label are dropped
/// and counted. 0 to 255 bytes; the empty label is "none" and adds nothing to a packet.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Label(SmolStr);

/// A label of more than [`LABEL_BYTES_MAX`] bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a label may have {LABEL_BYTES_MAX} bytes, this one has {0}")]
pub struct LabelTooLong(pub usize);

impl Label {
    /// No label.
    pub const NONE: Self = Self(SmolStr::new_inline(""));

    /// The label's bytes.
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl TryFrom<&str> for Label {
    type Error = LabelTooLong;

    fn try_from(text: &str) -> Result<Self, LabelTooLong> {
        if text.len() > LABEL_BYTES_MAX {
            return Err(LabelTooLong(text.len()));
        }
        Ok(Self(SmolStr::new(text)))
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
