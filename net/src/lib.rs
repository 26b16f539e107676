//! UDP and TCP for memberlist: sockets, name resolution and runtimes.
//!
//! [`NetTransport`] moves datagrams over UDP and streams over TCP, on any runtime of `agnostic`.

mod advertise;
mod counters;
mod datagrams;
mod error;
mod handshake;
mod layer;
mod options;
pub mod resolve;
pub mod runtime;
mod sockets;
mod streams;
mod transport;

pub use error::{BindError, Plane};
pub use handshake::Handshake;
pub use layer::{RawStream, StreamLayer, Tcp};
pub use options::{MAX_DATAGRAM, MAX_DATAGRAM_MIN, NetOptions};
pub use transport::NetTransport;

/// What every call gets after `shutdown`.
fn closed() -> std::io::Error {
    std::io::Error::new(std::io::ErrorKind::NotConnected, "the transport is shut down")
}
