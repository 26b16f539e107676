//! How sure a figure is: bootstrap intervals (Efron 1979, the percentile method).

use super::quantile::{quantile, sorted};
use crate::dice::Dice;

/// How often the sample is drawn anew. The ends of a 95 % interval then lie on the 25th value from
/// either side.
const DRAWS: usize = 1_000;

/// The interval that holds `statistic` with probability `level`, 0 to 1, judged by samples drawn
/// anew from `sample`. `None` for fewer than two.
pub fn interval<T>(
    sample: &[T],
    level: f64,
    seed: u64,
    mut statistic: impl FnMut(&[&T]) -> f64,
) -> Option<(f64, f64)> {
    if sample.len() < 2 {
        return None;
    }
    let mut dice = Dice::new(seed);
    let mut draw = || {
        let drawn: Vec<&T> = sample.iter().map(|_| &sample[dice.below(sample.len())]).collect();
        statistic(&drawn)
    };
    let found = sorted((0..DRAWS).map(|_| draw()).collect());
    let tail = (1.0 - level) / 2.0;
    Some((quantile(&found, tail)?, quantile(&found, 1.0 - tail)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mean(of: &[&f64]) -> f64 {
        of.iter().copied().sum::<f64>() / of.len() as f64
    }

    /// Of 400 numbers from 0 to 1 the mean has a standard error of 0.0144.
    #[test]
    fn the_interval_of_a_mean_is_as_wide_as_the_normal_one() {
        let mut dice = Dice::new(5);
        let sample: Vec<f64> = (0..400).map(|_| dice.unit()).collect();
        let (low, high) = interval(&sample, 0.95, 1, mean).unwrap();
        let width = high - low;
        assert!((0.050..0.063).contains(&width), "{width}");
        assert!(low < 0.5 && 0.5 < high, "{low} to {high}");
        assert_eq!(interval(&sample, 0.95, 1, mean), Some((low, high)), "one seed, one interval");
    }

    #[test]
    fn one_sample_says_nothing() {
        assert_eq!(interval(&[1.0], 0.95, 1, mean), None);
        assert_eq!(interval(&[1.0, 1.0], 0.95, 1, mean), Some((1.0, 1.0)));
    }
}
