//! A round trip is measured from a ping to its own answer, and told for the member that was pinged.

use core::time::Duration;
use std::collections::BTreeMap;

use memberlist_core::engine::Notice;
use memberlist_core::swim::Event;
use memberlist_core::time::Instant;
use memberlist_core::wire::Message;

use super::violation::Findings;
use super::{Oracle, Scene};
use crate::observe::Seen;
use crate::{HostNo, Id};

/// The pings and the answers of this step.
#[derive(Default)]
pub(super) struct Measured {
    /// The pings from one to another by number, until they are answered, and when they were sent.
    pinged: BTreeMap<(HostNo, Id, u32), Instant>,
    acks: Vec<(HostNo, u32)>,
}

/// No probe lasts longer in these runs.
const WELL: Duration = Duration::from_secs(60);

impl Measured {
    fn judge(
        &self,
        scene: &Scene<'_>,
        host: HostNo,
        id: &Id,
        told: Duration,
        found: &mut Findings<'_>,
    ) {
        let heard = self.acks.iter().filter(|(of, _)| *of == host);
        let sent = heard.filter_map(|(_, seq)| self.pinged.get(&(host, id.clone(), *seq))).next();
        let Some(sent) = sent else {
            return found.add(host, || format!("{id} has answered no ping"));
        };
        let passed = scene.view.hosts[host as usize].clock().read(scene.view.now).since(*sent);
        // Less, if the host was not running in between: that time does not count. What it sends
        // late because it was held began before.
        let is_well = scene.memory.of(host).is_well_for(WELL, scene.view.now);
        if is_well && told > passed {
            found.add(host, || format!("{id} has answered after {passed:?}, told as {told:?}"));
        }
    }
}

impl Oracle for Measured {
    fn name(&self) -> &'static str {
        "measured"
    }

    fn see(&mut self, scene: &Scene<'_>, seen: &Seen<'_>, found: &mut Findings<'_>) {
        match seen {
            Seen::Started(host) => self.pinged.retain(|(of, ..), _| of != host),
            Seen::Sent { host, .. } => {
                let now = scene.view.hosts[*host as usize].clock().read(scene.view.now);
                if let Some(Message::Ping(ping)) = scene.messages.first()
                    && let Some(target) = &ping.target
                {
                    self.pinged.insert((*host, target.clone(), ping.seq.get()), now);
                }
            }
            Seen::Received { host, .. } => {
                for message in scene.messages {
                    if let Message::Ack(ack) = message {
                        self.acks.push((*host, ack.seq.get()));
                    }
                }
            }
            Seen::Told {
                host,
                notice: Notice::Machine(Event::Pinged { member, round_trip, .. }),
            } => {
                self.judge(scene, *host, member.id(), *round_trip, found);
            }
            Seen::Stepped(host) if !self.acks.is_empty() => {
                for (_, seq) in self.acks.extract_if(.., |(of, _)| of == host) {
                    self.pinged.retain(|(of, _, number), _| of != host || *number != seq);
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use memberlist_core::types::SequenceNumber;
    use memberlist_core::wire::{Ack, Ping};

    use super::super::stage::Stage;
    use super::*;

    #[test]
    fn an_answer_to_another_ping_is_found() {
        let mut stage = Stage::new();
        let [member, ..] = stage.records();
        let (target, address) = (Some(member.id().clone()), stage.address(1));
        let seq = SequenceNumber::new;
        let ping = [Message::Ping(Ping { seq: seq(5), target, source: None, reply_to: None })];
        let ack = |number| [Message::Ack(Ack { seq: seq(number), payload: (&[][..]).into() })];
        let sent = Seen::Sent { host: 0, to: address, bytes: &[] };
        let received = Seen::Received { host: 0, from: address, bytes: &[] };
        let (round_trip, payload) = (Duration::ZERO, Bytes::new());
        let notice = Notice::Machine(Event::Pinged { member, round_trip, payload });
        let told = Seen::Told { host: 0, notice: &notice };
        let mut oracle = Measured::default();
        assert_eq!(stage.shows(&mut oracle, &told).len(), 1, "never pinged");
        stage.says(&mut oracle, &sent, &ping);
        stage.says(&mut oracle, &received, &ack(4));
        assert_eq!(stage.shows(&mut oracle, &told).len(), 1);
        stage.says(&mut oracle, &received, &ack(5));
        assert_eq!(stage.shows(&mut oracle, &told).len(), 0);
    }
}
