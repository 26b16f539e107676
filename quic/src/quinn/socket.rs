//! A socket that can be taken away from those who hold it.
//!
//! Connections of quinn keep their socket until the last stream over them is dropped, and whoever
//! waits for it to be writable keeps it too, but a transport that is shut down has to free its port
//! whoever still holds a stream.

use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll};
use std::io::{self, IoSliceMut};
use std::net::SocketAddr;
use std::sync::{Arc, Weak};

use parking_lot::{Mutex, RwLock};
use quinn::udp::{RecvMeta, Transmit};
use quinn::{AsyncUdpSocket, UdpPoller};

/// The socket until it is freed, then none: what is sent is lost, and nothing arrives.
#[derive(Debug)]
pub(super) struct Socket {
    inner: RwLock<Option<Arc<dyn AsyncUdpSocket>>>,
    /// Those who may be waiting, at most one per connection.
    waits: Mutex<Vec<Weak<Wait>>>,
    address: io::Result<SocketAddr>,
}

impl Socket {
    pub(super) fn new(inner: Arc<dyn AsyncUdpSocket>) -> Self {
        let address = inner.local_addr();
        Self { inner: RwLock::new(Some(inner)), waits: Mutex::default(), address }
    }

    pub(super) fn free(&self) {
        drop(self.inner.write().take());
        // Nobody begins to wait any more: who is about to has the lock of its own wait.
        for wait in self.waits.lock().drain(..) {
            if let Some(wait) = wait.upgrade() {
                drop(wait.lock().take());
            }
        }
    }

    fn ask<T>(&self, question: impl Fn(&dyn AsyncUdpSocket) -> T, freed: T) -> T {
        self.inner.read().as_deref().map_or(freed, question)
    }
}

impl AsyncUdpSocket for Socket {
    fn create_io_poller(self: Arc<Self>) -> Pin<Box<dyn UdpPoller>> {
        let wait = Arc::new(Wait::default());
        let mut waits = self.waits.lock();
        waits.retain(|wait| wait.strong_count() > 0);
        waits.push(Arc::downgrade(&wait));
        drop(waits);
        Box::pin(Poller { socket: self, wait })
    }

    fn try_send(&self, transmit: &Transmit<'_>) -> io::Result<()> {
        self.ask(|socket| socket.try_send(transmit), Ok(()))
    }

    fn poll_recv(
        &self,
        cx: &mut Context<'_>,
        bufs: &mut [IoSliceMut<'_>],
        meta: &mut [RecvMeta],
    ) -> Poll<io::Result<usize>> {
        match &*self.inner.read() {
            Some(socket) => socket.poll_recv(cx, bufs, meta),
            None => Poll::Pending,
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.address.as_ref().copied().map_err(|error| error.kind().into())
    }

    fn max_transmit_segments(&self) -> usize {
        self.ask(|socket| socket.max_transmit_segments(), 1)
    }

    fn max_receive_segments(&self) -> usize {
        self.ask(|socket| socket.max_receive_segments(), 1)
    }

    fn may_fragment(&self) -> bool {
        self.ask(|socket| socket.may_fragment(), true)
    }
}

/// What holds the socket while somebody waits for it to be writable.
type Wait = Mutex<Option<Pin<Box<dyn UdpPoller>>>>;

/// Waits until the socket can send; holds it only that long.
struct Poller {
    socket: Arc<Socket>,
    wait: Arc<Wait>,
}

impl UdpPoller for Poller {
    fn poll_writable(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut wait = self.wait.lock();
        if wait.is_none() {
            let socket = self.socket.inner.read().clone();
            *wait = socket.map(AsyncUdpSocket::create_io_poller);
        }
        let Some(waiting) = &mut *wait else { return Poll::Ready(Ok(())) };
        let polled = waiting.as_mut().poll_writable(cx);
        if polled.is_ready() {
            *wait = None;
        }
        polled
    }
}

impl fmt::Debug for Poller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Poller")
    }
}
