//! A stream as two bounded queues of bytes.

use core::pin::Pin;
use core::task::{Context, Poll, Waker};
use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Weak};

use futures_util::io::{AsyncRead, AsyncWrite};
use parking_lot::Mutex;

/// Bytes that one direction of a stream holds before its writer waits; as a small TCP window.
const PIPE_BYTES_MAX: usize = 64 * 1024;

/// One end of a stream. Closing it gives the peer an end of file, and so does dropping it; writing
/// to a peer that has dropped its end is a `BrokenPipe`.
#[derive(Debug)]
pub struct MemoryStream {
    incoming: Arc<Pipe>,
    outgoing: Arc<Pipe>,
}

impl MemoryStream {
    /// The two ends of a new stream.
    pub(super) fn pair() -> (Self, Self) {
        let (there, back) = (Arc::<Pipe>::default(), Arc::<Pipe>::default());
        let far = Self { incoming: there.clone(), outgoing: back.clone() };
        (Self { incoming: back, outgoing: there }, far)
    }

    /// What holds up the bytes that this end writes.
    pub(super) fn valve(&self) -> Valve {
        Valve(Arc::downgrade(&self.outgoing))
    }
}

impl AsyncRead for MemoryStream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        self.incoming.poll_read(cx, buf)
    }
}

impl AsyncWrite for MemoryStream {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.outgoing.poll_write(cx, buf)
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        wake(self.outgoing.update(|state| state.writer_gone = true));
        Poll::Ready(Ok(()))
    }
}

impl Drop for MemoryStream {
    fn drop(&mut self) {
        wake(self.outgoing.update(|state| state.writer_gone = true));
        wake(self.incoming.update(|state| {
            state.reader_gone = true;
            state.bytes = VecDeque::new();
        }));
    }
}

/// Holds up one direction of a stream, as a network that swallows packets does, without keeping the
/// stream alive.
#[derive(Debug)]
pub(super) struct Valve(Weak<Pipe>);

impl Valve {
    /// Whether both ends are gone.
    pub(super) fn is_useless(&self) -> bool {
        self.0.strong_count() == 0
    }

    /// Lets nothing through, or everything; gives who is to look again, once no lock is held.
    #[must_use]
    pub(super) fn set(&self, shut: bool) -> [Option<Waker>; 2] {
        let pipe = self.0.upgrade();
        pipe.map_or([None, None], |pipe| pipe.update(|state| state.held_up = shut))
    }
}

/// One direction.
#[derive(Debug, Default)]
struct Pipe(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    bytes: VecDeque<u8>,
    writer_gone: bool,
    reader_gone: bool,
    held_up: bool,
    reader: Option<Waker>,
    writer: Option<Waker>,
}

impl Pipe {
    fn poll_read(&self, cx: &mut Context<'_>, buf: &mut [u8]) -> Poll<io::Result<usize>> {
        let mut state = self.0.lock();
        if state.held_up || (state.bytes.is_empty() && !state.writer_gone) {
            state.reader = Some(cx.waker().clone());
            return Poll::Pending;
        }
        let len = io::Read::read(&mut state.bytes, buf)?;
        let writer = state.writer.take();
        drop(state);
        wake([writer]);
        Poll::Ready(Ok(len))
    }

    fn poll_write(&self, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let mut state = self.0.lock();
        if state.writer_gone || state.reader_gone {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        let len = buf.len().min(PIPE_BYTES_MAX - state.bytes.len());
        if len == 0 && !buf.is_empty() {
            state.writer = Some(cx.waker().clone());
            return Poll::Pending;
        }
        state.bytes.extend(&buf[..len]);
        let reader = state.reader.take();
        drop(state);
        wake([reader]);
        Poll::Ready(Ok(len))
    }

    /// Changes the state and gives who is to look again, once no lock is held.
    #[must_use]
    fn update(&self, change: impl FnOnce(&mut State)) -> [Option<Waker>; 2] {
        let mut state = self.0.lock();
        change(&mut state);
        [state.reader.take(), state.writer.take()]
    }
}

fn wake(waiting: impl IntoIterator<Item = Option<Waker>>) {
    waiting.into_iter().flatten().for_each(Waker::wake);
}
