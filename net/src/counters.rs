//! What was dropped at the edge, and why.

use core::sync::atomic::{AtomicU64, Ordering};

macro_rules! counters {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// Counted where it happens, read for `stats`.
        #[derive(Debug, Default)]
        pub(crate) struct Counters {
            $($(#[$doc])* pub(crate) $name: Counter,)*
        }

        impl Counters {
            pub(crate) fn snapshot(&self) -> Vec<(&'static str, u64)> {
                vec![$((stringify!($name), self.$name.get()),)*]
            }
        }
    };
}

counters! {
    /// Datagrams from outside the allow-list.
    packets_not_allowed,
    /// Datagrams without a byte.
    packets_empty,
    /// Datagrams over the size limit.
    packets_too_long,
    /// Errors on receiving, which concern earlier datagrams to unreachable peers.
    packet_errors,
    /// Streams from outside the allow-list.
    streams_not_allowed,
    /// Streams that peers opened and that were handed over.
    connections_accepted,
    /// Streams that were gone before they could be handed over.
    streams_aborted,
    /// Other errors on accepting, such as too many open files.
    accept_errors,
}

/// A number that only grows.
#[derive(Debug, Default)]
pub(crate) struct Counter(AtomicU64);

impl Counter {
    pub(crate) fn add_one(&self) {
        // Nothing else is read by what this number says.
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}
