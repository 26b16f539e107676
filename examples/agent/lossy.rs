//! A network that loses datagrams, for trying what a cluster makes of it. Streams are left alone.

use std::collections::hash_map::RandomState;
use std::future::Future;
use std::hash::BuildHasher;
use std::io;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering;
use std::task::Context;
use std::task::Poll;

use memberlist::transport::Transport;

/// A transport of which so many percent of the datagrams that are sent do not arrive.
pub(crate) struct Lossy<T> {
    inner: T,
    percent: u8,
    /// Datagrams so far; hashed by a key of this start, that is a die.
    sent: AtomicU64,
    die: RandomState,
}

impl<T> Lossy<T> {
    pub(crate) fn new(inner: T, percent: u8) -> Self {
        Self { inner, percent, sent: AtomicU64::new(0), die: RandomState::new() }
    }

    fn loses(&self) -> bool {
        let throw = self.die.hash_one(self.sent.fetch_add(1, Ordering::Relaxed));
        throw % 100 < self.percent.into()
    }
}

impl<T: Transport> Transport for Lossy<T> {
    type Address = T::Address;
    type Runtime = T::Runtime;
    type Stream = T::Stream;

    fn advertised(&self) -> &T::Address {
        self.inner.advertised()
    }

    fn bound(&self) -> Vec<T::Address> {
        self.inner.bound()
    }

    fn max_datagram(&self) -> usize {
        self.inner.max_datagram()
    }

    fn poll_recv(
        &self,
        cx: &mut Context<'_>,
        buf: &mut [u8],
    ) -> Poll<io::Result<(usize, T::Address)>> {
        self.inner.poll_recv(cx, buf)
    }

    fn poll_send(
        &self,
        cx: &mut Context<'_>,
        to: &T::Address,
        datagram: &[u8],
    ) -> Poll<io::Result<()>> {
        if self.loses() {
            return Poll::Ready(Ok(()));
        }
        self.inner.poll_send(cx, to, datagram)
    }

    fn dial(&self, to: &T::Address) -> impl Future<Output = io::Result<T::Stream>> + Send {
        self.inner.dial(to)
    }

    fn accept(&self) -> impl Future<Output = io::Result<(T::Stream, T::Address)>> + Send {
        self.inner.accept()
    }

    fn shutdown(&self) -> impl Future<Output = ()> + Send {
        self.inner.shutdown()
    }

    fn guards_streams_only(&self) -> bool {
        self.inner.guards_streams_only()
    }

    fn counters(&self) -> Vec<(&'static str, u64)> {
        self.inner.counters()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenth_is_about_a_tenth_and_all_is_all() {
        let lost = |percent| {
            let lossy = Lossy::new((), percent);
            (0..10_000).filter(|_| lossy.loses()).count()
        };
        assert_eq!((lost(0), lost(100)), (0, 10_000));
        // Ten standard deviations to either side.
        assert!((700..1_300).contains(&lost(10)));
    }
}
