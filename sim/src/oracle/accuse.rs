//! Nobody accuses in its own name but after a probe of its own that was not answered (SWIM section
//! 3.1), or when a full exchange made the member a suspect.
//!
//! What a full exchange says of a suspect, and what was heard of it, is nobody's own word.

use std::collections::{BTreeMap, BTreeSet};

use memberlist_core::engine::Notice;
use memberlist_core::swim::Event;
use memberlist_core::time::Instant;
use memberlist_core::types::State;
use memberlist_core::wire::{Accusation, Message};

use super::violation::Findings;
use super::{Oracle, Scene};
use crate::observe::Seen;
use crate::{Addr, HostNo, Id};

/// Who may accuse whom.
#[derive(Default)]
pub(super) struct Accuse {
    /// The pings from one to another that were not answered, by number, and when they were sent.
    pinged: BTreeMap<(HostNo, Id, u32), Instant>,
    /// Who has accused whom at which incarnation: it may say so again.
    accused: BTreeSet<(HostNo, Id, u32)>,
}

impl Accuse {
    fn forget(&mut self, host: HostNo) {
        self.pinged.retain(|(of, ..), _| *of != host);
        self.accused.retain(|(of, ..)| *of != host);
    }

    /// An answer in time: a later one does not undo the failure. And what it said in an earlier
    /// life comes back to it, and is passed on.
    fn hear(&mut self, scene: &Scene<'_>, host: HostNo) {
        let now = scene.view.hosts[host as usize].clock().read(scene.view.now);
        let interval = scene.facts.config.probe_interval;
        let own = scene.view.hosts[host as usize].id();
        for message in scene.messages {
            if let Message::Suspect(suspect) = message
                && suspect.from == *own
            {
                let number = suspect.incarnation.get();
                self.accused.insert((host, suspect.node.clone(), number));
            }
            if let Message::Ack(ack) = message {
                self.pinged.retain(|(of, _, seq), sent| {
                    *of != host || *seq != ack.seq.get() || now.since(*sent) >= interval
                });
            }
        }
    }

    fn send(&mut self, scene: &Scene<'_>, host: HostNo, to: &Addr, found: &mut Findings<'_>) {
        let own = scene.view.hosts[host as usize].id();
        let now = scene.view.hosts[host as usize].clock().read(scene.view.now);
        for message in scene.messages {
            match message {
                Message::Ping(ping) => {
                    if let Some(target) = &ping.target {
                        self.pinged.insert((host, target.clone(), ping.seq.get()), now);
                    }
                }
                Message::Suspect(suspect) if suspect.from == *own => {
                    self.check(scene, host, to, suspect, found);
                }
                _ => {}
            }
        }
    }

    fn check(
        &mut self,
        scene: &Scene<'_>,
        host: HostNo,
        to: &Addr,
        suspect: &Accusation<Id>,
        found: &mut Findings<'_>,
    ) {
        let id = &suspect.node;
        let belief = scene.memory.belief(host, id);
        // The accused itself is told what is held against it by whoever has to do with it.
        if belief.is_some_and(|belief| belief.address() == to) {
            return;
        }
        let number = suspect.incarnation;
        let claim = (host, id.clone(), number.get());
        if self.accused.contains(&claim) {
            return;
        }
        let is_known =
            belief.is_some_and(|it| it.state() == State::Suspect && it.incarnation() == number);
        let all = (host, id.clone(), 0)..=(host, id.clone(), u32::MAX);
        let has_probed = self.pinged.range(all).next().is_some();
        if has_probed || (scene.memory.of(host).step.merged && !is_known) {
            self.accused.insert(claim);
        } else {
            found.add(host, || format!("accuses {id}, and no probe of its own has failed"));
        }
    }
}

impl Oracle for Accuse {
    fn name(&self) -> &'static str {
        "accuse"
    }

    fn see(&mut self, scene: &Scene<'_>, seen: &Seen<'_>, found: &mut Findings<'_>) {
        match seen {
            Seen::Started(host) | Seen::Stopped(host) => self.forget(*host),
            Seen::Sent { host, to, .. } => self.send(scene, *host, to, found),
            Seen::Received { host, .. } => self.hear(scene, *host),
            // A full exchange makes a suspect now, and the host may say so later.
            Seen::Told { host, notice: Notice::Machine(Event::Member { new: Some(new), .. }) }
                if new.state() == State::Suspect && scene.memory.of(*host).step.merged =>
            {
                self.accused.insert((*host, new.id().clone(), new.incarnation().get()));
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use memberlist_core::types::{Incarnation, SequenceNumber};
    use memberlist_core::wire::{Ack, Ping};

    use super::super::stage::Stage;
    use super::*;

    #[test]
    fn an_accusation_without_a_failed_probe_is_found() {
        let mut stage = Stage::new();
        let (incarnation, seq) = (Incarnation::new(1), SequenceNumber::new(3));
        let [own, accused, other] = [0, 1, 2].map(|host| stage.id(host));
        let (to, target) = (stage.address(2), accused.clone());
        let suspect = || {
            let (node, from) = (accused.clone(), own.clone());
            [Message::Suspect(Accusation { incarnation, node, from })]
        };
        let ping = || {
            let (target, source) = (Some(target.clone()), None);
            [Message::Ping(Ping { seq, target, source, reply_to: None })]
        };
        let ack = || [Message::Ack(Ack { seq, payload: (&[][..]).into() })];
        let sent = Seen::Sent { host: 0, to, bytes: &[] };
        let received = Seen::Received { host: 0, from: to, bytes: &[] };
        let mut oracle = Accuse::default();
        assert_eq!(stage.says(&mut oracle, &sent, &suspect()).len(), 1, "never probed");
        stage.says(&mut oracle, &sent, &ping());
        stage.says(&mut oracle, &received, &ack());
        assert_eq!(stage.says(&mut oracle, &sent, &suspect()).len(), 1, "answered");
        stage.says(&mut oracle, &sent, &ping());
        assert_eq!(stage.says(&mut oracle, &sent, &suspect()).len(), 0);
        stage.says(&mut oracle, &received, &ack());
        assert_eq!(stage.says(&mut oracle, &sent, &suspect()).len(), 0, "it was said already");
        assert_ne!(other, own);
    }
}
