//! What the layers that guard streams have in common.

use core::task::Poll;
use std::io;
use std::net::SocketAddr;

use crate::counters::Counter;

/// The end of a stream whose peer has been told. If it has gone already, the system knows of no
/// connection to end any more; everything written had been taken by then.
pub(crate) fn ended(polled: Poll<io::Result<()>>) -> Poll<io::Result<()>> {
    match polled {
        Poll::Ready(Err(error)) if error.kind() == io::ErrorKind::NotConnected => {
            Poll::Ready(Ok(()))
        }
        other => other,
    }
}

/// Handshakes of peers.
#[derive(Debug, Default)]
pub(crate) struct Handshakes {
    done: Counter,
    failed: Counter,
}

impl Handshakes {
    pub(crate) fn succeeded(&self) {
        self.done.add_one();
    }

    /// Counts it, and says it aloud for the first, second, fourth, eighth …: whoever knocks on and
    /// on must not fill the log.
    pub(crate) fn failed(&self, from: SocketAddr, error: &io::Error) {
        self.failed.add_one();
        let count = self.failed.get();
        if count.is_power_of_two() {
            tracing::warn!(%from, %error, count, "a peer's handshake failed");
        } else {
            tracing::debug!(%from, %error, count, "a peer's handshake failed");
        }
    }

    pub(crate) fn counters(&self) -> Vec<(&'static str, u64)> {
        vec![("handshakes", self.done.get()), ("handshakes_failed", self.failed.get())]
    }
}
