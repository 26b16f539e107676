//! How fast this machine simulates.

use std::time::{Duration, Instant as Clock};

use memberlist_core::config::Options;
use memberlist_core::time::Instant;
use memberlist_sim::HostNo;
use memberlist_sim::deed::Deed;
use memberlist_sim::plan::Plan;
use memberlist_sim::world::World;

use super::Done;

/// What is simulated.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Nodes.
    #[arg(long, default_value_t = 128)]
    nodes: u32,
    /// Seconds of virtual time.
    #[arg(long, default_value_t = 120)]
    seconds: u64,
    /// How many nodes block for 16 s out of each 20.
    #[arg(long, default_value_t = 16)]
    anomalous: u32,
}

pub(crate) fn run(args: &Args) -> Done {
    let plan = plan(args)?;
    let started = Clock::now();
    let mut world = World::new(plan, ());
    world.run();
    let took = started.elapsed().as_secs_f64();
    let node_seconds = f64::from(args.nodes) * args.seconds as f64;
    println!(
        "{} nodes, {} s: {took:.2} s, {:.0} node-seconds per second, {} events",
        args.nodes,
        args.seconds,
        node_seconds / took,
        world.steps()
    );
    Ok(())
}

fn plan(args: &Args) -> Result<Plan, Box<dyn std::error::Error>> {
    let config = Options::lan().check()?;
    let end = Instant::from_millis(1_000 * args.seconds);
    let mut plan = Plan::new(1, args.nodes as usize, &config, end);
    let all: Vec<HostNo> = (0..args.nodes).collect();
    for &host in &all {
        plan.at(Instant::ZERO, Deed::Start(host));
    }
    plan.at(Instant::ZERO, Deed::Acquaint(all));
    let mut at = Instant::from_millis(15_000);
    while at < end {
        for host in 0..args.anomalous.min(args.nodes) {
            plan.at(at, Deed::Hold(host));
            plan.at(at + Duration::from_secs(16), Deed::Release(host));
        }
        at = at + Duration::from_secs(20);
    }
    Ok(plan)
}
