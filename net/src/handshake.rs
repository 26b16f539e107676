//! A stream that shakes hands when it is first used.

use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll, ready};
use std::io;

use futures_util::io::{AsyncRead, AsyncWrite};

type Shaking<S> = Pin<Box<dyn Future<Output = io::Result<S>> + Send>>;

/// A stream `S` whose handshake runs in its own first read, write, flush or close.
///
/// A [`StreamLayer`](crate::StreamLayer) returns it from `accept`, so that a peer that never
/// finishes its handshake holds up nobody but its own task.
pub struct Handshake<S>(Stage<S>);

enum Stage<S> {
    Shaking(Shaking<S>),
    Open(S),
    Failed(io::ErrorKind),
}

impl<S> Handshake<S> {
    /// A stream that is what `handshake` gives.
    pub fn new(handshake: impl Future<Output = io::Result<S>> + Send + 'static) -> Self {
        Self(Stage::Shaking(Box::pin(handshake)))
    }

    /// A stream whose hands are shaken.
    pub const fn done(stream: S) -> Self {
        Self(Stage::Open(stream))
    }
}

impl<S: Unpin> Handshake<S> {
    /// Goes on with the handshake; then gives the stream. A failed one fails for good.
    fn poll_open(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Pin<&mut S>>> {
        if let Stage::Shaking(handshake) = &mut self.0 {
            self.0 = match ready!(handshake.as_mut().poll(cx)) {
                Ok(stream) => Stage::Open(stream),
                Err(error) => {
                    self.0 = Stage::Failed(error.kind());
                    return Poll::Ready(Err(error));
                }
            };
        }
        Poll::Ready(match &mut self.0 {
            Stage::Open(stream) => Ok(Pin::new(stream)),
            Stage::Failed(kind) => Err(io::Error::new(*kind, "the handshake has failed")),
            Stage::Shaking(_) => unreachable!("a finished handshake was replaced above"),
        })
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Handshake<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        ready!(self.poll_open(cx))?.poll_read(cx, buf)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Handshake<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        ready!(self.poll_open(cx))?.poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_open(cx))?.poll_flush(cx)
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_open(cx))?.poll_close(cx)
    }
}

impl<S> fmt::Debug for Handshake<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Stage::Shaking(_) => "Handshake(shaking)",
            Stage::Open(_) => "Handshake(open)",
            Stage::Failed(_) => "Handshake(failed)",
        })
    }
}
