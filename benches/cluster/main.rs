//! N nodes in one process over loopback: how soon they meet, what that costs, what they cost idle,
//! how fast news travels, and how soon a failure is told. Prints one JSON object.
//!
//! `cargo run --release -p memberlist-benches --bin cluster -- -n 64`

mod news;
mod nodes;

use std::time::{Duration, Instant};

use clap::Parser;
use memberlist::Options;
use serde_json::{Value, json};

use memberlist_benches::carriers::Kind;
use memberlist_benches::cost::{self, Cost};
use nodes::Nodes;

/// N nodes in one process over loopback, measured.
#[derive(Parser)]
struct Args {
    /// How many nodes.
    #[arg(short, default_value_t = 64)]
    n: usize,
    /// Seconds of idling that are measured.
    #[arg(long, default_value_t = 10)]
    idle: u64,
    /// Metadata changes and broadcasts whose way is followed.
    #[arg(long, default_value_t = 20)]
    rounds: usize,
    /// Threads of the runtime; 1 is tokio's single-threaded one.
    #[arg(long, default_value_t = 2)]
    threads: usize,
    /// What carries packets and streams.
    #[arg(long, value_enum, default_value = "tcp")]
    transport: Kind,
    /// Seconds after which an idle connection of QUIC is closed.
    #[arg(long, default_value_t = 15)]
    idle_timeout: u64,
    /// Options that differ from the LAN set, as KEY=VALUE.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    set: Vec<String>,
}

impl Args {
    fn carrier(&self) -> (Kind, Duration) {
        (self.transport, Duration::from_secs(self.idle_timeout))
    }
}

type Failure = Box<dyn std::error::Error + Send + Sync>;

fn main() -> Result<(), Failure> {
    let args = Args::parse();
    let mut runtime = match args.threads {
        1 => tokio::runtime::Builder::new_current_thread(),
        _ => tokio::runtime::Builder::new_multi_thread(),
    };
    let runtime = runtime.worker_threads(args.threads).enable_all().build()?;
    let report = runtime.block_on(run(&args))?;
    println!("{}", serde_json::to_string_pretty(&report)?);
    Ok(())
}

async fn run(args: &Args) -> Result<Value, Failure> {
    let mut options = Options::lan();
    for pair in &args.set {
        let (key, value) = pair.split_once('=').ok_or("--set takes KEY=VALUE")?;
        options.set(key, value)?;
    }
    let mut nodes = Nodes::start(args.n, &options, args.carrier()).await?;
    let rss_alone = cost::resident_mb();
    let join = join(&nodes).await?;
    // Until the last copies of the joins are spent.
    tokio::time::sleep(SETTLE).await;
    let idle = idle(Duration::from_secs(args.idle)).await?;
    let rss_idle = cost::resident_mb();
    let meta = news::meta(&nodes, args.rounds).await?;
    let broadcast = news::broadcast(&mut nodes, args.rounds).await?;
    let failure = news::failure(&mut nodes).await?;
    let rss_mb = json!({
        "before_joining": rss_alone, "idle": rss_idle, "at_the_end": cost::resident_mb(),
    });
    nodes.shutdown().await;
    Ok(json!({
        "nodes": args.n, "threads": args.threads, "transport": args.transport.name(),
        "join": join, "idle": idle, "rss_mb": rss_mb,
        "meta_ms": meta, "broadcast_ms": broadcast, "failure_ms": failure,
    }))
}

/// All join one seed at once; until all see all.
async fn join(nodes: &Nodes) -> Result<Value, Failure> {
    let cost = Cost::now()?;
    let started = Instant::now();
    let failed = nodes.join_first().await;
    let joined = started.elapsed();
    let met = tokio::time::timeout(PATIENCE, nodes.all_see_all()).await;
    met.map_err(|_| format!("they never all met; {failed} did not join; {}", nodes.views()))??;
    let (all, cost) = (started.elapsed(), cost.spent()?);
    let sent = nodes.sent();
    Ok(json!({
        "joined_s": joined.as_secs_f64(), "all_see_all_s": all.as_secs_f64(),
        "cpu_s": cost.as_secs_f64(), "failed": failed, "sent": sent,
    }))
}

async fn idle(span: Duration) -> Result<Value, Failure> {
    let cost = Cost::now()?;
    tokio::time::sleep(span).await;
    let percent = 100.0 * cost.spent()?.as_secs_f64() / span.as_secs_f64();
    Ok(json!({ "cpu_percent": percent }))
}

/// The longest that any part may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// Sends of a join are spent after some ten ticks of 200 ms.
const SETTLE: Duration = Duration::from_secs(8);
