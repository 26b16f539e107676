//! A guarded stream.

use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll};
use std::io;

use futures_rustls::{client, server};
use futures_util::io::{AsyncRead, AsyncWrite};

use super::words::explain;
use crate::guard::ended;

/// A stream whose hands are shaken, on either side.
pub struct TlsStream<S>(futures_rustls::TlsStream<S>);

impl<S> From<client::TlsStream<S>> for TlsStream<S> {
    fn from(stream: client::TlsStream<S>) -> Self {
        Self(stream.into())
    }
}

impl<S> From<server::TlsStream<S>> for TlsStream<S> {
    fn from(stream: server::TlsStream<S>) -> Self {
        Self(stream.into())
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for TlsStream<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        // With TLS 1.3 the dialling side reads here that its certificate was refused.
        Pin::new(&mut self.0).poll_read(cx, buf).map_err(explain)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for TlsStream<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ended(Pin::new(&mut self.0).poll_close(cx))
    }
}

impl<S> fmt::Debug for TlsStream<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TlsStream")
    }
}
