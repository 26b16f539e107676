//! The protocol's formulas once more, written for the oracles alone.

use core::time::Duration;

use memberlist_core::config::Config;

/// Lifeguard's `Min`: `mult * log10(n) * interval`, the logarithm at least 1.
pub(super) fn suspicion_min(config: &Config, n: usize) -> Duration {
    let digits = libm::log10(n as f64).max(1.0);
    config.probe_interval.mul_f64(f64::from(config.suspicion_mult) * digits)
}

/// Lifeguard's `Max`.
pub(super) fn suspicion_max(config: &Config, n: usize) -> Duration {
    let scaled = config.suspicion_scaling && confirmations(config, n) > 0;
    let times = if scaled { config.suspicion_max_timeout_mult } else { 1 };
    suspicion_min(config, n) * times
}

/// Lifeguard's `K`: what is asked for, else two less than the multiplier; none where there are not
/// so many others.
pub(super) fn confirmations(config: &Config, n: usize) -> u32 {
    let k = match config.suspicion_confirmations {
        0 => config.suspicion_mult.saturating_sub(2),
        asked => asked,
    };
    if config.suspicion_scaling && n >= k as usize + 2 { k } else { 0 }
}

/// How long a suspicion with so many confirmations lasts.
pub(super) fn suspicion_time(config: &Config, n: usize, confirmed: u32) -> Duration {
    let (k, min, max) =
        (confirmations(config, n), suspicion_min(config, n), suspicion_max(config, n));
    if k == 0 {
        return min;
    }
    let share = libm::log(f64::from(confirmed.min(k)) + 1.0) / libm::log(f64::from(k) + 1.0);
    min + (max - min).mul_f64(1.0 - share)
}

/// How often an item is sent: `mult * ceil(log10(n + 1))`.
pub(super) fn retransmits(config: &Config, n: usize) -> u32 {
    config.retransmit_mult * libm::ceil(libm::log10(n as f64 + 1.0)) as u32
}

/// Within so much time an update is everywhere: three times what random push needs in the mean, and
/// some for the phase of the ticks. Up to 65 members its owner sees to it itself; of more, chance
/// leaves out some, and two full exchanges bring it to them.
pub(super) fn spread_time(config: &Config, members: usize) -> Duration {
    let fan_out = config.gossip_nodes as f64;
    let n = members as f64;
    let rounds = libm::log(n) / libm::log(fan_out + 1.0) + libm::log(n) / fan_out + 1.0;
    let own = n.min(65.0) / fan_out;
    let gossip = config.gossip_interval.mul_f64((3.0 * rounds).max(own) + 5.0);
    if members <= 65 { gossip } else { gossip + 2 * exchange_interval(config, members) }
}

/// The time between full exchanges: stretched by one each time the cluster doubles beyond 32.
pub(super) fn exchange_interval(config: &Config, members: usize) -> Duration {
    let doublings = libm::ceil(libm::log2(members.max(32) as f64 / 32.0));
    config.push_pull_interval.mul_f64(1.0 + doublings)
}

#[cfg(test)]
mod tests {
    use memberlist_core::config::Options;

    use super::*;

    /// The figures of Lifeguard's paper for 128 members: 10.54 s and 63.2 s.
    #[test]
    fn the_papers_figures_come_out() {
        let mut options = Options::lan();
        options.suspicion_mult = 5;
        let config = options.check().unwrap();
        assert_eq!(suspicion_min(&config, 128).as_millis(), 10_536);
        assert_eq!(suspicion_max(&config, 128).as_millis(), 63_216);
        assert_eq!(confirmations(&config, 128), 3);
        assert_eq!(suspicion_time(&config, 128, 3), suspicion_min(&config, 128));
        assert_eq!(retransmits(&config, 128), 12);
        assert_eq!((retransmits(&config, 9), retransmits(&config, 10)), (4, 8));
    }
}
