//! Streams are opened to members that are alive, for as long as this node takes part.

use memberlist_core::types::State;

use super::violation::Findings;
use super::{Oracle, Scene};
use crate::observe::Seen;
use crate::stream::Purpose;

/// Joins apart, which go wherever the application says.
#[derive(Default)]
pub(super) struct Dial;

impl Oracle for Dial {
    fn name(&self) -> &'static str {
        "dial"
    }

    fn see(&mut self, scene: &Scene<'_>, seen: &Seen<'_>, found: &mut Findings<'_>) {
        let Seen::Dialled { host, to, purpose: Purpose::PushPull { join: false } } = seen else {
            return;
        };
        // Of a host that was held it waits: the world may have changed since.
        if !scene
            .memory
            .of(*host)
            .is_well_for(scene.facts.config.push_pull_interval, scene.view.now)
        {
            return;
        }
        let partner = scene.memory.of(*host).beliefs.values().find(|it| it.address() == to);
        let state = partner.map(|partner| partner.state());
        if state != Some(State::Alive) {
            found.add(*host, || format!("an exchange with {to}, which is {state:?}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::stage::{Stage, told};
    use super::*;

    #[test]
    fn an_exchange_with_one_that_is_gone_is_found() {
        let mut stage = Stage::new();
        let [alive, _, dead, ..] = stage.records();
        let purpose = Purpose::PushPull { join: false };
        let dialled = Seen::Dialled { host: 0, to: stage.address(1), purpose };
        stage.learn(&told(0, None, Some(&alive)));
        assert_eq!(stage.shows(&mut Dial, &dialled).len(), 0);
        stage.learn(&told(0, Some(&alive), Some(&dead)));
        assert_eq!(stage.shows(&mut Dial, &dialled).len(), 1);
    }
}
