//! A connection of quinn and its streams.

use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll};
use std::io;
use std::net::SocketAddr;

use bytes::Bytes;
use futures_util::io::{AsyncRead, AsyncWrite};
use quinn::{RecvStream, SendStream, VarInt};
use rustls::pki_types::CertificateDer;

use crate::layer::Connection;

/// A connection of quinn.
#[derive(Clone, Debug)]
pub struct QuinnConnection(pub(super) quinn::Connection);

impl Connection for QuinnConnection {
    type Stream = QuinnStream;

    fn remote(&self) -> SocketAddr {
        self.0.remote_address()
    }

    fn certificates(&self) -> Vec<CertificateDer<'static>> {
        let identity = self.0.peer_identity();
        identity.and_then(|chain| chain.downcast().ok()).map_or_else(Vec::new, |chain| *chain)
    }

    async fn open(&self) -> io::Result<QuinnStream> {
        Ok(QuinnStream::new(self.0.open_bi().await?))
    }

    async fn accept(&self) -> io::Result<QuinnStream> {
        Ok(QuinnStream::new(self.0.accept_bi().await?))
    }

    fn send(&self, datagram: Bytes) -> io::Result<()> {
        self.0.send_datagram(datagram).map_err(io::Error::other)
    }

    async fn receive(&self) -> io::Result<Bytes> {
        Ok(self.0.read_datagram().await?)
    }

    fn ended(&self) -> Option<io::Error> {
        self.0.close_reason().map(io::Error::from)
    }

    fn close(&self, why: &'static str) {
        self.0.close(VarInt::from_u32(0), why.as_bytes());
    }
}

/// A stream of quinn.
pub struct QuinnStream {
    send: SendStream,
    receive: RecvStream,
    ended: bool,
}

impl QuinnStream {
    fn new((send, receive): (SendStream, RecvStream)) -> Self {
        Self { send, receive, ended: false }
    }
}

impl AsyncRead for QuinnStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        AsyncRead::poll_read(Pin::new(&mut self.receive), cx, buf)
    }
}

impl AsyncWrite for QuinnStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        AsyncWrite::poll_write(Pin::new(&mut self.send), cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        AsyncWrite::poll_flush(Pin::new(&mut self.send), cx)
    }

    /// Ends the write side; a second time does nothing.
    fn poll_close(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        if !self.ended {
            self.ended = true;
            // It fails only for a stream that the peer has stopped: then there is nobody to tell.
            let _ = self.send.finish();
        }
        Poll::Ready(Ok(()))
    }
}

impl fmt::Debug for QuinnStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("QuinnStream")
    }
}
