//! Deadlines by key, the earliest first.

use std::collections::{BTreeMap, BTreeSet};

use core::time::Duration;

use crate::time::Instant;

/// At most one deadline per key. Equal deadlines come in the order of their keys, so that one seed
/// gives one trace.
#[derive(Clone, Debug)]
pub(super) struct Timers<K> {
    by_key: BTreeMap<K, Instant>,
    by_time: BTreeSet<(Instant, K)>,
}

impl<K: Ord + Copy> Timers<K> {
    /// No deadlines.
    pub(super) const fn new() -> Self {
        Self { by_key: BTreeMap::new(), by_time: BTreeSet::new() }
    }

    /// Sets or moves the deadline of `key`.
    pub(super) fn set(&mut self, key: K, due: Instant) {
        if let Some(old) = self.by_key.insert(key, due) {
            self.by_time.remove(&(old, key));
        }
        self.by_time.insert((due, key));
    }

    /// Removes the deadline of `key`, if there is one.
    pub(super) fn clear(&mut self, key: K) {
        if let Some(due) = self.by_key.remove(&key) {
            self.by_time.remove(&(due, key));
        }
    }

    /// The deadline of `key`, if there is one.
    pub(super) fn due(&self, key: K) -> Option<Instant> {
        self.by_key.get(&key).copied()
    }

    /// The earliest deadline.
    pub(super) fn next(&self) -> Option<Instant> {
        self.by_time.first().map(|&(due, _)| due)
    }

    /// Removes and gives the earliest deadline that is not after `now`.
    pub(super) fn pop(&mut self, now: Instant) -> Option<(Instant, K)> {
        let &(due, key) = self.by_time.first()?;
        if due > now {
            return None;
        }
        self.clear(key);
        Some((due, key))
    }

    /// Moves the deadline of `key`, if there is one, by `by`.
    pub(super) fn delay(&mut self, key: K, by: Duration) {
        if let Some(&due) = self.by_key.get(&key) {
            self.set(key, due + by);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deadlines_come_in_order_and_each_key_has_one() {
        let at = Instant::from_millis;
        let mut timers = Timers::new();
        for (key, millis) in [('c', 30), ('a', 10), ('b', 10), ('c', 5), ('d', 40)] {
            timers.set(key, at(millis));
        }
        timers.clear('d');
        assert_eq!(timers.next(), Some(at(5)));
        assert_eq!(timers.pop(at(4)), None);
        assert_eq!(timers.pop(at(10)), Some((at(5), 'c')));
        assert_eq!(timers.pop(at(10)), Some((at(10), 'a')));
        assert_eq!(timers.pop(at(10)), Some((at(10), 'b')));
        assert_eq!(timers.next(), None);
    }

    #[test]
    fn a_deadline_can_be_moved() {
        let at = Instant::from_millis;
        let mut timers = Timers::new();
        timers.set('a', at(10));
        timers.set('b', at(12));
        timers.delay('a', Duration::from_millis(5));
        timers.delay('c', Duration::from_millis(5));
        assert_eq!(timers.pop(at(20)), Some((at(12), 'b')));
        assert_eq!(timers.pop(at(20)), Some((at(15), 'a')));
        assert_eq!(timers.pop(at(20)), None);
    }
}
