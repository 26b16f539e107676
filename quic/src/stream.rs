//! A stream that keeps its connection.

use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll};
use std::io;
use std::sync::Arc;

use futures_util::io::{AsyncRead, AsyncWrite};

/// A stream over the connection to a peer. While it lives the connection does not give way to
/// another one.
pub struct QuicStream<S> {
    stream: S,
    /// Counted by the connection.
    _hold: Arc<()>,
}

impl<S> QuicStream<S> {
    pub(crate) fn new(stream: S, hold: &Arc<()>) -> Self {
        Self { stream, _hold: hold.clone() }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for QuicStream<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for QuicStream<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_close(cx)
    }
}

impl<S> fmt::Debug for QuicStream<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("QuicStream")
    }
}
