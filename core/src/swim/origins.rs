//! Which broadcasts of the application this node has seen: each is told and passed on once.
//!
//! Of each origin, that is one start of one node, the numbers that were seen are kept as ranges. In
//! quiet times that is one range; a burst that arrives in any order makes some more for a while.

use std::collections::BTreeMap;

use core::time::Duration;

use crate::time::Instant;
use crate::types::StartId;

/// What was seen of all origins.
pub(super) struct Origins<I> {
    seen: BTreeMap<(I, StartId), Seen>,
    /// Ranges of all strangers together, and of all members.
    ranges: [usize; 2],
}

/// What was seen of one origin.
struct Seen {
    /// First and last number of each range. No two touch.
    ranges: BTreeMap<u64, u64>,
    last_heard: Instant,
    /// Whether it was a member when it was last heard: whose ranges these count among.
    is_member: bool,
}

/// Whether a broadcast is new.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Never seen.
    New,
    /// Seen already, or so old that it may have been.
    Known,
    /// There are too many origins.
    Refused,
}

impl<I: Ord + Clone> Origins<I> {
    /// Nothing was seen.
    pub(super) const fn new() -> Self {
        Self { seen: BTreeMap::new(), ranges: [0; 2] }
    }

    /// Takes note of a broadcast. `is_member`: its origin is a member, this very start of it. Such
    /// have places and ranges of their own, so that origins that somebody makes up cannot silence
    /// them.
    pub(super) fn see(
        &mut self,
        now: Instant,
        (origin, start): (&I, StartId),
        number: u64,
        is_member: bool,
    ) -> Verdict {
        let key = (origin.clone(), start);
        let places = if is_member { 2 * ORIGINS_MAX } else { ORIGINS_MAX };
        if !self.seen.contains_key(&key) && self.seen.len() >= places {
            return Verdict::Refused;
        }
        let seen = self.seen.entry(key).or_insert_with(|| Seen {
            ranges: BTreeMap::new(),
            last_heard: now,
            is_member,
        });
        seen.last_heard = now;
        // Who has become a member, or is one no more, takes its ranges along.
        self.ranges[usize::from(seen.is_member)] -= seen.ranges.len();
        seen.is_member = is_member;
        let others = &mut self.ranges[usize::from(is_member)];
        let new = seen.insert(number);
        let most = ALL_RANGES_MAX.saturating_sub(*others).clamp(1, RANGES_MAX);
        while seen.ranges.len() > most {
            seen.close_oldest_gap();
        }
        *others += seen.ranges.len();
        if new { Verdict::New } else { Verdict::Known }
    }

    /// Forgets the origins that nothing was heard of for `idle`: no copy of theirs is on its way
    /// any more.
    pub(super) fn sweep(&mut self, now: Instant, idle: Duration) {
        self.seen.retain(|_, seen| now - seen.last_heard < idle);
        self.ranges = self.count();
    }

    fn count(&self) -> [usize; 2] {
        let mut ranges = [0; 2];
        for seen in self.seen.values() {
            ranges[usize::from(seen.is_member)] += seen.ranges.len();
        }
        ranges
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.seen.len()
    }
}

impl Seen {
    /// Whether the number is new; it is not from now on.
    fn insert(&mut self, number: u64) -> bool {
        let below = self.ranges.range(..=number).next_back().map(|(&first, &last)| (first, last));
        if below.is_some_and(|(_, last)| number <= last) {
            return false;
        }
        let first = match below {
            Some((first, last)) if last + 1 == number => first,
            _ => number,
        };
        let above = number.checked_add(1).and_then(|next| self.ranges.remove(&next));
        self.ranges.insert(first, above.unwrap_or(number));
        true
    }

    /// The oldest gap is given up: what is missing in it counts as seen.
    fn close_oldest_gap(&mut self) {
        let Some((first, last)) = self.ranges.pop_first() else { return };
        let last = self.ranges.pop_first().map_or(last, |(_, last)| last);
        self.ranges.insert(first, last);
    }
}

/// Origins that are remembered, and as many again that are members. Four times the members of the
/// largest clusters that are run, and at about 200 bytes each still small.
const ORIGINS_MAX: usize = 65_536;

/// Ranges of one origin: a burst of as many broadcasts, every second of which is late.
const RANGES_MAX: usize = 4_096;

/// Ranges of all strangers together, and as many again of members, above one for each origin:
/// bursts of sixty-four origins at a time. At about 40 bytes each they stay near 20 MB, however
/// many origins somebody makes up.
const ALL_RANGES_MAX: usize = 262_144;

#[cfg(test)]
mod tests {
    use super::*;

    fn see(origins: &mut Origins<u32>, number: u64) -> Verdict {
        origins.see(Instant::ZERO, (&1, StartId::new(1)), number, false)
    }

    #[test]
    fn each_number_is_new_once_in_any_order() {
        let mut origins = Origins::new();
        let order = [5, 3, 4, 1, 2, 9, 7, 8, 6, u64::MAX, 0];
        for number in order {
            assert_eq!(see(&mut origins, number), Verdict::New, "{number}");
            assert_eq!(see(&mut origins, number), Verdict::Known, "{number}");
        }
        for number in order {
            assert_eq!(see(&mut origins, number), Verdict::Known, "{number}");
        }
        let ranges = &origins.seen.values().next().unwrap().ranges;
        assert_eq!(ranges.iter().collect::<Vec<_>>(), [(&0, &9), (&u64::MAX, &u64::MAX)]);
    }

    #[test]
    fn another_start_of_the_origin_counts_anew() {
        let mut origins = Origins::new();
        for start in [1, 2].map(StartId::new) {
            assert_eq!(origins.see(Instant::ZERO, (&1, start), 1, false), Verdict::New);
        }
    }

    #[test]
    fn gaps_are_bounded_and_the_oldest_is_given_up() {
        let mut origins = Origins::new();
        for number in 1..=RANGES_MAX as u64 + 1 {
            see(&mut origins, 2 * number);
        }
        assert_eq!(origins.seen.values().next().unwrap().ranges.len(), RANGES_MAX);
        assert_eq!(see(&mut origins, 3), Verdict::Known);
        assert_eq!(see(&mut origins, 5), Verdict::New);
    }

    #[test]
    fn gaps_of_all_origins_together_are_bounded() {
        let mut origins = Origins::new();
        for origin in 0..100 {
            for number in 0..RANGES_MAX as u64 {
                origins.see(Instant::ZERO, (&origin, StartId::new(1)), 2 * number, false);
            }
        }
        assert_eq!(origins.ranges, origins.count());
        assert!(origins.ranges[0] <= ALL_RANGES_MAX + origins.len(), "{:?}", origins.ranges);
        let more = origins.see(Instant::ZERO, (&99, StartId::new(1)), 100_000, false);
        assert_eq!(more, Verdict::New);
        origins.sweep(Instant::from_millis(1), Duration::from_millis(1));
        assert_eq!((origins.ranges, origins.len()), ([0; 2], 0));
    }

    /// Strangers hold as many ranges as there are; then a member says 256 things, every second one
    /// first.
    #[test]
    fn members_have_ranges_that_strangers_cannot_take() {
        let mut origins = Origins::new();
        let start = StartId::new(1);
        let strangers = (ALL_RANGES_MAX / RANGES_MAX) as u32 + 2;
        for stranger in 1..=strangers {
            for number in 0..RANGES_MAX as u64 {
                origins.see(Instant::ZERO, (&stranger, start), 2 * number, false);
            }
        }
        assert!(origins.ranges[0] >= ALL_RANGES_MAX);
        let numbers = (1..=256).step_by(2).chain((2..=256).step_by(2));
        for number in numbers {
            assert_eq!(origins.see(Instant::ZERO, (&0, start), number, true), Verdict::New);
        }
    }

    /// What was heard of an origin before it was known as a member counts on.
    #[test]
    fn who_becomes_a_member_takes_its_ranges_along() {
        let mut origins = Origins::new();
        let mut see = |number, is_member| {
            origins.see(Instant::ZERO, (&1, StartId::new(1)), number, is_member);
            origins.ranges
        };
        assert_eq!([see(2, false), see(4, false)], [[1, 0], [2, 0]]);
        assert_eq!([see(6, true), see(3, true), see(9, false)], [[0, 3], [0, 2], [3, 0]]);
    }

    #[test]
    fn origins_are_bounded_and_the_silent_are_forgotten() {
        let mut origins = Origins::new();
        let at = Instant::from_millis;
        let start = StartId::new(1);
        for origin in 0..ORIGINS_MAX as u32 {
            origins.see(at(u64::from(origin % 2)), (&origin, start), 1, false);
        }
        assert_eq!(origins.see(at(9), (&u32::MAX, start), 1, false), Verdict::Refused);
        origins.sweep(at(10), Duration::from_millis(10));
        assert_eq!(origins.len(), ORIGINS_MAX / 2);
        assert_eq!(origins.see(at(10), (&u32::MAX, start), 1, false), Verdict::New);
    }

    #[test]
    fn members_have_places_that_strangers_cannot_take() {
        let mut origins = Origins::new();
        let start = StartId::new(1);
        let mut see =
            |origin: usize, is_member| origins.see(Instant::ZERO, (&origin, start), 1, is_member);
        for stranger in 0..ORIGINS_MAX {
            see(stranger, false);
        }
        for member in ORIGINS_MAX..2 * ORIGINS_MAX {
            assert_eq!(see(member, false), Verdict::Refused);
            assert_eq!(see(member, true), Verdict::New);
            assert_eq!(see(member, true), Verdict::Known);
        }
        assert_eq!(see(usize::MAX, true), Verdict::Refused);
    }
}
