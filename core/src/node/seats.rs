//! The places and the memory of streams, and who gives way when either is short.

use core::sync::atomic::{AtomicU8, AtomicU64, AtomicUsize, Ordering};
use core::time::Duration;
use std::collections::BTreeMap;
use std::sync::Arc;

use agnostic_lite::RuntimeLite;
use futures_util::future::{AbortHandle, AbortRegistration};
use parking_lot::Mutex;

use super::budget::Budget;
use super::clock::within;
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
const PATIENCE_SERVING: Duration = Duration::from_secs(1);

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

/// Bytes with which a stream has come on. Less than this in all its patience is a peer that does
/// not read, or that does not mean to finish.
const STEP: usize = 64 * 1024;

/// How far a peer's stream has come, and what it holds.
#[derive(Default)]
pub(super) struct Progress {
    stage: AtomicU8,
    /// Bytes of its share of the memory.
    held: AtomicUsize,
    /// Bytes that were moved since it came on.
    moved: AtomicUsize,
    /// When it last came on.
    came_on: AtomicU64,
}

impl Progress {
    /// Nothing has arrived: the first to give way are those that have said nothing.
    pub(super) const SILENT: u8 = 0;
    /// A part of the request has arrived.
    pub(super) const READING: u8 = 1;
    /// The request is complete.
    pub(super) const SERVING: u8 = 2;
    /// It is answered: only this node has still something to do.
    pub(super) const ANSWERED: u8 = 3;

    pub(super) fn get(&self) -> u8 {
        self.stage.load(Ordering::Relaxed)
    }

    pub(super) fn set(&self, stage: u8) {
        self.stage.store(stage, Ordering::Relaxed);
    }

    fn held(&self) -> usize {
        self.held.load(Ordering::Relaxed)
    }

    fn came_on(&self) -> Instant {
        Instant::from_nanos(self.came_on.load(Ordering::Relaxed))
    }

    fn come_on(&self, now: Instant) {
        self.moved.store(0, Ordering::Relaxed);
        self.came_on.store(now.as_nanos(), Ordering::Relaxed);
    }
}

/// Who is served, and with how much memory.
pub(super) struct Seats {
    taken: Mutex<Taken>,
    /// Holds a sign when a place was freed since somebody last looked.
    freed: (async_channel::Sender<()>, async_channel::Receiver<()>),
    /// What all streams may hold together.
    memory: Budget,
    longest_patience: Duration,
    counters: Arc<Counters>,
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

/// What one stream holds of the memory of all; dropping it gives it back.
pub(super) struct Share {
    progress: Arc<Progress>,
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

    /// A place for a new stream, as soon as there is one.
    pub(super) async fn wait<R: RuntimeLite>(self: &Arc<Self>) -> (Seat, AbortRegistration) {
        loop {
            let now = (self.clock)();
            match self.take(now) {
                Ok(seat) => return seat,
                Err(look_again) => {
                    within::<R, _>(look_again - now, self.freed.1.recv()).await;
                    self.make_room((self.clock)());
                }
            }
        }
    }

    /// The share of a stream that has come so far. What it holds is nothing yet.
    pub(super) fn share(self: &Arc<Self>, progress: Arc<Progress>) -> Share {
        Share { progress, seats: Arc::clone(self) }
    }

    /// A place for a new stream, or when one will have to give way for it.
    fn take(self: &Arc<Self>, now: Instant) -> Result<(Seat, AbortRegistration), Instant> {
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
    fn make_memory(&self, more: usize, asking: &Arc<Progress>) -> bool {
        let now = (self.clock)();
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
        self.memory.give_back(guest.progress.held.swap(0, Ordering::AcqRel));
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

impl Share {
    /// Takes so much more, if need be of streams that are stuck; false if less is left.
    pub(super) fn grow(&mut self, more: usize) -> bool {
        let memory = &self.seats.memory;
        let grown = memory.reduce(more)
            || (self.seats.make_memory(more, &self.progress) && memory.reduce(more));
        if grown {
            self.progress.held.fetch_add(more, Ordering::AcqRel);
        }
        grown
    }

    /// Gives so much back; less, if this stream had to give way and has given back everything.
    pub(super) fn shrink(&mut self, less: usize) {
        let held = &self.progress.held;
        let shrunk = |held: usize| Some(held - less.min(held));
        let before = held.fetch_update(Ordering::AcqRel, Ordering::Acquire, shrunk);
        self.seats.memory.give_back(less.min(before.unwrap_or_default()));
    }

    /// So many bytes were read or written.
    pub(super) fn note_moved(&self, len: usize) {
        let moved = self.progress.moved.fetch_add(len, Ordering::Relaxed) + len;
        if moved >= STEP {
            self.progress.come_on(self.now());
        }
    }

    /// How far the stream has come.
    pub(super) fn progress(&self) -> &Progress {
        &self.progress
    }

    pub(super) fn counters(&self) -> &Counters {
        &self.seats.counters
    }

    /// How long it is worth waiting for memory: those that are stuck have given way by then.
    pub(super) fn longest_wait(&self) -> Duration {
        2 * PATIENCE_SERVING.min(self.seats.longest_patience)
    }

    pub(super) fn now(&self) -> Instant {
        (self.seats.clock)()
    }

    /// How much it is.
    #[cfg(test)]
    pub(super) fn amount(&self) -> usize {
        self.progress.held()
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.seats.memory.give_back(self.progress.held.swap(0, Ordering::AcqRel));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIMEOUT: Duration = Duration::from_secs(10);

    /// Places with so much memory, and their clock.
    fn seats(memory: usize) -> (Arc<Seats>, Arc<AtomicU64>) {
        let nanos = Arc::new(AtomicU64::new(0));
        let read = Arc::clone(&nanos);
        let clock = move || Instant::from_nanos(read.load(Ordering::Relaxed));
        (Seats::new(memory, TIMEOUT, Arc::default(), clock), nanos)
    }

    /// Takes a place at `now`, with whatever must give way for it.
    fn take(seats: &Arc<Seats>, now: Instant) -> Option<(Seat, AbortRegistration)> {
        seats.make_room(now);
        seats.take(now).ok()
    }

    #[test]
    fn the_oldest_silent_stream_gives_way_then_the_oldest_that_drips() {
        let (seats, _) = seats(0);
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
        let (seats, _) = seats(0);
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

    fn share_of(seats: &Arc<Seats>, held: usize) -> (Seat, AbortRegistration, Share) {
        let (seat, registration) = seats.take((seats.clock)()).unwrap();
        let mut share = seats.share(Arc::clone(&seat.progress));
        assert!(share.grow(held));
        (seat, registration, share)
    }

    #[test]
    fn what_is_dropped_comes_back() {
        let (seats, _) = seats(10);
        let (_seat, _, mut first) = share_of(&seats, 4);
        assert!(first.grow(5));
        assert!(!first.grow(2), "it does not give way for itself");
        first.shrink(1);
        assert_eq!((first.amount(), seats.memory.left()), (8, 2));
        drop(first);
        assert_eq!(seats.memory.left(), 10);
    }

    /// Of those that are stuck the one that holds most gives way, and no more of them than needed.
    /// Who comes on, or has done its part, keeps what it has.
    #[test]
    fn who_is_stuck_with_most_gives_way() {
        let (seats, nanos) = seats(2_000_000);
        let held = [300_000, 500_000, 400_000, 500_000, 200_000];
        let streams = held.map(|held| share_of(&seats, held));
        let is_gone = |at: usize| streams[at].1.handle().is_aborted();
        let (_seat, _, mut newcomer) = share_of(&seats, 100_000);
        assert!(!newcomer.grow(1), "nobody is stuck yet");
        nanos.store(PATIENCE_SERVING.as_nanos() as u64, Ordering::Relaxed);
        streams[1].2.note_moved(STEP);
        streams[0].2.note_moved(STEP - 1);
        streams[4].2.progress().set(Progress::ANSWERED);
        assert!(!newcomer.grow(1_200_001), "nobody goes for nothing");
        assert_eq!([0, 1, 2, 3, 4].map(is_gone), [false; 5]);
        assert!(newcomer.grow(500_001));
        assert_eq!([0, 1, 2, 3, 4].map(is_gone), [false, false, true, true, false]);
        assert_eq!(seats.memory.left(), 399_999);
        drop(streams);
        assert_eq!((newcomer.amount(), seats.memory.left()), (600_001, 1_399_999));
        assert_eq!(seats.counters.streams_evicted.get(), 2);
    }
}
