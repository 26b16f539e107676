//! How fast news travels.

use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::future::join_all;
use memberlist::{Events, Meta, Reason};
use serde_json::{Value, json};

use crate::nodes::{Node, Nodes};
use crate::{Failure, PATIENCE};

/// The time from a metadata change until each other node tells it, over all rounds.
pub(crate) async fn meta(nodes: &Nodes, rounds: usize) -> Result<Value, Failure> {
    let mut summary = Summary::default();
    for round in 0..rounds {
        let changed = &nodes.all[round % nodes.all.len()];
        let meta = format!("round {round}");
        let seen = others(nodes, changed).map(|node| seen(node.events(), changed, &meta));
        let started = Instant::now();
        let (updated, times) = tokio::join!(
            changed.update_meta(Meta::try_from(meta.as_str())?),
            tokio::time::timeout(PATIENCE, join_all(seen.collect::<Vec<_>>())),
        );
        updated?;
        let times = times.map_err(|_| "a metadata change was never seen")?;
        summary.add(times.into_iter().flatten().map(|time| time - started));
        tokio::time::sleep(BETWEEN).await;
    }
    Ok(summary.report())
}

async fn seen(
    mut events: Events<smol_str::SmolStr, std::net::SocketAddr>,
    changed: &Node,
    meta: &str,
) -> Option<Instant> {
    let id = changed.local().id().clone();
    while let Some(event) = events.next().await {
        if *event.member().id() == id && event.member().meta().as_bytes() == meta.as_bytes() {
            return Some(Instant::now());
        }
    }
    None
}

/// The time from a broadcast until the application of each other node has it.
pub(crate) async fn broadcast(nodes: &mut Nodes, rounds: usize) -> Result<Value, Failure> {
    let mut summary = Summary::default();
    let mut lost = 0;
    for round in 0..rounds {
        let origin = nodes.all[round % nodes.all.len()].clone();
        let text = Bytes::from(format!("broadcast {round}"));
        let started = Instant::now();
        drop(origin.broadcast(text.clone()).await?);
        let mut times = Vec::new();
        while times.len() + 1 < nodes.all.len() {
            match tokio::time::timeout(LOST_AFTER, nodes.arrivals.recv()).await {
                Ok(Some((at, bytes))) if bytes == text => times.push(at - started),
                Ok(_) => {}
                Err(_) => break,
            }
        }
        lost += nodes.all.len() - 1 - times.len();
        summary.add(times.into_iter());
        tokio::time::sleep(BETWEEN).await;
    }
    let mut report = summary.report();
    report["lost"] = json!(lost);
    Ok(report)
}

/// The time from the end of a node that says nothing until the first and the last of the others
/// report it failed.
pub(crate) async fn failure(nodes: &mut Nodes) -> Result<Value, Failure> {
    let killed = nodes.all.pop().ok_or("there is no node to kill")?;
    let id = killed.local().id().clone();
    let reports = nodes.all.iter().map(|node| {
        let (mut events, id) = (node.events(), id.clone());
        async move {
            while let Some(event) = events.next().await {
                if *event.member().id() == id && event.reason == Reason::Failed {
                    return Some(Instant::now());
                }
            }
            None
        }
    });
    let reports: Vec<_> = reports.collect();
    let started = Instant::now();
    killed.shutdown().await;
    let times = tokio::time::timeout(PATIENCE, join_all(reports)).await;
    let times = times.map_err(|_| "the failure was never reported by all")?;
    let mut summary = Summary::default();
    summary.add(times.into_iter().flatten().map(|time| time - started));
    Ok(summary.report())
}

fn others<'n>(nodes: &'n Nodes, without: &Node) -> impl Iterator<Item = &'n Node> {
    let id = without.local().id().clone();
    nodes.all.iter().filter(move |node| *node.local().id() != id)
}

/// Times of one kind of news, round by round.
#[derive(Default)]
struct Summary {
    all: Vec<f64>,
    lasts: Vec<f64>,
}

impl Summary {
    fn add(&mut self, times: impl Iterator<Item = Duration>) {
        let mut times: Vec<f64> = times.map(|time| time.as_secs_f64() * 1e3).collect();
        times.sort_by(f64::total_cmp);
        self.lasts.extend(times.last());
        self.all.extend(times);
    }

    /// The median over all nodes and rounds; the last node of the median and of the worst round.
    fn report(mut self) -> Value {
        self.all.sort_by(f64::total_cmp);
        self.lasts.sort_by(f64::total_cmp);
        let middle = |times: &[f64]| times.get(times.len() / 2).copied();
        json!({
            "first": self.all.first(), "median": middle(&self.all),
            "last_median": middle(&self.lasts), "last_worst": self.lasts.last(),
        })
    }
}

/// Until what one round has set off is spent.
const BETWEEN: Duration = Duration::from_millis(700);

/// A broadcast that has not come by then never does.
const LOST_AFTER: Duration = Duration::from_secs(10);
