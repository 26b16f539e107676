//! What handles and tasks of one node share.

use core::pin::pin;
use core::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::Arc;

use agnostic_lite::RuntimeLite;
use futures_channel::oneshot;
use futures_util::future::select;
use parking_lot::Mutex;
use tracing::{Instrument, Span};

use super::command::{Input, Reply};
use super::error::Down;
use super::events::Feed;
use super::index::Index;
use super::signal::{Share, Signal};
use super::stats::{Counters, Stats};
use crate::frame::Encryption;
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
    pub(super) counters: Arc<Counters>,
    /// Counters of the engine and the transport, as of about the last wake-up.
    pub(super) published: Mutex<Vec<(&'static str, u64)>>,
    pub(super) health: AtomicU32,
    /// Raised when the node is to end.
    pub(super) stop: Signal,
    /// Raised when everything has ended and the ports are free.
    pub(super) ended: Signal,
    crashed: AtomicBool,
    /// Carries the field `node`.
    pub(super) span: Span,
    pub(super) advertised: A,
    pub(super) encryption: Option<Encryption>,
    clock: Box<dyn Fn() -> Instant + Send + Sync>,
}

impl<I: Id, A: Address> Shared<I, A> {
    pub(super) fn new(
        index: Index<I, A>,
        advertised: A,
        encryption: Option<Encryption>,
        clock: Box<dyn Fn() -> Instant + Send + Sync>,
    ) -> (Arc<Self>, async_channel::Receiver<Input<I, A>>) {
        let (inputs, receiver) = async_channel::bounded(INPUTS_MAX);
        // Of the highest level, so that it is there for whatever is logged, at whatever level.
        let span = tracing::error_span!("memberlist", node = %index.local().id());
        let shared = Self {
            inputs,
            index,
            feed: Arc::new(Feed::new()),
            counters: Arc::default(),
            published: Mutex::new(Vec::new()),
            health: AtomicU32::new(0),
            stop: Signal::new(),
            ended: Signal::new(),
            crashed: AtomicBool::new(false),
            span,
            advertised,
            encryption,
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

    /// Ends the node if this thread unwinds. Called where one of the node's tasks is dropped.
    pub(super) fn note_panic(&self) {
        if std::thread::panicking() && !self.ended.is_raised() {
            self.crashed.store(true, Ordering::Release);
            if self.stop.raise() {
                tracing::error!("a task of the node panicked: the node ends");
            }
        }
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
    shared: Arc<Shared<I, A>>,
    /// Whether the end of the task is waited for before the ports count as free.
    share: Option<Share>,
}

impl<I: Id, A: Address> Guard<I, A> {
    pub(super) const fn new(shared: Arc<Shared<I, A>>, share: Option<Share>) -> Self {
        Self { shared, share }
    }

    pub(super) fn shared(&self) -> &Arc<Shared<I, A>> {
        &self.shared
    }

    /// Runs `task` until it ends or the node is to end.
    pub(super) fn spawn<R: RuntimeLite>(&self, task: impl Future<Output = ()> + Send + 'static) {
        let (task, stop) = (Box::pin(task), self.shared.stop.raised());
        self.spawn_to_end::<R>(async move {
            select(task, pin!(stop)).await;
        });
    }

    /// Runs `task` until it ends. It is in a box, as above: the compiler puts a future that another
    /// one takes over into that one twice, and hundreds of streams come at once.
    pub(super) fn spawn_to_end<R: RuntimeLite>(
        &self,
        task: impl Future<Output = ()> + Send + 'static,
    ) {
        let (guard, task) = (self.clone(), Box::pin(task));
        let guarded = async move {
            let _guard = guard;
            task.await;
        };
        R::spawn_detach(guarded.instrument(self.shared.span.clone()));
    }
}

impl<I: Id, A: Address> Clone for Guard<I, A> {
    fn clone(&self) -> Self {
        Self { shared: Arc::clone(&self.shared), share: self.share.clone() }
    }
}

impl<I: Id, A: Address> Drop for Guard<I, A> {
    fn drop(&mut self) {
        self.shared.note_panic();
    }
}
