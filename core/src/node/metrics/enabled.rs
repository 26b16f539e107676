//! Series with the Go library's names (armon or hashicorp go-metrics, dots between the parts),
//! through the `metrics` facade. Those of its series that need more than the driver sees are left
//! out: `probeNode`, `gossip`, `degraded.*`, `size.remote` and `queue.broadcasts`, all of which the
//! node's `stats` tell in another form.

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
