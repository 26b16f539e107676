//! The places of streams that peers open, and who gives way when places or memory are short.

use core::time::Duration;
use std::collections::BTreeMap;
use std::sync::Arc;

use agnostic_lite::RuntimeLite;
use futures_util::future::{AbortHandle, AbortRegistration};
use parking_lot::Mutex;

use super::budget::Budget;
use super::clock::within;
use super::progress::Progress;
use super::stats::Counters;
use crate::time::Instant;

/// Streams of peers that are open at the same time: a crowd that joins at once, and half of the
/// file descriptors that a process commonly has. More wait to be accepted. But those who open
/// streams and say nothing, or say it slowly, never keep others out: when nothing frees a place in
/// time, the oldest of those that are least far gives way.
pub(super) const STREAMS_MAX: usize = 512;

/// How long a stream that still owes its request keeps its place while others wait, while not many
/// had to go.
const PATIENCE: Duration = Duration::from_millis(250);

/// The same for a stream that is being served: its peer has done its part and waits for ours,
/// unless it does not read. Also how long a stream keeps its memory while others want it, after it
/// has last come on.
pub(super) const PATIENCE_SERVING: Duration = Duration::from_secs(1);

/// No patience is longer than this part of `stream_timeout`: whoever waits has no more than that.
const PATIENCE_PARTS: u32 = 4;

/// So many that have to go in a row halve the patience: it is no accident. A crowd of silent ones
/// that come again as often as they have to go fills 512 places in 250 ms; now it would have to do
/// that in 31 ms, and 1,500 that come at once hold up a newcomer for little more than the first
/// 250 ms.
const CROWD: u32 = 128;

/// How often it is halved at most.
const HALVINGS_MAX: u32 = 3;

/// When nobody had to go for so long, patience is what it was.
const CALM: Duration = Duration::from_secs(1);

/// Who is served, and with how much memory.
pub(super) struct Seats {
    taken: Mutex<Taken>,
    /// Holds a sign when a place was freed since somebody last looked.
    freed: (async_channel::Sender<()>, async_channel::Receiver<()>),
    /// What all streams may hold together.
    pub(super) memory: Budget,
    longest_patience: Duration,
    pub(super) counters: Arc<Counters>,
    clock: Box<dyn Fn() -> Instant + Send + Sync>,
}

#[derive(Default)]
struct Taken {
    next: u64,
    /// In the order of their coming.
    streams: BTreeMap<u64, Guest>,
    /// How many had to go in a row, and when the last one did.
    gone: u32,
    last_gone: Instant,
}

struct Guest {
    came: Instant,
    progress: Arc<Progress>,
    abort: AbortHandle,
}

/// The place of one stream; dropping it frees it.
pub(super) struct Seat {
    number: u64,
    pub(super) progress: Arc<Progress>,
    seats: Arc<Seats>,
}

impl Seats {
    /// No stream yet. `timeout`: the option `stream_timeout`.
    pub(super) fn new(
        memory: usize,
        timeout: Duration,
        counters: Arc<Counters>,
        clock: impl Fn() -> Instant + Send + Sync + 'static,
    ) -> Arc<Self> {
        Arc::new(Self {
            taken: Mutex::default(),
            freed: async_channel::bounded(1),
            memory: Budget::new(memory),
            longest_patience: timeout / PATIENCE_PARTS,
            counters,
            clock: Box::new(clock),
        })
    }

    pub(super) fn now(&self) -> Instant {
        (self.clock)()
    }

    /// How long it is worth waiting for memory: those that are stuck have given way by then.
    pub(super) fn longest_wait(&self) -> Duration {
        2 * PATIENCE_SERVING.min(self.longest_patience)
    }

    /// A place for a new stream, as soon as there is one.
    pub(super) async fn wait<R: RuntimeLite>(self: &Arc<Self>) -> (Seat, AbortRegistration) {
        loop {
            let now = self.now();
            match self.take(now) {
                Ok(seat) => return seat,
                Err(look_again) => {
                    within::<R, _>(look_again - now, self.freed.1.recv()).await;
                    self.make_room(self.now());
                }
            }
        }
    }

    /// A place for a new stream, or when one will have to give way for it.
    pub(super) fn take(
        self: &Arc<Self>,
        now: Instant,
    ) -> Result<(Seat, AbortRegistration), Instant> {
        let mut taken = self.taken.lock();
        if taken.streams.len() >= STREAMS_MAX {
            return Err(self.first_to_go(&taken, now).map_or(now, |(_, keeps_until)| keeps_until));
        }
        let (abort, registration) = AbortHandle::new_pair();
        let progress = Arc::new(Progress::default());
        progress.come_on(now);
        let number = taken.next;
        taken.next += 1;
        let guest = Guest { came: now, progress: Arc::clone(&progress), abort };
        taken.streams.insert(number, guest);
        Ok((Seat { number, progress, seats: Arc::clone(self) }, registration))
    }

    /// Ends one stream if all places are taken and it has had its time.
    fn make_room(&self, now: Instant) {
        let mut taken = self.taken.lock();
        if taken.streams.len() < STREAMS_MAX {
            return;
        }
        if let Some((number, keeps_until)) = self.first_to_go(&taken, now)
            && keeps_until <= now
        {
            self.end(&mut taken, now, number);
        }
    }

    /// The oldest of those that are least far, and until when it keeps its place.
    fn first_to_go(&self, taken: &Taken, now: Instant) -> Option<(u64, Instant)> {
        let stage = |guest: &Guest| guest.progress.get();
        let (number, guest) =
            taken.streams.iter().min_by_key(|(number, guest)| (stage(guest), **number))?;
        let is_served = stage(guest) >= Progress::SERVING;
        // Who is served has done its part, however many do not.
        let patience = if is_served {
            PATIENCE_SERVING.min(self.longest_patience)
        } else {
            self.patience(taken, PATIENCE, now)
        };
        Some((*number, guest.came + patience))
    }

    /// Ends the streams that hold the most and have not come on for long enough, if so much comes
    /// free by that; whether it does. `asking` is not one of them.
    pub(super) fn make_memory(&self, more: usize, asking: &Arc<Progress>) -> bool {
        let now = self.now();
        let mut taken = self.taken.lock();
        let patience = self.patience(&taken, PATIENCE_SERVING, now);
        let is_stuck = |guest: &Guest| {
            let progress = &guest.progress;
            let waits_for_peer = progress.get() < Progress::ANSWERED;
            let is_other = !Arc::ptr_eq(progress, asking);
            waits_for_peer && is_other && progress.came_on() + patience <= now
        };
        let stuck = taken.streams.iter().filter(|(_, guest)| is_stuck(guest));
        let mut stuck: Vec<_> =
            stuck.map(|(number, guest)| (guest.progress.held(), *number)).collect();
        let free = self.memory.left() + stuck.iter().map(|(held, _)| held).sum::<usize>();
        if free < more {
            return false;
        }
        // The oldest comes last.
        stuck.sort_unstable_by_key(|(held, number)| (*held, u64::MAX - number));
        while self.memory.left() < more
            && let Some((_, number)) = stuck.pop()
        {
            self.end(&mut taken, now, number);
        }
        true
    }

    /// Ends a stream. What it holds is free at once: its task drops it when it runs next.
    fn end(&self, taken: &mut Taken, now: Instant, number: u64) {
        let Some(guest) = taken.streams.remove(&number) else { return };
        taken.gone = if now - taken.last_gone < CALM { taken.gone.saturating_add(1) } else { 1 };
        taken.last_gone = now;
        self.counters.streams_evicted.one();
        self.memory.give_back(guest.progress.release());
        guest.abort.abort();
    }

    /// What is left of a patience when many had to go in a row.
    fn patience(&self, taken: &Taken, patience: Duration, now: Instant) -> Duration {
        let gone = if now - taken.last_gone < CALM { taken.gone } else { 0 };
        let halvings = (gone / CROWD).min(HALVINGS_MAX);
        patience.min(self.longest_patience) / (1 << halvings)
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

    const TIMEOUT: Duration = Duration::from_secs(10);

    fn seats() -> Arc<Seats> {
        Seats::new(0, TIMEOUT, Arc::default(), || Instant::ZERO)
    }

    /// Takes a place at `now`, with whatever must give way for it.
    fn take(seats: &Arc<Seats>, now: Instant) -> Option<(Seat, AbortRegistration)> {
        seats.make_room(now);
        seats.take(now).ok()
    }

    #[test]
    fn the_oldest_silent_stream_gives_way_then_the_oldest_that_drips() {
        let seats = seats();
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

    /// A crowd that comes again as often as it has to go: each new one has less time, down to an
    /// eighth; when nobody had to go for a second, as much as ever.
    #[test]
    fn patience_wears_out_and_comes_back() {
        let seats = seats();
        let mut now = Instant::ZERO;
        let mut held: Vec<_> = (0..STREAMS_MAX).map(|_| take(&seats, now).unwrap()).collect();
        let waits = |now: &mut Instant, held: &mut Vec<_>| {
            let mut longest = Duration::ZERO;
            for _ in 0..STREAMS_MAX {
                let keeps_until = seats.take(*now).err().expect("all places are taken");
                longest = longest.max(keeps_until - *now);
                *now = keeps_until.max(*now);
                held.push(take(&seats, *now).expect("one gives way"));
            }
            longest.as_micros()
        };
        assert_eq!(waits(&mut now, &mut held), 250_000);
        assert_eq!(now.as_millis(), 250);
        assert_eq!([(); 3].map(|()| waits(&mut now, &mut held)), [31_250; 3]);
        now = now + CALM;
        for (seat, _) in &held {
            seat.progress.set(Progress::SERVING);
        }
        drop(held.split_off(held.len() - 1));
        held.push(take(&seats, now).unwrap());
        assert_eq!(seats.take(now).err(), Some(now + PATIENCE));
    }
}
