//! Whoever hears that it is suspect or dead refutes in the same step (SWIM section 4.2).

use memberlist_core::types::State;

use super::violation::Findings;
use super::{Oracle, Scene};
use crate::observe::Seen;

/// After a step in which a host was accused, its incarnation is above that of the accusation.
#[derive(Default)]
pub(super) struct Refute;

impl Oracle for Refute {
    fn name(&self) -> &'static str {
        "refute"
    }

    fn see(&mut self, scene: &Scene<'_>, seen: &Seen<'_>, found: &mut Findings<'_>) {
        let Seen::Stepped(no) = seen else { return };
        let step = &scene.memory.of(*no).step;
        if step.suspects.is_empty() && step.deads.is_empty() {
            return;
        }
        let host = &scene.view.hosts[*no as usize];
        let Some(engine) = host.engine() else { return };
        let own = engine.local();
        if own.state() == State::Left {
            return;
        }
        let accused = step.suspects.iter().chain(&step.deads).filter(|it| it.node == *host.id());
        // A number that jumps too far is no accusation: nobody could have heard it from us.
        for accusation in accused.filter(|it| it.incarnation.get() < u32::MAX / 2) {
            if own.incarnation() <= accusation.incarnation {
                let (ours, theirs) = (own.incarnation(), accusation.incarnation);
                found.add(*no, || format!("accused at {theirs}, it stays at {ours}"));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use memberlist_core::types::Incarnation;
    use memberlist_core::wire::{Accusation, Message};

    use super::super::stage::Stage;
    use super::*;

    #[test]
    fn who_stays_silent_is_found() {
        let mut stage = Stage::new();
        for (incarnation, count) in [(1, 0), (2, 0), (9, 1)] {
            // The host has been accused at 1 before and left; its number is higher.
            let suspect = Accusation {
                incarnation: Incarnation::new(incarnation),
                node: stage.id(2),
                from: stage.id(0),
            };
            stage.hears(2, &[Message::Suspect(suspect)]);
            let own = stage.incarnation(2);
            let found = stage.shows(&mut Refute, &Seen::Stepped(2)).len();
            assert_eq!(found, usize::from(own <= incarnation), "{own} {count}");
            stage.learn(&Seen::Stepped(2));
        }
    }
}
