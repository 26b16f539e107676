//! Quantiles and means of samples.

/// The samples in their order, ready for [`quantile`]. What is no number goes last.
pub fn sorted(mut samples: Vec<f64>) -> Vec<f64> {
    samples.sort_by(f64::total_cmp);
    samples
}

/// The `q`-quantile, 0 to 1, of samples in their order, with linear interpolation between the two
/// nearest (type 7 of Hyndman and Fan 1996, the usual one). `None` without samples.
pub fn quantile(sorted: &[f64], q: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    let place = q.clamp(0.0, 1.0) * last as f64;
    let below = place as usize;
    let (low, high) = (sorted[below], sorted[(below + 1).min(last)]);
    Some(low + (high - low) * (place - below as f64))
}

/// The mean. `None` without samples.
pub fn mean(samples: &[f64]) -> Option<f64> {
    (!samples.is_empty()).then(|| samples.iter().sum::<f64>() / samples.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_lie_between_the_nearest_samples() {
        let samples = sorted(vec![40.0, 10.0, 30.0, 20.0]);
        for (q, expected) in [(0.0, 10.0), (0.5, 25.0), (0.9, 37.0), (1.0, 40.0), (7.0, 40.0)] {
            assert_eq!(quantile(&samples, q), Some(expected), "{q}");
        }
        assert_eq!(quantile(&[3.0], 0.99), Some(3.0));
        assert_eq!((quantile(&[], 0.5), mean(&[]), mean(&samples)), (None, None, Some(25.0)));
    }
}
