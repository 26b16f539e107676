//! Each change of a member begins where the last one ended.

use memberlist_core::engine::Notice;
use memberlist_core::swim::Event;

use super::violation::Findings;
use super::{Oracle, Scene};
use crate::observe::Seen;

/// The old record is the one that was told last, and something has changed.
#[derive(Default)]
pub(super) struct Order;

impl Oracle for Order {
    fn name(&self) -> &'static str {
        "order"
    }

    fn see(&mut self, scene: &Scene<'_>, seen: &Seen<'_>, found: &mut Findings<'_>) {
        let Seen::Told { host, notice: Notice::Machine(event) } = seen else { return };
        let Event::Member { old, new } = event else { return };
        let Some(subject) = new.as_ref().or(old.as_ref()) else {
            return found.add(*host, || "a change of nobody".to_owned());
        };
        if scene.memory.belief(*host, subject.id()) != old.as_ref() {
            found.add(*host, || format!("{}: a change of what was not so", subject.id()));
        }
        let renamed = old.as_ref().zip(new.as_ref()).is_some_and(|(old, new)| old.id() != new.id());
        if renamed || old == new {
            found.add(*host, || format!("{}: no change, or of two members", subject.id()));
        }
        let unborn = old.is_none() && new.as_ref().is_some_and(|new| new.state().is_gone());
        if unborn {
            found.add(*host, || format!("{} was gone before it was there", subject.id()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::stage::{Stage, told};
    use super::*;

    #[test]
    fn a_change_of_what_was_not_so_is_found() {
        let mut stage = Stage::new();
        let [alive, suspect, dead, ..] = stage.records();
        stage.shows_and_learns(&mut Order, &told(0, None, Some(&alive)));
        stage.shows_and_learns(&mut Order, &told(0, Some(&alive), Some(&suspect)));
        assert_eq!(stage.shows(&mut Order, &told(0, Some(&alive), Some(&dead))).len(), 1);
        assert_eq!(stage.shows(&mut Order, &told(2, None, Some(&dead))).len(), 1);
        assert_eq!(stage.shows(&mut Order, &told(2, Some(&dead), Some(&dead))).len(), 2);
    }
}
