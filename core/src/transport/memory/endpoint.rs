//! What waits at one address.

use core::task::{Context, Poll, Waker};
use std::collections::VecDeque;
use std::io;

use async_channel::{Receiver, Sender};
use bytes::Bytes;
use parking_lot::Mutex;

use super::pipe::MemoryStream;

/// Datagrams that wait at one address; more are lost, as in a socket's buffer.
const DATAGRAMS_MAX: usize = 4_096;

/// Bytes of them: what a socket's buffer of 2 MiB holds.
const DATAGRAM_BYTES_WAITING_MAX: usize = 2 * 1024 * 1024;

/// Streams that wait to be accepted; more are refused. As many as the sockets' transport asks for.
const STREAMS_MAX: usize = 1_024;

/// The two queues of one bound address.
#[derive(Debug)]
pub(super) struct Endpoint<A> {
    datagrams: Mutex<Datagrams<A>>,
    dialled: Sender<(MemoryStream, A)>,
    accepted: Receiver<(MemoryStream, A)>,
}

#[derive(Debug)]
struct Datagrams<A> {
    waiting: VecDeque<(Bytes, A)>,
    bytes: usize,
    closed: bool,
    reader: Option<Waker>,
}

impl<A> Endpoint<A> {
    pub(super) fn new() -> Self {
        let (dialled, accepted) = async_channel::bounded(STREAMS_MAX);
        let datagrams =
            Datagrams { waiting: VecDeque::new(), bytes: 0, closed: false, reader: None };
        Self { datagrams: Mutex::new(datagrams), dialled, accepted }
    }

    /// Puts a datagram into the queue; false if there is no room or nobody.
    pub(super) fn deliver(&self, datagram: Bytes, from: A) -> bool {
        let mut queue = self.datagrams.lock();
        let bytes = queue.bytes + datagram.len();
        let full = queue.waiting.len() == DATAGRAMS_MAX || bytes > DATAGRAM_BYTES_WAITING_MAX;
        if queue.closed || full {
            return false;
        }
        queue.bytes = bytes;
        queue.waiting.push_back((datagram, from));
        let reader = queue.reader.take();
        drop(queue);
        reader.into_iter().for_each(Waker::wake);
        true
    }

    pub(super) fn poll_recv(
        &self,
        cx: &mut Context<'_>,
        buf: &mut [u8],
    ) -> Poll<io::Result<(usize, A)>> {
        let mut queue = self.datagrams.lock();
        if queue.closed {
            return Poll::Ready(Err(closed()));
        }
        let Some((datagram, from)) = queue.waiting.pop_front() else {
            queue.reader = Some(cx.waker().clone());
            return Poll::Pending;
        };
        queue.bytes -= datagram.len();
        let len = datagram.len().min(buf.len());
        buf[..len].copy_from_slice(&datagram[..len]);
        Poll::Ready(Ok((len, from)))
    }

    /// Puts one end of a stream into the queue of those that wait to be accepted.
    pub(super) fn offer(&self, stream: MemoryStream, from: A) -> io::Result<()> {
        self.dialled.try_send((stream, from)).map_err(|_| io::ErrorKind::ConnectionRefused.into())
    }

    pub(super) async fn accept(&self) -> io::Result<(MemoryStream, A)> {
        self.accepted.recv().await.map_err(|_| closed())
    }

    pub(super) fn is_closed(&self) -> bool {
        self.accepted.is_closed()
    }

    /// Ends everybody who waits here and drops what waits.
    pub(super) fn close(&self) {
        self.accepted.close();
        while self.accepted.try_recv().is_ok() {}
        let mut queue = self.datagrams.lock();
        queue.closed = true;
        queue.waiting = VecDeque::new();
        queue.bytes = 0;
        let reader = queue.reader.take();
        drop(queue);
        reader.into_iter().for_each(Waker::wake);
    }
}

/// What every call gets after `shutdown`.
pub(super) fn closed() -> io::Error {
    io::Error::new(io::ErrorKind::NotConnected, "the transport is shut down")
}
