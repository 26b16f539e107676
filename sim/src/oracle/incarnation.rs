//! Nobody but its owner raises an incarnation (SWIM section 4.2).

use std::collections::BTreeMap;

use memberlist_core::engine::Notice;
use memberlist_core::swim::Event;

use super::violation::Findings;
use super::{Oracle, Scene};
use crate::Id;
use crate::observe::Seen;

/// The highest incarnation that any host of a name ever had.
#[derive(Default)]
pub(super) struct Incarnation {
    highest: BTreeMap<Id, u32>,
}

impl Oracle for Incarnation {
    fn name(&self) -> &'static str {
        "incarnation"
    }

    fn see(&mut self, scene: &Scene<'_>, seen: &Seen<'_>, found: &mut Findings<'_>) {
        let Seen::Told { host, notice: Notice::Machine(event) } = seen else { return };
        let Event::Member { new: Some(new), .. } = event else { return };
        let number = new.incarnation().get();
        let highest = self.highest.entry(new.id().clone()).or_default();
        if scene.view.hosts[*host as usize].id() == new.id() {
            *highest = number.max(*highest);
        } else if number > *highest {
            let highest = *highest;
            found.add(*host, || format!("{} at {number}, its own is {highest}", new.id()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::stage::{Stage, told};
    use super::*;

    #[test]
    fn a_number_that_its_owner_never_had_is_found() {
        let mut stage = Stage::new();
        let [alive, .., again, _] = stage.records();
        let mut oracle = Incarnation::default();
        assert!(stage.shows(&mut oracle, &told(1, None, Some(&alive))).is_empty());
        assert!(stage.shows(&mut oracle, &told(0, None, Some(&alive))).is_empty());
        assert_eq!(stage.shows(&mut oracle, &told(0, Some(&alive), Some(&again))).len(), 1);
    }
}
