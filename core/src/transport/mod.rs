//! What a transport crate implements.
//!
//! A transport has two planes: datagrams, which may be lost, and streams. It knows nothing of the
//! protocol: bytes in, bytes out. [`memory`] has one for tests.

pub mod memory;

use core::future::Future;
use core::task::{Context, Poll};
use std::io;

use agnostic_lite::RuntimeLite;
use futures_util::io::{AsyncRead, AsyncWrite};

use crate::types::Address;

/// Moves datagrams and opens streams for one node.
///
/// One task polls the datagram plane; other tasks dial and accept at the same time.
///
/// # Errors
///
/// The kind `NotConnected` means one thing: the transport is shut down, and every further call will
/// say so. Any other error concerns one datagram or one stream, and the plane goes on.
pub trait Transport: Send + Sync + 'static {
    /// Where nodes are reached.
    type Address: Address;
    /// The runtime that this transport's sockets need.
    type Runtime: RuntimeLite;
    /// A stream. Closing it ends its write side only and tells the peer, who reads an end and may
    /// still answer; dropping it frees the connection.
    type Stream: AsyncRead + AsyncWrite + Unpin + Send + 'static;

    /// What others are told: a place where both planes are reached.
    fn advertised(&self) -> &Self::Address;

    /// Where this node listens, for logs.
    fn bound(&self) -> Vec<Self::Address>;

    /// Bytes of the largest datagram that it carries: one constant per transport, never per path.
    fn max_datagram(&self) -> usize;

    /// Takes one datagram into `buf` and says how long it is and where it came from.
    ///
    /// `Pending` means that nothing more has arrived (or that others must have their turn: then the
    /// task is already woken); it is woken by the next datagram and by `shutdown`. Only the last
    /// task that polled is woken. An error of kind `Interrupted` means that a run of datagrams was
    /// dropped and counted, and more may be behind them: ask again. A datagram longer than `buf` is
    /// cut; an empty one is never given.
    fn poll_recv(
        &self,
        cx: &mut Context<'_>,
        buf: &mut [u8],
    ) -> Poll<io::Result<(usize, Self::Address)>>;

    /// Sends one datagram, whole or not at all. Any task may call it.
    ///
    /// `Pending` means that the socket's buffer is full and nothing was sent: drop the datagram and
    /// count it. `Ok` does not mean that it arrives.
    fn poll_send(
        &self,
        cx: &mut Context<'_>,
        to: &Self::Address,
        datagram: &[u8],
    ) -> Poll<io::Result<()>>;

    /// Opens a stream, handshake included. The caller sets the deadline; dropping the future gives
    /// up. Any number of tasks may dial at once.
    fn dial(&self, to: &Self::Address) -> impl Future<Output = io::Result<Self::Stream>> + Send;

    /// Waits for the next stream that a peer opened, and says where it came from: not necessarily
    /// an address that the peer listens at.
    ///
    /// Handshakes run in the stream's own first read, not here. Dropping the future loses no
    /// stream. An implementation paces itself when the system runs out of something, so call again
    /// after an error, unless it is of the kind `NotConnected`.
    fn accept(&self) -> impl Future<Output = io::Result<(Self::Stream, Self::Address)>> + Send;

    /// Closes both planes. When it returns, the ports are free. Waiting `accept`s and `poll_recv`s
    /// end with `NotConnected`. Streams that were handed out are their owners' to drop. Calling it
    /// again does nothing.
    fn shutdown(&self) -> impl Future<Output = ()> + Send;

    /// Whether streams are guarded against readers and forgers, by TLS for example, but datagrams
    /// are not. A node then starts only with datagrams that a keyring guards, or if it is told that
    /// they may go in the clear. Default: no.
    fn guards_streams_only(&self) -> bool {
        false
    }

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
