//! A calm cluster says its probes and their answers, two messages for each node and interval, and
//! neither more nor less (SWIM section 5.1).

use std::collections::BTreeMap;

use memberlist_core::types::State;
use memberlist_core::wire::Message;

use super::agreement::present;
use super::violation::Findings;
use super::{Oracle, Scene};
use crate::HostNo;
use crate::observe::Seen;

/// What was sent in the window in which nobody does anything.
#[derive(Default)]
pub(super) struct Quiet {
    pings: BTreeMap<HostNo, u32>,
    packets: u32,
    /// Reminders to the dead that are not forgotten yet.
    reminders: u32,
    done: bool,
}

impl Quiet {
    fn judge(&mut self, scene: &Scene<'_>, intervals: u32, found: &mut Findings<'_>) {
        let hosts: Vec<_> = present(scene).map(|host| host.no()).collect();
        if hosts.len() < 2 {
            return;
        }
        for host in &hosts {
            let pings = self.pings.get(host).copied().unwrap_or(0);
            if pings + 1 < intervals || pings > intervals + 1 {
                found.add(*host, || format!("{pings} probes in {intervals} intervals"));
            }
        }
        let most = 2 * (intervals + 1) * hosts.len() as u32;
        let packets = self.packets - self.reminders;
        if packets > most {
            let n = hosts.len();
            found.add(hosts[0], || format!("{packets} packets of {n} hosts, at most {most}"));
        }
    }
}

impl Oracle for Quiet {
    fn name(&self) -> &'static str {
        "quiet"
    }

    fn see(&mut self, scene: &Scene<'_>, seen: &Seen<'_>, found: &mut Findings<'_>) {
        let Some(calm) = scene.facts.calm else { return };
        if scene.view.now >= calm.quiet_until && !self.done {
            self.done = true;
            let span = calm.quiet_until.since(calm.quiet_from).as_nanos();
            let interval = scene.facts.config.probe_interval.as_nanos();
            self.judge(scene, (span / interval) as u32, found);
        }
        let Seen::Sent { host, .. } = seen else { return };
        if self.done || scene.view.now < calm.quiet_from {
            return;
        }
        self.packets += 1;
        let dead = scene.memory.of(*host).beliefs.values().any(|it| it.state() == State::Dead);
        match scene.messages.first() {
            Some(Message::Ping(_)) => *self.pings.entry(*host).or_default() += 1,
            Some(Message::Dead(_)) if dead => self.reminders += 1,
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::stage::Stage;
    use super::*;

    /// The window of this stage is ten intervals.
    #[test]
    fn silence_and_chatter_are_found() {
        let mut stage = Stage::of_three(5);
        stage.wait(20_000);
        let silent = stage.shows(&mut Quiet::default(), &Seen::Stepped(0));
        assert_eq!(silent.len(), 3, "nobody has probed");
        let mut stage = Stage::of_three(5);
        let mut oracle = Quiet::default();
        let sent = Seen::Sent { host: 0, to: stage.address(1), bytes: &[] };
        for _ in 0..67 {
            stage.says(&mut oracle, &sent, &[]);
        }
        stage.wait(20_000);
        assert_eq!(stage.shows(&mut oracle, &Seen::Stepped(0)).len(), 4);
    }
}
