//! Streams that peers open: accepted in a loop, served by one bounded task each.

use core::future::poll_fn;
use core::pin::pin;
use core::task::Poll;
use core::time::Duration;
use std::collections::BTreeMap;
use std::sync::Arc;

use agnostic_lite::RuntimeLite;
use futures_util::future::{AbortHandle, AbortRegistration, Abortable, select};
use futures_util::task::AtomicWaker;
use parking_lot::Mutex;

use super::clock::within;
use super::command::StreamInput;
use super::line::{ExchangeError, Progress, Received};
use super::links::{LineOf, Links, StreamOf};
use super::metrics;
use super::stack::Stack;
use crate::time::Instant;
use crate::transport::Transport;
use crate::types::CheapClone;
use crate::wire::StreamMessage;

/// Streams of peers that are open at the same time, as in the Go library (there only push/pulls count).
/// When one more comes, the oldest that has said nothing and has had its [`CHANCE`] gives way, so that
/// those who open streams and say nothing, or say it slowly, never keep others out.
pub(super) const STREAMS_MAX: usize = 128;

/// How long a stream has its place whoever else comes: hundreds that join at the same moment are not
/// silent, only not read yet. With all places taken by the silent, a newcomer waits so long at most, and
/// the next ones wait in the transport.
const CHANCE: Duration = Duration::from_millis(200);

/// After so many errors in a row the accept loop rests between tries: the process may be out of
/// file descriptors.
const ACCEPT_ERRORS_MAX: u32 = 8;

/// How long it rests.
const ACCEPT_REST: Duration = Duration::from_millis(10);

/// Accepts streams until the node ends.
pub(super) async fn accept<K: Stack>(links: Arc<Links<K>>) {
    let seats = Arc::new(Seats::default());
    let mut errors = 0;
    loop {
        match links.transport.accept().await {
            Ok((stream, from)) => {
                errors = 0;
                let place = seats.place::<K>(&links).await;
                admit(&links, place, stream, from);
            }
            Err(error) => {
                errors += 1;
                links.shared().counters.stream_accept_errors.one();
                tracing::debug!(%error, "a stream could not be accepted");
                if errors > ACCEPT_ERRORS_MAX {
                    K::Runtime::sleep(ACCEPT_REST).await;
                }
            }
        }
    }
}

fn admit<K: Stack>(
    links: &Arc<Links<K>>,
    (seat, registration): Place,
    stream: StreamOf<K>,
    from: K::Address,
) {
    links.shared().counters.streams_accepted.one();
    metrics::stream_accepted();
    let line = links.line(stream, false).watched_by(Arc::clone(&seat.progress));
    let served = Abortable::new(serve(Arc::clone(links), line, from), registration);
    links.spawn(async move {
        let _seat = seat;
        let _ = served.await;
    });
}

/// Serves one stream within its deadline.
async fn serve<K: Stack>(links: Arc<Links<K>>, mut line: LineOf<K>, from: K::Address) {
    let served = within::<K::Runtime, _>(links.timeout, answer(&links, &mut line, &from)).await;
    match served.unwrap_or(Err(ExchangeError::TimedOut)) {
        Ok(()) | Err(ExchangeError::Silent | ExchangeError::Down(_)) => {}
        Err(error) => {
            tracing::debug!(%from, %error, "a peer's stream came to nothing");
            count(&links, &error).await;
        }
    }
}

async fn count<K: Stack>(links: &Links<K>, error: &ExchangeError) {
    let counters = &links.shared().counters;
    match error {
        ExchangeError::TimedOut => counters.streams_timed_out.one(),
        ExchangeError::Unexpected => counters.streams_malformed.one(),
        ExchangeError::Malformed(error) => {
            counters.streams_malformed.one();
            // If the node is down, nobody reads it any more.
            let _ = links.tell(StreamInput::Count { reason: error.reason() }).await;
        }
        _ => {}
    }
}

async fn answer<K: Stack>(
    links: &Links<K>,
    line: &mut LineOf<K>,
    from: &K::Address,
) -> Result<(), ExchangeError> {
    match line.receive_first::<K::Runtime>().await {
        Ok(Received::PushPull { claims, user_state, join }) => {
            let state = links.ask(|reply| StreamInput::LocalState { join, reply }).await?;
            line.send(&StreamMessage::PushPull(state.message())).await?;
            line.close().await?;
            links.merge(from, claims, user_state, join).await
        }
        Ok(Received::Ping(ping)) => {
            let ack = links.ask(|reply| StreamInput::Ping { ping, reply }).await?;
            let ack = ack.ok_or(ExchangeError::Unexpected)?;
            line.send(&StreamMessage::Ack(ack)).await?;
            line.close().await
        }
        Ok(Received::User(payload)) => {
            let from = from.cheap_clone();
            Ok(links.tell(StreamInput::User { from, payload }).await?)
        }
        Ok(Received::Ack(_) | Received::Error(_)) => Err(ExchangeError::Unexpected),
        Err(ExchangeError::Malformed(error)) => {
            line.refuse(&error.to_string()).await?;
            Err(error.into())
        }
        Err(error) => Err(error),
    }
}

/// Who is served.
#[derive(Default)]
struct Seats {
    taken: Mutex<Taken>,
    /// The accept loop, when it waits for somebody to leave.
    waiting: AtomicWaker,
}

#[derive(Default)]
struct Taken {
    next: u64,
    /// In the order of their coming.
    streams: BTreeMap<u64, Occupant>,
}

struct Occupant {
    progress: Arc<Progress>,
    abort: AbortHandle,
    since: Instant,
}

/// A seat, and what ends its stream when it has to give way.
type Place = (Seat, AbortRegistration);

/// The place of one stream; dropping it frees it.
struct Seat {
    number: u64,
    progress: Arc<Progress>,
    seats: Arc<Seats>,
}

impl Seats {
    /// A place for a new stream, as soon as there is one.
    async fn place<K: Stack>(self: &Arc<Self>, links: &Links<K>) -> Place {
        loop {
            let wait = match self.take(links.shared().now()) {
                Ok((place, evicted)) => {
                    links.shared().counters.streams_evicted.add(u64::from(evicted));
                    return place;
                }
                Err(wait) => wait,
            };
            let left = poll_fn(|cx| {
                self.waiting.register(cx.waker());
                if self.is_full() { Poll::Pending } else { Poll::Ready(()) }
            });
            select(left, pin!(K::Runtime::sleep(wait))).await;
        }
    }

    /// A place, and whether another stream had to give way for it; or how long until one may have to.
    fn take(self: &Arc<Self>, now: Instant) -> Result<(Place, bool), Duration> {
        let mut taken = self.taken.lock();
        let evicted = if taken.is_full() { Some(taken.give_way(now)?) } else { None };
        let (abort, registration) = AbortHandle::new_pair();
        let progress = Arc::new(Progress::default());
        let number = taken.next;
        taken.next += 1;
        let occupant = Occupant { progress: Arc::clone(&progress), abort, since: now };
        taken.streams.insert(number, occupant);
        drop(taken);
        if let Some(evicted) = &evicted {
            evicted.abort();
        }
        let seat = Seat { number, progress, seats: Arc::clone(self) };
        Ok(((seat, registration), evicted.is_some()))
    }

    fn is_full(&self) -> bool {
        self.taken.lock().is_full()
    }
}

impl Taken {
    fn is_full(&self) -> bool {
        self.streams.len() >= STREAMS_MAX
    }

    /// The oldest of those that are least far and have had their chance; if there is none, how long until
    /// the oldest has had it.
    fn give_way(&mut self, now: Instant) -> Result<AbortHandle, Duration> {
        let had_chance = |occupant: &Occupant| now - occupant.since >= CHANCE;
        let ripe = self.streams.iter().filter(|(_, occupant)| had_chance(occupant));
        let furthest_back = ripe.map(|(number, it)| (it.progress.get(), *number)).min();
        let removed = furthest_back.and_then(|(_, number)| self.streams.remove(&number));
        removed.map(|occupant| occupant.abort).ok_or_else(|| {
            let oldest = self.streams.values().next().map_or(now, |oldest| oldest.since);
            CHANCE.saturating_sub(now - oldest)
        })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.seats.taken.lock().streams.remove(&self.number);
        self.seats.waiting.wake();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_silent_stream_gives_way_then_the_oldest_that_drips() {
        let seats = Arc::new(Seats::default());
        let now = Instant::ZERO + CHANCE;
        let take = |now| seats.take(now);
        let held: Vec<_> = (0..STREAMS_MAX).map(|_| take(Instant::ZERO).unwrap()).collect();
        assert!(held.iter().all(|(_, evicted)| !evicted));
        held[0].0.0.progress.set(Progress::READING);
        held[1].0.0.progress.set(Progress::SERVING);

        let newcomer = take(now).unwrap();
        assert!(newcomer.1);
        assert!(held[2].0.1.handle().is_aborted(), "the oldest silent one gives way");
        assert!(!held[0].0.1.handle().is_aborted());

        for ((seat, _), _) in held.iter().chain([&newcomer]).skip(2) {
            seat.progress.set(Progress::SERVING);
        }
        let next = take(now).unwrap();
        assert!(held[0].0.1.handle().is_aborted(), "then the oldest that drips");
        assert!(!held[1].0.1.handle().is_aborted());

        drop((held, newcomer, next));
        assert!(seats.taken.lock().streams.is_empty());
    }

    #[test]
    fn nobody_gives_way_before_its_chance() {
        let seats = Arc::new(Seats::default());
        let at = Instant::from_millis;
        let held: Vec<_> = (0..STREAMS_MAX).map(|_| seats.take(at(100)).unwrap()).collect();
        assert_eq!(seats.take(at(250)).err(), Some(Duration::from_millis(50)));
        assert!(seats.take(at(300)).is_ok_and(|(_, evicted)| evicted));
        drop(held);
    }
}
