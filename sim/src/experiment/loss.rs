//! Who is wronged when packets are lost: probes that fail, suspicions and false deaths, next to the
//! formulas for independent loss.

use core::time::Duration;

use memberlist_core::config::{Config, Options};
use memberlist_core::time::Instant;

use super::series::{Case, Finds, Series, show};
use super::{Entry, Figures};
use crate::estimate::Forecast;
use crate::meter::Meter;
use crate::plan::Plan;
use crate::report::{Plot, Report, Scale, Table};
use crate::world::World;

/// False suspicions and deaths against loss.
pub const LOSS: Entry = Entry {
    name: "loss",
    about: "false suspicions and deaths at 0 to 30 % loss, next to the formulas",
    build: |settings| {
        let repetitions = settings.repetitions.unwrap_or(2);
        Box::new(Series {
            name: "loss",
            settings: "members 128, settle 10 s, lasts 600 s",
            columns: &["probes", "failed", "suspicions", "deaths", "packets"],
            cases: cases(repetitions),
            measure: |case: &LossCase, seed| case.measure(seed),
            report,
        })
    },
};

const MEMBERS: u32 = 128;
const SETTLE: Duration = Duration::from_secs(10);
const LASTS: Duration = Duration::from_secs(600);

/// Percent.
const LOSSES: [u32; 9] = [0, 1, 2, 5, 10, 15, 20, 25, 30];

const SETS: [&str; 3] = ["default", "no stream pings", "SWIM, no stream pings"];

struct LossCase {
    set: usize,
    loss: u32,
    repetition: u32,
}

fn cases(repetitions: u32) -> Vec<LossCase> {
    let mut cases = Vec::new();
    for repetition in 0..repetitions {
        for loss in LOSSES {
            cases.extend((0..SETS.len()).map(|set| LossCase { set, loss, repetition }));
        }
    }
    cases
}

impl Case for LossCase {
    fn key(&self) -> String {
        let set = SETS[self.set].replace(',', "");
        format!("{set} loss={} % rep={}", self.loss, self.repetition)
    }

    fn weight(&self) -> u64 {
        u64::from(10 + self.loss)
    }
}

fn config(set: usize) -> Config {
    let mut options = Options::lan();
    options.disable_reliable_pings = set > 0;
    if set == 2 {
        options.local_health = false;
        options.suspicion_scaling = false;
        options.buddy_system = false;
        options.nacks = false;
        options.eager_gossip = false;
    }
    options.check().expect("a test checks it")
}

fn share(loss: u32) -> f64 {
    f64::from(loss) / 100.0
}

impl LossCase {
    fn measure(&self, seed: u64) -> Figures {
        let begin = Instant::ZERO + SETTLE;
        let mut plan = Plan::acquainted(seed, MEMBERS as usize, &config(self.set), begin + LASTS);
        plan.weather.loss = share(self.loss);
        let mut world = World::new(plan, Meter::default());
        world.run_until(begin);
        let counters =
            |world: &World<Meter>| ["probes", "probes_failed"].map(|c| counted(world, c));
        let (before, sent) = (counters(&world), world.observer().load.total().sent);
        world.run();
        let after = counters(&world);
        let views = &world.observer().views;
        let packets = world.observer().load.total().sent - sent;
        [
            after[0] - before[0],
            after[1] - before[1],
            views.false_suspicions(begin) as u64,
            views.false_deaths(begin) as u64,
            packets,
        ]
        .map(|count| vec![count as f64])
        .to_vec()
    }
}

/// What all engines have counted under a name.
fn counted(world: &World<Meter>, name: &str) -> u64 {
    let engines = world.hosts().iter().filter_map(|host| host.engine());
    let stats = engines.flat_map(|engine| engine.stats());
    stats.filter(|(found, _)| *found == name).map(|(_, count)| count).sum()
}

fn report(finds: &Finds<'_, LossCase>, mut report: Report) -> Report {
    for (set, name) in SETS.iter().enumerate() {
        report.table(&format!("set-{set}"), &table(finds, set, name));
    }
    report.text(
        "In brackets: the formulas, (1-q²)(1-q⁴)³ for a failed probe, with stream pings times \
         1-q²(1-(1-q²)²), and n·e^(-qR) false deaths for each suspicion. They suppose that each \
         failed probe is a suspicion of its own, that nobody's health is worn, and that only \
         gossip tells the accused; a suspicion counts once however many share it.",
    );
    report.plot("failed", &plot(finds));
    report
}

fn table(finds: &Finds<'_, LossCase>, set: usize, name: &str) -> Table {
    let head = [
        "loss %",
        "failed probes",
        "suspicions / node / h",
        "false deaths",
        "expected by suspicions",
        "packets / node / s",
    ];
    let minutes = LASTS.as_secs() / 60;
    let repetitions = finds.numbers("probes", |c| c.set == set && c.loss == 0).len();
    let title = format!("{name}: {MEMBERS} members, {repetitions} × {minutes} minutes each");
    let mut table = Table::new(title, head);
    let config = config(set);
    for loss in LOSSES {
        let of = |case: &LossCase| case.set == set && case.loss == loss;
        let forecast = Forecast::new(MEMBERS, share(loss), &config);
        let suspicions = finds.sum("suspicions", of);
        let runs = finds.numbers("probes", of).len() as f64;
        let node_hours = runs * f64::from(MEMBERS) * LASTS.as_secs_f64() / 3_600.0;
        let failed = finds.sum("failed", of) / finds.sum("probes", of);
        let node_seconds = node_hours * 3_600.0;
        table.row([
            loss.to_string(),
            format!("{failed:.1e} [{:.1e}]", forecast.probe_failure()),
            format!(
                "{} [{:.3}]",
                show(suspicions / node_hours, 3),
                forecast.suspicions_per_node_hour()
            ),
            show(finds.sum("deaths", of), 0),
            format!("{:.1e}", suspicions * forecast.deaths_per_suspicion()),
            show(finds.sum("packets", of) / node_seconds, 2),
        ]);
    }
    table
}

fn plot(finds: &Finds<'_, LossCase>) -> Plot {
    let curve = |name: String, value: &dyn Fn(u32) -> f64| {
        let points = LOSSES.map(|loss| (f64::from(loss), value(loss)));
        (name, points.to_vec())
    };
    let mut curves = Vec::new();
    for (set, name) in SETS.iter().enumerate() {
        let of = |loss: u32| move |case: &LossCase| case.set == set && case.loss == loss;
        curves.push(curve((*name).to_owned(), &|loss| {
            finds.sum("failed", of(loss)) / finds.sum("probes", of(loss))
        }));
        if set < 2 {
            let config = config(set);
            let formula = |loss| Forecast::new(MEMBERS, share(loss), &config).probe_failure();
            curves.push(curve(format!("{name}: formula"), &formula));
        }
    }
    Plot {
        title: "Probes of healthy members that fail".to_owned(),
        x: "loss, %".to_owned(),
        y: "share of probes".to_owned(),
        y_scale: Scale::Log,
        curves,
        ..Plot::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_set_is_sound() {
        assert!((0..SETS.len()).all(|set| config(set).disable_reliable_pings == (set > 0)));
        assert!(cases(2).iter().all(|case| !case.key().contains(',')));
    }
}
