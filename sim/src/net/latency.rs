//! How long a packet takes.

use core::time::Duration;

use crate::dice::Dice;

/// A distribution of one-way delays.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Latency {
    /// Always the same.
    Fixed(Duration),
    /// Anything from `low` to below `high`, each equally likely.
    Uniform {
        /// The least.
        low: Duration,
        /// The most.
        high: Duration,
    },
    /// At least `least`, and beyond it exponential with this mean, cut at ten times the mean: long
    /// ways with a tail.
    Tail {
        /// The least.
        least: Duration,
        /// The mean of what comes on top.
        mean: Duration,
    },
}

impl Latency {
    /// One delay.
    pub fn draw(&self, dice: &mut Dice) -> Duration {
        match *self {
            Self::Fixed(delay) => delay,
            Self::Uniform { low, high } => dice.time(low, high),
            Self::Tail { least, mean } => {
                let times = -libm::log(1.0 - dice.unit());
                least + mean.mul_f64(times.min(10.0))
            }
        }
    }

    /// The longest that is possible.
    pub fn most(&self) -> Duration {
        match *self {
            Self::Fixed(delay) => delay,
            Self::Uniform { high, .. } => high,
            Self::Tail { least, mean } => least + mean * 10,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn delays_have_their_mean_and_their_bounds() {
        let mut dice = Dice::new(3);
        for (latency, mean) in [
            (Latency::Fixed(4 * MS), 4.0),
            (Latency::Uniform { low: 2 * MS, high: 6 * MS }, 4.0),
            (Latency::Tail { least: MS, mean: 3 * MS }, 4.0),
        ] {
            let draws: Vec<_> = (0..20_000).map(|_| latency.draw(&mut dice)).collect();
            assert!(draws.iter().all(|&delay| delay <= latency.most()));
            let sum: Duration = draws.iter().sum();
            let found = sum.as_secs_f64() * 1e3 / 20_000.0;
            assert!((found - mean).abs() < 0.1, "{latency:?}: {found}");
        }
    }
}
