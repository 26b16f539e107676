//! The loop of a node: `recv -> feed -> drain`.

use core::cell::Cell;
use core::pin::Pin;
use core::sync::atomic::Ordering;
use core::task::{Context, Poll};
use core::time::Duration;
use std::io;
use std::sync::Arc;

use futures_util::Stream;
use futures_util::future::{BoxFuture, FutureExt};

use super::clock::Alarm;
use super::command::Input;
use super::links::Links;
use super::log;
use super::metrics;
use super::outgoing;
use super::shared::Shared;
use super::stack::Stack;
use super::told::{News, Told};
use super::waiters::Waiters;
use super::watch::Watched;
use crate::delegate::PingDelegate;
use crate::engine::{Engine, Notice};
use crate::swim::{Action, Event};
use crate::time::Instant;
use crate::transport::Transport;
use crate::types::Member;
use crate::types::limits::DATAGRAM_BYTES_MAX;

/// Datagrams that one wake-up takes in: some 100 us of work, so that other tasks get their turn.
const DATAGRAMS_PER_WAKEUP: usize = 64;

/// Errors of the transport after which a wake-up looks no further: the next timer looks again, so a
/// plane that is broken for good does not keep the processor busy.
const RECEIVE_ERRORS_PER_WAKEUP: usize = 16;

/// Inputs of handles and stream tasks that one wake-up takes in: all that the channel holds.
const INPUTS_PER_WAKEUP: usize = 64;

/// Slices of full exchanges that one wake-up takes in, about 300 us each.
const SLICES_PER_WAKEUP: usize = 2;

/// Wake-ups in a row after which timers fire even though more has arrived: 8,192 datagrams, more
/// than a socket's buffer holds, so a flood cannot stop the probes.
const WAKEUPS_BEFORE_TIMERS: u32 = 128;

/// A timer that rings so late tells that this process was stopped or starved.
const LATE: Duration = Duration::from_millis(50);

/// How long such a timer waits once more. A runtime looks at its sockets before it ends any sleep,
/// so afterwards everything that arrived meanwhile is there to be read.
const LATE_GRACE: Duration = Duration::from_millis(1);

/// How old the counters of engine and transport may be when a handle reads them under load.
const STATS_AGE: Duration = Duration::from_millis(10);

/// One node at work. Ends when the node is to end; dropping it ends every wait of a handle.
pub(super) struct Driver<K: Stack> {
    pub(super) engine: Engine<K::Id, K::Address, K::Wire, Watched<K::Delegate>>,
    pub(super) links: Arc<Links<K>>,
    pub(super) waiters: Waiters,
    shared: Arc<Shared<K::Id, K::Address>>,
    inputs: Inputs<K>,
    stop: BoxFuture<'static, ()>,
    told: Option<Arc<Told<K::Id, K::Address>>>,
    alarm: Alarm<K::Runtime>,
    /// Wake-ups in a row with timers held back by what had arrived.
    held_back: u32,
    /// When a late timer may ring after all.
    grace_until: Option<Instant>,
    published_at: Instant,
}

type MemberOf<K> = Arc<Member<<K as Stack>::Id, <K as Stack>::Address>>;

type Inputs<K> = Pin<Box<async_channel::Receiver<Input<<K as Stack>::Id, <K as Stack>::Address>>>>;

impl<K: Stack> Driver<K> {
    pub(super) fn new(
        engine: Engine<K::Id, K::Address, K::Wire, Watched<K::Delegate>>,
        links: Arc<Links<K>>,
        inputs: async_channel::Receiver<Input<K::Id, K::Address>>,
        told: Option<Arc<Told<K::Id, K::Address>>>,
    ) -> Self {
        let shared = Arc::clone(links.shared());
        let stop = shared.stop.raised().boxed();
        Self {
            engine,
            links,
            waiters: Waiters::default(),
            shared,
            inputs: Box::pin(inputs),
            stop,
            told,
            alarm: Alarm::new(),
            held_back: 0,
            grace_until: None,
            published_at: Instant::ZERO,
        }
    }

    /// One wake-up. Ready when the node is to end.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.stop.poll_unpin(cx).is_ready() {
            return Poll::Ready(());
        }
        let mut scratch = Scratch::borrow();
        let is_drained = self.feed(cx, &mut scratch);
        let timers_done = self.drive_timers(cx, &mut scratch, is_drained);
        scratch.give_back();
        let is_idle = is_drained && timers_done;
        if !is_idle {
            cx.waker().wake_by_ref();
        }
        self.publish(is_idle);
        Poll::Pending
    }

    /// What the engine has told already when it was built.
    pub(super) fn begin(&mut self) {
        self.drain_notices();
        self.publish(true);
    }

    /// Hands over what has arrived; whether that was all.
    fn feed(&mut self, cx: &mut Context<'_>, scratch: &mut Scratch) -> bool {
        let no_more_datagrams = self.receive(cx, scratch);
        let no_more_inputs = self.take_inputs(cx, scratch);
        no_more_datagrams && no_more_inputs
    }

    fn receive(&mut self, cx: &mut Context<'_>, scratch: &mut Scratch) -> bool {
        let now = self.shared.now();
        let transport = Arc::clone(&self.links.transport);
        let mut errors = 0;
        for _ in 0..DATAGRAMS_PER_WAKEUP {
            match transport.poll_recv(cx, &mut scratch.received) {
                Poll::Pending => return true,
                Poll::Ready(Ok((len, from))) => {
                    metrics::datagram_received(len);
                    let datagram = &scratch.received[..len.min(scratch.received.len())];
                    self.engine.handle_datagram(now, from, datagram);
                    self.drain(cx, now, &mut scratch.sent);
                }
                // What was dropped counts as work, and what is behind it as arrived.
                Poll::Ready(Err(error)) if error.kind() == io::ErrorKind::Interrupted => break,
                Poll::Ready(Err(error)) => {
                    self.shared.counters.datagram_receive_errors.one();
                    tracing::debug!(%error, "receiving a datagram failed");
                    errors += 1;
                    if errors == RECEIVE_ERRORS_PER_WAKEUP {
                        return true;
                    }
                }
            }
        }
        false
    }

    fn take_inputs(&mut self, cx: &mut Context<'_>, scratch: &mut Scratch) -> bool {
        let mut slices = 0;
        for _ in 0..INPUTS_PER_WAKEUP {
            let Poll::Ready(Some(input)) = self.inputs.as_mut().poll_next(cx) else {
                return true;
            };
            slices += usize::from(input.is_slice());
            let now = self.shared.now();
            self.handle_input(now, input);
            self.drain(cx, now, &mut scratch.sent);
            if slices == SLICES_PER_WAKEUP {
                break;
            }
        }
        false
    }

    /// Fires what is due, unless more has arrived that must be handed over first; whether nothing
    /// is due any more.
    fn drive_timers(
        &mut self,
        cx: &mut Context<'_>,
        scratch: &mut Scratch,
        is_drained: bool,
    ) -> bool {
        let Some(deadline) = self.deadline() else { return true };
        self.grace_until = self.grace_until.filter(|grace_until| *grace_until > deadline);
        if !self.is_due(cx, self.grace_until.unwrap_or(deadline)) {
            return true;
        }
        if !is_drained && self.held_back < WAKEUPS_BEFORE_TIMERS {
            self.held_back += 1;
            return false;
        }
        let now = self.shared.now();
        if self.grace_until.is_none() && now - deadline > LATE {
            self.shared.counters.late_wakeups.one();
            self.grace_until = Some(now + LATE_GRACE);
            return !self.is_due(cx, now + LATE_GRACE);
        }
        self.held_back = 0;
        self.grace_until = None;
        self.fire(cx, now, scratch);
        self.deadline().is_none_or(|deadline| !self.is_due(cx, deadline))
    }

    fn fire(&mut self, cx: &mut Context<'_>, now: Instant, scratch: &mut Scratch) {
        if self.engine.poll_timeout().is_some_and(|deadline| deadline <= now) {
            self.engine.handle_timeout(now);
            self.drain(cx, now, &mut scratch.sent);
        }
        while let Some(token) = self.waiters.expire(now) {
            self.engine.cancel(token);
        }
    }

    fn is_due(&mut self, cx: &mut Context<'_>, deadline: Instant) -> bool {
        self.alarm.is_due(cx, deadline, || self.shared.now())
    }

    fn deadline(&self) -> Option<Instant> {
        let deadlines = [self.engine.poll_timeout(), self.waiters.next_deadline()];
        deadlines.into_iter().flatten().min()
    }

    /// Takes out everything that the engine has to say. Notices come before actions, so that
    /// whoever hears the outcome of a command already reads its effect.
    fn drain(&mut self, cx: &mut Context<'_>, now: Instant, datagram: &mut Vec<u8>) {
        while let Some(to) = self.engine.poll_datagram(now, datagram) {
            self.send(cx, &to, datagram);
        }
        self.drain_notices();
        while let Some(action) = self.engine.poll_action() {
            self.act(now, action);
        }
    }

    fn send(&self, cx: &mut Context<'_>, to: &K::Address, datagram: &[u8]) {
        let counters = &self.shared.counters;
        match self.links.transport.poll_send(cx, to, datagram) {
            Poll::Ready(Ok(())) => {
                metrics::datagram_sent(datagram.len());
            }
            Poll::Ready(Err(error)) => {
                counters.datagram_send_errors.one();
                tracing::debug!(%to, %error, "sending a datagram failed");
            }
            Poll::Pending => counters.datagrams_blocked.one(),
        }
    }

    fn act(&mut self, now: Instant, action: Action<K::Id, K::Address>) {
        match action {
            Action::PushPull { to } => outgoing::push_pull(&self.links, to),
            Action::StreamPing { to, ping, deadline } => {
                outgoing::stream_ping(&self.links, to, ping, deadline - now);
            }
            Action::Complete { token, outcome } => self.waiters.complete(token, outcome),
        }
    }

    fn drain_notices(&mut self) {
        while let Some(notice) = self.engine.poll_notice() {
            self.notice(notice);
        }
    }

    fn notice(&self, notice: Notice<K::Id, K::Address>) {
        let news = match notice {
            Notice::Machine(Event::Member { old, new }) => {
                return self.member_changed(old.as_ref(), new.as_ref());
            }
            Notice::Machine(event) => match self.machine_news(event) {
                Some(news) => news,
                None => return,
            },
            Notice::Message(message) => News::Message(message),
            Notice::RemoteState { state, join } => News::RemoteState { state, join },
        };
        if let Some(told) = &self.told {
            told.news(news);
        }
    }

    /// A change is readable before anybody hears of it.
    fn member_changed(&self, old: Option<&MemberOf<K>>, new: Option<&MemberOf<K>>) {
        let Some(member) = new.or(old) else { return };
        self.shared.index.set(member.id(), new);
        log::member_changed(old, new);
        metrics::member_changed(old.map(|old| &**old), new.map(|new| &**new));
        self.shared.feed.push(old, new);
        if let Some(told) = &self.told {
            told.member(old, new);
        }
    }

    fn machine_news(&self, event: Event<K::Id, K::Address>) -> Option<News<K::Id, K::Address>> {
        match event {
            Event::Conflict { existing, other } => {
                log::conflict(&existing, &other);
                Some(News::Conflict { existing, other })
            }
            Event::Pinged { member, round_trip, payload } => {
                let news = News::Pinged { member, round_trip, payload };
                <K::Delegate as PingDelegate<_, _>>::COMPLETIONS.then_some(news)
            }
            Event::Health(score) => {
                self.shared.health.store(score, Ordering::Relaxed);
                metrics::health(score);
                tracing::debug!(score, "the local health score has changed");
                None
            }
            // Those of the other two kinds come as notices of their own.
            Event::Member { .. } | Event::Broadcast { .. } => None,
        }
    }

    /// Lets handles read the counters of engine and transport. Under load they may be a little old.
    fn publish(&mut self, is_idle: bool) {
        let now = self.shared.now();
        if !is_idle && now - self.published_at < STATS_AGE {
            return;
        }
        self.published_at = now;
        let transport = self.links.transport.counters();
        let mut published = self.shared.published.lock();
        let counted = metrics::counted(&published, self.engine.stats());
        // In their places: an idle node wakes up for little more than this.
        let mut len = 0;
        for entry in self.engine.stats().chain(transport) {
            match published.get_mut(len) {
                Some(place) => *place = entry,
                None => published.push(entry),
            }
            len += 1;
        }
        published.truncate(len);
        drop(published);
        // The recorder is the user's: it may read `stats`.
        counted.record();
    }
}

impl<K: Stack> Drop for Driver<K> {
    /// Whatever ends the driver ends every wait: the node's tasks stop, inputs that nobody took are
    /// dropped with their replies, and readers of the feed come to its end.
    fn drop(&mut self) {
        self.shared.note_panic();
        self.shared.stop.raise();
        self.inputs.close();
        while self.inputs.try_recv().is_ok() {}
        self.shared.feed.end();
    }
}

/// The buffers of one thread, lent to the driver that it polls: hundreds of nodes in one process
/// share a few of them.
struct Scratch {
    received: Vec<u8>,
    sent: Vec<u8>,
}

thread_local! {
    static SCRATCH: Cell<Option<Scratch>> = const { Cell::new(None) };
}

impl Scratch {
    /// The thread's buffers, or new ones if a hook polls another node's driver inside this one's.
    fn borrow() -> Self {
        let new = || Self { received: vec![0; DATAGRAM_BYTES_MAX], sent: Vec::new() };
        SCRATCH.take().unwrap_or_else(new)
    }

    fn give_back(self) {
        SCRATCH.set(Some(self));
    }
}
