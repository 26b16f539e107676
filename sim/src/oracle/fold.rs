//! The changes that a host was told, added up, are its member list.

use memberlist_core::types::State;

use super::violation::Findings;
use super::{Oracle, Scene};
use crate::HostNo;
use crate::observe::Seen;

/// Compared after every so many steps, and at the end.
#[derive(Default)]
pub(super) struct Fold {
    steps: u64,
}

const EVERY: u64 = 64;

impl Fold {
    fn compare(scene: &Scene<'_>, host: HostNo, found: &mut Findings<'_>) {
        let Some(engine) = scene.view.hosts[host as usize].engine() else { return };
        let beliefs = &scene.memory.of(host).beliefs;
        let (listed, told) = (engine.members().count(), beliefs.len());
        let same = engine.members().all(|member| beliefs.get(member.id()) == Some(member));
        if listed != told || !same {
            found.add(host, || format!("{listed} are listed, {told} were told"));
        }
        let own = engine.members().find(|member| member.id() == engine.local().id());
        let is_itself = own == Some(engine.local());
        if !is_itself || !matches!(engine.local().state(), State::Alive | State::Left) {
            found.add(host, || "it does not list itself as alive or left".to_owned());
        }
    }
}

impl Oracle for Fold {
    fn name(&self) -> &'static str {
        "fold"
    }

    fn see(&mut self, scene: &Scene<'_>, seen: &Seen<'_>, found: &mut Findings<'_>) {
        let Seen::Stepped(host) = seen else { return };
        self.steps += 1;
        if self.steps.is_multiple_of(EVERY) {
            Self::compare(scene, *host, found);
        }
    }

    fn finish(&mut self, scene: &Scene<'_>, found: &mut Findings<'_>) {
        scene.view.hosts.iter().for_each(|host| Self::compare(scene, host.no(), found));
    }
}

#[cfg(test)]
mod tests {
    use super::super::stage::{Stage, told};
    use super::*;

    #[test]
    fn a_change_that_was_not_told_is_found() {
        let mut stage = Stage::of_three(5);
        let [_, suspect, ..] = Stage::new().records();
        assert!(stage.ends(&mut Fold::default()).is_empty());
        stage.learn(&told(0, None, Some(&suspect)));
        assert_eq!(stage.ends(&mut Fold::default()).len(), 1);
    }
}
