//! What one stream holds of the memory of all.

use core::time::Duration;
use std::sync::Arc;

use super::progress::Progress;
use super::seats::Seats;
use super::stats::Counters;
use crate::time::Instant;

/// What one stream holds of the memory of all; dropping it gives it back.
pub(super) struct Share {
    progress: Arc<Progress>,
    seats: Arc<Seats>,
}

impl Share {
    /// The share of a stream that has come so far: nothing yet.
    pub(super) const fn new(seats: Arc<Seats>, progress: Arc<Progress>) -> Self {
        Self { progress, seats }
    }

    /// Takes so much more, if need be of streams that are stuck; false if less is left.
    pub(super) fn grow(&mut self, more: usize) -> bool {
        let memory = &self.seats.memory;
        let grown = memory.reduce(more)
            || (self.seats.make_memory(more, &self.progress) && memory.reduce(more));
        if grown {
            self.progress.hold(more);
        }
        grown
    }

    /// Gives so much back; less, if this stream had to give way and has given back everything.
    pub(super) fn shrink(&mut self, less: usize) {
        self.seats.memory.give_back(self.progress.let_go(less));
    }

    /// So many bytes were read or written.
    pub(super) fn note_moved(&self, len: usize) {
        self.progress.note_moved(len, self.now());
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
        self.seats.longest_wait()
    }

    pub(super) fn now(&self) -> Instant {
        self.seats.now()
    }

    /// How much it is.
    #[cfg(test)]
    pub(super) fn amount(&self) -> usize {
        self.progress.held()
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.seats.memory.give_back(self.progress.release());
    }
}

#[cfg(test)]
mod tests {
    use core::sync::atomic::{AtomicU64, Ordering};

    use futures_util::future::AbortRegistration;

    use super::*;
    use crate::node::progress::STEP;
    use crate::node::seats::{PATIENCE_SERVING, Seat};

    /// Places with so much memory, and their clock.
    fn seats(memory: usize) -> (Arc<Seats>, Arc<AtomicU64>) {
        let nanos = Arc::new(AtomicU64::new(0));
        let read = Arc::clone(&nanos);
        let clock = move || Instant::from_nanos(read.load(Ordering::Relaxed));
        (Seats::new(memory, Duration::from_secs(10), Arc::default(), clock), nanos)
    }

    fn share_of(seats: &Arc<Seats>, held: usize) -> (Seat, AbortRegistration, Share) {
        let (seat, registration) = seats.take(seats.now()).unwrap();
        let mut share = Share::new(Arc::clone(seats), Arc::clone(&seat.progress));
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
