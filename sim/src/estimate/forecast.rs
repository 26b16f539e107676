//! What formulas say about a cluster.

use memberlist_core::config::Config;

/// Formulas of SWIM, Lifeguard and epidemic dissemination for one cluster. Times in seconds. They
/// are models: losses are independent of each other, nodes never stand still.
#[derive(Clone, Copy, Debug)]
pub struct Forecast<'a> {
    n: f64,
    /// The part of the packets that arrive.
    q: f64,
    config: &'a Config,
}

/// How long TCP waits before it tries to connect again, and before it sends data again; each is
/// doubled each time.
const CONNECT_AGAIN: f64 = 1.0;
const SEND_AGAIN: f64 = 0.2;

/// What the random push of news takes beyond the two phases of growth, in rounds (from a Monte
/// Carlo of 128 to 100,000 members).
const EXTRA_ROUNDS: f64 = 0.9;

impl<'a> Forecast<'a> {
    /// `nodes` of which each packet is lost with probability `loss`.
    pub fn new(nodes: u32, loss: f64, config: &'a Config) -> Self {
        Self { n: f64::from(nodes.max(2)), q: 1.0 - loss, config }
    }

    /// The probability that a probe of a healthy member fails: no direct ack, none by a helper,
    /// none over a stream.
    pub fn probe_failure(&self) -> f64 {
        let q2 = self.q * self.q;
        let helpers = (self.config.indirect_checks as f64).min((self.n - 2.0).max(0.0));
        let helped = (1.0 - q2 * q2).powf(helpers);
        (1.0 - q2) * helped * (1.0 - self.stream_answer())
    }

    /// The probability that a ping over a stream is answered in what is left of the probe interval.
    fn stream_answer(&self) -> f64 {
        if self.config.disable_reliable_pings {
            return 0.0;
        }
        let left = (self.config.probe_interval - self.config.probe_timeout).as_secs_f64();
        let q2 = self.q * self.q;
        let within = |first| 1.0 - (1.0 - q2).powi(tries(first, left));
        within(CONNECT_AGAIN) * within(SEND_AGAIN)
    }

    /// False suspicions that each node begins in an hour.
    pub fn suspicions_per_node_hour(&self) -> f64 {
        3_600.0 / self.config.probe_interval.as_secs_f64() * self.probe_failure()
    }

    /// Members that no copy of an update reaches, in the mean.
    pub fn missed(&self) -> f64 {
        self.n * (-self.q * self.copies()).exp()
    }

    /// Pairs of which one does not know the other after all have joined, until the next full
    /// exchange: each joins with one update.
    pub fn missed_joins(&self) -> f64 {
        self.n * self.missed()
    }

    /// False deaths, each observer counted, for each false suspicion: a member that holds it misses
    /// every copy of the refutation.
    pub fn deaths_per_suspicion(&self) -> f64 {
        self.missed()
    }

    /// False deaths in the cluster in a day, each observer counted.
    pub fn deaths_per_day(&self) -> f64 {
        24.0 * self.n * self.suspicions_per_node_hour() * self.deaths_per_suspicion()
    }

    /// How often each node sends an update; so many copies land on each node in the mean.
    pub fn copies(&self) -> f64 {
        f64::from(self.config.retransmit_mult) * (self.n + 1.0).log10().ceil()
    }

    /// How long a suspicion lasts that many confirm.
    pub fn suspicion(&self) -> f64 {
        let scale = self.n.log10().max(1.0);
        f64::from(self.config.suspicion_mult) * scale * self.config.probe_interval.as_secs_f64()
    }

    /// Until everybody has heard an update that goes with gossip ticks: `log_(f+1) n + ln n / f`
    /// and a little, in rounds. Without gossip: SWIM's piggyback, `ln n` probe intervals.
    pub fn spread(&self) -> f64 {
        let (tick, fan) = (self.config.gossip_interval.as_secs_f64(), self.config.gossip_nodes);
        if tick == 0.0 || fan == 0 {
            return self.n.ln() * self.config.probe_interval.as_secs_f64();
        }
        let fan = (fan as f64).min(self.n - 1.0) * self.q;
        let rounds = self.n.ln() / (fan + 1.0).ln() + self.n.ln() / fan + EXTRA_ROUNDS;
        rounds * tick
    }

    /// The `q`-quantile of the time from a crash until everybody has declared it: until somebody
    /// pings the dead (all members together ping it at random, once an interval in the mean), the
    /// rest of the interval, the suspicion, and the news of it.
    pub fn detection(&self, q: f64) -> f64 {
        let interval = self.config.probe_interval.as_secs_f64();
        let pinged = -(1.0 - q).ln() * interval;
        pinged + interval + self.unconfirmed() + self.suspicion() + self.spread()
    }

    /// Small clusters have nobody to confirm a suspicion until others have pinged the dead.
    fn unconfirmed(&self) -> f64 {
        let expected = f64::from(match self.config.suspicion_confirmations {
            0 => self.config.suspicion_mult.saturating_sub(2),
            asked => asked,
        });
        let interval = self.config.probe_interval.as_secs_f64();
        let asked = expected > 0.0 && self.n >= expected + 2.0 && self.config.suspicion_scaling;
        if asked { (expected * interval - self.suspicion()).max(0.0) } else { 0.0 }
    }

    /// Bytes that a quiet node sends each second, with all heads: a ping and an ack for each probe
    /// interval, and its share of full exchanges.
    pub fn quiet_bytes(&self) -> f64 {
        let probes = (PING_BYTES + ACK_BYTES) / self.config.probe_interval.as_secs_f64();
        probes + self.exchanges_per_second() * (EXCHANGE_BYTES + 2.0 * self.n * STATE_BYTES)
    }

    /// Full exchanges that each node begins in a second.
    pub fn exchanges_per_second(&self) -> f64 {
        let between = self.config.push_pull_interval.as_secs_f64() * self.push_pull_scale();
        if between > 0.0 { 1.0 / between } else { 0.0 }
    }

    /// One up to 32 members, and one more each time that they double.
    fn push_pull_scale(&self) -> f64 {
        1.0 + (self.n / 32.0).log2().ceil().max(0.0)
    }
}

/// Bytes of what this library's own format says, with the heads of UDP, TCP and IP and names of
/// ten bytes: for choosing, not for reporting.
const PING_BYTES: f64 = 68.0;
const ACK_BYTES: f64 = 42.0;
const EXCHANGE_BYTES: f64 = 400.0;
const STATE_BYTES: f64 = 60.0;

/// How often something is tried within `left` when the first pause is `first`, each next twice as
/// long.
fn tries(first: f64, left: f64) -> i32 {
    let mut tries = 1;
    let (mut at, mut pause) = (first, first);
    while at < left && tries < 64 {
        tries += 1;
        pause *= 2.0;
        at += pause;
    }
    tries
}

#[cfg(test)]
mod tests {
    use memberlist_core::config::Options;

    use super::*;

    /// Probes that fail under loss, k = 3: without a stream ping `(1 - q^2) (1 - q^4)^3`, with one,
    /// whose bytes are sent twice in the 500 ms that are left, times `1 - q^2 (1 - (1 - q^2)^2)`.
    #[test]
    fn probes_fail_as_the_formula_says() {
        let with = Options::lan();
        let mut without = Options::lan();
        without.disable_reliable_pings = true;
        let (with, without) = (with.check().unwrap(), without.check().unwrap());
        for (loss, plain, stream) in [
            (0.01, 1.2e-6, 2.5e-08),
            (0.02, 1.9e-5, 7.6e-07),
            (0.05, 6.2e-4, 6.6e-05),
            (0.1, 7.7e-3, 1.7e-03),
            (0.3, 0.22, 1.4e-01),
        ] {
            let near = |found: f64, wanted: f64| (found / wanted - 1.0).abs() < 0.06;
            let found = Forecast::new(128, loss, &without).probe_failure();
            assert!(near(found, plain), "{loss}: {found}");
            let found = Forecast::new(128, loss, &with).probe_failure();
            assert!(near(found, stream), "{loss}: {found}");
        }
    }

    #[test]
    fn suspicions_kill_as_often_as_a_refutation_is_missed() {
        let config = Options::lan().check().unwrap();
        for (loss, deaths) in [(0.0, 8e-4), (0.1, 2.6e-3), (0.3, 2.9e-2)] {
            let found = Forecast::new(128, loss, &config).deaths_per_suspicion();
            assert!((found / deaths - 1.0).abs() < 0.05, "{loss}: {found}");
        }
    }

    /// Lifeguard's SWIM row without the spread: 0.693 + 1 + 10.535 s.
    #[test]
    fn detection_is_ping_verdict_and_suspicion() {
        let mut options = Options::lan();
        options.suspicion_mult = 5;
        let config = options.check().unwrap();
        let forecast = Forecast::new(128, 0.0, &config);
        let first = forecast.detection(0.5) - forecast.spread();
        assert!((first - 12.23).abs() < 0.01, "{first}");
        assert!((forecast.spread() - 1.19).abs() < 0.2, "{}", forecast.spread());
    }

    #[test]
    fn tries_are_ever_further_apart() {
        let found = [0.1, 0.5, 0.61, 1.5].map(|left| tries(0.2, left));
        assert_eq!(found, [1, 2, 3, 4]);
    }
}
