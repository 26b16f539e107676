//! What trials have shown.

use crate::meter::{News, Tally};
use crate::report::{quantile, sorted};

/// How long something took each time, in seconds, and how often it did not happen at all.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Times {
    /// In ascending order.
    pub seconds: Vec<f64>,
    /// Times that it did not happen while the trial lasted.
    pub missed: usize,
}

impl Times {
    pub(super) fn add(&mut self, seconds: Option<f64>) {
        match seconds {
            Some(seconds) => self.seconds.push(seconds),
            None => self.missed += 1,
        }
    }

    fn merge(&mut self, other: Self) {
        let seconds = core::mem::take(&mut self.seconds);
        self.seconds = sorted(seconds.into_iter().chain(other.seconds).collect());
        self.missed += other.missed;
    }

    /// The `q`-quantile, where what did not happen is later than everything. `None` if it lies
    /// there.
    pub fn quantile(&self, q: f64) -> Option<f64> {
        let last = self.len().checked_sub(1)?;
        let place = q.clamp(0.0, 1.0) * last as f64;
        let needed = place.ceil() as usize;
        // Among those that did happen the same place is further up.
        let known = self.seconds.len().checked_sub(1)?;
        (needed <= known).then(|| quantile(&self.seconds, place / known.max(1) as f64))?
    }

    /// How many there are, those that did not happen included.
    pub fn len(&self) -> usize {
        self.seconds.len() + self.missed
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Traffic of all nodes together in one phase.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Phase {
    /// What was sent and received.
    pub tally: Tally,
    /// Nodes times seconds.
    pub node_seconds: f64,
}

impl Phase {
    fn merge(&mut self, other: Self) {
        self.tally += other.tally;
        self.node_seconds += other.node_seconds;
    }

    /// Bytes of datagrams that each node sends each second, with all heads.
    pub fn datagram_bytes(&self) -> f64 {
        self.tally.sent_bytes as f64 / self.node_seconds
    }

    /// Bytes that each node sends each second, with all heads.
    pub fn bytes(&self) -> f64 {
        self.tally.bytes_out() as f64 / self.node_seconds
    }

    /// Datagrams that each node sends each second.
    pub fn packets(&self) -> f64 {
        self.tally.sent as f64 / self.node_seconds
    }
}

/// What one or more trials have shown.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Measured {
    /// Trials.
    pub trials: usize,
    /// From the last join until all see all.
    pub joined: Times,
    /// From a crash until the first has declared it.
    pub first: Times,
    /// From a crash until all have.
    pub everywhere: Times,
    /// From an update until half, and all, have heard it.
    pub update_half: Times,
    /// The same, all.
    pub update_all: Times,
    /// From a broadcast until half have heard it.
    pub broadcast_half: Times,
    /// The same, all.
    pub broadcast_all: Times,
    /// Pairs of running nodes of which one did not know the other when the joins were over.
    pub unseen: u64,
    /// While they join.
    pub joining: Phase,
    /// While nothing happens.
    pub quiet: Phase,
    /// While updates and broadcasts go round.
    pub busy: Phase,
    /// While nodes crash.
    pub crashing: Phase,
    /// False suspicions after the joins.
    pub suspicions: usize,
    /// False deaths after the joins, each observer counted.
    pub false_deaths: usize,
    /// Nodes times seconds after the joins.
    pub node_seconds: f64,
}

impl Measured {
    /// Adds what other trials have shown.
    pub fn merge(&mut self, other: Self) {
        self.trials += other.trials;
        self.joined.merge(other.joined);
        self.first.merge(other.first);
        self.everywhere.merge(other.everywhere);
        self.update_half.merge(other.update_half);
        self.update_all.merge(other.update_all);
        self.broadcast_half.merge(other.broadcast_half);
        self.broadcast_all.merge(other.broadcast_all);
        self.unseen += other.unseen;
        self.joining.merge(other.joining);
        self.quiet.merge(other.quiet);
        self.busy.merge(other.busy);
        self.crashing.merge(other.crashing);
        self.suspicions += other.suspicions;
        self.false_deaths += other.false_deaths;
        self.node_seconds += other.node_seconds;
    }

    /// Bytes of one full exchange, both ways: the mean of those while nobody crashed. `None` if
    /// there was none.
    pub fn exchange_bytes(&self) -> Option<f64> {
        let (quiet, busy) = (self.quiet.tally, self.busy.tally);
        let streams = quiet.streams + busy.streams;
        let bytes = (quiet.stream_bytes + busy.stream_bytes) as f64;
        (streams > 0).then(|| bytes / streams as f64)
    }

    /// Bytes that each quiet node sends each second: its datagrams as they were measured, and its
    /// share of full exchanges. These are too rare to be seen in proportion, so that their bytes
    /// are the measured ones and their number is the planned one, `exchanges` each second.
    pub fn quiet_bytes(&self, exchanges: f64) -> f64 {
        self.quiet.datagram_bytes() + exchanges * self.exchange_bytes().unwrap_or(0.0)
    }

    /// Adds how pieces of news spread among `others`.
    pub(super) fn add_news(half: &mut Times, all: &mut Times, news: &[News], others: usize) {
        for one in news {
            half.add(one.seconds_to(others.div_ceil(2)));
            all.add(one.seconds_to(others));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_did_not_happen_is_later_than_everything() {
        let mut times = Times::default();
        [Some(1.0), Some(3.0), None].into_iter().for_each(|seconds| times.add(seconds));
        assert_eq!((times.quantile(0.5), times.quantile(0.99), times.len()), (Some(3.0), None, 3));
        assert_eq!((times.quantile(0.25), Times::default().quantile(0.5)), (Some(2.0), None));
        let more = Times { seconds: vec![2.0], missed: 0 };
        times.merge(more);
        assert_eq!(times.seconds, [1.0, 2.0, 3.0]);
    }
}
