//! How long a suspect has to refute (Lifeguard section IV.B, LHA-Suspicion).
//!
//! One accuser alone may be the one that is slow, so its word counts little: the suspect gets the
//! longest time. Each further, independent accuser makes it less likely that the suspect is only
//! unlucky, and the time shrinks, with the logarithm, down to the least:
//!
//! ```text
//! time(c) = max(Min, Max - (Max - Min) * ln(c + 1) / ln(K + 1))
//! ```

use core::time::Duration;

use smallvec::{SmallVec, smallvec};

use crate::time::Instant;

/// One suspicion. Remembers at most `K + 1` accusers.
#[derive(Clone, Debug)]
pub(super) struct Suspicion<I> {
    accusers: SmallVec<[I; 2]>,
    expected: u32,
    least: Duration,
    most: Duration,
    started: Instant,
}

impl<I: PartialEq + Clone> Suspicion<I> {
    /// Suspected by `from` at `now`. `expected` is K, `least` and `most` are Min and Max.
    pub(super) fn new(
        from: I,
        expected: u32,
        least: Duration,
        most: Duration,
        now: Instant,
    ) -> Self {
        Self { accusers: smallvec![from], expected, least, most, started: now }
    }

    /// Takes in one more accuser and says whether that is news: who has accused already and who
    /// comes after K others is not.
    pub(super) fn confirm(&mut self, from: &I) -> bool {
        if self.confirmations() >= self.expected || self.accusers.contains(from) {
            return false;
        }
        self.accusers.push(from.clone());
        true
    }

    /// When the suspect is to be declared dead if nothing else happens.
    pub(super) fn deadline(&self) -> Instant {
        self.started + self.timeout(self.confirmations())
    }

    /// Accusers beyond the first.
    pub(super) fn confirmations(&self) -> u32 {
        self.accusers.len() as u32 - 1
    }

    /// Confirmations that bring the time down to its least.
    pub(super) const fn expected(&self) -> u32 {
        self.expected
    }

    /// The time in which this node was not running, `absent` until `now`, does not count.
    pub(super) fn forgive(&mut self, now: Instant, absent: Duration) {
        self.started = self.started + absent.min(now - self.started);
    }

    /// Cut to whole milliseconds, as Go does.
    fn timeout(&self, confirmations: u32) -> Duration {
        if self.expected == 0 {
            return self.least;
        }
        let share =
            libm::log(f64::from(confirmations) + 1.0) / libm::log(f64::from(self.expected) + 1.0);
        let (least, most) = (self.least.as_secs_f64(), self.most.as_secs_f64());
        let millis = libm::floor(1000.0 * (most - share * (most - least)));
        Duration::from_millis(millis.max(0.0) as u64).max(self.least)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn suspicion(expected: u32, least: u64, most: u64) -> Suspicion<&'static str> {
        let millis = Duration::from_millis;
        Suspicion::new("first", expected, millis(least), millis(most), Instant::ZERO)
    }

    /// Go's tests, remaining time: there as what is left after some time, here as
    /// deadline.
    #[test]
    fn the_time_shrinks_with_each_confirmation() {
        let mut three = suspicion(3, 2_000, 30_000);
        for (from, millis) in [("a", 16_000), ("b", 7_810), ("c", 2_000)] {
            assert!(three.confirm(&from));
            assert_eq!(three.deadline(), Instant::from_millis(millis));
        }
        assert!(!three.confirm(&"d"), "the fourth is no news");
        assert_eq!(three.deadline(), Instant::from_millis(2_000));
    }

    #[test]
    fn presets_have_the_times_of_the_table() {
        let mut lan = suspicion(2, 4_000, 24_000);
        let mut wan = suspicion(4, 30_000, 180_000);
        assert_eq!(lan.deadline(), Instant::from_millis(24_000));
        for (from, lan_millis, wan_millis) in [
            ("a", 11_381, 115_398),
            ("b", 4_000, 77_609),
            ("c", 4_000, 50_797),
            ("d", 4_000, 30_000),
        ] {
            lan.confirm(&from);
            wan.confirm(&from);
            assert_eq!(lan.deadline(), Instant::from_millis(lan_millis));
            assert_eq!(wan.deadline(), Instant::from_millis(wan_millis));
        }
    }

    #[test]
    fn who_has_accused_already_does_not_confirm() {
        let mut one = suspicion(3, 500, 2_000);
        assert!(!one.confirm(&"first"));
        assert!(one.confirm(&"a"));
        assert!(!one.confirm(&"a"));
        assert_eq!(one.deadline(), Instant::from_millis(1_250));
    }

    #[test]
    fn without_expected_confirmations_the_least_time_holds() {
        let mut none = suspicion(0, 25, 30_000);
        assert!(!none.confirm(&"a"));
        assert_eq!(none.deadline(), Instant::from_millis(25));
    }
}
