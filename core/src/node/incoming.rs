//! Streams that peers open: accepted in a loop, served by one bounded task each.

use core::pin::pin;
use core::time::Duration;
use std::collections::BTreeMap;
use std::sync::Arc;

use agnostic_lite::RuntimeLite;
use bytes::Bytes;
use futures_util::future::{AbortHandle, AbortRegistration, Abortable};
use parking_lot::Mutex;

use super::clock::within;
use super::command::StreamInput;
use super::line::{ExchangeError, Progress, Received};
use super::links::{LineOf, Links, StreamOf};
use super::metrics;
use super::shared::Shared;
use super::stack::Stack;
use crate::engine::Side;
use crate::time::Instant;
use crate::transport::Transport;
use crate::types::CheapClone;
use crate::wire::StreamMessage;

/// Streams of peers that are open at the same time: a crowd that joins at once, and half of the
/// file descriptors that a process commonly has. More wait to be accepted. But those who open
/// streams and say nothing, or say it slowly, never keep others out: when nothing frees a place in
/// time, the oldest of those that are least far gives way.
pub(super) const STREAMS_MAX: usize = 512;

/// How long a stream that still owes its request keeps its place while others wait. 1,500 silent
/// ones hold up a newcomer for 0.8 s, less than the shortest preset's time-out.
const PATIENCE: Duration = Duration::from_millis(250);

/// The same for a stream that is being served: its peer has done its part and waits for ours,
/// unless it does not read.
const PATIENCE_SERVING: Duration = Duration::from_secs(1);

/// After so many errors in a row the accept loop rests between tries: the process may be out of
/// file descriptors.
const ACCEPT_ERRORS_MAX: u32 = 8;

/// How long it rests.
const ACCEPT_REST: Duration = Duration::from_millis(10);

/// Accepts streams until the node ends.
pub(super) async fn accept<K: Stack>(links: Arc<Links<K>>) {
    let seats = Seats::new();
    let mut errors = 0;
    loop {
        match links.transport.accept().await {
            Ok((stream, from)) => {
                errors = 0;
                let seat = seats.wait::<K>(links.shared()).await;
                admit(&links, seat, stream, from);
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
    (seat, registration): (Seat, AbortRegistration),
    stream: StreamOf<K>,
    from: K::Address,
) {
    links.shared().counters.streams_accepted.one();
    metrics::stream_accepted();
    let line = links.line(stream, false).watched_by(Arc::clone(&seat.progress));
    let served = Box::pin(serve(Arc::clone(links), line, from));
    links.spawn(async move {
        let _seat = seat;
        let _ = Abortable::new(served, registration).await;
    });
}

/// Serves one stream within its deadline.
async fn serve<K: Stack>(links: Arc<Links<K>>, mut line: LineOf<K>, from: K::Address) {
    let served = {
        let answered = pin!(answer(&links, &mut line, &from));
        within::<K::Runtime, _>(links.timeout, answered).await
    };
    match served.unwrap_or(Err(ExchangeError::TimedOut)) {
        Ok(()) | Err(ExchangeError::Silent | ExchangeError::Down(_)) => {}
        Err(error) => {
            tracing::debug!(%from, %error, "a peer's stream came to nothing");
            let front = Bytes::copy_from_slice(line.front());
            count(&links, from, front, error).await;
        }
    }
}

async fn count<K: Stack>(links: &Links<K>, from: K::Address, front: Bytes, error: ExchangeError) {
    let counters = &links.shared().counters;
    match error {
        ExchangeError::TimedOut => counters.streams_timed_out.one(),
        ExchangeError::Io(_) => counters.streams_broken.one(),
        ExchangeError::Unexpected => counters.streams_malformed.one(),
        ExchangeError::Malformed(error) => {
            counters.streams_malformed.one();
            // If the node is down, nobody reads it any more.
            let _ = links.tell(StreamInput::Refused { from, error, front }).await;
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
            links.merge(from, Side::Accepted, claims, user_state, join).await
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
            // Whoever is gone already is counted all the same.
            let _ = line.refuse(&error).await;
            Err(error.into())
        }
        Err(error) => Err(error),
    }
}

/// Who is served.
struct Seats {
    taken: Mutex<Taken>,
    /// Holds a sign when a place was freed since somebody last looked.
    freed: (async_channel::Sender<()>, async_channel::Receiver<()>),
}

#[derive(Default)]
struct Taken {
    next: u64,
    /// In the order of their coming.
    streams: BTreeMap<u64, Guest>,
}

struct Guest {
    came: Instant,
    progress: Arc<Progress>,
    abort: AbortHandle,
}

/// The place of one stream; dropping it frees it.
struct Seat {
    number: u64,
    progress: Arc<Progress>,
    seats: Arc<Seats>,
}

impl Seats {
    fn new() -> Arc<Self> {
        Arc::new(Self { taken: Mutex::default(), freed: async_channel::bounded(1) })
    }

    /// A place for a new stream, as soon as there is one.
    async fn wait<K: Stack>(
        self: &Arc<Self>,
        shared: &Shared<K::Id, K::Address>,
    ) -> (Seat, AbortRegistration) {
        loop {
            let now = shared.now();
            match self.take(now) {
                Ok(seat) => return seat,
                Err(look_again) => {
                    within::<K::Runtime, _>(look_again - now, self.freed.1.recv()).await;
                    shared.counters.streams_evicted.add(self.make_room(shared.now()));
                }
            }
        }
    }

    /// A place for a new stream, or when one will have to give way for it.
    fn take(self: &Arc<Self>, now: Instant) -> Result<(Seat, AbortRegistration), Instant> {
        let mut taken = self.taken.lock();
        if taken.streams.len() >= STREAMS_MAX {
            return Err(taken.first_to_go().map_or(now, |(_, keeps_until)| keeps_until));
        }
        let (abort, registration) = AbortHandle::new_pair();
        let progress = Arc::new(Progress::default());
        let number = taken.next;
        taken.next += 1;
        let guest = Guest { came: now, progress: Arc::clone(&progress), abort };
        taken.streams.insert(number, guest);
        Ok((Seat { number, progress, seats: Arc::clone(self) }, registration))
    }

    /// Ends one stream if all places are taken and it has had its time; how many that were.
    fn make_room(&self, now: Instant) -> u64 {
        let mut taken = self.taken.lock();
        let is_full = taken.streams.len() >= STREAMS_MAX;
        let goes = taken.first_to_go().filter(|(_, keeps_until)| is_full && *keeps_until <= now);
        let evicted = goes.and_then(|(number, _)| taken.streams.remove(&number));
        drop(taken);
        evicted.map_or(0, |guest| {
            guest.abort.abort();
            1
        })
    }
}

impl Taken {
    /// The oldest of those that are least far, and until when it keeps its place.
    fn first_to_go(&self) -> Option<(u64, Instant)> {
        let stage = |guest: &Guest| guest.progress.get();
        let (number, guest) =
            self.streams.iter().min_by_key(|(number, guest)| (stage(guest), **number))?;
        let served = stage(guest) == Progress::SERVING;
        let patience = if served { PATIENCE_SERVING } else { PATIENCE };
        Some((*number, guest.came + patience))
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.seats.taken.lock().streams.remove(&self.number);
        // If the sign is already there, nobody has looked since.
        let _ = self.seats.freed.0.try_send(());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Takes a place at `now`, with whatever must give way for it.
    fn take(seats: &Arc<Seats>, now: Instant) -> Option<(Seat, AbortRegistration)> {
        seats.make_room(now);
        seats.take(now).ok()
    }

    #[test]
    fn the_oldest_silent_stream_gives_way_then_the_oldest_that_drips() {
        let seats = Seats::new();
        let (start, later) = (Instant::ZERO, Instant::ZERO + PATIENCE);
        let held: Vec<_> = (0..STREAMS_MAX).map(|_| take(&seats, start).unwrap()).collect();
        let is_gone = |at: usize| held[at].1.handle().is_aborted();
        held[0].0.progress.set(Progress::READING);
        held[1].0.progress.set(Progress::SERVING);

        assert_eq!(seats.take(start).err(), Some(later));
        let newcomer = take(&seats, later).unwrap();
        assert!(is_gone(2) && !is_gone(0), "the oldest silent one gives way");

        for (seat, _) in held.iter().chain([&newcomer]).skip(2) {
            seat.progress.set(Progress::SERVING);
        }
        let next = take(&seats, later).unwrap();
        assert!(is_gone(0) && !is_gone(1), "then the oldest that drips");

        next.0.progress.set(Progress::SERVING);
        assert!(take(&seats, later).is_none(), "those who are served have more time");
        assert!(take(&seats, start + PATIENCE_SERVING).is_some() && is_gone(1));

        drop((held, newcomer, next));
        assert!(seats.taken.lock().streams.is_empty());
    }
}
