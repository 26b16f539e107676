//! A broadcast is delivered at most once by each process, and in calm by all.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use memberlist_core::delegate::Plane;
use memberlist_core::engine::Notice;
use memberlist_core::time::Instant;

use super::agreement::present;
use super::bounds::spread_time;
use super::violation::Findings;
use super::{Oracle, Scene};
use crate::HostNo;
use crate::observe::Seen;

/// What was broadcast, and where it has arrived.
#[derive(Default)]
pub(super) struct Delivery {
    sent: BTreeSet<Bytes>,
    arrived: BTreeSet<(HostNo, u32, Bytes)>,
    /// By when all must have it, and who has sent it.
    due: BTreeMap<Bytes, (Instant, HostNo)>,
}

/// To so many others a node sends its own messages itself (docs/protocol.md).
const OWN_REACH: usize = 64;

impl Delivery {
    fn look(&mut self, scene: &Scene<'_>, found: &mut Findings<'_>) {
        let now = scene.view.now;
        let is_due = |(_, (due, _)): &(&Bytes, &(Instant, HostNo))| *due <= now;
        let Some((payload, (_, from))) = self.due.iter().find(is_due) else { return };
        let (payload, from) = (payload.clone(), *from);
        self.due.remove(&payload);
        for host in present(scene).filter(|host| host.no() != from) {
            if !self.arrived.contains(&(host.no(), host.starts(), payload.clone())) {
                found.add(host.no(), || format!("the broadcast of host {from} is missing"));
            }
        }
    }

    fn arrive(
        &mut self,
        scene: &Scene<'_>,
        host: HostNo,
        payload: &Bytes,
        found: &mut Findings<'_>,
    ) {
        if !self.sent.contains(payload) {
            found.add(host, || "a broadcast that nobody sent".to_owned());
        }
        let starts = scene.view.hosts[host as usize].starts();
        if !self.arrived.insert((host, starts, payload.clone())) {
            found.add(host, || "a broadcast was delivered twice".to_owned());
        }
    }
}

impl Oracle for Delivery {
    fn name(&self) -> &'static str {
        "delivery"
    }

    fn see(&mut self, scene: &Scene<'_>, seen: &Seen<'_>, found: &mut Findings<'_>) {
        self.look(scene, found);
        match seen {
            Seen::Broadcast { host, payload, .. } => {
                let payload = Bytes::copy_from_slice(payload);
                let calm = scene.facts.calm.is_some_and(|calm| scene.view.now >= calm.settled);
                let (config, n) = (&scene.facts.config, scene.facts.members_max);
                // Beyond its own reach gossip alone may miss somebody, and no exchange brings it.
                let reaches_all = n <= OWN_REACH + 1;
                if calm && reaches_all && present(scene).any(|one| one.no() == *host) {
                    let due = scene.view.now + spread_time(config, n) + 20 * scene.facts.passage;
                    self.due.insert(payload.clone(), (due, *host));
                }
                self.sent.insert(payload);
            }
            Seen::Told { host, notice: Notice::Message(message) }
                if message.plane == Plane::Broadcast =>
            {
                self.arrive(scene, *host, &message.payload, found);
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use memberlist_core::delegate::UserMessage;
    use memberlist_core::swim::Token;

    use super::super::stage::Stage;
    use super::*;

    #[test]
    fn a_broadcast_that_is_doubled_made_up_or_missing_is_found() {
        let mut stage = Stage::of_three(5);
        let mut oracle = Delivery::default();
        let payload = Bytes::from_static(b"hello");
        let message = UserMessage {
            payload: payload.clone(),
            sender: None,
            address: None,
            plane: Plane::Broadcast,
        };
        let notice = Notice::Message(message);
        let told = Seen::Told { host: 1, notice: &notice };
        assert_eq!(stage.shows(&mut oracle, &told).len(), 1, "made up");
        let token = Token(1);
        let sent = Seen::Broadcast { host: 0, token, payload: &payload };
        assert!(stage.shows(&mut oracle, &sent).is_empty());
        assert_eq!(stage.shows(&mut oracle, &told).len(), 1, "doubled");
        stage.wait(20_000);
        assert_eq!(stage.shows(&mut oracle, &Seen::Stepped(0)).len(), 1, "missing at host 2");
    }
}
