//! A connection of s2n-quic and its streams.

use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use agnostic::RuntimeLite;
use agnostic::tokio::TokioRuntime;
use async_channel::{Sender, bounded};
use bytes::Bytes;
use futures_util::io::{AsyncRead, AsyncWrite};
use futures_util::lock::Mutex;
use rustls::pki_types::CertificateDer;
use s2n_quic::connection::{BidirectionalStreamAcceptor, Handle};
use s2n_quic::stream::BidirectionalStream;

use super::gossip;
use super::seen::Seen;
use super::words::words;
use crate::layer::Connection;

/// Datagrams that wait in one connection for the network.
const DATAGRAMS_MAX: usize = 256;

type Chain = Vec<CertificateDer<'static>>;

/// A connection of s2n-quic.
#[derive(Clone)]
pub struct S2nConnection {
    handle: Handle,
    shared: Arc<Shared>,
}

struct Shared {
    remote: SocketAddr,
    certificates: Chain,
    streams: Mutex<BidirectionalStreamAcceptor>,
    arriving: Mutex<gossip::Incoming>,
    leaving: Sender<Bytes>,
}

impl S2nConnection {
    pub(super) fn new(connection: s2n_quic::Connection) -> io::Result<Self> {
        let remote = connection.remote_addr().map_err(words)?;
        let certificates = connection.query_event_context(|seen: &Seen| seen.certificates.clone());
        let (handle, acceptor) = connection.split();
        let (streams, receive) = acceptor.split();
        let (leaving, datagrams) = bounded(DATAGRAMS_MAX);
        TokioRuntime::spawn_detach(gossip::send_all(handle.clone(), datagrams));
        let shared = Shared {
            remote,
            certificates: certificates.map_err(|error| io::Error::other(error.to_string()))?,
            streams: Mutex::new(streams),
            arriving: Mutex::new(gossip::Incoming::new(receive)),
            leaving,
        };
        Ok(Self { handle, shared: Arc::new(shared) })
    }
}

impl Connection for S2nConnection {
    type Stream = S2nStream;

    fn remote(&self) -> SocketAddr {
        self.shared.remote
    }

    fn certificates(&self) -> Chain {
        self.shared.certificates.clone()
    }

    async fn open(&self) -> io::Result<S2nStream> {
        let opened = self.handle.clone().open_bidirectional_stream().await;
        opened.map(S2nStream).map_err(words)
    }

    async fn accept(&self) -> io::Result<S2nStream> {
        let accepted = self.shared.streams.lock().await.accept_bidirectional_stream().await;
        accepted
            .map_err(words)?
            .map(S2nStream)
            .ok_or_else(|| io::ErrorKind::ConnectionAborted.into())
    }

    fn send(&self, datagram: Bytes) -> io::Result<()> {
        self.shared.leaving.try_send(datagram).map_err(|error| io::Error::other(error.to_string()))
    }

    async fn receive(&self) -> io::Result<Bytes> {
        self.shared.arriving.lock().await.next().await
    }

    fn ended(&self) -> Option<io::Error> {
        // It is asked after something has failed: a connection that lives bears one packet more.
        self.handle.clone().ping().err().map(words)
    }

    fn close(&self, _: &'static str) {
        self.handle.close(0_u32.into());
    }
}

impl fmt::Debug for S2nConnection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("S2nConnection").field("remote", &self.shared.remote).finish()
    }
}

/// A stream of s2n-quic.
pub struct S2nStream(BidirectionalStream);

impl AsyncRead for S2nStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        AsyncRead::poll_read(Pin::new(&mut self.0), cx, buf)
    }
}

impl AsyncWrite for S2nStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        AsyncWrite::poll_write(Pin::new(&mut self.0), cx, buf)
    }

    /// What is written is sent without being asked for; this does not wait for the peer's word.
    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_close(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        // It fails only where there is nobody left to tell.
        let _ = self.0.finish();
        Poll::Ready(Ok(()))
    }
}

impl fmt::Debug for S2nStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("S2nStream")
    }
}
