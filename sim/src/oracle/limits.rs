//! No queue, table or score is past its limit.

use memberlist_core::engine::Notice;
use memberlist_core::swim::Event;
use memberlist_core::types::limits::RELAYS_MAX;

use super::violation::Findings;
use super::{Oracle, Scene};
use crate::HostNo;
use crate::observe::Seen;

/// Looked at after every so many steps.
#[derive(Default)]
pub(super) struct Limits {
    steps: u64,
}

const EVERY: u64 = 32;

impl Limits {
    fn look(scene: &Scene<'_>, host: HostNo, found: &mut Findings<'_>) {
        let Some(engine) = scene.view.hosts[host as usize].engine() else { return };
        let members = scene.facts.members_max as u64;
        let known = scene.memory.of(host).beliefs.len() as u64;
        for (name, value) in engine.stats() {
            let limit = match name {
                "queue_broadcasts" => scene.facts.config.broadcast_queue_depth as u64,
                "queue_updates" | "suspicions" | "members_known" => members,
                // Each start of a process is an origin of its own.
                "broadcast_origins" => {
                    scene.view.hosts.iter().map(|host| u64::from(host.starts())).sum::<u64>()
                }
                "members_live" => known,
                "relays_pending" => RELAYS_MAX as u64,
                "outbox_full" | "packet_too_large" | "unsealed" => 0,
                _ => continue,
            };
            if value > limit {
                found.add(host, || format!("{name} is {value}, at most {limit} is allowed"));
            }
        }
    }
}

impl Oracle for Limits {
    fn name(&self) -> &'static str {
        "limits"
    }

    fn see(&mut self, scene: &Scene<'_>, seen: &Seen<'_>, found: &mut Findings<'_>) {
        match seen {
            Seen::Stepped(host) => {
                self.steps += 1;
                if self.steps.is_multiple_of(EVERY) {
                    Self::look(scene, *host, found);
                }
            }
            Seen::Told { host, notice: Notice::Machine(Event::Health(score)) } => {
                let config = &scene.facts.config;
                let most = config.awareness_max_multiplier - 1;
                if *score > most || (*score > 0 && !config.local_health) {
                    found.add(*host, || format!("a health of {score}, {most} is the worst"));
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::stage::Stage;
    use super::*;

    #[test]
    fn a_score_past_its_limit_is_found() {
        let mut stage = Stage::new();
        let mut shown = |score| {
            let notice = Notice::Machine(Event::Health(score));
            stage.shows(&mut Limits::default(), &Seen::Told { host: 0, notice: &notice }).len()
        };
        assert_eq!((shown(7), shown(8)), (0, 1));
    }
}
