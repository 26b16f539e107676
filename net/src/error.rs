//! Why a transport cannot be bound.

use core::fmt;
use std::io;
use std::net::SocketAddr;

/// One of the two ways in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plane {
    /// UDP.
    Datagrams,
    /// TCP.
    Streams,
}

impl fmt::Display for Plane {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Datagrams => "datagrams",
            Self::Streams => "streams",
        })
    }
}

/// Why a transport cannot be bound. Nothing stays open.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BindError {
    /// The list of addresses to listen at is empty.
    #[error("no address to listen at: option `bind` is empty")]
    NoAddress,
    /// An address is in the list more than once.
    #[error("option `bind` has {0} twice: leave one out")]
    Twice(SocketAddr),
    /// An address cannot be listened at.
    #[error("cannot listen for {plane} at {address}: {source}")]
    Listen {
        /// What was to be received there.
        plane: Plane,
        /// The address, with the port that was tried.
        address: SocketAddr,
        /// What the system said; of kind `AddrInUse` when somebody else listens there.
        source: io::Error,
    },
    /// Every port that the system offered was taken for some other plane or address.
    #[error("no port is free for both planes at all addresses after {tries} tries, last: {last}")]
    NoCommonPort {
        /// How many ports were tried.
        tries: u32,
        /// Where the last one failed.
        last: Box<BindError>,
    },
    /// Others cannot send to an unspecified address.
    #[error("others cannot reach {0}: set option `advertise` to an address of this host")]
    AdvertiseUnspecified(SocketAddr),
    /// This host has no address that could be told to others.
    #[error("no address of this host can be told to others for {bound}: set option `advertise`")]
    NothingToAdvertise {
        /// Where the node listens.
        bound: SocketAddr,
    },
    /// The option is outside its range.
    #[error("option `max_datagram` must be 1232 to 65507 bytes, it is {0}")]
    MaxDatagram(usize),
    /// The option is zero, and nothing would ever be connected.
    #[error("option `{0}` must not be zero")]
    Zero(&'static str),
}

impl BindError {
    /// The kind of trouble: `AddrInUse` when somebody else has the port.
    pub fn kind(&self) -> io::ErrorKind {
        match self {
            Self::Listen { source, .. } => source.kind(),
            Self::NoCommonPort { last, .. } => last.kind(),
            Self::NothingToAdvertise { .. } => io::ErrorKind::AddrNotAvailable,
            Self::NoAddress
            | Self::Twice(_)
            | Self::AdvertiseUnspecified(_)
            | Self::MaxDatagram(_)
            | Self::Zero(_) => io::ErrorKind::InvalidInput,
        }
    }
}
