//! A cluster in words, tables and a plot.

use core::fmt::Write as _;

use memberlist_core::config::Config;

use super::cluster::Cluster;
use super::forecast::Forecast;
use super::measured::{Measured, Phase, Times};
use crate::report::{Plot, Report, Scale, Table};

/// False deaths below which their number says nothing about how often they come.
const COUNTABLE: usize = 10;

/// Everything about a cluster. `config`: its options, checked.
pub fn report(cluster: &Cluster, config: &Config, measured: &Measured) -> Report {
    let mut report = Report::new("run");
    let loss = cluster.loss * 100.0;
    let (n, trials) = (cluster.nodes, measured.trials);
    report.text(&format!("# {n} nodes, {loss} % loss\n\nSimulated: {trials} trials."));
    report.table("times", &times(measured));
    let forecast = Forecast::new(cluster.nodes, cluster.loss, config);
    report.table("traffic", &traffic(&forecast, measured));
    report.table("errors", &errors(cluster, &forecast, measured));
    report.text(
        "Bytes are those that each node sends, with the heads of IP, UDP and TCP and the segments \
         that open and end a stream; TCP acknowledgements are left out. Of full exchanges of quiet \
         nodes the bytes are measured and the number is the planned one: they are too rare to be \
         seen in proportion. Pairs that have not met do so with the next full exchange. Formulas \
         suppose that losses are independent of each other and that no node ever stands still.",
    );
    report.plot("times", &plot(measured));
    report
}

fn times(measured: &Measured) -> Table {
    let head = ["seconds", "median", "90 %", "99 %", "longest", "samples", "never"];
    let mut table = Table::new("How long it takes", head);
    for (name, times) in rows(measured) {
        let quantile = |q| times.quantile(q).map_or("-".to_owned(), |time| format!("{time:.3}"));
        let quantiles = [0.5, 0.9, 0.99, 1.0].map(quantile);
        let counts = [times.len().to_string(), times.missed.to_string()];
        table.row([name.to_owned()].into_iter().chain(quantiles).chain(counts));
    }
    table
}

fn rows(measured: &Measured) -> [(&'static str, &Times); 7] {
    [
        ("last join until all see all", &measured.joined),
        ("crash until the first declares it", &measured.first),
        ("crash until all have declared it", &measured.everywhere),
        ("update until half have heard it", &measured.update_half),
        ("update until all have heard it", &measured.update_all),
        ("broadcast until half have heard it", &measured.broadcast_half),
        ("broadcast until all have heard it", &measured.broadcast_all),
    ]
}

fn traffic(forecast: &Forecast<'_>, measured: &Measured) -> Table {
    let head = ["each node and second", "bytes sent", "of these on streams", "datagrams sent"];
    let mut table = Table::new("What it costs", head);
    let quiet = measured.quiet_bytes(forecast.exchanges_per_second());
    for (name, phase) in phases(measured) {
        let bytes = if name == QUIET { quiet } else { phase.bytes() };
        let streams = bytes - phase.datagram_bytes();
        let figures = [bytes, streams].map(|bytes| format!("{bytes:.0}"));
        let packets = format!("{:.2}", phase.packets());
        table.row([name.to_owned()].into_iter().chain(figures).chain([packets]));
    }
    table
}

const QUIET: &str = "quiet";

fn phases(measured: &Measured) -> [(&'static str, &Phase); 4] {
    [
        ("joining", &measured.joining),
        (QUIET, &measured.quiet),
        ("updates and broadcasts", &measured.busy),
        ("crashes", &measured.crashing),
    ]
}

fn errors(cluster: &Cluster, forecast: &Forecast<'_>, measured: &Measured) -> Table {
    let node_hours = measured.node_seconds / 3_600.0;
    let days = node_hours / f64::from(cluster.nodes) / 24.0;
    let head = ["", "counted", "by the count", "by the formula"];
    let mut table = Table::new(format!("Who is wronged, in {node_hours:.1} node-hours"), head);
    let by_count = |count: usize, over: f64| match count {
        0..COUNTABLE => "too rare to count".to_owned(),
        _ => short(count as f64 / over),
    };
    table.row([
        "false suspicions, each node and hour".to_owned(),
        measured.suspicions.to_string(),
        by_count(measured.suspicions, node_hours),
        short(forecast.suspicions_per_node_hour()),
    ]);
    table.row([
        "false deaths, cluster and day, each observer counted".to_owned(),
        measured.false_deaths.to_string(),
        by_count(measured.false_deaths, days),
        short(forecast.deaths_per_day()),
    ]);
    table.row([
        "pairs that had not met after the joins, each trial".to_owned(),
        measured.unseen.to_string(),
        format!("{:.2}", measured.unseen as f64 / measured.trials.max(1) as f64),
        short(forecast.missed_joins()),
    ]);
    table
}

/// Three digits, whatever the size.
fn short(value: f64) -> String {
    match value {
        0.0 => "0".to_owned(),
        0.01..1e4 => format!("{value:.3}"),
        _ => format!("{value:.1e}"),
    }
}

fn plot(measured: &Measured) -> Plot {
    let curves = [
        ("crash, first", &measured.first),
        ("crash, everywhere", &measured.everywhere),
        ("update, half", &measured.update_half),
        ("update, all", &measured.update_all),
        ("broadcast, half", &measured.broadcast_half),
        ("broadcast, all", &measured.broadcast_all),
    ];
    let curve = |(name, times): (&str, &Times)| (name.to_owned(), shares(times));
    Plot {
        title: "Share that took at most so long".to_owned(),
        x: "seconds".to_owned(),
        y: "share".to_owned(),
        x_scale: Scale::Log,
        curves: curves.into_iter().map(curve).collect(),
        ..Plot::default()
    }
}

fn shares(times: &Times) -> Vec<(f64, f64)> {
    let all = times.len() as f64;
    let share = |(at, &seconds): (usize, &f64)| (seconds, (at + 1) as f64 / all);
    times.seconds.iter().enumerate().map(share).collect()
}

/// The figures of the report as one JSON object. What is not known is `null`.
pub fn json(cluster: &Cluster, config: &Config, measured: &Measured) -> String {
    let forecast = Forecast::new(cluster.nodes, cluster.loss, config);
    let mut members: Vec<(String, Option<f64>)> = vec![
        ("nodes".to_owned(), Some(f64::from(cluster.nodes))),
        ("loss".to_owned(), Some(cluster.loss)),
        ("trials".to_owned(), Some(measured.trials as f64)),
    ];
    for (name, times) in rows(measured) {
        for (suffix, q) in [("median", 0.5), ("p90", 0.9), ("p99", 0.99), ("max", 1.0)] {
            members.push((format!("{}_seconds_{suffix}", key(name)), times.quantile(q)));
        }
        members.push((format!("{}_never", key(name)), Some(times.missed as f64)));
    }
    let quiet = measured.quiet_bytes(forecast.exchanges_per_second());
    for (name, phase) in phases(measured) {
        let bytes = if name == QUIET { quiet } else { phase.bytes() };
        members.push((format!("{}_bytes_per_node_second", key(name)), Some(bytes)));
        members.push((format!("{}_datagrams_per_node_second", key(name)), Some(phase.packets())));
    }
    let per_hour = forecast.suspicions_per_node_hour();
    members.extend([
        ("node_hours".to_owned(), Some(measured.node_seconds / 3_600.0)),
        ("false_suspicions".to_owned(), Some(measured.suspicions as f64)),
        ("false_suspicions_per_node_hour_by_formula".to_owned(), Some(per_hour)),
        ("false_deaths".to_owned(), Some(measured.false_deaths as f64)),
        ("false_deaths_per_day_by_formula".to_owned(), Some(forecast.deaths_per_day())),
    ]);
    object(&members)
}

fn object(members: &[(String, Option<f64>)]) -> String {
    let mut text = String::new();
    for (at, (name, value)) in members.iter().enumerate() {
        let value = value.filter(|value| value.is_finite());
        let value = value.map_or("null".to_owned(), |value| value.to_string());
        let _ = write!(text, "{}  \"{name}\": {value}", if at == 0 { "" } else { ",\n" });
    }
    format!("{{\n{text}\n}}")
}

fn key(name: &str) -> String {
    name.replace(' ', "_")
}

#[cfg(test)]
mod tests {
    use super::super::cluster::Profile;
    use super::super::trial::trial;
    use super::*;

    #[test]
    fn what_is_too_rare_to_count_is_said_to_be() {
        let mut cluster = Cluster::new(8, Profile::Lan);
        cluster.quiet = core::time::Duration::from_secs(5);
        let config = cluster.check().unwrap();
        let measured = trial(&cluster, 1).unwrap();
        let report = report(&cluster, &config, &measured);
        let page = report.page();
        assert!(
            page.contains("| false suspicions, each node and hour | 0 | too rare to count | 0 |")
        );
        assert!(
            page.contains("crash until all have declared it") && page.contains("run-times.svg")
        );
        let json = json(&cluster, &config, &measured);
        assert!(json.starts_with("{\n  \"nodes\": 8,\n") && json.ends_with('}'));
        assert!(json.contains("\"quiet_bytes_per_node_second\": "));
    }

    #[test]
    fn json_has_no_word_for_what_is_no_number() {
        let members = [("a".to_owned(), Some(f64::NAN)), ("b".to_owned(), Some(1.5))];
        assert_eq!(object(&members), "{\n  \"a\": null,\n  \"b\": 1.5\n}");
        assert_eq!([0.0, 0.5, 2e-5, 3e6].map(short), ["0", "0.500", "2.0e-5", "3.0e6"]);
    }
}
