//! The asked hooks as the engine calls them: timed, and a panic is an answer.

use core::any::TypeId;
use core::time::Duration;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;

use super::stats::Counters;
use crate::delegate::{
    AliveDelegate, Candidate, ConflictDelegate, Delegate, EventDelegate, MergeDelegate,
    NodeDelegate, PingDelegate, Refused, VoidDelegate,
};
use crate::types::{Address, Id, Meta};

/// How long an asked hook may take. Longer is counted and logged: at the LAN preset's probe
/// time-out of 500 ms, fifty such calls in a row make this node look dead.
const SLOW: Duration = Duration::from_millis(10);

/// The application's asked hooks, guarded. It is never told anything: the told hooks of the
/// application are called by the task in `told`, so those of this type are the empty ones.
pub(super) struct Watched<D> {
    inner: Arc<D>,
    counters: Arc<Counters>,
    /// There is nothing to guard.
    is_void: bool,
}

/// Whether `D` is the delegate that does nothing.
pub(super) fn is_void<D: 'static>() -> bool {
    TypeId::of::<D>() == TypeId::of::<VoidDelegate>()
}

impl<D: 'static> Watched<D> {
    pub(super) fn new(inner: Arc<D>, counters: Arc<Counters>) -> Self {
        Self { inner, counters, is_void: is_void::<D>() }
    }

    /// What the hook answers; `None` if it panicked.
    fn ask<R>(&self, hook: &'static str, call: impl FnOnce(&D) -> R) -> Option<R> {
        if self.is_void {
            return Some(call(&self.inner));
        }
        let began = Instant::now();
        let answer = catch_unwind(AssertUnwindSafe(|| call(&self.inner)));
        let took = began.elapsed();
        if took > SLOW {
            self.counters.hooks_slow.one();
            tracing::warn!(hook, ?took, "a hook that the protocol waits for is slow");
        }
        if answer.is_err() {
            self.counters.hook_panics.one();
            tracing::error!(hook, "a hook panicked: its answer counts as a refusal or as empty");
        }
        answer.ok()
    }
}

fn panicked() -> Refused {
    Refused("the hook panicked".into())
}

impl<I: Id, A: Address, D: Delegate<I, A>> AliveDelegate<I, A> for Watched<D> {
    fn notify_alive(&self, candidate: &Candidate<'_, I, A>) -> Result<(), Refused> {
        let answer = self.ask("notify_alive", |inner| inner.notify_alive(candidate));
        answer.unwrap_or_else(|| Err(panicked()))
    }
}

impl<I: Id, A: Address, D: Delegate<I, A>> MergeDelegate<I, A> for Watched<D> {
    fn notify_merge(&self, peers: &[Candidate<'_, I, A>]) -> Result<(), Refused> {
        let answer = self.ask("notify_merge", |inner| inner.notify_merge(peers));
        answer.unwrap_or_else(|| Err(panicked()))
    }
}

impl<I: Id, A: Address, D: Delegate<I, A>> NodeDelegate<I, A> for Watched<D> {
    const BROADCASTS: bool = D::BROADCASTS;

    fn node_meta(&self) -> Option<Meta> {
        self.ask("node_meta", |inner| inner.node_meta()).flatten()
    }

    fn local_state(&self, join: bool) -> Bytes {
        self.ask("local_state", |inner| inner.local_state(join)).unwrap_or_default()
    }

    fn broadcast_messages(&self, overhead: usize, limit: usize) -> Vec<Bytes> {
        let ask = |inner: &D| inner.broadcast_messages(overhead, limit);
        self.ask("broadcast_messages", ask).unwrap_or_default()
    }
}

impl<I: Id, A: Address, D: Delegate<I, A>> PingDelegate<I, A> for Watched<D> {
    fn ack_payload(&self) -> Bytes {
        self.ask("ack_payload", |inner| inner.ack_payload()).unwrap_or_default()
    }

    fn disable_reliable_pings(&self, id: &I) -> bool {
        let ask = |inner: &D| inner.disable_reliable_pings(id);
        self.ask("disable_reliable_pings", ask).unwrap_or_default()
    }
}

impl<I: Id, A: Address, D: Delegate<I, A>> EventDelegate<I, A> for Watched<D> {}
impl<I: Id, A: Address, D: Delegate<I, A>> ConflictDelegate<I, A> for Watched<D> {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::delegate::CompositeDelegate;

    struct Slow;

    impl NodeDelegate<u64, u64> for Slow {
        fn local_state(&self, join: bool) -> Bytes {
            if join {
                let began = Instant::now();
                while began.elapsed() <= SLOW {}
            }
            Bytes::from_static(b"state")
        }
    }

    #[test]
    fn a_slow_answer_counts_and_is_taken() {
        let counters = Arc::new(Counters::default());
        let delegate = Arc::new(CompositeDelegate::new().with_node(Slow));
        let watched = Watched::new(delegate, Arc::clone(&counters));
        let ask = |join| NodeDelegate::<u64, u64>::local_state(&watched, join);
        assert_eq!(ask(true), "state");
        assert!(counters.hooks_slow.get() >= 1);
        assert_eq!(ask(false), "state");
    }
}
