//! Counters: those that the driver and its tasks keep, and all of them as a reader sees them.

use core::sync::atomic::{AtomicU64, Ordering};

macro_rules! counters {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// What the driver and its tasks count, beside what the engine and the transport do.
        #[derive(Default)]
        pub(super) struct Counters {
            $($(#[$doc])* pub(super) $name: Counter,)*
        }

        impl Counters {
            pub(super) fn snapshot(&self) -> impl Iterator<Item = (&'static str, u64)> {
                [$((stringify!($name), self.$name.get()),)*].into_iter()
            }
        }
    };
}

/// A number that only grows.
#[derive(Default)]
pub(super) struct Counter(AtomicU64);

impl Counter {
    pub(super) fn add(&self, n: u64) {
        self.0.fetch_add(n, Ordering::Relaxed);
    }

    pub(super) fn one(&self) {
        self.add(1);
    }

    pub(super) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

counters! {
    /// Datagrams that the transport had no room for.
    datagrams_blocked,
    /// Datagrams that the transport could not send.
    datagram_send_errors,
    /// Errors of the transport while it received.
    datagram_receive_errors,
    /// Bytes written to streams.
    stream_bytes_sent,
    /// Bytes read from streams.
    stream_bytes_received,
    /// Streams that peers opened.
    streams_accepted,
    /// Streams that this node opened.
    streams_dialled,
    /// Streams that could not be opened.
    stream_dial_errors,
    /// Errors of the transport while it accepted.
    stream_accept_errors,
    /// Streams of peers that gave way to others, for their place or their memory.
    streams_evicted,
    /// Streams of peers that took too long.
    streams_timed_out,
    /// Streams of peers that carried something that makes no sense.
    streams_malformed,
    /// Streams of peers that broke off in the middle.
    streams_broken,
    /// Streams that were closed because all streams together hold too many bytes.
    streams_over_memory,
    /// Push/pulls and stream pings not begun because too many are under way.
    streams_put_off,
    /// Full exchanges that were merged.
    exchanges_merged,
    /// Full exchanges that were refused here.
    exchanges_refused,
    /// Full exchanges that this node began and that failed.
    exchanges_failed,
    /// Asked hooks that took more than 10 ms.
    hooks_slow,
    /// Hooks that panicked.
    hook_panics,
    /// Messages for a told hook that were dropped because the queue was full.
    hook_messages_dropped,
    /// Timers that fired late: this process was stopped or starved.
    late_wakeups,
}

/// Counters and queue lengths by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stats(Vec<(&'static str, u64)>);

impl Stats {
    pub(super) fn new(mut entries: Vec<(&'static str, u64)>) -> Self {
        entries.sort_unstable_by_key(|(name, _)| *name);
        Self(entries)
    }

    /// The value of that name, if there is one.
    pub fn get(&self, name: &str) -> Option<u64> {
        self.0.binary_search_by_key(&name, |(name, _)| name).ok().map(|at| self.0[at].1)
    }

    /// All of them, in the order of their names.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&'static str, u64)> {
        self.0.iter().copied()
    }
}
