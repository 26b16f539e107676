//! Nodes that freeze, as a virtual machine that is moved or a long garbage collection: the process
//! stands still, the others go on. Are they declared dead, whom do they wrong when they go on, and
//! how long is it until all are well again?

use core::time::Duration;

use memberlist_core::config::Options;
use memberlist_core::time::Instant;
use memberlist_core::types::State;

use super::series::{Case, Finds, Series, show};
use super::{Entry, Figures};
use crate::HostNo;
use crate::deed::Deed;
use crate::dice::Dice;
use crate::meter::Meter;
use crate::plan::Plan;
use crate::report::{Plot, Report, Table};
use crate::world::World;

/// Frozen nodes.
pub const FROZEN: Entry = Entry {
    name: "frozen",
    about: "nodes that stand still for a while: who is declared dead, and when all is well again",
    build: |settings| {
        let repetitions = settings.repetitions.unwrap_or(5);
        Box::new(Series {
            name: "frozen",
            settings: "members 128, settle 15 s, after 40 s",
            columns: &["declared", "wronged", "healed", "unhealed"],
            cases: cases(repetitions),
            measure: |case: &FrozenCase, seed| case.measure(seed),
            report,
        })
    },
};

const MEMBERS: u32 = 128;
const SETTLE: Duration = Duration::from_secs(15);
const AFTER: Duration = Duration::from_secs(40);
const FROZEN_NODES: [u32; 4] = [1, 8, 32, 64];
const SECONDS: [u64; 6] = [2, 5, 10, 15, 20, 40];

struct FrozenCase {
    frozen: u32,
    seconds: u64,
    repetition: u32,
}

fn cases(repetitions: u32) -> Vec<FrozenCase> {
    let mut cases = Vec::new();
    for repetition in 0..repetitions {
        for frozen in FROZEN_NODES {
            cases.extend(SECONDS.map(|seconds| FrozenCase { frozen, seconds, repetition }));
        }
    }
    cases
}

impl Case for FrozenCase {
    fn key(&self) -> String {
        format!("frozen={} seconds={} rep={}", self.frozen, self.seconds, self.repetition)
    }

    fn weight(&self) -> u64 {
        60 + self.seconds
    }
}

impl FrozenCase {
    fn measure(&self, seed: u64) -> Figures {
        let config = Options::lan().check().expect("the default ones are sound");
        let (from, lasts) = (Instant::ZERO + SETTLE, Duration::from_secs(self.seconds));
        let until = from + lasts;
        let mut plan = Plan::acquainted(seed, MEMBERS as usize, &config, until + AFTER);
        let chosen = Dice::new(seed).sample(MEMBERS as usize, self.frozen as usize);
        let chosen: Vec<HostNo> = chosen.into_iter().map(|host| host as HostNo).collect();
        for &host in &chosen {
            plan.at(from, Deed::Pause(host));
            plan.at(until, Deed::Resume(host));
        }
        let mut world = World::new(plan, Meter::default());
        world.run();
        let views = &world.observer().views;
        let deaths = || views.verdicts.iter().filter(|v| v.state == State::Dead && v.at >= from);
        let is_declared = |host: &&HostNo| deaths().any(|v| v.subject == **host);
        let declared = chosen.iter().filter(is_declared).count();
        let wronged = deaths().filter(|v| !chosen.contains(&v.subject)).count();
        let healed = views.all_see(MEMBERS).map(|at| (at.max(until) - until).as_secs_f64());
        vec![
            vec![declared as f64 / f64::from(self.frozen)],
            vec![wronged as f64],
            healed.into_iter().collect(),
            vec![f64::from(u8::from(healed.is_none()))],
        ]
    }
}

fn report(finds: &Finds<'_, FrozenCase>, mut report: Report) -> Report {
    report.table("frozen", &table(finds));
    report.text(
        "Declared: the share of the frozen that anybody declared dead. Wronged: deaths of members \
         that were never frozen, each observer counted, in all repetitions. Well again: from \
         the moment that the frozen go on until everybody sees everybody, in seconds; never \
         within 40 s in so many runs.",
    );
    report.plot("healed", &plot(finds));
    report
}

fn table(finds: &Finds<'_, FrozenCase>) -> Table {
    let head =
        ["frozen", "seconds", "declared", "wronged", "well, median", "well, longest", "never"];
    let title =
        format!("Some of {MEMBERS} members freeze; default LAN options (least suspicion 8.4 s)");
    let mut table = Table::new(title, head);
    for frozen in FROZEN_NODES {
        for seconds in SECONDS {
            let of = |c: &FrozenCase| (c.frozen, c.seconds) == (frozen, seconds);
            table.row([
                frozen.to_string(),
                seconds.to_string(),
                show(finds.mean("declared", of), 2),
                show(finds.sum("wronged", of), 0),
                show(finds.quantile("healed", 0.5, of), 2),
                show(finds.quantile("healed", 1.0, of), 2),
                show(finds.sum("unhealed", of), 0),
            ]);
        }
    }
    table
}

fn plot(finds: &Finds<'_, FrozenCase>) -> Plot {
    let curve = |frozen: u32| {
        let points = SECONDS.map(|seconds| {
            let of = |c: &FrozenCase| (c.frozen, c.seconds) == (frozen, seconds);
            (seconds as f64, finds.mean("declared", of))
        });
        (format!("{frozen} frozen"), points.to_vec())
    };
    Plot {
        title: "Share of the frozen that are declared dead".to_owned(),
        x: "seconds frozen".to_owned(),
        y: "share".to_owned(),
        curves: FROZEN_NODES.map(curve).to_vec(),
        ..Plot::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The least suspicion of 128 members is 8.4 s, and it comes a second after a ping at best.
    #[test]
    fn a_short_freeze_is_survived_and_a_long_one_is_not() {
        let measure = |seconds| FrozenCase { frozen: 4, seconds, repetition: 0 }.measure(1);
        let (short, long) = (measure(5), measure(40));
        assert_eq!((&short[0][..], &short[1][..]), (&[0.0][..], &[0.0][..]));
        assert_eq!(
            (&long[0][..], &long[1][..], &long[3][..]),
            (&[1.0][..], &[0.0][..], &[0.0][..])
        );
    }
}
