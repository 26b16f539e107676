//! How a cluster scales: from 16 to 4,096 nodes, what do joining, detection and dissemination take,
//! and what does a node cost?

use core::time::Duration;

use memberlist_core::config::Options;
use memberlist_core::time::Instant;

use super::series::{Case, Finds, Series, show};
use super::{Entry, Figures};
use crate::HostNo;
use crate::deed::Deed;
use crate::dice::Dice;
use crate::meter::{Meter, cpu_seconds, resident_bytes};
use crate::plan::Plan;
use crate::report::{Plot, Report, Scale, Table};
use crate::world::World;

/// Scale curves.
pub const SCALE: Entry = Entry {
    name: "scale",
    about: "16 to 4,096 nodes: joining, detection, dissemination, bytes and CPU per node",
    build: |settings| {
        let repetitions = settings.repetitions.unwrap_or(1);
        Box::new(Series {
            name: "scale",
            settings: "default LAN options, quiet 20 s or more, 10 updates, 5 crashes",
            columns: &[
                "joined",
                "join-bytes",
                "packets",
                "bytes",
                "cpu",
                "half",
                "all",
                "first",
                "everywhere",
                "resident",
            ],
            cases: cases(repetitions),
            measure: |case: &ScaleCase, seed| case.measure(seed),
            report,
        })
    },
};

const SIZES: [u32; 9] = [16, 32, 64, 128, 256, 512, 1_024, 2_048, 4_096];
/// From the first start until nobody says anything new about the joins any more.
const JOIN: Duration = Duration::from_secs(40);
/// At least; small clusters are quiet for longer, for the system tells the time of a core in steps
/// of some milliseconds.
const QUIET: Duration = Duration::from_secs(20);
const QUIET_NODES: u32 = 2_048;
const UPDATES: u32 = 10;
const CRASHES: usize = 5;
/// From the crashes to the end.
const AFTER: Duration = Duration::from_secs(40);

struct ScaleCase {
    n: u32,
    repetition: u32,
}

fn cases(repetitions: u32) -> Vec<ScaleCase> {
    let sizes = |repetition| SIZES.map(|n| ScaleCase { n, repetition });
    (0..repetitions).flat_map(sizes).collect()
}

impl Case for ScaleCase {
    fn key(&self) -> String {
        format!("n={} rep={}", self.n, self.repetition)
    }

    fn weight(&self) -> u64 {
        let n = u64::from(self.n);
        n * n / 20 + n * 100
    }
}

impl ScaleCase {
    fn quiet(&self) -> Duration {
        QUIET * (QUIET_NODES / self.n).max(1)
    }

    fn measure(&self, seed: u64) -> Figures {
        let quiet = Instant::ZERO + JOIN;
        let news = quiet + self.quiet();
        let crashes = news + Duration::from_secs(u64::from(UPDATES));
        let (plan, chosen) = self.plan(seed, news, crashes);
        let end = plan.end;
        let mut world = World::new(plan, Meter::default());
        world.run_until(quiet);
        let joined = world.observer().views.all_see(self.n);
        let joining = world.observer().load.total();
        let cpu = cpu_seconds();
        world.run_until(news);
        let cpu = cpu_seconds().zip(cpu).map(|(after, before)| after - before);
        let load = world.observer().load.total() - joining;
        world.run_until(end);
        let resident = resident_bytes().map(|bytes| bytes as f64 / 1e6);
        let node_seconds = f64::from(self.n) * self.quiet().as_secs_f64();
        let list = |value: Option<f64>| value.into_iter().collect::<Vec<f64>>();
        let others = self.n as usize - 1;
        let updates = &world.observer().spread.updates;
        let to = |others| updates.iter().filter_map(|news| news.seconds_to(others)).collect();
        let (first, everywhere) = self.found(&world, &chosen, crashes);
        vec![
            list(joined.map(|at| (at - Instant::ZERO).as_secs_f64())),
            vec![joining.bytes_out() as f64 / f64::from(self.n) / 1_000.0],
            vec![load.sent as f64 / node_seconds],
            vec![load.sent_bytes as f64 / node_seconds],
            list(cpu.map(|seconds| seconds * 1e6 / node_seconds)),
            to(others.div_ceil(2)),
            to(others),
            first,
            everywhere,
            list(resident),
        ]
    }

    fn plan(&self, seed: u64, news: Instant, crashes: Instant) -> (Plan, Vec<HostNo>) {
        let config = Options::lan().check().expect("the default ones are sound");
        let mut plan = Plan::new(seed, self.n as usize, &config, crashes + AFTER);
        let mut dice = Dice::new(seed);
        for host in 0..self.n {
            plan.at(Instant::ZERO, Deed::Start(host));
        }
        for host in 1..self.n {
            plan.at(Instant::ZERO, Deed::Join { host, seeds: vec![0] });
        }
        for (at, host) in dice.sample(self.n as usize, UPDATES as usize).into_iter().enumerate() {
            let when = news + Duration::from_secs(at as u64);
            let when = when + dice.time(Duration::ZERO, Duration::from_millis(500));
            plan.at(when, Deed::SetMeta { host: host as HostNo, len: 32 });
        }
        let chosen = dice.sample(self.n as usize, CRASHES);
        let chosen: Vec<HostNo> = chosen.into_iter().map(|host| host as HostNo).collect();
        for &host in &chosen {
            plan.at(crashes, Deed::Crash { host, silent: true });
        }
        (plan, chosen)
    }

    fn found(
        &self,
        world: &World<Meter>,
        chosen: &[HostNo],
        crashes: Instant,
    ) -> (Vec<f64>, Vec<f64>) {
        let staying: Vec<HostNo> = (0..self.n).filter(|host| !chosen.contains(host)).collect();
        let views = &world.observer().views;
        let found: Vec<_> = chosen.iter().map(|&host| views.found(host, crashes)).collect();
        let since = |at: Option<Instant>| at.map(|at| (at - crashes).as_secs_f64());
        let first = found.iter().filter_map(|found| since(found.first())).collect();
        let all = found.iter().filter_map(|found| since(found.everywhere(&staying))).collect();
        (first, all)
    }
}

fn report(finds: &Finds<'_, ScaleCase>, mut report: Report) -> Report {
    report.table("times", &times(finds));
    report.table("costs", &costs(finds));
    report.text(
        "All join one seed in the same moment. Bytes are those sent, with the heads of IP, UDP and \
         TCP; quiet bytes leave full exchanges out. CPU is that of the whole simulation in quiet \
         time, network and meters included, for each node and second: more than a node needs. \
         Memory is that of the process at the end of the run, for all nodes; run with `--jobs 1`, \
         or runs share it.",
    );
    let of = |column: &'static str| move |n: u32| finds.quantile(column, 0.5, |c| c.n == n);
    let (joined, everywhere) = (of("joined"), of("everywhere"));
    let (half, all) = (of("half"), of("all"));
    let curves = vec![
        curve("joined", joined),
        curve("crash, everywhere", everywhere),
        curve("update, half", half),
        curve("update, all", all),
    ];
    report.plot("times", &plot("Seconds, by the number of nodes", "seconds", curves));
    let curves = vec![
        curve("quiet bytes/s", of("bytes")),
        curve("CPU, µs/s", of("cpu")),
        curve("kB to join", of("join-bytes")),
    ];
    report.plot("costs", &plot("What each node costs", "", curves));
    report
}

fn times(finds: &Finds<'_, ScaleCase>) -> Table {
    let head =
        ["nodes", "all joined", "first", "everywhere", "longest", "update half", "update all"];
    let mut table = Table::new("Seconds: joins, crashes (median), updates (median)", head);
    for n in SIZES {
        let of = |c: &ScaleCase| c.n == n;
        table.row([
            n.to_string(),
            show(finds.mean("joined", of), 2),
            show(finds.quantile("first", 0.5, of), 2),
            show(finds.quantile("everywhere", 0.5, of), 2),
            show(finds.quantile("everywhere", 1.0, of), 2),
            show(finds.quantile("half", 0.5, of), 3),
            show(finds.quantile("all", 0.5, of), 3),
        ]);
    }
    table
}

fn costs(finds: &Finds<'_, ScaleCase>) -> Table {
    let head = ["nodes", "kB to join", "packets/s", "bytes/s", "CPU µs/s", "memory, MB"];
    let mut table = Table::new("Each node: to join, and in quiet time; memory of all", head);
    for n in SIZES {
        let of = |c: &ScaleCase| c.n == n;
        table.row([
            n.to_string(),
            show(finds.mean("join-bytes", of), 1),
            show(finds.mean("packets", of), 2),
            show(finds.mean("bytes", of), 0),
            show(finds.mean("cpu", of), 0),
            show(finds.mean("resident", of), 0),
        ]);
    }
    table
}

fn curve(name: &str, value: impl Fn(u32) -> f64) -> (String, Vec<(f64, f64)>) {
    (name.to_owned(), SIZES.map(|n| (f64::from(n), value(n))).to_vec())
}

fn plot(title: &str, y: &str, curves: Vec<(String, Vec<(f64, f64)>)>) -> Plot {
    Plot {
        title: title.to_owned(),
        x: "nodes".to_owned(),
        y: y.to_owned(),
        x_scale: Scale::Log,
        y_scale: Scale::Log,
        curves,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sixteen_nodes_are_joined_at_once_and_find_their_dead() {
        let figures = ScaleCase { n: 16, repetition: 0 }.measure(1);
        assert!(figures[0][0] < 2.0, "{figures:?}");
        assert_eq!((figures[6].len(), figures[7].len(), figures[8].len()), (10, 5, 5));
        assert!((1.9..2.2).contains(&figures[2][0]), "{figures:?}");
    }
}
