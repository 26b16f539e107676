//! Series with the Go library's names (armon or hashicorp go-metrics, dots between the parts),
//! through the `metrics` facade. Left out are `probeNode` and `gossip`, which measure how long Go's
//! blocking loops take, and `size.remote`, which is of encrypted streams.

use std::sync::Arc;
use std::time::Instant;

use ::metrics::{counter, gauge, histogram};

use crate::types::{Member, State};

pub(in super::super) fn stream_accepted() {
    counter!("memberlist.tcp.accept").increment(1);
}

pub(in super::super) fn stream_connected() {
    counter!("memberlist.tcp.connect").increment(1);
}

pub(in super::super) fn stream_sent(bytes: usize) {
    counter!("memberlist.tcp.sent").increment(bytes as u64);
}

pub(in super::super) fn datagram_sent(bytes: usize) {
    counter!("memberlist.udp.sent").increment(bytes as u64);
}

pub(in super::super) fn datagram_received(bytes: usize) {
    counter!("memberlist.udp.received").increment(bytes as u64);
}

pub(in super::super) fn health(score: u32) {
    gauge!("memberlist.health.score").set(f64::from(score));
}

/// Probes and suspicions that this node's own state has spoiled.
const DEGRADED: [(&str, &str); 2] = [
    ("degraded_probe", "memberlist.degraded.probe"),
    ("degraded_timeout", "memberlist.degraded.timeout"),
];

/// What has come to the machine's counters since they were read, in the order of [`DEGRADED`].
pub(in super::super) struct Counted([u64; DEGRADED.len()]);

/// What has come to the machine's counters since they were read `before`.
pub(in super::super) fn counted(
    before: &[(&'static str, u64)],
    now: impl Iterator<Item = (&'static str, u64)>,
) -> Counted {
    let now: Vec<_> = now.collect();
    let value = |stats: &[(&'static str, u64)], name| {
        stats.iter().find(|(known, _)| *known == name).map_or(0, |(_, value)| *value)
    };
    Counted(DEGRADED.map(|(name, _)| value(&now, name).saturating_sub(value(before, name))))
}

impl Counted {
    pub(in super::super) fn record(self) {
        for ((_, series), more) in DEGRADED.into_iter().zip(self.0) {
            if more > 0 {
                counter!(series).increment(more);
            }
        }
    }
}

/// How much gossip waits, each time the local state is sent.
pub(in super::super) fn queued(stats: impl Iterator<Item = (&'static str, u64)>) {
    let waiting = stats.filter(|(name, _)| name.starts_with("queue_"));
    histogram!("memberlist.queue.broadcasts").record(waiting.map(|(_, n)| n).sum::<u64>() as f64);
}

/// How many members there are in each state, each time the local state is sent, as in the Go
/// library.
pub(in super::super) fn local_state<I, A>(members: &[Arc<Member<I, A>>]) {
    for state in [State::Alive, State::Suspect, State::Dead, State::Left] {
        let count = members.iter().filter(|member| member.state() == state).count();
        gauge!("memberlist.node.instances", "node_state" => state.to_string()).set(count as f64);
    }
}

/// Claims that were believed.
pub(in super::super) fn member_changed<I, A>(
    old: Option<&Member<I, A>>,
    new: Option<&Member<I, A>>,
) {
    let Some(new) = new else { return };
    let same_state = old.is_some_and(|old| old.state() == new.state());
    if same_state && old.is_some_and(|old| old.incarnation() == new.incarnation()) {
        return;
    }
    match new.state() {
        State::Alive => counter!("memberlist.msg.alive").increment(1),
        State::Suspect => counter!("memberlist.msg.suspect").increment(1),
        State::Dead | State::Left => counter!("memberlist.msg.dead").increment(1),
    }
}

/// How long a full exchange takes.
pub(in super::super) struct Timer(Instant);

impl Timer {
    pub(in super::super) fn start() -> Self {
        Self(Instant::now())
    }

    /// In milliseconds, as in the Go library.
    pub(in super::super) fn push_pull_ended(self) {
        let millis = self.0.elapsed().as_secs_f64() * 1e3;
        histogram!("memberlist.pushPullNode").record(millis);
    }
}
