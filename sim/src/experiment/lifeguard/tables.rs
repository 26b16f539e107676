//! Tables IV to VII in the paper's form: its value in brackets behind ours.

use super::case::{MEMBERS, Schedule};
use super::paper;
use super::results::{PAPER_REPETITIONS, Results};
use super::setup::SWEEP;
use crate::report::{Table, interval};

/// Table IV.
pub(super) fn false_deaths(results: &Results<'_>) -> Table {
    let repetitions = results.repetitions(Schedule::Interval);
    let title = format!(
        "Table IV: false deaths (FP) and those at members that did not block (FP-, rare), \
         {repetitions} of 10 repetitions, scaled"
    );
    let head = ["", "FP events", "FP- events", "FP % SWIM", "FP- % SWIM", "FP, 95 % interval"];
    let mut table = Table::new(title, head);
    let sum = |setup, column| results.sum(Schedule::Interval, setup, column, |_| true);
    for (at, setup) in results.rows(Schedule::Interval) {
        let theirs = |column: usize| paper::FALSE_DEATHS.get(at).map(|row| row[column]);
        let base = |column: usize| paper::FALSE_DEATHS[0][column];
        let part = |column: usize| theirs(column).map(|value| percent(value, base(column)));
        let ours = ["fp", "fp-"].map(|column| sum(at, column));
        let swim = ["fp", "fp-"].map(|column| sum(0, column));
        table.row([
            setup.name.clone(),
            beside(ours[0], theirs(0), 0),
            beside(ours[1], theirs(1), 0),
            beside(percent(ours[0], swim[0]), part(0), 2),
            beside(percent(ours[1], swim[1]), part(1), 2),
            spread(results, at),
        ]);
    }
    table
}

/// The interval of a configuration's false deaths over its repetitions.
fn spread(results: &Results<'_>, setup: usize) -> String {
    let of = |repetition| {
        let which = |case: &super::case::Case| case.repetition == repetition;
        let deaths = results.numbers(Schedule::Interval, setup, "fp", which);
        deaths.iter().sum::<f64>() * PAPER_REPETITIONS
    };
    let totals: Vec<f64> = (0..results.repetitions(Schedule::Interval)).map(of).collect();
    let mean = |drawn: &[&f64]| drawn.iter().copied().sum::<f64>() / drawn.len() as f64;
    match interval(&totals, 0.95, 1, mean) {
        Some((low, high)) if totals.len() > 2 => format!("{low:.0} to {high:.0}"),
        _ => "too few".to_owned(),
    }
}

/// Table V.
pub(super) fn latency(results: &Results<'_>) -> Table {
    let title = format!(
        "Table V: seconds until the first has noticed, and until all that did not block have, \
         {} repetitions",
        results.repetitions(Schedule::Threshold)
    );
    let head = [
        "",
        "Med 1st",
        "99 % 1st",
        "99.9 % 1st",
        "Med full",
        "99 % full",
        "99.9 % full",
        "samples",
    ];
    let mut table = Table::new(title, head);
    for (at, setup) in results.rows(Schedule::Threshold) {
        let theirs = |column: usize| paper::LATENCY.get(at).map(|row| row[column]);
        let mut cells = vec![setup.name.clone()];
        for (column, (kind, q)) in LATENCIES.into_iter().enumerate() {
            let ours = results.latency(at, kind, q);
            cells.push(ours.map_or("none".into(), |ours| beside(ours, theirs(column), 2)));
        }
        let count = |column| results.numbers(Schedule::Threshold, at, column, |_| true).len();
        cells.push(format!("{} / {}", count("first"), count("full")));
        table.row(cells);
    }
    table
}

/// The columns of Table V.
pub(super) const LATENCIES: [(&str, f64); 6] = [
    ("first", 0.5),
    ("first", 0.99),
    ("first", 0.999),
    ("full", 0.5),
    ("full", 0.99),
    ("full", 0.999),
];

/// Table VI.
pub(super) fn load(results: &Results<'_>) -> Table {
    let repetitions = results.repetitions(Schedule::Interval);
    let title = format!(
        "Table VI: datagrams and pings over streams, and bytes of datagrams without UDP and IP \
         heads, {repetitions} of 10 repetitions, scaled"
    );
    let head = ["", "Msgs (M)", "GiB", "Msgs %", "Bytes %", "msgs/node/s", "B/node/s"];
    let mut table = Table::new(title, head);
    let sum = |setup, column| results.sum(Schedule::Interval, setup, column, |_| true);
    for (at, setup) in results.rows(Schedule::Interval) {
        let theirs = |column: usize| paper::LOAD.get(at).map(|row| row[column]);
        let part =
            |column: usize| theirs(column).map(|value| percent(value, paper::LOAD[0][column]));
        let (messages, bytes) = (sum(at, "messages"), sum(at, "bytes"));
        let node_seconds = sum(at, "seconds") * f64::from(MEMBERS);
        table.row([
            setup.name.clone(),
            beside(messages / 1e6, theirs(0), 2),
            beside(bytes / GIB, theirs(1), 2),
            beside(percent(messages, sum(0, "messages")), part(0), 2),
            beside(percent(bytes, sum(0, "bytes")), part(1), 2),
            format!("{:.2}", messages / node_seconds),
            format!("{:.0}", bytes / node_seconds),
        ]);
    }
    table
}

const GIB: f64 = (1u64 << 30) as f64;

/// Table VII. The first configuration is SWIM, the others are the columns.
pub(super) fn sweep(results: &Results<'_>) -> Table {
    let title = format!(
        "Table VII: Lifeguard in percent of SWIM, {} repetitions of Threshold, {} of Interval",
        results.repetitions(Schedule::Threshold),
        results.repetitions(Schedule::Interval)
    );
    let columns = SWEEP.map(|(alpha, beta)| format!("α={alpha} β={beta}"));
    let mut table = Table::new(title, [String::new()].into_iter().chain(columns));
    for (row, (name, theirs)) in paper::SWEEP.into_iter().enumerate() {
        let mut cells = vec![name.to_owned()];
        for (column, theirs) in theirs.into_iter().enumerate() {
            let ours = percent(swept(results, row, column + 1), swept(results, row, 0));
            cells.push(beside(ours, Some(theirs), 2));
        }
        table.row(cells);
    }
    table
}

/// What a row of Table VII shows of one configuration.
fn swept(results: &Results<'_>, row: usize, setup: usize) -> f64 {
    let latency = |column, q| results.latency(setup, column, q).unwrap_or(f64::NAN);
    let deaths = |column| results.sum(Schedule::Interval, setup, column, |_| true);
    match row {
        0 => latency("first", 0.5),
        1 => latency("full", 0.5),
        2 => latency("first", 0.99),
        3 => latency("full", 0.99),
        4 => latency("first", 0.999),
        5 => latency("full", 0.999),
        6 => deaths("fp"),
        _ => deaths("fp-"),
    }
}

fn percent(of: f64, whole: f64) -> f64 {
    100.0 * of / whole
}

/// Our value, and the paper's in brackets where it has one.
pub(super) fn beside(ours: f64, theirs: Option<f64>, digits: usize) -> String {
    match theirs {
        Some(theirs) => format!("{ours:.digits$} [{theirs:.digits$}]"),
        None => format!("{ours:.digits$}"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::case::Case;
    use super::super::setup::{Setup, rows, sweep};
    use super::super::watch::{COLUMNS, Watch};
    use super::*;
    use crate::experiment::Figures;

    /// One run of each configuration. Its false deaths are `deaths` divided by its number from 1,
    /// one in ten of them at healthy members.
    fn runs(schedule: Schedule, setups: &[Setup], deaths: f64) -> (Vec<Case>, Vec<Figures>) {
        let case =
            |setup| Case { setup, schedule, anomalous: 1, block: 128, pause: 1, repetition: 0 };
        let figures = |setup: usize| {
            let deaths = deaths / (setup + 1) as f64;
            let mut figures: Figures = vec![vec![deaths]; COLUMNS.len()];
            figures[Watch::column("fp-")] = vec![deaths / 10.0];
            figures[Watch::column("first")] = vec![10.0, 20.0];
            figures
        };
        (0..setups.len()).map(|setup| (case(setup), figures(setup))).unzip()
    }

    #[test]
    fn false_deaths_are_scaled_to_ten_repetitions_and_compared_with_swim() {
        let setups = rows();
        let (cases, found) = runs(Schedule::Interval, &setups, 600.0);
        let table = false_deaths(&Results::new(&setups, &cases, &found));
        let cells = ["6000 [339002]", "600 [1326]", "100.00 [100.00]", "100.00 [100.00]"];
        assert_eq!(table.rows[0][1..5], cells);
        let cells = ["3000 [229574]", "300 [436]", "50.00 [67.72]", "50.00 [32.88]", "too few"];
        assert_eq!(table.rows[1][1..], cells);
        assert_eq!(table.rows[5][1], "1000", "the paper has no such row");
    }

    #[test]
    fn latencies_are_quantiles_of_all_runs() {
        let setups = rows();
        let (cases, found) = runs(Schedule::Threshold, &setups, 1.0);
        let table = latency(&Results::new(&setups, &cases, &found));
        let cells = ["SWIM", "15.00 [12.44]", "19.90 [16.96]", "19.99 [19.40]"];
        assert_eq!(table.rows[0][..4], cells);
        assert_eq!(table.rows[0][7], "2 / 1");
    }

    #[test]
    fn the_sweep_is_in_percent_of_its_first_configuration() {
        let setups = sweep();
        let (mut cases, mut found) = runs(Schedule::Threshold, &setups, 1.0);
        let (more_cases, more_found) = runs(Schedule::Interval, &setups, 1_000.0);
        cases.extend(more_cases);
        found.extend(more_found);
        let table = super::sweep(&Results::new(&setups, &cases, &found));
        assert_eq!(table.rows[0][..2], ["Med First", "100.00 [53.14]"]);
        assert_eq!(table.rows[6][..2], ["FP", "50.00 [98.37]"]);
        assert_eq!(table.rows[7][9], "10.00 [1.89]");
    }
}
