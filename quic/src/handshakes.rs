//! Handshakes that peers have begun: bounded in number, the oldest gives way.

use std::collections::VecDeque;

use futures_util::future::{AbortHandle, AbortRegistration};
use parking_lot::Mutex;

/// Places for handshakes that are under way.
pub(crate) struct Handshakes {
    max: usize,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    next: u64,
    /// The oldest first.
    running: VecDeque<(u64, AbortHandle)>,
}

impl Handshakes {
    pub(crate) fn new(max: usize) -> Self {
        Self { max: max.max(1), state: Mutex::default() }
    }

    /// Whether so many are under way that newcomers should prove their address first.
    pub(crate) fn is_crowded(&self) -> bool {
        self.state.lock().running.len() >= self.max.div_ceil(2)
    }

    /// A place for a new one, and whether the oldest one had to give way. The place has to be given
    /// back by [`end`](Self::end).
    pub(crate) fn begin(&self) -> (u64, AbortRegistration, bool) {
        let mut state = self.state.lock();
        let gives_way = state.running.len() >= self.max;
        if gives_way && let Some((_, oldest)) = state.running.pop_front() {
            oldest.abort();
        }
        state.next += 1;
        let (abort, registration) = AbortHandle::new_pair();
        let number = state.next;
        state.running.push_back((number, abort));
        (number, registration, gives_way)
    }

    pub(crate) fn end(&self, number: u64) {
        self.state.lock().running.retain(|(running, _)| *running != number);
    }

    pub(crate) fn abort_all(&self) {
        for (_, handshake) in self.state.lock().running.drain(..) {
            handshake.abort();
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;
    use futures_util::future::{Abortable, pending};

    use super::*;

    #[test]
    fn the_oldest_gives_way_and_a_crowd_is_noticed() {
        let all = Handshakes::new(2);
        assert!(!all.is_crowded());
        let (first, first_registration, gave_way) = all.begin();
        assert!(all.is_crowded() && !gave_way);
        let (second, second_registration, gave_way) = all.begin();
        assert!(!gave_way);
        let (_, _third, gave_way) = all.begin();
        assert!(gave_way);
        let aborted = |registration| Abortable::new(pending::<()>(), registration).now_or_never();
        assert!(aborted(first_registration).is_some_and(|end| end.is_err()));
        assert!(aborted(second_registration).is_none());
        all.end(first);
        all.end(second);
        let (_, _fourth, gave_way) = all.begin();
        assert!(!gave_way);
    }
}
