//! Many cases under every oracle.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;

use indicatif::{ProgressBar, ProgressStyle};
use memberlist_sim::draw::Case;
use memberlist_sim::drill::DRILLS;
use memberlist_sim::oracle::Violation;
use memberlist_sim::sweep::{Outcome, check, shrink};

use super::Done;

/// Which seeds, and what is done with those that fail.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The first seed.
    #[arg(long, default_value_t = 1)]
    from: u64,
    /// How many seeds.
    #[arg(long, default_value_t = 1_000)]
    count: u64,
    /// Begin at a seed that was never tried before (it is printed).
    #[arg(long)]
    fresh: bool,
    /// Seeds of each drill, a small world for one mechanism, that are run first.
    #[arg(long, default_value_t = 3)]
    drills: u64,
    /// End at the first finding.
    #[arg(long)]
    stop: bool,
    /// Cases that are run to make one that fails smaller.
    #[arg(long, default_value_t = 200)]
    shrink: usize,
    /// Threads; all cores if it is not given.
    #[arg(long)]
    jobs: Option<usize>,
}

pub(crate) fn run(args: &Args) -> Done {
    let failed = drill(args);
    if args.stop && failed > 0 {
        return Err(format!("{failed} drills have failed").into());
    }
    let from = if args.fresh { fresh_seed() } else { args.from };
    println!("seeds {from} to {}", from + args.count.saturating_sub(1));
    let sweep = Sweep::new(from, args);
    let cores = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 0..args.jobs.unwrap_or(cores).max(1) {
            scope.spawn(|| sweep.work());
        }
    });
    sweep.bar.finish_and_clear();
    let mut findings = sweep.findings.into_inner().unwrap_or_default();
    findings.sort_by_key(|(seed, _)| *seed);
    for (seed, outcome) in &findings {
        report(*seed, outcome, args.shrink);
    }
    let node_seconds = sweep.node_seconds.into_inner();
    let hash = sweep.hash.into_inner();
    println!("{node_seconds} node-seconds, trace {hash:016x}");
    match findings.len() {
        0 if failed > 0 => Err(format!("{failed} drills have failed").into()),
        0 => Ok(()),
        n => Err(format!("{n} of {} seeds break a rule", args.count).into()),
    }
}

/// Runs the drills; how many have failed.
fn drill(args: &Args) -> usize {
    let mut failed = 0;
    let all = DRILLS.iter().flat_map(|drill| (1..=args.drills).map(move |seed| (drill, seed)));
    for (drill, seed) in all {
        let found = drill.run(seed);
        if found.is_empty() {
            continue;
        }
        failed += 1;
        println!("\n{} {seed}:", drill.name);
        show(&found);
        if args.stop {
            break;
        }
    }
    println!("{} drills, {failed} failed", DRILLS.len());
    failed
}

fn show(violations: &[Violation]) {
    for violation in violations.iter().take(3) {
        println!("  {violation}");
    }
}

/// Findings of which more are not kept.
const FINDINGS_MAX: usize = 20;

struct Sweep {
    next: AtomicU64,
    until: u64,
    stop: bool,
    ended: AtomicBool,
    node_seconds: AtomicU64,
    /// Of all cases together, in any order.
    hash: AtomicU64,
    findings: Mutex<Vec<(u64, Outcome)>>,
    bar: ProgressBar,
}

impl Sweep {
    fn new(from: u64, args: &Args) -> Self {
        let style = ProgressStyle::with_template("{bar:40} {pos}/{len} {msg} {eta} left");
        let bar = ProgressBar::new(args.count);
        Self {
            next: AtomicU64::new(from),
            until: from.saturating_add(args.count),
            stop: args.stop,
            ended: AtomicBool::new(false),
            node_seconds: AtomicU64::new(0),
            hash: AtomicU64::new(0),
            findings: Mutex::default(),
            bar: style.map(|style| bar.clone().with_style(style)).unwrap_or(bar),
        }
    }

    fn work(&self) {
        while !self.ended.load(Ordering::Relaxed) {
            let seed = self.next.fetch_add(1, Ordering::Relaxed);
            if seed >= self.until {
                return;
            }
            let outcome = check(&Case::new(seed));
            self.node_seconds.fetch_add(outcome.node_seconds as u64, Ordering::Relaxed);
            self.hash.fetch_xor(outcome.hash.rotate_left(seed as u32 % 64), Ordering::Relaxed);
            self.bar.inc(1);
            if !outcome.violations.is_empty() {
                self.note(seed, outcome);
            }
        }
    }

    fn note(&self, seed: u64, outcome: Outcome) {
        let Ok(mut findings) = self.findings.lock() else { return };
        findings.push((seed, outcome));
        self.bar.set_message(format!("{} findings,", findings.len()));
        if self.stop || findings.len() >= FINDINGS_MAX {
            self.ended.store(true, Ordering::Relaxed);
        }
    }
}

fn report(seed: u64, outcome: &Outcome, tries: usize) {
    println!("\nseed {seed}:");
    show(&outcome.violations);
    let Some(oracle) = outcome.oracle() else { return };
    let small = shrink(&Case::new(seed), oracle, tries);
    println!("  run again: {}", Case::new(seed));
    println!("  smaller:   {small}");
}

fn fresh_seed() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |since| since.as_nanos() as u64) >> 8
}
