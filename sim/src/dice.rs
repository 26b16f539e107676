//! Chance from a seed, with what a simulator draws.

use core::time::Duration;

use memberlist_core::swim::Rng;

/// The machine's own generator, so that a trace is the same on every machine.
#[derive(Clone, Debug)]
pub struct Dice(Rng);

impl Dice {
    /// The generator that belongs to `seed`.
    pub fn new(seed: u64) -> Self {
        Self(Rng::new(seed))
    }

    /// A generator of its own for one `purpose`, so that more draws of one do not change another.
    pub fn fork(&mut self, purpose: u64) -> Self {
        Self::new(self.0.next_u64() ^ purpose.wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    /// 64 random bits.
    pub fn bits(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// A number from 0 to below `n`, each equally likely; 0 for `n == 0`.
    pub fn below(&mut self, n: usize) -> usize {
        self.0.below(n)
    }

    /// A number from `low` to `high`, both included.
    pub fn between(&mut self, low: usize, high: usize) -> usize {
        low + self.below(high.saturating_sub(low) + 1)
    }

    /// A time from `low` to below `high`.
    pub fn time(&mut self, low: Duration, high: Duration) -> Duration {
        low + self.0.within(high.saturating_sub(low))
    }

    /// A number from 0 to below 1, in 53 bits.
    pub fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// True with probability `p`. Draws nothing when that is certain.
    pub fn chance(&mut self, p: f64) -> bool {
        p > 0.0 && (p >= 1.0 || self.unit() < p)
    }

    /// One of `items`; `None` if there are none.
    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> Option<&'a T> {
        if items.is_empty() { None } else { items.get(self.below(items.len())) }
    }

    /// `k` different numbers below `n`, in random order; all of them if there are not so many.
    pub fn sample(&mut self, n: usize, k: usize) -> Vec<usize> {
        let mut all: Vec<usize> = (0..n).collect();
        self.0.shuffle(&mut all);
        all.truncate(k);
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_certain_draws_nothing() {
        let (mut one, mut other) = (Dice::new(7), Dice::new(7));
        assert!(!one.chance(0.0) && one.chance(1.0));
        assert_eq!(one.bits(), other.bits());
    }

    #[test]
    fn draws_stay_in_their_bounds() {
        let mut dice = Dice::new(1);
        for _ in 0..1_000 {
            assert!((3..=5).contains(&dice.between(3, 5)));
            assert!((0.0..1.0).contains(&dice.unit()));
            let time = dice.time(Duration::from_millis(1), Duration::from_millis(2));
            assert!((Duration::from_millis(1)..Duration::from_millis(2)).contains(&time));
        }
        let hits = (0..10_000).filter(|_| dice.chance(0.3)).count();
        assert!((2_800..3_200).contains(&hits), "{hits}");
        let mut all = dice.sample(5, 9);
        all.sort_unstable();
        assert_eq!(all, [0, 1, 2, 3, 4]);
    }
}
