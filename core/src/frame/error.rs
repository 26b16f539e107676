//! What can be wrong with a packet, and whose fault it is.

/// Whose fault it is that a packet is of no use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fault {
    /// Nobody's, or the configuration's: it belongs to another cluster.
    OtherCluster,
    /// The network's: it was changed on its way.
    Network,
    /// The sender's: no node of this protocol writes such bytes.
    Sender,
}

/// Why a packet, a part of it, or a stream is of no use. Nothing has changed here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// There is nothing in it.
    #[error("the packet is empty")]
    Empty,
    /// This cluster has a label and the packet has none.
    #[error("the label is missing")]
    LabelMissing,
    /// The label is another cluster's, or this cluster has none.
    #[error("the label is another cluster's")]
    LabelOther,
    /// There is a second label behind the first.
    #[error("there are two labels")]
    LabelDouble,
    /// The label ends before its length says, or has none.
    #[error("the label is cut off or empty")]
    LabelInvalid,
    /// The checksum is not that of the bytes.
    #[error("the checksum does not match")]
    Checksum,
    /// A checksum without bytes behind it, or cut off itself.
    #[error("the checksum is cut off")]
    ChecksumTruncated,
    /// The list of lengths of a compound is cut off: none of its parts can be found.
    #[error("the compound ends in its list of lengths")]
    CompoundTruncated,
    /// So many parts at the end of a compound are cut off; those before them are good.
    #[error("{0} parts of the compound are cut off")]
    PartsLost(u8),
    /// A part of a compound that has not even a kind.
    #[error("a part of the compound is empty")]
    PartEmpty,
    /// A compound in too many others.
    #[error("compounds are nested too deeply")]
    TooDeep,
    /// A compressed message inside another one or inside a compound: nobody writes that.
    #[error("a compressed message is inside another message")]
    Compressed,
    /// A checksum whose algorithm is not known or not built in: its number, 0 for CRC-32.
    #[error("checksum {0} is not built in")]
    ChecksumUnknown(u8),
    /// A compressed message whose algorithm is not known or not built in: its number.
    #[error("compression {0} is not built in")]
    CompressionUnknown(u8),
    /// What is said to be compressed is not, or ends too early.
    #[error("the compressed bytes make no sense")]
    CompressionInvalid,
    /// A compressed message would be longer than any message.
    #[error("the compressed message is too long")]
    InflatedTooLarge,
    /// There was no memory left for what a compressed message was made of.
    #[error("there is no memory for the compressed message")]
    OverMemory,
    /// It is plain, and this node takes only what is encrypted.
    #[error("it is not encrypted")]
    NotEncrypted,
    /// No key of the ring opens it.
    #[error("no key opens it")]
    Undecryptable,
    /// It is encrypted by a cipher that is not built in: the version.
    #[error("encryption version {0} is not built in")]
    CipherUnknown(u8),
    /// What it was padded with is no padding.
    #[error("the padding is wrong")]
    Padding,
    /// It is encrypted, and this node has no key.
    #[error("it is encrypted, and this node has no key")]
    NoKey,
    /// An encrypted stream tells a length that is over the limit, or that nothing fits in.
    #[error("an encrypted message of {0} bytes is too long or too short")]
    SealedLength(u32),
}

impl OpenError {
    /// Whose fault it is.
    pub const fn fault(self) -> Fault {
        match self {
            Self::LabelMissing
            | Self::LabelOther
            | Self::NotEncrypted
            | Self::Undecryptable
            | Self::NoKey => Fault::OtherCluster,
            Self::Checksum => Fault::Network,
            _ => Fault::Sender,
        }
    }

    /// The counter's name in `stats`.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Empty => "frame_empty",
            Self::LabelMissing => "frame_label_missing",
            Self::LabelOther => "frame_label_other",
            Self::LabelDouble => "frame_label_double",
            Self::LabelInvalid => "frame_label_invalid",
            Self::Checksum => "frame_checksum",
            Self::ChecksumTruncated => "frame_checksum_truncated",
            Self::CompoundTruncated => "frame_compound_truncated",
            Self::PartsLost(_) => "frame_parts_lost",
            Self::PartEmpty => "frame_part_empty",
            Self::TooDeep => "frame_too_deep",
            Self::Compressed => "frame_compressed",
            Self::ChecksumUnknown(_) => "frame_checksum_unknown",
            Self::CompressionUnknown(_) => "frame_compression_unknown",
            Self::CompressionInvalid => "frame_compression_invalid",
            Self::InflatedTooLarge => "frame_inflated_too_large",
            Self::OverMemory => "frame_over_memory",
            Self::NotEncrypted => "frame_not_encrypted",
            Self::Undecryptable => "frame_undecryptable",
            Self::CipherUnknown(_) => "frame_cipher_unknown",
            Self::Padding => "frame_padding",
            Self::NoKey => "frame_no_key",
            Self::SealedLength(_) => "frame_sealed_length",
        }
    }

    /// How many messages were lost with it, as far as it can be told.
    pub const fn lost(self) -> u64 {
        match self {
            Self::PartsLost(parts) => parts as u64,
            _ => 1,
        }
    }
}

/// Why messages cannot be sealed. Nothing was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SealError {
    /// A compound counts its parts in one byte.
    #[error("{0} messages are too many for one packet")]
    TooMany(usize),
    /// A compound tells the length of a part in two bytes.
    #[error("a message of {0} bytes is too long for a packet")]
    TooLong(usize),
    /// Others would not take so many bytes on a stream.
    #[error("a stream message of {0} bytes is longer than others take")]
    StreamTooLong(usize),
    /// The primary key is none for the cipher, or the cipher is not built in.
    #[error("the primary key cannot seal")]
    Key,
    /// The operating system gave no random numbers: nothing can be encrypted safely.
    #[error("the operating system gave no random numbers")]
    NoRandomness,
}
