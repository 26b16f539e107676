//! Simulates a cluster before it is deployed.

use std::path::PathBuf;

use memberlist_sim::estimate::{Crew, code, estimate, json, report};

use super::Done;
use super::cluster::ClusterArgs;

/// Which cluster, and where the report goes.
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    cluster: ClusterArgs,
    /// Prints the figures as one JSON object, and writes no files.
    #[arg(long)]
    json: bool,
    /// The folder of the report: a page, tables as CSV, a plot as SVG.
    #[arg(long, default_value = "results")]
    out: PathBuf,
}

pub(crate) fn run(args: &Args) -> Done {
    let cluster = args.cluster.cluster()?;
    let config = cluster.check()?;
    let measured = estimate(&cluster, &args.cluster.seeds(), &Crew::new(args.cluster.jobs))?;
    if args.json {
        println!("{}", json(&cluster, &config, &measured));
        return Ok(());
    }
    let mut report = report(&cluster, &config, &measured);
    let options = code(args.cluster.profile(), &cluster.options);
    let seeds = args.cluster.seeds();
    report.text(&format!("Seeds: {seeds:?}. Options:\n\n```rust\n{options}\n```"));
    println!("{}", report.page().trim_end());
    let page = report.write(&args.out)?;
    eprintln!("written to {}", page.display());
    Ok(())
}
