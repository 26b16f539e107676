//! The event feed: each reader has a fold of its own.

use core::pin::Pin;
use core::sync::atomic::{AtomicU64, Ordering};
use core::task::{Context, Poll, Waker};
use std::sync::Arc;

use futures_util::Stream;
use parking_lot::{Mutex, RwLock};

use super::fold::{EventKinds, Fold, MemberEvent};
use crate::types::{Address, Id, Member};

/// A stream of net changes since it was made, in the order in which each member first changed.
///
/// It never loses the net change of a member, however slowly it is read: what has come together
/// meanwhile is folded into one event per member, so it holds at most one event for each member
/// that its reader has seen or that is there now. A member that came and went unseen is not told at
/// all. When an event is read, the handle's reads already show at least that change.
///
/// It ends when the node is shut down and everything before is read. It does not keep the node
/// alive, and costs nothing once it is dropped. Reading is cancel safe.
pub struct Events<I: Id, A: Address> {
    reader: Arc<Reader<I, A>>,
    feed: Arc<Feed<I, A>>,
}

impl<I: Id, A: Address> Events<I, A> {
    /// The next event; `None` once the node is shut down. Cancel safe.
    pub async fn next(&mut self) -> Option<MemberEvent<I, A>> {
        futures_util::StreamExt::next(self).await
    }

    /// The next event, if there is one now.
    pub fn try_next(&mut self) -> Option<MemberEvent<I, A>> {
        self.reader.pop()
    }
}

impl<I: Id, A: Address> Stream for Events<I, A> {
    type Item = MemberEvent<I, A>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.reader.poll_pop(cx)
    }
}

impl<I: Id, A: Address> Drop for Events<I, A> {
    fn drop(&mut self) {
        self.feed.remove(&self.reader);
    }
}

impl<I: Id, A: Address> core::fmt::Debug for Events<I, A> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Events").finish_non_exhaustive()
    }
}

/// Hands each change to every reader.
pub(super) struct Feed<I, A> {
    readers: RwLock<Readers<I, A>>,
    stamp: AtomicU64,
}

struct Readers<I, A> {
    /// Copied out for each change, so that no lock is held while a reader is woken.
    list: Arc<[Arc<Reader<I, A>>]>,
    ended: bool,
}

pub(super) struct Reader<I, A> {
    unread: Mutex<Unread<I, A>>,
}

struct Unread<I, A> {
    fold: Fold<I, A>,
    waker: Option<Waker>,
    ended: bool,
}

impl<I: Id, A: Address> Feed<I, A> {
    pub(super) fn new() -> Self {
        let readers = Readers { list: Arc::new([]), ended: false };
        Self { readers: RwLock::new(readers), stamp: AtomicU64::new(0) }
    }

    pub(super) fn subscribe(self: &Arc<Self>, kinds: EventKinds) -> Events<I, A> {
        let mut readers = self.readers.write();
        let unread = Unread { fold: Fold::new(kinds), waker: None, ended: readers.ended };
        let reader = Arc::new(Reader { unread: Mutex::new(unread) });
        readers.list = readers.list.iter().chain([&reader]).cloned().collect();
        Events { reader, feed: Arc::clone(self) }
    }

    pub(super) fn push(&self, old: Option<&Arc<Member<I, A>>>, new: Option<&Arc<Member<I, A>>>) {
        let readers = Arc::clone(&self.readers.read().list);
        if readers.is_empty() {
            return;
        }
        let stamp = self.stamp.fetch_add(1, Ordering::Relaxed);
        for reader in readers.iter() {
            reader.push(stamp, old, new);
        }
    }

    /// No change will come any more.
    pub(super) fn end(&self) {
        let readers = {
            let mut readers = self.readers.write();
            readers.ended = true;
            Arc::clone(&readers.list)
        };
        for reader in readers.iter() {
            reader.end();
        }
    }

    fn remove(&self, reader: &Arc<Reader<I, A>>) {
        let others = |other: &&Arc<Reader<I, A>>| !Arc::ptr_eq(other, reader);
        let mut readers = self.readers.write();
        readers.list = readers.list.iter().filter(others).cloned().collect();
    }
}

impl<I: Id, A: Address> Reader<I, A> {
    fn push(&self, stamp: u64, old: Option<&Arc<Member<I, A>>>, new: Option<&Arc<Member<I, A>>>) {
        let mut unread = self.unread.lock();
        unread.fold.push(stamp, old, new);
        let waker = if unread.fold.is_empty() { None } else { unread.waker.take() };
        drop(unread);
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    fn end(&self) {
        let waker = {
            let mut unread = self.unread.lock();
            unread.ended = true;
            unread.waker.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    fn pop(&self) -> Option<MemberEvent<I, A>> {
        self.unread.lock().fold.pop()
    }

    fn poll_pop(&self, cx: &mut Context<'_>) -> Poll<Option<MemberEvent<I, A>>> {
        let mut unread = self.unread.lock();
        if let Some(event) = unread.fold.pop() {
            return Poll::Ready(Some(event));
        }
        if unread.ended {
            return Poll::Ready(None);
        }
        unread.waker = Some(cx.waker().clone());
        Poll::Pending
    }
}
