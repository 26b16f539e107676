//! The measurements of SWIM (Das, Gupta and Motivala, DSN 2002, section 5): load, first detection,
//! infection and the size of a group under loss. Everything in protocol periods.
//!
//! The engine is set as near to the paper's prototype as its options allow: one helper, no streams
//! but for joins, no gossip ticks, nothing of Lifeguard.

use core::time::Duration;

use memberlist_core::config::{Config, Options};
use memberlist_core::time::Instant;
use memberlist_core::types::State;

use super::series::{Case, Finds, Series, beside, show};
use super::{Entry, Figures};
use crate::HostNo;
use crate::deed::Deed;
use crate::dice::Dice;
use crate::meter::Meter;
use crate::plan::Plan;
use crate::report::{Plot, Report, Scale, Table};
use crate::world::World;

/// Section 5 of SWIM.
pub const SWIM: Entry = Entry {
    name: "swim",
    about: "SWIM 2002: load, first detection, infection, a group under loss",
    build: |settings| {
        let repetitions = settings.repetitions.unwrap_or(100);
        Box::new(Series {
            name: "swim",
            settings: "period 2 s, helpers 1, settle 10, load 40 periods",
            columns: &["sent", "received", "first", "median", "last", "group"],
            cases: cases(repetitions),
            measure: |case: &SwimCase, seed| case.measure(seed),
            report,
        })
    },
};

const PERIOD: Duration = Duration::from_secs(2);
const SETTLE: u32 = 10;
const LOAD: u32 = 40;

/// Members; the paper has 4 to 56.
const SIZES: [u32; 7] = [8, 16, 28, 40, 56, 128, 256];

/// Members that join under loss, five seconds apart, and when they are asked how many they see.
const GROUP: u32 = 17;
const JOIN_EACH: Duration = Duration::from_secs(5);
const ASKED: Duration = Duration::from_secs(175);

/// Published: how many members the group has in the end (SWIM+Inf., SWIM+Inf.+Susp.).
const GROUP_PAPER: [(bool, &str, f64); 2] =
    [(false, "shortest suspicion [SWIM+Inf.]", 4.0), (true, "suspicion [SWIM+Inf.+Susp.]", 12.0)];

/// Published, figure 3(b): members and the median infection time.
const INFECTION_PAPER: [(u32, f64); 2] = [(28, 3.03), (56, 2.26)];

struct SwimCase {
    n: u32,
    kind: Kind,
    repetition: u32,
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    /// Load, then one crash.
    Crash,
    /// Joins under 10 % loss; with the paper's suspicion, or the shortest.
    Group { suspicion: bool },
}

fn cases(repetitions: u32) -> Vec<SwimCase> {
    let mut cases = Vec::new();
    for repetition in 0..repetitions {
        cases.extend(SIZES.map(|n| SwimCase { n, kind: Kind::Crash, repetition }));
        cases.extend(GROUP_PAPER.map(|(suspicion, ..)| SwimCase {
            n: GROUP,
            kind: Kind::Group { suspicion },
            repetition,
        }));
    }
    cases
}

impl Case for SwimCase {
    fn key(&self) -> String {
        let kind = match self.kind {
            Kind::Crash => "crash",
            Kind::Group { suspicion: true } => "group suspicion",
            Kind::Group { suspicion: false } => "group shortest",
        };
        format!("{kind} n={} rep={}", self.n, self.repetition)
    }

    fn weight(&self) -> u64 {
        u64::from(self.n)
    }
}

/// `3 * ceil(ln(n + 1))`: sends of an update, and periods of a suspicion.
fn lambda(n: u32) -> f64 {
    3.0 * libm::log(f64::from(n) + 1.0).ceil()
}

/// The options that come nearest.
fn config(n: u32, suspicion: bool) -> Config {
    let mut options = Options::lan();
    options.probe_interval = PERIOD;
    options.probe_timeout = Duration::from_millis(10);
    options.indirect_checks = 1;
    options.disable_reliable_pings = true;
    options.gossip_interval = Duration::ZERO;
    options.push_pull_interval = Duration::ZERO;
    options.eager_gossip = false;
    options.local_health = false;
    options.suspicion_scaling = false;
    options.buddy_system = false;
    options.nacks = false;
    let digits = libm::log10(f64::from(n));
    let near = |value: f64| (value.round() as u32).clamp(1, 100);
    options.retransmit_mult = near(lambda(n) / libm::log10(f64::from(n) + 1.0).ceil());
    options.suspicion_mult = if suspicion { near(lambda(n) / digits.max(1.0)) } else { 1 };
    options.check().expect("a test checks it")
}

impl SwimCase {
    fn measure(&self, seed: u64) -> Figures {
        match self.kind {
            Kind::Crash => self.crash(seed),
            Kind::Group { suspicion } => self.group(seed, suspicion),
        }
    }

    fn crash(&self, seed: u64) -> Figures {
        let config = config(self.n, true);
        let mut dice = Dice::new(seed);
        let begin = Instant::ZERO + PERIOD * SETTLE;
        let after = begin + PERIOD * LOAD;
        let at = after + dice.time(Duration::ZERO, PERIOD);
        let end = at + PERIOD * 60;
        let mut plan = Plan::acquainted(seed, self.n as usize, &config, end);
        let victim = dice.below(self.n as usize) as HostNo;
        plan.at(at, Deed::Crash { host: victim, silent: true });
        let mut world = World::new(plan, Meter::default());
        world.run_until(begin);
        let before = world.observer().load.total();
        world.run_until(after);
        let load = world.observer().load.total() - before;
        let each = |count: u64| vec![count as f64 / f64::from(self.n) / f64::from(LOAD)];
        world.run();
        let times = infection(world.observer(), victim, at);
        let first = times.first().copied();
        let since_first = |time: &f64| time - first.unwrap_or(0.0);
        let median = times.get(times.len() / 2).map(since_first);
        let last = times.last().map(since_first).filter(|_| times.len() + 1 == self.n as usize);
        let list = |value: Option<f64>| value.into_iter().collect();
        vec![
            each(load.sent),
            each(load.received),
            list(first),
            list(median),
            list(last),
            Vec::new(),
        ]
    }

    fn group(&self, seed: u64, suspicion: bool) -> Figures {
        let config = config(self.n, suspicion);
        let mut plan = Plan::new(seed, self.n as usize, &config, Instant::ZERO + ASKED);
        plan.weather.loss = 0.1;
        for host in 0..self.n {
            let at = Instant::ZERO + JOIN_EACH * host;
            plan.at(at, Deed::Start(host));
            plan.at(at, Deed::Join { host, seeds: vec![0] });
        }
        let mut world = World::new(plan, Meter::default());
        world.run();
        let views = &world.observer().views;
        let sizes = (0..self.n).map(|host| f64::from(views.live(host))).collect();
        vec![Vec::new(), Vec::new(), Vec::new(), Vec::new(), Vec::new(), sizes]
    }
}

/// When each member has first suspected the dead one, in periods from the crash, in order.
fn infection(meter: &Meter, victim: HostNo, from: Instant) -> Vec<f64> {
    let mut known = std::collections::BTreeSet::new();
    let verdicts = meter.views.verdicts.iter();
    let about = verdicts.filter(|v| v.subject == victim && v.at >= from && v.state != State::Left);
    let first = about.filter(|v| known.insert(v.observer));
    first.map(|v| (v.at - from).as_secs_f64() / PERIOD.as_secs_f64()).collect()
}

fn report(finds: &Finds<'_, SwimCase>, mut report: Report) -> Report {
    report.table("crash", &crash_table(finds));
    report.table("group", &group_table(finds));
    report.text(
        "First detection is the first suspicion after a crash at a random moment. The paper's \
         e/(e-1) = 1.58 periods count whole periods from a period's begin, which a random moment \
         lengthens by half a period on average, and a period ends before it judges. \"to half\" \
         and \"to all\" are from the first suspicion; theory: ln(n-1)/2 and ln n.",
    );
    report.plot("infection", &plot(finds));
    report
}

fn crash_table(finds: &Finds<'_, SwimCase>) -> Table {
    let head = [
        "members",
        "sent",
        "received",
        "first, mean",
        "first, 99 %",
        "to half, median",
        "to all, median",
        "to all, longest",
    ];
    let title = "SWIM 2002: messages per member and period, and periods after a crash";
    let mut table = Table::new(title, head);
    for n in SIZES {
        let of = |case: &SwimCase| case.n == n && case.kind == Kind::Crash;
        let paper = INFECTION_PAPER.iter().find(|(members, _)| *members == n);
        let half = finds.quantile("median", 0.5, of);
        table.row([
            n.to_string(),
            beside(finds.mean("sent", of), 2.0, 2),
            beside(finds.mean("received", of), 2.0, 2),
            beside(finds.mean("first", of), 1.58, 2),
            show(finds.quantile("first", 0.99, of), 2),
            paper.map_or_else(|| show(half, 2), |(_, theirs)| beside(half, *theirs, 2)),
            show(finds.quantile("last", 0.5, of), 2),
            show(finds.quantile("last", 1.0, of), 2),
        ]);
    }
    table
}

fn group_table(finds: &Finds<'_, SwimCase>) -> Table {
    let title = "SWIM 2002: members seen 175 s after the first of 17 began to join, 10 % loss";
    let mut table = Table::new(title, ["", "median", "lowest", "5 %", "mean"]);
    for (suspicion, name, theirs) in GROUP_PAPER {
        let of = |case: &SwimCase| case.kind == Kind::Group { suspicion };
        let quantile = |q| finds.quantile("group", q, of);
        table.row([
            name.to_owned(),
            beside(quantile(0.5), theirs, 0),
            show(quantile(0.0), 0),
            show(quantile(0.05), 0),
            show(finds.mean("group", of), 2),
        ]);
    }
    table
}

fn plot(finds: &Finds<'_, SwimCase>) -> Plot {
    let curve = |name: &str, value: &dyn Fn(u32) -> f64| {
        (name.to_owned(), SIZES.map(|n| (f64::from(n), value(n))).to_vec())
    };
    let of = |n: u32| move |case: &SwimCase| case.n == n && case.kind == Kind::Crash;
    Plot {
        title: "SWIM: periods until half, and all, know of a crash".to_owned(),
        x: "members".to_owned(),
        y: "periods".to_owned(),
        x_scale: Scale::Log,
        curves: vec![
            curve("half", &|n| finds.quantile("median", 0.5, of(n))),
            curve("ln(n-1)/2", &|n| libm::log(f64::from(n) - 1.0) / 2.0),
            curve("all", &|n| finds.quantile("last", 0.5, of(n))),
            curve("ln n", &|n| libm::log(f64::from(n))),
        ],
        ..Plot::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_options_are_those_of_the_paper() {
        for n in SIZES.into_iter().chain([GROUP]) {
            let config = config(n, true);
            let sends = f64::from(config.retransmit_mult) * libm::log10(f64::from(n) + 1.0).ceil();
            assert!((sends - lambda(n)).abs() <= 1.5, "{n}: {sends}");
            let periods = f64::from(config.suspicion_mult) * libm::log10(f64::from(n)).max(1.0);
            assert!((periods - lambda(n)).abs() <= 1.3, "{n}: {periods}");
        }
        assert_eq!([17, 40, 56].map(lambda), [9.0, 12.0, 15.0]);
    }

    #[test]
    fn a_small_group_sends_two_messages_a_period_and_finds_a_crash() {
        let figures = SwimCase { n: 8, kind: Kind::Crash, repetition: 0 }.measure(1);
        assert!((1.95..2.3).contains(&figures[0][0]), "{figures:?}");
        assert!((1.0..6.0).contains(&figures[2][0]), "{figures:?}");
        assert_eq!(figures[4].len(), 1, "all hear of it");
    }
}
