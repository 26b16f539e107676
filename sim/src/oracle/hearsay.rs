//! What is heard of a death is taken as it was said: who says it of itself has left, of others they
//! are dead, and what a full exchange says only makes suspects (the Go library's rule).

use memberlist_core::engine::Notice;
use memberlist_core::swim::Event;
use memberlist_core::types::State;
use memberlist_core::wire::Accusation;

use super::violation::Findings;
use super::{Oracle, Scene};
use crate::Id;
use crate::observe::Seen;

/// Who becomes dead or left in one step must have been called so, or its time has run out.
#[derive(Default)]
pub(super) struct Hearsay;

impl Oracle for Hearsay {
    fn name(&self) -> &'static str {
        "hearsay"
    }

    fn see(&mut self, scene: &Scene<'_>, seen: &Seen<'_>, found: &mut Findings<'_>) {
        let Seen::Told { host, notice: Notice::Machine(event) } = seen else { return };
        let Event::Member { old: Some(old), new: Some(new) } = event else { return };
        if old.state() == new.state() || scene.view.hosts[*host as usize].id() == new.id() {
            return;
        }
        let step = &scene.memory.of(*host).step;
        let said = |by_itself: bool| {
            let fits = |dead: &Accusation<Id>| {
                dead.node == *new.id() && (dead.from == dead.node) == by_itself
            };
            step.deads.iter().any(fits)
        };
        let is_legal = match new.state() {
            State::Left => said(true) || step.merged,
            // Its time may run out only in a step without input.
            State::Dead => said(false) || (old.state() == State::Suspect && !step.merged),
            State::Alive | State::Suspect => true,
        };
        if !is_legal {
            let (was, is) = (old.state(), new.state());
            found.add(*host, || format!("{} was {was} and became {is} by no word", new.id()));
        }
    }
}

#[cfg(test)]
mod tests {
    use memberlist_core::engine::Side;

    use super::super::stage::{Stage, told};
    use super::*;

    #[test]
    fn a_death_or_a_goodbye_that_nobody_told_is_found() {
        let mut stage = Stage::new();
        let [alive, suspect, dead, again, left] = stage.records();
        let mut found = |old, new| stage.shows(&mut Hearsay, &told(0, Some(old), Some(new))).len();
        assert_eq!((found(&alive, &dead), found(&again, &left)), (1, 1));
        assert_eq!((found(&suspect, &dead), found(&alive, &suspect)), (0, 0));
        let from = stage.address(2);
        stage.learn(&Seen::Merged { host: 0, from, side: Side::Dialled });
        assert_eq!(stage.shows(&mut Hearsay, &told(0, Some(&suspect), Some(&dead))).len(), 1);
    }
}
