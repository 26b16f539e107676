//! What can be wrong with bytes.

use crate::codec::Truncated;
use crate::codec::msgpack::Malformed;

/// Why bytes are no message. The sender is at fault; nothing has changed here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// The bytes end in the middle of a value.
    #[error("the bytes end in the middle of a value")]
    Truncated,
    /// There are bytes behind the end of the message.
    #[error("bytes follow the end of the message")]
    Trailing,
    /// A kind of message that is not known, or not legal here.
    #[error("message kind {0} is not known here")]
    UnknownKind(u8),
    /// A value that is not in its range.
    #[error("{0} is out of range")]
    Invalid(&'static str),
    /// A length or count over its limit.
    #[error("{0} is over its limit")]
    TooLarge(&'static str),
}

impl DecodeError {
    /// The counter's name in `stats`.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Truncated => "wire_truncated",
            Self::Trailing => "wire_trailing",
            Self::UnknownKind(_) => "wire_unknown_kind",
            Self::Invalid(_) => "wire_invalid",
            Self::TooLarge(_) => "wire_too_large",
        }
    }
}

impl From<Truncated> for DecodeError {
    fn from(_: Truncated) -> Self {
        Self::Truncated
    }
}

impl From<Malformed> for DecodeError {
    fn from(error: Malformed) -> Self {
        match error {
            Malformed::Truncated => Self::Truncated,
            Malformed::Invalid(what) => Self::Invalid(what),
        }
    }
}
