//! A host's own clock: it may run fast or slow, and jump ahead.

use core::time::Duration;

use memberlist_core::time::Instant;

/// Maps the world's time to one host's. A monotonic clock, so it never goes back; it jumps when a
/// virtual machine was suspended.
#[derive(Clone, Copy, Debug, Default)]
pub struct Clock {
    world: u64,
    local: u64,
    /// Parts per million that it runs too fast; at least -500,000.
    drift: i64,
}

const MILLION: i128 = 1_000_000;

impl Clock {
    /// What the clock shows.
    pub fn read(&self, world: Instant) -> Instant {
        let passed = i128::from(world.as_nanos().saturating_sub(self.world));
        let shown = passed * (MILLION + i128::from(self.drift)) / MILLION;
        Instant::from_nanos(self.local.saturating_add(u64::try_from(shown).unwrap_or(u64::MAX)))
    }

    /// The first moment of the world at which the clock shows at least `local`.
    pub fn when(&self, local: Instant) -> Instant {
        let left = i128::from(local.as_nanos().saturating_sub(self.local));
        if self.drift == 0 {
            return Instant::from_nanos(self.world.saturating_add(left as u64));
        }
        let rate = MILLION + i128::from(self.drift);
        let wait = u64::try_from((left * MILLION + rate - 1) / rate).unwrap_or(u64::MAX);
        Instant::from_nanos(self.world.saturating_add(wait))
    }

    /// From `world` on it is `by` further ahead.
    pub fn jump(&mut self, world: Instant, by: Duration) {
        let shown = self.read(world) + by;
        *self = Self { world: world.as_nanos(), local: shown.as_nanos(), drift: self.drift };
    }

    /// From `world` on it runs `ppm` parts per million too fast, or too slow if negative.
    pub fn set_drift(&mut self, world: Instant, ppm: i64) {
        let shown = self.read(world).as_nanos();
        *self = Self { world: world.as_nanos(), local: shown, drift: ppm.max(-500_000) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_true_clock_shows_the_time() {
        let (clock, now) = (Clock::default(), Instant::from_millis(1_234));
        assert_eq!((clock.read(now), clock.when(now)), (now, now));
    }

    #[test]
    fn when_is_the_first_moment_that_shows_it() {
        for ppm in [-400_000, -7, 3, 250_000] {
            let mut clock = Clock::default();
            clock.set_drift(Instant::from_millis(10), ppm);
            clock.jump(Instant::from_millis(20), Duration::from_secs(3));
            for local in (3_030..3_200).map(Instant::from_millis) {
                let at = clock.when(local);
                assert!(clock.read(at) >= local, "{ppm}");
                assert!(clock.read(Instant::from_nanos(at.as_nanos() - 1)) < local, "{ppm}");
            }
        }
    }
}
