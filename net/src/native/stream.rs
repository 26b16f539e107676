//! The system's TLS, which blocks, on streams that do not.

use core::fmt;
use core::future::poll_fn;
use core::pin::Pin;
use core::task::{Context, Poll, Waker, ready};
use std::io::{self, Read, Write};

use futures_util::io::{AsyncRead, AsyncWrite};
use native_tls::{HandshakeError, MidHandshakeTlsStream, TlsStream};

use crate::guard::ended;

/// A stream whose hands are shaken, on either side.
pub struct NativeTlsStream<S> {
    tls: TlsStream<Blocking<S>>,
    /// What was to be said at the end has been said.
    said_end: bool,
}

/// A stream that says `WouldBlock` where it would wait, and wakes whoever polled last.
pub(super) struct Blocking<S> {
    stream: S,
    waker: Waker,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Blocking<S> {
    fn poll<T>(
        &mut self,
        call: impl FnOnce(Pin<&mut S>, &mut Context<'_>) -> Poll<io::Result<T>>,
    ) -> io::Result<T> {
        match call(Pin::new(&mut self.stream), &mut Context::from_waker(&self.waker)) {
            Poll::Ready(result) => result,
            Poll::Pending => Err(io::ErrorKind::WouldBlock.into()),
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Read for Blocking<S> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.poll(|stream, cx| stream.poll_read(cx, buf))
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Write for Blocking<S> {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.poll(|stream, cx| stream.poll_write(cx, buf))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.poll(|stream, cx| stream.poll_flush(cx))
    }
}

/// Shakes hands the way that `start` begins.
pub(super) async fn shake_hands<S, F>(start: F, tcp: S) -> io::Result<NativeTlsStream<S>>
where
    S: AsyncRead + AsyncWrite + Unpin,
    F: FnOnce(Blocking<S>) -> Result<TlsStream<Blocking<S>>, HandshakeError<Blocking<S>>>,
{
    let mut unstarted = Some((start, tcp));
    let mut middle: Option<MidHandshakeTlsStream<Blocking<S>>> = None;
    poll_fn(move |cx| {
        let waker = cx.waker().clone();
        let shaken = match (unstarted.take(), middle.take()) {
            (Some((start, stream)), _) => start(Blocking { stream, waker }),
            (None, Some(mut middle)) => {
                middle.get_mut().waker = waker;
                middle.handshake()
            }
            (None, None) => return Poll::Ready(Err(io::ErrorKind::NotConnected.into())),
        };
        match shaken {
            Ok(tls) => Poll::Ready(Ok(NativeTlsStream { tls, said_end: false })),
            Err(HandshakeError::Failure(error)) => Poll::Ready(Err(io::Error::new(
                io::ErrorKind::InvalidData,
                format!("TLS: {error}"),
            ))),
            Err(HandshakeError::WouldBlock(unfinished)) => {
                middle = Some(unfinished);
                Poll::Pending
            }
        }
    })
    .await
}

impl<S: AsyncRead + AsyncWrite + Unpin> NativeTlsStream<S> {
    fn poll<T>(
        &mut self,
        cx: &Context<'_>,
        call: impl FnOnce(&mut TlsStream<Blocking<S>>) -> io::Result<T>,
    ) -> Poll<io::Result<T>> {
        self.tls.get_mut().waker.clone_from(cx.waker());
        match call(&mut self.tls) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Poll::Pending,
            result => Poll::Ready(result),
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for NativeTlsStream<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        self.poll(cx, |tls| tls.read(buf))
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for NativeTlsStream<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.poll(cx, |tls| tls.write(buf))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll(cx, |tls| tls.flush())
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if !self.said_end {
            ready!(self.poll(cx, |tls| tls.shutdown()))?;
            self.said_end = true;
        }
        ended(Pin::new(&mut self.tls.get_mut().stream).poll_close(cx))
    }
}

impl<S> fmt::Debug for NativeTlsStream<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NativeTlsStream")
    }
}
