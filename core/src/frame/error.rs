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
    /// A compressed message, which this release cannot read.
    #[error("the message is compressed")]
    Compressed,
}

impl OpenError {
    /// Whose fault it is.
    pub const fn fault(self) -> Fault {
        match self {
            Self::LabelMissing | Self::LabelOther => Fault::OtherCluster,
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

/// Why messages cannot be one packet. The caller is at fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SealError {
    /// A compound counts its parts in one byte.
    #[error("{0} messages are too many for one packet")]
    TooMany(usize),
    /// A compound tells the length of a part in two bytes.
    #[error("a message of {0} bytes is too long for a packet")]
    TooLong(usize),
}
