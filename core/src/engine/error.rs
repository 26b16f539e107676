//! What can go wrong, one enum for each operation.

/// Why an engine cannot be built. Nothing has been started.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SetupError {
    /// Nobody could send to the address: no port, or the unspecified address.
    #[error("the advertised address {0} cannot be reached by others")]
    Unreachable(String),
    /// The node's own CIDR list does not hold its own address.
    #[error("the advertised address {0} is not in the allowed networks")]
    NotAllowed(String),
    /// The id is empty or too long to travel.
    #[error("the id is {0} bytes on the wire: 1 to 255 are allowed")]
    Id(usize),
    /// Id and address do not come back from the wire as they were: the types' own encoding is at
    /// fault.
    #[error("others could not read what this node says of itself: {0}")]
    Unreadable(String),
    /// The delegate's `notify_alive` refused this node itself.
    #[error("the delegate refused this node itself: {0}")]
    Refused(String),
    /// An algorithm was chosen that this build does not have.
    #[error("`{0}` is not built in: switch on the feature of that name, or choose another one")]
    NotBuiltIn(&'static str),
    /// An algorithm was chosen that those who speak the wire format do not know.
    #[error("the wire format {wire} goes with lzw, crc32 and aes-gcm, not with {name}")]
    BeyondGo {
        /// The wire format.
        wire: &'static str,
        /// The algorithm.
        name: &'static str,
    },
    /// What this node says of itself would not fit a packet once its metadata is full: its claim,
    /// and the ping to a member of the longest name that goes with it.
    #[error(
        "this node's claim with full metadata and a ping need {needed} bytes, `packet_size` is \
         {packet_size} and the transport carries {max_datagram}: {}",
        remedy(*.needed, *.max_datagram)
    )]
    PacketSize {
        /// The least packet size that would do, in bytes.
        needed: usize,
        /// The option, in bytes.
        packet_size: usize,
        /// What the transport carries, in bytes.
        max_datagram: usize,
    },
}

fn remedy(needed: usize, max_datagram: usize) -> String {
    if needed > max_datagram {
        return "choose a shorter name or label, or a transport that carries more".into();
    }
    format!("raise `packet_size` to at least {needed}")
}

/// A payload that fits no packet. Nothing was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{len} bytes do not fit a packet: at most {max} do")]
pub struct TooLarge {
    /// Bytes of the payload.
    pub len: usize,
    /// Bytes of the largest payload that fits.
    pub max: usize,
}

/// Why a push/pull was not merged. Nothing has changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MergeError {
    /// The two clusters cannot understand each other; the text says whose versions do not fit.
    #[error("protocol versions do not fit: {0}")]
    Versions(String),
    /// The delegate's `notify_merge` refused.
    #[error("refused by the application: {0}")]
    Refused(String),
}
