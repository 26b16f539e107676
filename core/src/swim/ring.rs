//! Round-robin in random order (SWIM section 4.3): every member comes once per round, each round in
//! a new order, so that the time until a failed member is probed is bounded.

use super::rng::Rng;

/// The members in the order of this round.
#[derive(Clone, Debug, Default)]
pub(super) struct Ring {
    order: Vec<u32>,
    /// Where in `order` each slot is.
    places: Vec<u32>,
    next: usize,
}

impl Ring {
    /// Adds a member at a random place.
    pub(super) fn insert(&mut self, slot: u32, rng: &mut Rng) {
        let place = rng.below(self.order.len() + 1);
        let last = self.order.len();
        self.order.push(slot);
        self.places.resize(self.places.len().max(slot as usize + 1), ABSENT);
        self.places[slot as usize] = last as u32;
        if place < self.next {
            // Among those that had their turn: the round's border moves, so that nobody crosses it.
            self.swap(self.next, last);
            self.swap(place, self.next);
            self.next += 1;
        } else {
            self.swap(place, last);
        }
    }

    /// Takes a member out. The others keep their turns.
    pub(super) fn remove(&mut self, slot: u32) {
        let Some(&place) = self.places.get(slot as usize) else { return };
        if place == ABSENT {
            return;
        }
        let mut place = place as usize;
        if place < self.next {
            self.next -= 1;
            self.swap(place, self.next);
            place = self.next;
        }
        self.swap(place, self.order.len() - 1);
        self.order.pop();
        self.places[slot as usize] = ABSENT;
    }

    /// The next one. After the last of a round the order is drawn anew.
    pub(super) fn next(&mut self, rng: &mut Rng) -> Option<u32> {
        if self.next >= self.order.len() {
            rng.shuffle(&mut self.order);
            for (place, &slot) in self.order.iter().enumerate() {
                self.places[slot as usize] = place as u32;
            }
            self.next = 0;
        }
        let slot = self.order.get(self.next).copied()?;
        self.next += 1;
        Some(slot)
    }

    fn swap(&mut self, one: usize, other: usize) {
        self.order.swap(one, other);
        self.places[self.order[one] as usize] = one as u32;
        self.places[self.order[other] as usize] = other as u32;
    }
}

/// Not in the round.
const ABSENT: u32 = u32::MAX;

#[cfg(test)]
mod tests {
    use super::*;

    fn round(ring: &mut Ring, rng: &mut Rng) -> Vec<u32> {
        (0..ring.order.len()).filter_map(|_| ring.next(rng)).collect()
    }

    #[test]
    fn everybody_comes_once_per_round_and_the_order_changes() {
        let mut rng = Rng::new(3);
        let mut ring = Ring::default();
        (0..50).for_each(|slot| ring.insert(slot, &mut rng));
        ring.next = 50;
        let (first, second) = (round(&mut ring, &mut rng), round(&mut ring, &mut rng));
        assert_ne!(first, second);
        for mut order in [first, second] {
            order.sort_unstable();
            assert_eq!(order, (0..50).collect::<Vec<_>>());
        }
    }

    /// Members that come and go in the middle of a round take nobody's turn and give nobody a
    /// second.
    #[test]
    fn coming_and_going_leave_the_others_turns_alone() {
        for seed in 0..200 {
            let mut rng = Rng::new(seed);
            let mut ring = Ring::default();
            (0..10).for_each(|slot| ring.insert(slot, &mut rng));
            ring.next = 10;
            let mut had: Vec<_> = (0..4).filter_map(|_| ring.next(&mut rng)).collect();
            ring.insert(10, &mut rng);
            ring.remove(had[1]);
            ring.remove((0..10).find(|slot| !had.contains(slot)).unwrap());
            while ring.next < ring.order.len() {
                had.extend(ring.next(&mut rng));
            }
            let old: Vec<_> = had.iter().filter(|&&slot| slot != 10).collect();
            assert_eq!(old.len(), 9, "seed {seed}: {had:?}");
            assert!((0..10).filter(|slot| had.contains(slot)).count() == 9, "seed {seed}: {had:?}");
        }
    }

    #[test]
    fn an_empty_ring_has_no_next() {
        let (mut ring, mut rng) = (Ring::default(), Rng::new(0));
        assert_eq!(ring.next(&mut rng), None);
        ring.insert(3, &mut rng);
        assert_eq!(ring.next(&mut rng), Some(3));
        ring.remove(3);
        assert_eq!(ring.next(&mut rng), None);
    }

    #[test]
    fn each_is_where_it_is_looked_for() {
        let (mut ring, mut rng) = (Ring::default(), Rng::new(9));
        let mut there = [false; 40];
        for _ in 0..5_000 {
            let slot = rng.below(there.len());
            let change = if there[slot] {
                Ring::remove
            } else {
                |ring: &mut Ring, slot| ring.insert(slot, &mut Rng::new(u64::from(slot)))
            };
            change(&mut ring, slot as u32);
            there[slot] = !there[slot];
            ring.next(&mut rng);
            for (place, &slot) in ring.order.iter().enumerate() {
                assert_eq!(ring.places[slot as usize], place as u32);
            }
            assert_eq!(ring.order.len(), there.iter().filter(|&&is| is).count());
        }
    }
}
