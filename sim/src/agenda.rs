//! What is still to happen, the earliest first.

use core::cmp::Reverse;
use std::collections::BinaryHeap;

use memberlist_core::time::Instant;

/// Events in the order of their time, those of the same time in the order in which they were added.
#[derive(Debug)]
pub struct Agenda<T> {
    /// Time, number, place in `events`: small, for this is what the heap moves about.
    heap: BinaryHeap<Reverse<(Instant, u64, u32)>>,
    events: Vec<Option<T>>,
    free: Vec<u32>,
    next: u64,
}

impl<T> Default for Agenda<T> {
    fn default() -> Self {
        Self { heap: BinaryHeap::new(), events: Vec::new(), free: Vec::new(), next: 0 }
    }
}

impl<T> Agenda<T> {
    /// Adds an event.
    pub fn add(&mut self, at: Instant, event: T) {
        let place = self.free.pop().unwrap_or_else(|| {
            self.events.push(None);
            (self.events.len() - 1) as u32
        });
        self.events[place as usize] = Some(event);
        self.heap.push(Reverse((at, self.next, place)));
        self.next += 1;
    }

    /// When the earliest event is due.
    pub fn next_at(&self) -> Option<Instant> {
        self.heap.peek().map(|Reverse((at, _, _))| *at)
    }

    /// Takes out the earliest event.
    pub fn pop(&mut self) -> Option<(Instant, T)> {
        let Reverse((at, _, place)) = self.heap.pop()?;
        self.free.push(place);
        let event = self.events[place as usize].take()?;
        Some((at, event))
    }

    /// How many events there are.
    pub fn len(&self) -> usize {
        self.heap.len()
    }

    /// Whether nothing will happen any more.
    pub fn is_empty(&self) -> bool {
        self.heap.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_come_by_time_and_then_as_they_were_added() {
        let mut agenda = Agenda::default();
        for (at, name) in [(3, "c"), (1, "a"), (3, "d"), (2, "b")] {
            agenda.add(Instant::from_millis(at), name);
        }
        assert_eq!((agenda.len(), agenda.next_at()), (4, Some(Instant::from_millis(1))));
        let order: Vec<_> = core::iter::from_fn(|| agenda.pop()).map(|(_, name)| name).collect();
        assert_eq!(order, ["a", "b", "c", "d"]);
        agenda.add(Instant::ZERO, "e");
        assert_eq!(agenda.events.len(), 4, "places are used again");
        assert!(!agenda.is_empty());
    }
}
