//! What a transport crate implements.
//!
//! A transport has two planes: datagrams, which may be lost, and streams. It knows nothing of the
//! protocol: bytes in, bytes out.

use core::future::Future;
use core::task::{Context, Poll};
use std::io;

use agnostic_lite::RuntimeLite;
use futures_util::io::{AsyncRead, AsyncWrite};

use crate::types::Address;

/// Moves datagrams and opens streams for one node.
///
/// The driver polls the datagram plane from one task only; streams are dialled and accepted from
/// other tasks at the same time.
pub trait Transport: Send + Sync + 'static {
    /// Where nodes are reached.
    type Address: Address;
    /// The runtime that this transport's sockets need.
    type Runtime: RuntimeLite;
    /// A stream. Closing the write side must tell the peer; dropping it must free the connection.
    type Stream: AsyncRead + AsyncWrite + Unpin + Send + 'static;

    /// What others are told: a place where both planes are reached.
    fn advertised(&self) -> &Self::Address;

    /// Where this node listens, for logs.
    fn bound(&self) -> Vec<Self::Address>;

    /// Bytes of the largest datagram that it carries: one constant per transport, never per path.
    fn max_datagram(&self) -> usize;

    /// Takes one datagram into `buf` and says how long it is and where it came from. Never waits; a
    /// datagram longer than `buf` is cut. An error concerns one datagram: the plane goes on.
    fn poll_recv(
        &self,
        cx: &mut Context<'_>,
        buf: &mut [u8],
    ) -> Poll<io::Result<(usize, Self::Address)>>;

    /// Sends one datagram. `Pending` means that the socket's buffer is full: the driver then drops the
    /// datagram and counts it. An error concerns this datagram only.
    fn poll_send(
        &self,
        cx: &mut Context<'_>,
        to: &Self::Address,
        datagram: &[u8],
    ) -> Poll<io::Result<()>>;

    /// Opens a stream. The caller sets the deadline; dropping the future gives up.
    fn dial(&self, to: &Self::Address) -> impl Future<Output = io::Result<Self::Stream>> + Send;

    /// Waits for the next stream that a peer opened; handshakes run in the stream's own first read, not
    /// here. An error concerns one stream: call again.
    fn accept(&self) -> impl Future<Output = io::Result<(Self::Stream, Self::Address)>> + Send;

    /// Closes everything. When it returns the ports are free. Waiting `accept`s end with an error.
    fn shutdown(&self) -> impl Future<Output = ()> + Send;

    /// Counters by name, for `stats`: `(name, value)`.
    fn counters(&self) -> Vec<(&'static str, u64)> {
        Vec::new()
    }
}

/// Turns a name into all the addresses behind it.
pub trait SeedResolver<A>: Send + Sync + 'static {
    /// All addresses of `name` ("host", "host:port"); an empty list is an error of kind `NotFound`.
    fn resolve(&self, name: &str) -> impl Future<Output = io::Result<Vec<A>>> + Send;
}
