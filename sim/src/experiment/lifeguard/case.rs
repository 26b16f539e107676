//! One run: whom it blocks, and when.

use core::time::Duration;

use bytes::Bytes;
use memberlist_core::time::Instant;

use super::setup::{self, Anomaly, Setup};
use super::watch::Watch;
use crate::HostNo;
use crate::deed::Deed;
use crate::dice::Dice;
use crate::experiment::{Figures, seed_of};
use crate::plan::Plan;
use crate::world::World;

/// One run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Case {
    /// Which configuration.
    pub(super) setup: usize,
    pub(super) schedule: Schedule,
    /// How many members block, all in step.
    pub(super) anomalous: u32,
    /// How long, in milliseconds.
    pub(super) block: u64,
    /// How long they run in between, in milliseconds; 0 for Threshold.
    pub(super) pause: u64,
    pub(super) repetition: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Schedule {
    /// One block.
    Threshold,
    /// Blocks and pauses in turn.
    Interval,
}

/// The paper's cases (section V).
pub(super) const ANOMALOUS: [u32; 9] = [1, 4, 8, 12, 16, 20, 24, 28, 32];
pub(super) const BLOCKS: [u64; 6] = [128, 512, 2_048, 8_192, 16_384, 32_768];
pub(super) const PAUSES: [u64; 8] = [1, 4, 16, 64, 256, 1_024, 4_096, 16_384];

/// Members of the paper's cluster.
pub(super) const MEMBERS: u32 = 128;

/// Before the experiment begins, so that what the members said of themselves when they started has
/// gone round.
const SETTLE: Duration = Duration::from_secs(10);
/// From the experiment's begin to the first block.
const QUIET: Duration = Duration::from_secs(15);
/// From the experiment's begin to its end, or to the end of the block that is under way then.
const LASTS: Duration = Duration::from_secs(120);
/// After a single block: whoever was wronged is alive again well before.
const AFTERMATH: Duration = Duration::from_secs(20);

/// What Consul's members carry besides: tags in each alive, a coordinate in each ack.
const META_BYTES: usize = 110;
const ACK_BYTES: usize = 130;

/// All cases of a schedule, repetition by repetition.
pub(super) fn all(schedule: Schedule, setups: usize, repetitions: u32) -> Vec<Case> {
    let pauses: &[u64] = match schedule {
        Schedule::Threshold => &[0],
        Schedule::Interval => &PAUSES,
    };
    let mut cases = Vec::new();
    for repetition in 0..repetitions {
        for setup in 0..setups {
            for anomalous in ANOMALOUS {
                for block in BLOCKS {
                    cases.extend(pauses.iter().map(|&pause| Case {
                        setup,
                        schedule,
                        anomalous,
                        block,
                        pause,
                        repetition,
                    }));
                }
            }
        }
    }
    cases
}

/// What holds for all of them. The options are too many for a line: only whether they are the same
/// can be seen.
pub(super) fn settings() -> String {
    let options = seed_of(&format!("{:?} {:?}", setup::rows(), setup::sweep()));
    format!(
        "version {} members {MEMBERS} settle {SETTLE:?} quiet {QUIET:?} lasts {LASTS:?} \
         aftermath {AFTERMATH:?} meta {META_BYTES} B ack {ACK_BYTES} B options {options:016x}",
        env!("CARGO_PKG_VERSION")
    )
}

impl Case {
    /// Decides the run.
    pub(super) fn key(&self, setup: &Setup) -> String {
        let Self { anomalous, block, pause, repetition, .. } = self;
        let schedule = match self.schedule {
            Schedule::Threshold => "threshold".to_owned(),
            Schedule::Interval => format!("interval I={pause}"),
        };
        // A comma would end the cell of the ledger.
        let name = setup.name.replace(',', "");
        format!("{name} {schedule} C={anomalous} D={block} rep={repetition}")
    }

    /// From the experiment's begin to its end.
    pub(super) fn span(&self) -> Duration {
        let last = self.blocks().last().map_or(QUIET, |(_, end)| end);
        match self.schedule {
            Schedule::Threshold => LASTS.min(last + AFTERMATH),
            Schedule::Interval => last,
        }
    }

    pub(super) fn run(&self, setup: &Setup) -> Figures {
        let seed = seed_of(&self.key(setup));
        let mut dice = Dice::new(seed);
        let chosen = dice.sample(MEMBERS as usize, self.anomalous as usize);
        let chosen: Vec<HostNo> = chosen.into_iter().map(|at| at as HostNo).collect();
        let plan = self.plan(setup, seed, &chosen);
        let blocks: Vec<_> = self.blocks().collect();
        let at = |since: Duration| begin() + since;
        let first = blocks.first().map_or(QUIET, |(start, _)| *start);
        let last = blocks.last().map_or(QUIET, |(_, end)| *end);
        let watch = Watch::new(MEMBERS as usize, &chosen, begin(), at(first), at(last));
        let mut world = World::new(plan, watch);
        world.run();
        world.into_observer().figures()
    }

    fn plan(&self, setup: &Setup, seed: u64, chosen: &[HostNo]) -> Plan {
        let config = setup.options.clone().check().expect("a test checks all of them");
        let mut plan = Plan::new(seed, MEMBERS as usize, &config, begin() + self.span());
        // As the paper's hosts, whose packets waited in memory without loss.
        plan.receive_buffer = usize::MAX;
        for host in &mut plan.hosts {
            host.app.meta_len = META_BYTES;
            host.app.ack_payload = Bytes::from_static(&[0; ACK_BYTES]);
        }
        let all: Vec<HostNo> = (0..MEMBERS).collect();
        all.iter().for_each(|&host| plan.at(Instant::ZERO, Deed::Start(host)));
        plan.at(Instant::ZERO, Deed::Acquaint(all));
        for (start, end) in self.blocks() {
            for &host in chosen {
                let (begins, ends) = match setup.anomaly {
                    Anomaly::Blocked => (Deed::Hold(host), Deed::Release(host)),
                    Anomaly::Stopped => (Deed::Pause(host), Deed::Resume(host)),
                };
                plan.at(begin() + start, begins);
                plan.at(begin() + end, ends);
            }
        }
        plan
    }

    /// When members block, from the experiment's begin on.
    fn blocks(&self) -> impl Iterator<Item = (Duration, Duration)> + use<> {
        let (block, pause) = (Duration::from_millis(self.block), Duration::from_millis(self.pause));
        let once = self.schedule == Schedule::Threshold;
        let mut next = Some(QUIET);
        core::iter::from_fn(move || {
            let start = next?;
            let end = start + block;
            next = (!once && end < LASTS).then_some(end + pause);
            Some((start, end))
        })
    }
}

fn begin() -> Instant {
    Instant::ZERO + SETTLE
}

#[cfg(test)]
mod tests {
    use super::*;

    fn case(schedule: Schedule, anomalous: u32, block: u64, pause: u64) -> Case {
        Case { setup: 0, schedule, anomalous, block, pause, repetition: 0 }
    }

    /// Section 1.1 of the plan: 540 and 4,320 runs in ten repetitions, of 120.0 to 149.1 s.
    #[test]
    fn there_are_as_many_cases_as_in_the_paper() {
        assert_eq!(all(Schedule::Threshold, 1, 10).len(), 540);
        let interval = all(Schedule::Interval, 1, 10);
        assert_eq!(interval.len(), 4_320);
        let spans: Vec<f64> = interval.iter().map(|case| case.span().as_secs_f64()).collect();
        let mean = spans.iter().sum::<f64>() / spans.len() as f64;
        let most = spans.iter().copied().fold(0.0, f64::max);
        assert_eq!((format!("{mean:.2}"), format!("{most:.1}")), ("127.17".into(), "149.1".into()));
        assert!(spans.iter().all(|span| *span >= 120.0));
    }

    #[test]
    fn each_run_has_a_key_of_its_own() {
        let setups = setup::rows();
        let mut keys: Vec<String> = [Schedule::Threshold, Schedule::Interval]
            .into_iter()
            .flat_map(|schedule| all(schedule, setups.len(), 2))
            .map(|case| case.key(&setups[case.setup]))
            .collect();
        let count = keys.len();
        keys.sort();
        keys.dedup();
        assert_eq!(keys.len(), count);
        assert!(keys.iter().all(|key| !key.contains([',', '\n'])));
    }

    #[test]
    fn a_long_block_is_found_and_a_short_one_is_not() {
        let setups = setup::rows();
        for (block, found) in [(128, 0), (16_384, 4)] {
            let figures = case(Schedule::Threshold, 4, block, 0).run(&setups[0]);
            let of = |column| &figures[Watch::column(column)];
            assert_eq!((of("first").len(), of("full").len()), (found, found), "{block}");
            assert!(of("first").iter().all(|latency| (10.5..25.0).contains(latency)));
            assert_eq!(of("healed").len(), 1);
        }
    }
}
