//! What a QUIC library has to give.

use core::future::Future;
use std::io;
use std::net::{SocketAddr, UdpSocket};

use agnostic::Runtime;
use bytes::Bytes;
use futures_util::io::{AsyncRead, AsyncWrite};
use rustls::pki_types::CertificateDer;

use crate::options::QuicOptions;

/// A QUIC library under a [`QuicTransport`](crate::QuicTransport): `Quinn`, `S2n`, or one of your
/// own.
///
/// It encrypts, retransmits and shakes hands. Which connections there are and what they are used
/// for is decided above it.
pub trait QuicLayer: Send + Sync + 'static {
    /// The runtime that its sockets need.
    type Runtime: Runtime;
    /// One socket and all connections over it.
    type Endpoint: Endpoint;

    /// Takes over a bound, non-blocking socket.
    ///
    /// # Errors
    ///
    /// The runtime cannot watch the socket, or an option is out of the library's range.
    fn open(&self, socket: UdpSocket, options: &QuicOptions) -> io::Result<Self::Endpoint>;
}

/// One socket and all connections over it.
pub trait Endpoint: Send + Sync + 'static {
    /// A connection whose handshake is done.
    type Connection: Connection;
    /// A connection that a peer has begun.
    type Incoming: Incoming<Connection = Self::Connection>;

    /// Connects, handshake included. The caller sets the deadline; dropping the future gives up.
    fn dial(
        &self,
        to: SocketAddr,
    ) -> impl Future<Output = io::Result<Self::Connection>> + Send + 'static;

    /// The next connection that a peer begins; `None` when the endpoint is closed.
    fn accept(&self) -> impl Future<Output = Option<Self::Incoming>> + Send;

    /// Ends all connections and tells the peers, soon. Waiting `accept`s end with `None`.
    fn stop(&self);

    /// Gives what was to be told after [`stop`](Self::stop) a moment to leave. When it returns, the
    /// port is free, whoever still holds connections or streams.
    fn free(&self) -> impl Future<Output = ()> + Send;
}

/// A connection that a peer has begun. Dropping it refuses it.
pub trait Incoming: Send + 'static {
    /// What it becomes.
    type Connection;

    /// Where its first packet came from.
    fn from(&self) -> SocketAddr;

    /// Whether the peer can still be asked to prove that it is where its packet came from.
    fn may_retry(&self) -> bool;

    /// Asks for that proof. The peer begins again.
    fn retry(self);

    /// Drops it, without a word where the library has not answered yet.
    fn ignore(self);

    /// Shakes hands. The caller sets the deadline; dropping the future gives up.
    fn shake(self) -> impl Future<Output = io::Result<Self::Connection>> + Send + 'static;
}

/// A connection whose handshake is done. Clones are the same connection; it ends with the last.
pub trait Connection: Clone + Send + Sync + 'static {
    /// A stream in both directions. Closing it ends its write side, dropping it frees both.
    type Stream: AsyncRead + AsyncWrite + Unpin + Send + 'static;

    /// Where its packets go.
    fn remote(&self) -> SocketAddr;

    /// The chain of certificates that the peer has shown, its own first. Empty where it had to show
    /// none.
    fn certificates(&self) -> Vec<CertificateDer<'static>>;

    /// Opens a stream. The peer learns of it by the first byte.
    fn open(&self) -> impl Future<Output = io::Result<Self::Stream>> + Send;

    /// The next stream that the peer opens. One task waits at a time.
    fn accept(&self) -> impl Future<Output = io::Result<Self::Stream>> + Send;

    /// Hands a datagram over for sending. It may be lost.
    ///
    /// # Errors
    ///
    /// The connection has ended, or the datagram is too long for it.
    fn send(&self, datagram: Bytes) -> io::Result<()>;

    /// The next datagram of the peer. One task waits at a time.
    fn receive(&self) -> impl Future<Output = io::Result<Bytes>> + Send;

    /// Why it has ended, in the words of whoever ended it; `None` while it has not.
    fn ended(&self) -> Option<io::Error>;

    /// Ends it and tells the peer why. What is under way is lost.
    fn close(&self, why: &'static str);
}
