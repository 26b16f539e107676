//! A transport that misbehaves when the test says so.

use core::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use core::task::{Context, Poll, Waker};
use std::io;

use parking_lot::Mutex;

use super::*;
use crate::transport::memory::MemoryStream;

/// The in-memory transport, rigged.
pub(super) struct Rigged {
    inner: Transport,
    rig: Arc<Rig>,
}

/// What the test holds.
#[derive(Default)]
pub(super) struct Rig {
    sending_panics: AtomicBool,
    is_deaf: AtomicBool,
    sent: AtomicUsize,
    dropped_runs: AtomicUsize,
    reader: Mutex<Option<Waker>>,
}

impl Rigged {
    pub(super) fn new(inner: Transport) -> (Self, Arc<Rig>) {
        let rig = Arc::<Rig>::default();
        (Self { inner, rig: Arc::clone(&rig) }, rig)
    }
}

impl Rig {
    pub(super) fn make_sending_panic(&self) {
        self.sending_panics.store(true, Ordering::SeqCst);
    }

    /// How many datagrams were sent.
    pub(super) fn sent(&self) -> usize {
        self.sent.load(Ordering::SeqCst)
    }

    /// Lets datagrams wait, or hands them over without a sign.
    pub(super) fn set_deaf(&self, is_deaf: bool) {
        self.is_deaf.store(is_deaf, Ordering::SeqCst);
    }

    /// So many runs of datagrams that are not let in lie before the next one.
    pub(super) fn drop_runs(&self, runs: usize) {
        self.dropped_runs.store(runs, Ordering::SeqCst);
    }

    pub(super) fn wake_reader(&self) {
        let reader = self.reader.lock().take();
        reader.into_iter().for_each(Waker::wake);
    }
}

impl crate::transport::Transport for Rigged {
    type Address = Name;
    type Runtime = TokioRuntime;
    type Stream = MemoryStream;

    fn advertised(&self) -> &Name {
        self.inner.advertised()
    }

    fn bound(&self) -> Vec<Name> {
        self.inner.bound()
    }

    fn max_datagram(&self) -> usize {
        self.inner.max_datagram()
    }

    fn poll_recv(&self, cx: &mut Context<'_>, buf: &mut [u8]) -> Poll<io::Result<(usize, Name)>> {
        if self.rig.is_deaf.load(Ordering::SeqCst) {
            *self.rig.reader.lock() = Some(cx.waker().clone());
            return Poll::Pending;
        }
        let runs = self.rig.dropped_runs.load(Ordering::SeqCst);
        if runs > 0 {
            self.rig.drop_runs(runs - 1);
            return Poll::Ready(Err(io::ErrorKind::Interrupted.into()));
        }
        self.inner.poll_recv(cx, buf)
    }

    fn poll_send(&self, cx: &mut Context<'_>, to: &Name, datagram: &[u8]) -> Poll<io::Result<()>> {
        let panics = self.rig.sending_panics.load(Ordering::SeqCst);
        assert!(!panics, "the driver panics, as this test wants");
        self.rig.sent.fetch_add(1, Ordering::SeqCst);
        self.inner.poll_send(cx, to, datagram)
    }

    async fn dial(&self, to: &Name) -> io::Result<MemoryStream> {
        self.inner.dial(to).await
    }

    async fn accept(&self) -> io::Result<(MemoryStream, Name)> {
        self.inner.accept().await
    }

    async fn shutdown(&self) {
        self.inner.shutdown().await;
    }
}
