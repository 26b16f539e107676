//! What handles and tasks of one node share.

use core::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::Arc;

use futures_channel::oneshot;
use parking_lot::Mutex;

use super::command::{Input, Reply};
use super::error::Down;
use super::events::Feed;
use super::index::Index;
use super::signal::{Share, Signal};
use super::stats::{Counters, Stats};
use crate::time::Instant;
use crate::types::{Address, Id};

/// Inputs that wait for the driver; more wait at the senders. Small, because the channel holds its
/// places up front and a process may run hundreds of nodes.
const INPUTS_MAX: usize = 32;

/// What handles and tasks of one node share. Keeps nothing alive.
pub(super) struct Shared<I, A> {
    pub(super) inputs: async_channel::Sender<Input<I, A>>,
    pub(super) index: Index<I, A>,
    pub(super) feed: Arc<Feed<I, A>>,
    pub(super) counters: Counters,
    /// Counters of the engine and the transport, as of about the last wake-up.
    pub(super) published: Mutex<Vec<(&'static str, u64)>>,
    pub(super) health: AtomicU32,
    /// Raised when the node is to end.
    pub(super) stop: Signal,
    /// Raised when everything has ended and the ports are free.
    pub(super) ended: Signal,
    crashed: AtomicBool,
    pub(super) advertised: A,
    clock: Box<dyn Fn() -> Instant + Send + Sync>,
}

impl<I: Id, A: Address> Shared<I, A> {
    pub(super) fn new(
        index: Index<I, A>,
        advertised: A,
        clock: Box<dyn Fn() -> Instant + Send + Sync>,
    ) -> (Arc<Self>, async_channel::Receiver<Input<I, A>>) {
        let (inputs, receiver) = async_channel::bounded(INPUTS_MAX);
        let shared = Self {
            inputs,
            index,
            feed: Arc::new(Feed::new()),
            counters: Counters::default(),
            published: Mutex::new(Vec::new()),
            health: AtomicU32::new(0),
            stop: Signal::new(),
            ended: Signal::new(),
            crashed: AtomicBool::new(false),
            advertised,
            clock,
        };
        (Arc::new(shared), receiver)
    }

    pub(super) fn now(&self) -> Instant {
        (self.clock)()
    }

    /// Why the node has ended.
    pub(super) fn down(&self) -> Down {
        if self.crashed.load(Ordering::Acquire) { Down::Crashed } else { Down::Shutdown }
    }

    /// Asks the driver and waits for its answer. Cancel safe as far as the driver's work is.
    pub(super) async fn ask<R>(
        &self,
        input: impl FnOnce(Reply<R>) -> Input<I, A>,
    ) -> Result<R, Down> {
        let (reply, answer) = oneshot::channel();
        self.tell(input(reply)).await?;
        answer.await.map_err(|_| self.down())
    }

    /// Hands the driver something that has no answer.
    pub(super) async fn tell(&self, input: Input<I, A>) -> Result<(), Down> {
        self.inputs.send(input).await.map_err(|_| self.down())
    }

    pub(super) fn stats(&self) -> Stats {
        let mut entries = self.published.lock().clone();
        entries.extend(self.counters.snapshot());
        Stats::new(entries)
    }
}

/// Held by each task of the node: a panic in one of them ends the node, never silently.
pub(super) struct Guard<I: Id, A: Address> {
    pub(super) shared: Arc<Shared<I, A>>,
    share: Share,
}

impl<I: Id, A: Address> Guard<I, A> {
    pub(super) const fn new(shared: Arc<Shared<I, A>>, share: Share) -> Self {
        Self { shared, share }
    }
}

impl<I: Id, A: Address> Clone for Guard<I, A> {
    fn clone(&self) -> Self {
        Self { shared: Arc::clone(&self.shared), share: self.share.clone() }
    }
}

impl<I: Id, A: Address> Drop for Guard<I, A> {
    fn drop(&mut self) {
        if std::thread::panicking() && !self.shared.ended.is_raised() {
            self.shared.crashed.store(true, Ordering::Release);
            if self.shared.stop.raise() {
                tracing::error!("a task of the node panicked: the node ends");
            }
        }
    }
}
