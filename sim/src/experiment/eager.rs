//! Eager gossip against gossip that waits for its tick: one update at a time, and a steady stream
//! of broadcasts.

use core::time::Duration;

use memberlist_core::config::{Config, Options};
use memberlist_core::time::Instant;

use super::series::{Case, Finds, Series, show};
use super::{Entry, Figures};
use crate::HostNo;
use crate::deed::Deed;
use crate::dice::Dice;
use crate::meter::{Meter, News};
use crate::plan::Plan;
use crate::report::{Plot, Report, Scale, Table};
use crate::world::World;

/// Eager gossip against ticks.
pub const EAGER: Entry = Entry {
    name: "eager",
    about: "eager gossip against ticks: one update, and a steady stream",
    build: |settings| {
        let repetitions = settings.repetitions.unwrap_or(3);
        Box::new(Series {
            name: "eager",
            settings: "settle 10 s, 20 updates 3 s apart, streams of 20 s, 100 B",
            columns: &["half", "most", "all", "missed", "packets", "bytes"],
            cases: cases(repetitions),
            measure: |case: &EagerCase, seed| case.measure(seed),
            report,
        })
    },
};

const SETTLE: Duration = Duration::from_secs(10);
const UPDATES: u32 = 20;
const UPDATE_EACH: Duration = Duration::from_secs(3);
const STREAM: Duration = Duration::from_secs(20);
/// After the last one.
const AFTER: Duration = Duration::from_secs(6);
const PAYLOAD: usize = 100;

/// Broadcasts of the whole cluster in a second; 0: single metadata updates.
const RATES: [u32; 5] = [0, 1, 5, 20, 100];
const SINGLE_SIZES: [u32; 3] = [32, 128, 1_000];
const STREAM_SIZE: u32 = 128;

struct EagerCase {
    n: u32,
    rate: u32,
    eager: bool,
    repetition: u32,
}

fn cases(repetitions: u32) -> Vec<EagerCase> {
    let mut cases = Vec::new();
    for repetition in 0..repetitions {
        for eager in [true, false] {
            let singles = SINGLE_SIZES.map(|n| EagerCase { n, rate: 0, eager, repetition });
            cases.extend(singles);
            let rates = RATES.into_iter().filter(|rate| *rate > 0);
            cases.extend(rates.map(|rate| EagerCase { n: STREAM_SIZE, rate, eager, repetition }));
        }
    }
    cases
}

impl Case for EagerCase {
    fn key(&self) -> String {
        let how = if self.eager { "eager" } else { "ticks" };
        format!("{how} n={} rate={} rep={}", self.n, self.rate, self.repetition)
    }

    fn weight(&self) -> u64 {
        u64::from(self.n * (self.rate + 10))
    }
}

fn config(eager: bool) -> Config {
    let mut options = Options::lan();
    options.eager_gossip = eager;
    options.check().expect("the default ones are sound")
}

impl EagerCase {
    fn lasts(&self) -> Duration {
        if self.rate == 0 { UPDATE_EACH * UPDATES } else { STREAM }
    }

    fn measure(&self, seed: u64) -> Figures {
        let begin = Instant::ZERO + SETTLE;
        let after = begin + self.lasts();
        let mut plan = Plan::acquainted(seed, self.n as usize, &config(self.eager), after + AFTER);
        self.plan_news(&mut plan, begin, &mut Dice::new(seed));
        let mut world = World::new(plan, Meter::default());
        world.run_until(begin);
        let before = world.observer().load.total();
        world.run();
        let load = world.observer().load.total() - before;
        let node_seconds = f64::from(self.n) * (self.lasts() + AFTER).as_secs_f64();
        let spread = &world.observer().spread;
        let news = if self.rate == 0 { &spread.updates } else { &spread.broadcasts };
        let others = self.n as usize - 1;
        let after = |news: &News, others| news.seconds_to(others).map(|time| time * 1_000.0);
        let to = |others: usize| news.iter().filter_map(|news| after(news, others)).collect();
        let missed = |news: &News| others.saturating_sub(news.heard.len());
        let missed: usize = news.iter().map(missed).sum();
        vec![
            to(others.div_ceil(2)),
            to((others * 99).div_ceil(100)),
            to(others),
            vec![missed as f64],
            vec![load.sent as f64 / node_seconds],
            vec![load.sent_bytes as f64 / node_seconds],
        ]
    }

    fn plan_news(&self, plan: &mut Plan, begin: Instant, dice: &mut Dice) {
        let any = |dice: &mut Dice| dice.below(self.n as usize) as HostNo;
        if self.rate == 0 {
            for at in 0..UPDATES {
                let when = begin + UPDATE_EACH * at + dice.time(Duration::ZERO, UPDATE_EACH / 3);
                plan.at(when, Deed::SetMeta { host: any(dice), len: 1 + at as usize });
            }
            return;
        }
        for _ in 0..self.rate * STREAM.as_secs() as u32 {
            let when = begin + dice.time(Duration::ZERO, STREAM);
            plan.at(when, Deed::Broadcast { host: any(dice), len: PAYLOAD, key: 0 });
        }
    }
}

fn report(finds: &Finds<'_, EagerCase>, mut report: Report) -> Report {
    report.table("single", &singles(finds));
    report.table("stream", &streams(finds));
    report.text(
        "Milliseconds from the moment that a node has something to say until half, 99 % and all of \
         the others have heard it. Packets and bytes count everything that is sent meanwhile, \
         quiet probes (2 packets per node and second) as well. Missed are deliveries that had not \
         come six seconds after the last one began; the times are of those that reached so many.",
    );
    report.plot("stream", &plot(finds));
    report
}

const HEAD: [&str; 8] =
    ["", "half, median", "99 %, median", "all, median", "all, 99 %", "missed", "packets", "bytes"];

fn row(
    finds: &Finds<'_, EagerCase>,
    name: String,
    of: impl Fn(&EagerCase) -> bool + Copy,
) -> [String; 8] {
    [
        name,
        show(finds.quantile("half", 0.5, of), 1),
        show(finds.quantile("most", 0.5, of), 1),
        show(finds.quantile("all", 0.5, of), 1),
        show(finds.quantile("all", 0.99, of), 1),
        show(finds.sum("missed", of), 0),
        show(finds.mean("packets", of), 2),
        show(finds.mean("bytes", of), 0),
    ]
}

fn how(eager: bool) -> &'static str {
    if eager { "eager" } else { "ticks" }
}

fn singles(finds: &Finds<'_, EagerCase>) -> Table {
    let mut table =
        Table::new("One update each 3 s: ms; packets and bytes per node and second", HEAD);
    for n in SINGLE_SIZES {
        for eager in [true, false] {
            let of = |c: &EagerCase| (c.n, c.rate, c.eager) == (n, 0, eager);
            table.row(row(finds, format!("{n} members, {}", how(eager)), of));
        }
    }
    table
}

fn streams(finds: &Finds<'_, EagerCase>) -> Table {
    let title = format!("Broadcasts of {PAYLOAD} B in a cluster of {STREAM_SIZE}: the same");
    let mut table = Table::new(title, HEAD);
    for rate in RATES.into_iter().filter(|rate| *rate > 0) {
        for eager in [true, false] {
            let of = |c: &EagerCase| (c.rate, c.eager) == (rate, eager);
            table.row(row(finds, format!("{rate} each second, {}", how(eager)), of));
        }
    }
    table
}

fn plot(finds: &Finds<'_, EagerCase>) -> Plot {
    let curve = |column: &str, eager: bool| {
        let points = RATES.into_iter().filter(|rate| *rate > 0).map(|rate| {
            let of = |c: &EagerCase| (c.rate, c.eager) == (rate, eager);
            (f64::from(rate), finds.quantile(column, 0.5, of))
        });
        (format!("{column}, {}", how(eager)), points.collect())
    };
    Plot {
        title: "Milliseconds until half, and all, have heard a broadcast".to_owned(),
        x: "broadcasts of the cluster in a second".to_owned(),
        y: "ms".to_owned(),
        x_scale: Scale::Log,
        y_scale: Scale::Log,
        curves: vec![
            curve("half", true),
            curve("half", false),
            curve("all", true),
            curve("all", false),
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two rounds of gossip that do not wait reach 32 members within a tick.
    #[test]
    fn an_eager_update_is_faster_than_a_tick() {
        let half = |eager| {
            let case = EagerCase { n: 32, rate: 0, eager, repetition: 0 };
            let figures = case.measure(3);
            assert_eq!(figures[3], [0.0]);
            crate::report::quantile(&crate::report::sorted(figures[0].clone()), 0.5).unwrap()
        };
        let (eager, ticks) = (half(true), half(false));
        assert!(eager < 20.0 && ticks > 100.0, "{eager} {ticks}");
    }
}
