//! The same, resolved: by the number of members that block, by the length of blocks and pauses.

use super::case::{ANOMALOUS, BLOCKS, Case, PAUSES, Schedule};
use super::paper;
use super::results::Results;
use super::tables::beside;
use crate::report::{Plot, Report, Scale, Table, quantile, sorted};

/// Figures 2 and 3, and false deaths by the length of blocks and pauses.
pub(super) fn false_deaths(results: &Results<'_>, report: &mut Report) {
    let (all, healthy) = (&paper::FALSE_DEATHS_BY_C[..], &paper::AT_HEALTHY_BY_C[..]);
    by_anomalous(results, report, "fp", "false deaths", "figure-2", all);
    by_anomalous(results, report, "fp-", "false deaths at healthy members", "figure-3", healthy);
    let block = |case: &Case| case.block;
    report.table("by-block", &split(results, "fp", "False deaths by D (ms)", &BLOCKS, block));
    let pause = |case: &Case| case.pause;
    report.table("by-pause", &split(results, "fp", "False deaths by I (ms)", &PAUSES, pause));
    report.table("suspicions", &suspicions(results));
}

/// How many of the blocks are noticed by when, and how long it then takes to be whole again.
pub(super) fn latency(results: &Results<'_>, report: &mut Report) {
    let curves = results.rows(Schedule::Threshold).map(|(at, setup)| {
        let noticed = sorted(results.numbers(Schedule::Threshold, at, "first", |_| true));
        let share = |percent| Some((quantile(&noticed, percent / 100.0)?, percent));
        (setup.name.clone(), (0..=100).map(f64::from).filter_map(share).collect())
    });
    let plot = Plot {
        title: "Threshold: blocks that somebody has noticed".to_owned(),
        x: "seconds since the block began".to_owned(),
        y: "percent of those that are noticed".to_owned(),
        curves: curves.collect(),
        ..Plot::default()
    };
    report.plot("noticed", &plot);
    report.table("healing", &healing(results));
}

fn by_anomalous(
    results: &Results<'_>,
    report: &mut Report,
    column: &str,
    what: &str,
    file: &str,
    theirs: &[[f64; 9]],
) {
    let sum = |setup: usize, anomalous: u32| {
        let which = |case: &Case| case.anomalous == anomalous;
        results.sum(Schedule::Interval, setup, column, which)
    };
    let head = ANOMALOUS.map(|anomalous| format!("C={anomalous}"));
    let title = format!("Interval: {what} by the number of members that block");
    let mut table = Table::new(title.clone(), [String::new()].into_iter().chain(head));
    let mut curves = Vec::new();
    for (at, setup) in results.rows(Schedule::Interval) {
        let ours = ANOMALOUS.map(|anomalous| sum(at, anomalous));
        let theirs = |column: usize| theirs.get(at).map(|row| row[column]);
        let cells = ours.iter().enumerate().map(|(column, sum)| beside(*sum, theirs(column), 0));
        table.row([setup.name.clone()].into_iter().chain(cells));
        let points =
            ANOMALOUS.iter().zip(ours).map(|(anomalous, sum)| (f64::from(*anomalous), sum));
        curves.push((setup.name.clone(), points.collect()));
    }
    report.table(file, &table);
    let (x, y) = ("members that block".to_owned(), "events in ten repetitions".to_owned());
    report.plot(file, &Plot { title, x, y, y_scale: Scale::Log, curves, ..Plot::default() });
}

/// One column of figures by one property of the cases.
fn split(
    results: &Results<'_>,
    column: &str,
    title: &str,
    values: &[u64],
    of: fn(&Case) -> u64,
) -> Table {
    let head = values.iter().map(u64::to_string);
    let mut table = Table::new(title, [String::new()].into_iter().chain(head));
    for (at, setup) in results.rows(Schedule::Interval) {
        let sum =
            |value: &u64| results.sum(Schedule::Interval, at, column, |case| of(case) == *value);
        let cells = values.iter().map(|value| format!("{:.0}", sum(value)));
        table.row([setup.name.clone()].into_iter().chain(cells));
    }
    table
}

/// How often anybody suspected a member that never blocked.
fn suspicions(results: &Results<'_>) -> Table {
    let title = "Interval: suspicions of members that did not block";
    let mut table = Table::new(title, ["", "suspicions", "per false death"]);
    for (at, setup) in results.rows(Schedule::Interval) {
        let sum = |column| results.sum(Schedule::Interval, at, column, |_| true);
        let (suspicions, deaths) = (sum("suspicions"), sum("fp"));
        let each = format!("{:.1}", suspicions / deaths);
        table.row([setup.name.clone(), format!("{suspicions:.0}"), each]);
    }
    table
}

/// How long it takes until everybody is seen alive again.
fn healing(results: &Results<'_>) -> Table {
    let title = "Threshold, D from 8192 ms: seconds from the end of the block until everybody sees \
                 everybody alive";
    let mut table = Table::new(title, ["", "median", "99 %", "longest", "not in time"]);
    for (at, setup) in results.rows(Schedule::Threshold) {
        let long = |case: &Case| case.block >= 8_192;
        let numbers = |column| results.numbers(Schedule::Threshold, at, column, long);
        let healed = sorted(numbers("healed"));
        let quantile = |q| quantile(&healed, q).map_or("none".into(), |time| format!("{time:.2}"));
        let missing = numbers("seconds").len() - healed.len();
        let name = setup.name.clone();
        table.row([name, quantile(0.5), quantile(0.99), quantile(1.0), missing.to_string()]);
    }
    table
}
