//! After the faults all agree: who is there is alive to everybody, with the record that it has of
//! itself, and nobody else is.

use std::collections::BTreeMap;

use memberlist_core::types::State;

use super::memory::Record;
use super::violation::Findings;
use super::{Oracle, Scene};
use crate::Id;
use crate::host::Host;
use crate::observe::Seen;

/// Looked at when the cluster must have settled, and at the end.
#[derive(Default)]
pub(super) struct Agreement {
    done: bool,
}

/// Those that run and have not left.
pub(super) fn present<'a>(scene: &Scene<'a>) -> impl Iterator<Item = &'a Host> {
    let (hosts, memory) = (scene.view.hosts, scene.memory);
    hosts.iter().filter(|host| host.is_running() && !memory.of(host.no()).has_left)
}

/// Whether two records say the same of a member.
pub(super) fn agree(one: &Record, other: &Record) -> bool {
    one.incarnation() == other.incarnation()
        && one.meta() == other.meta()
        && one.address() == other.address()
}

/// A host that was started anew and said goodbye before it knew anybody: what it said went nowhere,
/// its number is below the one that is believed, and it answers whoever pings it.
fn answers_unheard(scene: &Scene<'_>, id: &Id, belief: &Record) -> bool {
    let named = scene.view.hosts.iter().find(|host| host.id() == id && host.engine().is_some());
    let own = named.and_then(|host| scene.memory.belief(host.no(), id));
    own.is_some_and(|own| own.incarnation() < belief.incarnation())
}

impl Agreement {
    fn look(scene: &Scene<'_>, found: &mut Findings<'_>) {
        let own = |host: &Host| scene.memory.belief(host.no(), host.id()).cloned();
        let present: Vec<&Host> = present(scene).collect();
        let expected: BTreeMap<Id, Record> = present
            .iter()
            .filter_map(|host| own(host).map(|record| (host.id().clone(), record)))
            .collect();
        for host in present {
            let beliefs = &scene.memory.of(host.no()).beliefs;
            for (id, record) in &expected {
                match beliefs.get(id) {
                    Some(belief) if belief.state() != State::Alive => found
                        .add(host.no(), || format!("{id} is there and held {}", belief.state())),
                    Some(belief) if !agree(belief, record) => {
                        found.add(host.no(), || format!("{id} has changed, its record is old"));
                    }
                    Some(_) => {}
                    None => found.add(host.no(), || format!("{id} is there and not known")),
                }
            }
            for (id, belief) in beliefs.iter().filter(|(id, _)| !expected.contains_key(*id)) {
                if belief.state().is_live() && !answers_unheard(scene, id, belief) {
                    found.add(host.no(), || format!("{id} is not there and held alive"));
                }
            }
        }
    }
}

impl Oracle for Agreement {
    fn name(&self) -> &'static str {
        "agreement"
    }

    fn see(&mut self, scene: &Scene<'_>, _: &Seen<'_>, found: &mut Findings<'_>) {
        let settled = scene.facts.calm.is_some_and(|calm| scene.view.now >= calm.settled);
        if settled && !self.done {
            self.done = true;
            Self::look(scene, found);
        }
    }

    fn finish(&mut self, scene: &Scene<'_>, found: &mut Findings<'_>) {
        if scene.facts.calm.is_some() {
            Self::look(scene, found);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::stage::{Stage, told};
    use super::*;

    #[test]
    fn whoever_believes_otherwise_is_found() {
        let mut stage = Stage::of_three(5);
        assert!(stage.ends(&mut Agreement::default()).is_empty());
        let [alive, suspect, ..] = Stage::new().records();
        stage.learn(&told(0, Some(&alive), Some(&suspect)));
        assert_eq!(stage.ends(&mut Agreement::default()).len(), 1);
    }
}
