//! Datagrams that have arrived and wait for the node.

use core::task::{Context, Poll};
use std::collections::VecDeque;
use std::net::SocketAddr;

use bytes::Bytes;
use futures_util::task::AtomicWaker;
use parking_lot::Mutex;

/// Datagrams that wait at most, all peers together: about 4.5 MiB.
pub(crate) const INBOX_MAX: usize = 4_096;

/// A bounded queue with one reader.
#[derive(Default)]
pub(crate) struct Inbox {
    state: Mutex<State>,
    reader: AtomicWaker,
}

#[derive(Default)]
struct State {
    datagrams: VecDeque<(Bytes, SocketAddr)>,
    closed: bool,
}

impl Inbox {
    /// Whether there was room.
    pub(crate) fn push(&self, datagram: Bytes, from: SocketAddr) -> bool {
        let mut state = self.state.lock();
        if state.closed || state.datagrams.len() >= INBOX_MAX {
            return false;
        }
        state.datagrams.push_back((datagram, from));
        drop(state);
        self.reader.wake();
        true
    }

    /// The next one; `None` when closed.
    pub(crate) fn poll_pop(&self, cx: &mut Context<'_>) -> Poll<Option<(Bytes, SocketAddr)>> {
        // Before looking, so that what comes in between is not missed.
        self.reader.register(cx.waker());
        let mut state = self.state.lock();
        if state.closed {
            return Poll::Ready(None);
        }
        state.datagrams.pop_front().map_or(Poll::Pending, |datagram| Poll::Ready(Some(datagram)))
    }

    /// Drops what waits and wakes the reader.
    pub(crate) fn close(&self) {
        *self.state.lock() = State { datagrams: VecDeque::new(), closed: true };
        self.reader.wake();
    }
}

#[cfg(test)]
mod tests {
    use futures_util::task::noop_waker_ref;

    use super::*;

    #[test]
    fn it_holds_so_many_and_no_more() {
        let inbox = Inbox::default();
        let from = SocketAddr::from(([127, 0, 0, 1], 1));
        for _ in 0..INBOX_MAX {
            assert!(inbox.push(Bytes::from_static(b"x"), from));
        }
        assert!(!inbox.push(Bytes::from_static(b"x"), from));
        let mut cx = Context::from_waker(noop_waker_ref());
        assert!(matches!(inbox.poll_pop(&mut cx), Poll::Ready(Some(_))));
        assert!(inbox.push(Bytes::from_static(b"x"), from));
        inbox.close();
        assert!(matches!(inbox.poll_pop(&mut cx), Poll::Ready(None)));
        assert!(!inbox.push(Bytes::from_static(b"x"), from));
    }
}
