//! An item of gossip is sent as often as the retransmit limit says: not more, and in calm not less.

use std::collections::BTreeMap;

use memberlist_core::engine::Notice;
use memberlist_core::swim::Event;
use memberlist_core::wire::Message;

use super::agreement::{agree, present};
use super::bounds::retransmits;
use super::violation::Findings;
use super::{Oracle, Scene};
use crate::deed::Deed;
use crate::host::Host;
use crate::observe::Seen;
use crate::{Addr, HostNo, Id};

/// What an item is: kind, whom it is about, its number, and who says it.
type Item = (u8, Id, u64, Id);

/// How often each host has sent each item to somebody alive.
#[derive(Default)]
pub(super) struct Sends {
    counts: BTreeMap<(HostNo, Item), u32>,
    /// Whose metadata a calm cluster was told.
    calm: Option<HostNo>,
    done: bool,
}

/// To how many others a host sees to it itself that they get its own news.
const OWN_REACH: usize = 64;

/// Who has died in this very step may have been sent something that does not count.
const SLACK: u32 = 2;

fn item(message: &Message<'_, Id, Addr>) -> Option<Item> {
    let none = Id::default;
    Some(match message {
        Message::Suspect(it) => {
            (1, it.node.clone(), u64::from(it.incarnation.get()), it.from.clone())
        }
        Message::Dead(it) => (2, it.node.clone(), u64::from(it.incarnation.get()), it.from.clone()),
        Message::Alive(it) => {
            let start = u64::from(it.start.get()) << 32;
            (3, it.node.id().clone(), start | u64::from(it.incarnation.get()), none())
        }
        Message::Broadcast(it) => {
            let start = u64::from(it.start.get()) << 32;
            (4, it.origin.clone(), start | (it.number & 0xffff_ffff), none())
        }
        _ => return None,
    })
}

impl Sends {
    fn count(&mut self, scene: &Scene<'_>, host: HostNo, to: Addr, found: &mut Findings<'_>) {
        let beliefs = &scene.memory.of(host).beliefs;
        let own = scene.view.hosts[host as usize].id();
        let Some(target) = beliefs.values().find(|it| *it.address() == to && it.state().is_live())
        else {
            return;
        };
        for item in scene.messages.iter().filter_map(item) {
            // What is said to whom it concerns, and news of one's own with a ping, are no gossip.
            if item.1 == *target.id() || (item.1 == *own && item.0 != 4) {
                continue;
            }
            let mut limit = retransmits(&scene.facts.config, scene.facts.members_max);
            if item.1 == *own {
                limit = limit.max(beliefs.len().min(OWN_REACH) as u32);
            }
            let count = self.counts.entry((host, item.clone())).or_default();
            *count += 1;
            if *count == limit + SLACK + 1 {
                found.add(host, || format!("{item:?} was sent more than {limit} times"));
            }
        }
    }

    /// The metadata of a calm cluster: passed on by everybody as often as the limit says.
    fn look(&mut self, scene: &Scene<'_>, found: &mut Findings<'_>) {
        let Some(owner) = self.calm.map(|no| &scene.view.hosts[no as usize]) else { return };
        let Some(own) = scene.memory.belief(owner.no(), owner.id()) else { return };
        let number = u64::from(own.start().get()) << 32 | u64::from(own.incarnation().get());
        let item: Item = (3, owner.id().clone(), number, Id::default());
        let others = present(scene).filter(|host| host.no() != owner.no());
        let has_it = |host: &&Host| {
            scene.memory.belief(host.no(), owner.id()).is_some_and(|belief| agree(belief, own))
        };
        for host in others.filter(has_it).filter(|_| present(scene).count() > 2) {
            let n = scene.memory.of(host.no()).beliefs.len();
            let limit = retransmits(&scene.facts.config, n);
            let count = self.counts.get(&(host.no(), item.clone())).copied().unwrap_or(0);
            // What it says to the owner itself is not seen here.
            let own_share = 1 + limit / (present(scene).count() as u32 - 1);
            if count + own_share < limit {
                let words = || format!("{item:?} was sent {count} times, {limit} are right");
                found.add(host.no(), words);
            }
        }
    }
}

impl Oracle for Sends {
    fn name(&self) -> &'static str {
        "sends"
    }

    fn see(&mut self, scene: &Scene<'_>, seen: &Seen<'_>, found: &mut Findings<'_>) {
        let calm = scene.facts.calm;
        if calm.is_some_and(|calm| scene.view.now >= calm.quiet_from) && !self.done {
            self.done = true;
            self.look(scene, found);
        }
        match seen {
            Seen::Sent { host, to, .. } => self.count(scene, *host, *to, found),
            Seen::Started(host) => self.counts.retain(|(of, _), _| of != host),
            // Whoever was forgotten, or is new, may be spoken of once more.
            Seen::Told { host, notice: Notice::Machine(Event::Member { old, new }) } => {
                let own = scene.view.hosts[*host as usize].id();
                match (old, new) {
                    (Some(one), None) | (None, Some(one)) => {
                        self.counts.retain(|(of, item), _| of != host || item.1 != *one.id());
                    }
                    // Back again, it asks anew whoever was suspect when it left.
                    (Some(one), Some(new)) if new.id() == own && one.state() != new.state() => {
                        self.counts.retain(|(of, _), _| of != host);
                    }
                    _ => {}
                }
            }
            Seen::Done(Deed::SetMeta { host, .. })
                if calm.is_some_and(|calm| scene.view.now >= calm.settled) =>
            {
                self.calm = Some(*host);
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use memberlist_core::types::Incarnation;
    use memberlist_core::wire::Accusation;

    use super::super::stage::Stage;
    use super::*;

    #[test]
    fn an_item_that_is_said_too_often_is_found() {
        let mut stage = Stage::of_three(5);
        let mut oracle = Sends::default();
        let sent = Seen::Sent { host: 0, to: stage.address(2), bytes: &[] };
        let says = |stage: &mut Stage, oracle: &mut Sends| {
            let incarnation = Incarnation::new(1);
            let suspect = Accusation { incarnation, node: stage.id(1), from: stage.id(0) };
            stage.says(oracle, &sent, &[Message::Suspect(suspect)]).len()
        };
        let found: Vec<_> = (0..8).map(|_| says(&mut stage, &mut oracle)).collect();
        assert_eq!(found, [0, 0, 0, 0, 0, 0, 1, 0], "four times is the limit, and some slack");
    }
}
