//! Looks for the cheapest options that find failures in time.

use std::time::Duration;

use memberlist_sim::estimate::{Cluster, Crew, Goal, Tuned, code, tune};
use memberlist_sim::report::Table;

use super::Done;
use super::cluster::{ClusterArgs, duration, share};

/// Which cluster, and what it must achieve. Options that are set stay as they are.
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    cluster: ClusterArgs,
    /// Everybody has declared a crash within so long.
    #[arg(long, value_parser = duration)]
    detect_within: Duration,
    /// In this part of the crashes.
    #[arg(long, default_value = "99%", value_parser = share)]
    share: f64,
    /// False deaths that are borne in the whole cluster in a day, each observer counted.
    #[arg(long, default_value_t = 1.0)]
    false_deaths: f64,
    /// Nodes that stand still for so long must not be declared dead.
    #[arg(long, default_value = "1s", value_parser = duration)]
    pause: Duration,
}

pub(crate) fn run(args: &Args) -> Done {
    let mut cluster = args.cluster.cluster()?;
    // The rarest ones decide.
    cluster.crashes = args.cluster.crashes.unwrap_or((cluster.nodes / 5).clamp(1, 50));
    let goal = Goal {
        within: args.detect_within,
        share: args.share,
        false_deaths: args.false_deaths,
        pause: args.pause,
        keep: args.cluster.chosen(),
    };
    let tuned = tune(&cluster, &goal, &args.cluster.seeds(), &Crew::new(args.cluster.jobs))?;
    if tuned.tried.is_empty() {
        println!("{}", hopeless(&cluster, &goal));
        return Ok(());
    }
    println!("{}", table(&goal, &tuned).markdown());
    match tuned.best() {
        Some(best) => {
            let code = code(args.cluster.profile(), &best.options);
            println!("The cheapest that does:\n\n```rust\n{code}\n```");
        }
        None => println!(
            "None of these does in the simulation, though {} sets should by formula: allow more \
             time, a smaller share, or a shorter pause.",
            tuned.candidates
        ),
    }
    Ok(())
}

fn table(goal: &Goal, tuned: &Tuned) -> Table {
    let percent = goal.share * 100.0;
    let title = format!(
        "{} sets do by formula; simulated: {percent} % of the crashes known everywhere within {:?}",
        tuned.candidates, goal.within
    );
    let found = format!("{percent} % found, s");
    let head = ["", "B/s and node", &found, "false suspicions", "false deaths", "crashes", "does"];
    let mut table = Table::new(title, head);
    for tried in &tuned.tried {
        let options = &tried.options;
        let name = format!(
            "probe {:?}, suspicion {}, indirect {}, gossip {} each {:?}, retransmit {}, full {:?}",
            options.probe_interval,
            options.suspicion_mult,
            options.indirect_checks,
            options.gossip_nodes,
            options.gossip_interval,
            options.retransmit_mult,
            options.push_pull_interval
        );
        table.row([
            name,
            format!("{:.0}", tried.bytes),
            tried.found.map_or("never".to_owned(), |found| format!("{found:.2}")),
            tried.measured.suspicions.to_string(),
            tried.measured.false_deaths.to_string(),
            tried.measured.everywhere.len().to_string(),
            if tried.meets { "yes" } else { "no" }.to_owned(),
        ]);
    }
    table
}

fn hopeless(cluster: &Cluster, goal: &Goal) -> String {
    format!(
        "No set of options does by formula: {} nodes with {} % loss, {} % of the crashes known \
         everywhere within {:?}, at most {} false deaths a day, pauses of {:?} survived. Nothing \
         was simulated.",
        cluster.nodes,
        cluster.loss * 100.0,
        goal.share * 100.0,
        goal.within,
        goal.false_deaths,
        goal.pause
    )
}
