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
    /// Connections that were opened to a peer.
    connections_dialled,
    /// Connections that could not be opened.
    connections_failed,
    /// Connections that a peer opened and that were let in.
    connections_accepted,
    /// Connections that ended, for whatever reason.
    connections_closed,
    /// Connections that gave way to a newer one while all places were taken.
    connections_evicted,
    /// Connections that were refused because all places were taken and in use.
    connections_refused,
    /// Connections that were one too many: both sides had dialled, or the peer connected again.
    connections_twice,
    /// Connections that were refused because they name the port of a peer that is connected with
    /// another certificate.
    connections_contested,
    /// Connections from outside the allow-list.
    connections_not_allowed,
    /// Handshakes of peers that failed, such as those with a wrong certificate.
    handshakes_failed,
    /// Handshakes of peers that were not finished in time.
    handshakes_timed_out,
    /// Handshakes of peers that gave way to newer ones.
    handshakes_evicted,
    /// Handshakes of peers that first had to prove that their address is their own.
    handshakes_retried,
    /// Datagrams that arrived faster than the node took them.
    datagrams_overflowed,
    /// Datagrams over the size limit, from a peer.
    datagrams_too_long,
    /// Datagrams that waited for a connection which did not come about.
    datagrams_undelivered,
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
