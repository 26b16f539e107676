//! The formulas, each written out. `n` is the number of members known in any state, this node
//! included, as in the Go library, so that mixed pools converge alike.

use core::time::Duration;

/// How often each update is sent: `mult * ceil(log10(n + 1))` (SWIM section 4.1: a multiple of log
/// n reaches everybody with high probability).
pub(super) fn retransmit_limit(mult: u32, n: usize) -> u32 {
    let mut digits = 0;
    let mut reach: u64 = 1;
    while reach < n as u64 + 1 {
        reach = reach.saturating_mul(10);
        digits += 1;
    }
    mult.saturating_mul(digits)
}

/// How long a suspect has at least: `mult * max(1, log10(n)) * interval`, the logarithm cut to
/// three decimals (Lifeguard section IV.B, `Min`).
pub(super) fn suspicion_min(mult: u32, n: usize, interval: Duration) -> Duration {
    let thousandths = (1000.0 * libm::log10(n.max(1) as f64).max(1.0)) as u128;
    let nanos = u128::from(mult) * thousandths * interval.as_nanos() / 1000;
    Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
}

/// How many independent confirmations bring a suspicion down to its least time: what is `asked`
/// for, or if that is 0 `mult - 2`, because the prober itself and the suspect do not count; 0 when
/// there are not so many others (Lifeguard section IV.B, `K`).
pub(super) fn expected_confirmations(asked: u32, mult: u32, n: usize) -> u32 {
    let expected = if asked > 0 { asked } else { mult.saturating_sub(2) };
    if n < expected as usize + 2 { 0 } else { expected }
}

/// By how much the time between full exchanges is stretched: 1 up to 32 members, and one more each
/// time the cluster doubles.
pub(super) fn push_pull_scale(n: usize) -> u32 {
    let mut scale = 1;
    let mut reach = 32;
    while reach < n {
        reach = reach.saturating_mul(2);
        scale += 1;
    }
    scale
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Go's tests, and more values of the same formula.
    #[test]
    fn retransmit_limits_are_those_of_go() {
        for (mult, n, limit) in
            [(3, 0, 0), (3, 1, 3), (3, 99, 6), (4, 9, 4), (4, 10, 8), (2, 10, 4), (4, 1000, 16)]
        {
            assert_eq!(retransmit_limit(mult, n), limit, "{mult} {n}");
        }
    }

    #[test]
    fn suspicion_times_are_those_of_go() {
        let second = Duration::from_secs(1);
        let per_three = [(5, 1000), (10, 1000), (50, 1698), (100, 2000), (500, 2698), (1000, 3000)];
        for (n, millis) in per_three {
            assert_eq!(suspicion_min(3, n, second), Duration::from_millis(3 * millis), "{n}");
        }
        assert_eq!(suspicion_min(4, 20, second), Duration::from_millis(5204));
        assert_eq!(suspicion_min(6, 50, 5 * second), Duration::from_millis(50_940));
        assert_eq!(suspicion_min(4, 10_000, second), Duration::from_secs(16));
        assert_eq!(suspicion_min(4, 0, second), Duration::from_secs(4));
    }

    #[test]
    fn confirmations_are_not_expected_from_rings_that_are_too_small() {
        for (mult, n, k) in
            [(4, 3, 0), (4, 4, 2), (6, 5, 0), (6, 6, 4), (3, 2, 0), (3, 3, 1), (1, 9, 0)]
        {
            assert_eq!(expected_confirmations(0, mult, n), k, "{mult} {n}");
        }
    }

    #[test]
    fn confirmations_that_are_asked_for_are_expected_whatever_the_factor() {
        for (asked, mult, n, k) in [(3, 2, 5, 3), (3, 2, 4, 0), (1, 6, 3, 1)] {
            assert_eq!(expected_confirmations(asked, mult, n), k, "{asked} {mult} {n}");
        }
    }

    #[test]
    fn full_exchanges_are_stretched_as_in_go() {
        for n in 0..=128 {
            let scale = if n <= 32 {
                1
            } else if n <= 64 {
                2
            } else {
                3
            };
            assert_eq!(push_pull_scale(n), scale, "{n}");
        }
        for (n, scale) in [(129, 4), (256, 4), (257, 5), (1024, 6), (10_000, 10)] {
            assert_eq!(push_pull_scale(n), scale, "{n}");
        }
    }
}
