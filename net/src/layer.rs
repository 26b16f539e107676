//! What lies between TCP and the node: nothing, or TLS.

use core::future::Future;
use std::io;
use std::net::SocketAddr;

use futures_util::io::{AsyncRead, AsyncWrite};

/// A plain stream as the runtime gives it.
pub trait RawStream: AsyncRead + AsyncWrite + Unpin + Send + Sync + 'static {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send + Sync + 'static> RawStream for S {}

/// Wraps each TCP connection of a [`NetTransport`](crate::NetTransport), for example in TLS.
///
/// The dialling side may shake hands inside [`dial`](StreamLayer::dial), which runs under the
/// deadline of whoever dials. The accepting side must not: one silent peer would keep all others
/// out. It shakes hands in the stream's own first read or write; [`Handshake`](crate::Handshake)
/// does that for any future.
pub trait StreamLayer: Send + Sync + 'static {
    /// The wrapped stream. Closing it must tell the peer, dropping it must free the connection.
    type Stream<S: RawStream>: AsyncRead + AsyncWrite + Unpin + Send + 'static;

    /// Wraps a connection that this side opened to `to`.
    fn dial<S: RawStream>(
        &self,
        tcp: S,
        to: SocketAddr,
    ) -> impl Future<Output = io::Result<Self::Stream<S>>> + Send;

    /// Wraps a connection that `from` opened. Returns at once.
    fn accept<S: RawStream>(&self, tcp: S, from: SocketAddr) -> Self::Stream<S>;

    /// Whether nobody else can read or change what these streams carry. A node on such a layer does
    /// not start with datagrams in the clear unless it is told to. Default: no.
    fn guards_streams(&self) -> bool {
        false
    }

    /// Counters by name, for `stats`: `(name, value)`.
    fn counters(&self) -> Vec<(&'static str, u64)> {
        Vec::new()
    }
}

/// Plain TCP: adds nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tcp;

impl StreamLayer for Tcp {
    type Stream<S: RawStream> = S;

    async fn dial<S: RawStream>(&self, tcp: S, _: SocketAddr) -> io::Result<S> {
        Ok(tcp)
    }

    fn accept<S: RawStream>(&self, tcp: S, _: SocketAddr) -> S {
        tcp
    }
}
