//! The told hooks: one task calls them in order, and nothing else ever waits for it.

use core::future::poll_fn;
use core::task::{Context, Poll, Waker};
use core::time::Duration;
use std::collections::VecDeque;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::future::{Either, FutureExt, select};
use parking_lot::Mutex;

use super::fold::{EventKinds, Fold, MemberEvent};
use super::signal::Signal;
use super::stats::Counters;
use crate::delegate::{Delegate, Reason, UserMessage};
use crate::types::{Address, Id, Member, Node};

/// Answered probes and conflicts that wait for a stuck hook. Old ones are worth little, so they do
/// not take places of the application's messages.
const NOTES_MAX: usize = 64;

/// What waits for the told hooks: news of members as a fold, messages bounded in count and bytes.
pub(super) struct Told<I, A> {
    queue: Mutex<Queue<I, A>>,
    limits: Limits,
    counters: Arc<Counters>,
}

/// How much may wait: the options `handoff_queue_depth` and `handoff_queue_bytes`.
#[derive(Clone, Copy)]
pub(super) struct Limits {
    pub(super) messages: usize,
    pub(super) bytes: usize,
}

struct Queue<I, A> {
    stamp: u64,
    members: Fold<I, A>,
    news: VecDeque<(u64, News<I, A>)>,
    messages: usize,
    bytes: usize,
    waker: Option<Waker>,
}

/// What is told beside changes of members.
pub(super) enum News<I, A> {
    Message(UserMessage<I, A>),
    RemoteState { state: Bytes, join: bool },
    Conflict { existing: Arc<Member<I, A>>, other: Node<I, A> },
    Pinged { member: Arc<Member<I, A>>, round_trip: Duration, payload: Bytes },
}

/// The next call of a hook.
enum Next<I, A> {
    Member(MemberEvent<I, A>),
    News(News<I, A>),
}

impl<I, A> News<I, A> {
    /// The application's bytes, where it is a message.
    fn message_bytes(&self) -> Option<usize> {
        match self {
            Self::Message(message) => Some(message.payload.len()),
            Self::RemoteState { state, .. } => Some(state.len()),
            Self::Conflict { .. } | Self::Pinged { .. } => None,
        }
    }
}

impl<I: Id, A: Address> Told<I, A> {
    pub(super) fn new(limits: Limits, counters: Arc<Counters>) -> Self {
        let queue = Queue {
            stamp: 0,
            members: Fold::new(EventKinds::default()),
            news: VecDeque::new(),
            messages: 0,
            bytes: 0,
            waker: None,
        };
        Self { queue: Mutex::new(queue), limits, counters }
    }

    /// A member's record has changed.
    pub(super) fn member(&self, old: Option<&Arc<Member<I, A>>>, new: Option<&Arc<Member<I, A>>>) {
        let waker = {
            let mut queue = self.queue.lock();
            let stamp = queue.next_stamp();
            queue.members.push(stamp, old, new);
            if queue.members.is_empty() { None } else { queue.waker.take() }
        };
        wake(waker);
    }

    /// Something else has happened. Dropped and counted when too much waits already.
    pub(super) fn news(&self, news: News<I, A>) {
        let waker = {
            let mut queue = self.queue.lock();
            if !queue.push(news, self.limits) {
                self.counters.hook_messages_dropped.one();
                return;
            }
            queue.waker.take()
        };
        wake(waker);
    }

    fn poll_next(&self, cx: &mut Context<'_>) -> Poll<Next<I, A>> {
        let mut queue = self.queue.lock();
        if let Some(next) = queue.pop() {
            return Poll::Ready(next);
        }
        queue.waker = Some(cx.waker().clone());
        Poll::Pending
    }
}

impl<I: Id, A: Address> Queue<I, A> {
    fn next_stamp(&mut self) -> u64 {
        self.stamp += 1;
        self.stamp
    }

    fn push(&mut self, news: News<I, A>, limits: Limits) -> bool {
        let has_room = match news.message_bytes() {
            Some(bytes) => self.messages < limits.messages && bytes <= limits.bytes - self.bytes,
            None => self.news.len() - self.messages < NOTES_MAX,
        };
        if has_room {
            self.messages += usize::from(news.message_bytes().is_some());
            self.bytes += news.message_bytes().unwrap_or(0);
            let stamp = self.next_stamp();
            self.news.push_back((stamp, news));
        }
        has_room
    }

    /// The oldest of everything.
    fn pop(&mut self) -> Option<Next<I, A>> {
        let news = self.news.front().map(|(stamp, _)| *stamp);
        match (self.members.first(), news) {
            (Some(member), news) if news.is_none_or(|news| member < news) => {
                self.members.pop().map(Next::Member)
            }
            _ => self.pop_news().map(Next::News),
        }
    }

    fn pop_news(&mut self) -> Option<News<I, A>> {
        let (_, news) = self.news.pop_front()?;
        self.messages -= usize::from(news.message_bytes().is_some());
        self.bytes -= news.message_bytes().unwrap_or(0);
        Some(news)
    }
}

fn wake(waker: Option<Waker>) {
    if let Some(waker) = waker {
        waker.wake();
    }
}

/// Calls the hooks until `stop` is raised. A hook that is running then is left to finish: a hook
/// may shut its own node down. A panic is counted, logged and skipped.
pub(super) async fn run<I, A, D>(told: Arc<Told<I, A>>, delegate: Arc<D>, stop: &Signal)
where
    I: Id,
    A: Address,
    D: Delegate<I, A>,
{
    loop {
        let next = poll_fn(|cx| told.poll_next(cx));
        let Either::Left((next, _)) = select(next, core::pin::pin!(stop.raised())).await else {
            return;
        };
        if stop.is_raised() {
            return;
        }
        let call = async { tell(&*delegate, next).await };
        if AssertUnwindSafe(call).catch_unwind().await.is_err() {
            told.counters.hook_panics.one();
            tracing::error!("a told hook panicked: it is skipped");
        }
    }
}

async fn tell<I, A, D>(delegate: &D, next: Next<I, A>)
where
    I: Id,
    A: Address,
    D: Delegate<I, A>,
{
    match next {
        Next::Member(event) => tell_member(delegate, event).await,
        Next::News(News::Message(message)) => delegate.notify_message(message).await,
        Next::News(News::RemoteState { state, join }) => {
            delegate.merge_remote_state(state, join).await;
        }
        Next::News(News::Conflict { existing, other }) => {
            delegate.notify_conflict(existing, other).await;
        }
        Next::News(News::Pinged { member, round_trip, payload }) => {
            delegate.notify_ping_complete(member, round_trip, payload).await;
        }
    }
}

async fn tell_member<I, A, D>(delegate: &D, event: MemberEvent<I, A>)
where
    I: Id,
    A: Address,
    D: Delegate<I, A>,
{
    let latest = Arc::clone(event.member());
    match (event.reason, event.old, event.new) {
        (Reason::Joined, _, _) => delegate.notify_join(latest).await,
        (Reason::Failed | Reason::Left, _, _) => delegate.notify_leave(latest).await,
        (reason, Some(old), Some(new)) => delegate.notify_update(old, new, reason).await,
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::delegate::Plane;

    fn message(bytes: usize) -> News<u64, u64> {
        let payload = vec![0; bytes].into();
        News::Message(UserMessage { payload, sender: None, address: None, plane: Plane::Packet })
    }

    #[test]
    fn messages_are_bounded_in_count_and_bytes_and_counted_beyond() {
        let counters = Arc::new(Counters::default());
        let told = Told::<u64, u64>::new(Limits { messages: 3, bytes: 100 }, Arc::clone(&counters));
        told.news(message(60));
        told.news(message(41));
        assert_eq!(counters.hook_messages_dropped.get(), 1);
        told.news(message(40));
        told.news(message(0));
        told.news(message(0));
        assert_eq!(counters.hook_messages_dropped.get(), 2);
        for _ in 0..3 {
            assert!(told.queue.lock().pop().is_some());
        }
        told.news(message(100));
        assert_eq!(counters.hook_messages_dropped.get(), 2);
    }

    #[test]
    fn notes_take_no_places_of_messages() {
        let counters = Arc::new(Counters::default());
        let limits = Limits { messages: 1, bytes: 100 };
        let told = Told::<u64, u64>::new(limits, Arc::clone(&counters));
        for _ in 0..2 * NOTES_MAX {
            told.news(News::RemoteState { state: Bytes::new(), join: false });
            let other = Node::new(1, 2);
            let queue = &mut *told.queue.lock();
            let _ = queue.push(conflict(other), limits);
        }
        let queue = told.queue.lock();
        assert_eq!((queue.messages, queue.news.len()), (1, 1 + NOTES_MAX));
    }

    fn conflict(other: Node<u64, u64>) -> News<u64, u64> {
        let existing = Member {
            node: other,
            meta: crate::types::Meta::EMPTY,
            state: crate::types::State::Alive,
            incarnation: crate::types::Incarnation::new(1),
            start: crate::types::StartId::new(1),
            versions: None,
            since: crate::time::Instant::ZERO,
            round_trip: None,
        };
        News::Conflict { existing: Arc::new(existing), other }
    }
}
