//! A socket that can be taken away from those who hold it.
//!
//! Connections of quinn keep their socket until the last stream over them is dropped, but a
//! transport that is shut down has to free its port whoever still holds a stream.

use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll};
use std::io::{self, IoSliceMut};
use std::net::SocketAddr;
use std::sync::Arc;

use parking_lot::RwLock;
use quinn::udp::{RecvMeta, Transmit};
use quinn::{AsyncUdpSocket, UdpPoller};

/// The socket until it is freed, then none: what is sent is lost, and nothing arrives.
#[derive(Debug)]
pub(super) struct Socket {
    inner: RwLock<Option<Arc<dyn AsyncUdpSocket>>>,
    address: io::Result<SocketAddr>,
}

impl Socket {
    pub(super) fn new(inner: Arc<dyn AsyncUdpSocket>) -> Self {
        Self { address: inner.local_addr(), inner: RwLock::new(Some(inner)) }
    }

    pub(super) fn free(&self) {
        drop(self.inner.write().take());
    }

    fn ask<T>(&self, question: impl Fn(&dyn AsyncUdpSocket) -> T, freed: T) -> T {
        self.inner.read().as_deref().map_or(freed, question)
    }
}

impl AsyncUdpSocket for Socket {
    fn create_io_poller(self: Arc<Self>) -> Pin<Box<dyn UdpPoller>> {
        Box::pin(Poller { socket: self, waiting: None })
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

/// Waits until the socket can send; holds it only that long.
struct Poller {
    socket: Arc<Socket>,
    waiting: Option<Pin<Box<dyn UdpPoller>>>,
}

impl UdpPoller for Poller {
    fn poll_writable(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.waiting.is_none() {
            let socket = self.socket.inner.read().clone();
            self.waiting = socket.map(AsyncUdpSocket::create_io_poller);
        }
        let Some(waiting) = &mut self.waiting else { return Poll::Ready(Ok(())) };
        let polled = waiting.as_mut().poll_writable(cx);
        if polled.is_ready() {
            self.waiting = None;
        }
        polled
    }
}

impl fmt::Debug for Poller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Poller")
    }
}
