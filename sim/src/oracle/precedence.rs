//! What an observer believes of a member never goes back (SWIM section 4.2).

use memberlist_core::engine::Notice;
use memberlist_core::swim::Event;
use memberlist_core::types::State;

use super::memory::Record;
use super::violation::Findings;
use super::{Oracle, Scene};
use crate::observe::Seen;

/// Higher incarnations win; within one, alive < suspect < dead < left. One that is gone may be
/// replaced by whoever is at another address.
#[derive(Default)]
pub(super) struct Precedence;

const fn rank(state: State) -> u8 {
    match state {
        State::Alive => 0,
        State::Suspect => 1,
        State::Dead => 2,
        State::Left => 3,
    }
}

fn is_legal(old: &Record, new: &Record) -> bool {
    let place = |record: &Record| (record.incarnation(), rank(record.state()));
    let same_address = old.address() == new.address();
    if old.state().is_gone() && !same_address {
        return new.state() == State::Alive;
    }
    if place(new) > place(old) {
        // Nobody comes back as a suspect.
        return !(old.state().is_gone() && new.state() == State::Suspect);
    }
    // Only what was measured may change.
    place(new) == place(old) && same_address && old.meta() == new.meta()
}

impl Oracle for Precedence {
    fn name(&self) -> &'static str {
        "precedence"
    }

    fn see(&mut self, scene: &Scene<'_>, seen: &Seen<'_>, found: &mut Findings<'_>) {
        let Seen::Told { host, notice: Notice::Machine(event) } = seen else { return };
        let Event::Member { old: Some(old), new: Some(new) } = event else { return };
        // One that has left tells nobody of its new metadata until it is back.
        let own = scene.view.hosts[*host as usize].id() == new.id();
        let waits = own && old.state() == State::Left && new.state() == State::Left;
        if !waits && !is_legal(old, new) {
            found.add(*host, || {
                let show = |record: &Record| format!("{} {}", record.state(), record.incarnation());
                format!("{}: {} became {}", new.id(), show(old), show(new))
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::stage::{Stage, told};
    use super::*;

    #[test]
    fn going_back_is_found() {
        let mut stage = Stage::new();
        let [alive, suspect, dead, again, left] = stage.records();
        for (old, new) in [
            (&alive, &suspect),
            (&suspect, &dead),
            (&alive, &dead),
            (&dead, &again),
            (&again, &left),
        ] {
            assert!(stage.shows(&mut Precedence, &told(0, Some(old), Some(new))).is_empty());
            let back = stage.shows(&mut Precedence, &told(0, Some(new), Some(old)));
            assert_eq!(back.len(), 1, "{old:?} {new:?}");
        }
    }
}
