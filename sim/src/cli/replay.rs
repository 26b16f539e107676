//! One case once more, with its timeline.

use std::time::Duration;

use memberlist_sim::draw::Case;
use memberlist_sim::sweep::replay;

use super::Done;

/// A case as a sweep prints it.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The seed.
    seed: u64,
    /// Only so many hosts.
    #[arg(long)]
    nodes: Option<usize>,
    /// Only these episodes: numbers with commas between them, or `none`.
    #[arg(long)]
    episodes: Option<String>,
    /// The faults end after so many milliseconds, such as `1500ms`.
    #[arg(long)]
    chaos: Option<String>,
    /// No timeline: only the findings and the trace's number.
    #[arg(long)]
    quiet: bool,
}

pub(crate) fn run(args: &Args) -> Done {
    let case = Case {
        seed: args.seed,
        nodes: args.nodes,
        episodes: args.episodes.as_deref().map(numbers).transpose()?,
        chaos: args.chaos.as_deref().map(millis).transpose()?,
    };
    let (outcome, timeline) = replay(&case);
    if !args.quiet {
        print!("{}", timeline.text());
        if timeline.left_out() > 0 {
            println!("… and {} lines more", timeline.left_out());
        }
    }
    for violation in &outcome.violations {
        println!("{violation}");
    }
    println!("trace {:016x}", outcome.hash);
    match outcome.oracle() {
        None => Ok(()),
        Some(oracle) => Err(format!("the rule `{oracle}` is broken").into()),
    }
}

fn numbers(list: &str) -> Result<Vec<usize>, String> {
    if list == "none" {
        return Ok(Vec::new());
    }
    let number = |text: &str| text.trim().parse().map_err(|_| format!("`{text}` is no episode"));
    list.split(',').map(number).collect()
}

fn millis(text: &str) -> Result<Duration, String> {
    let number = text.strip_suffix("ms").and_then(|number| number.parse().ok());
    number.map(Duration::from_millis).ok_or_else(|| format!("`{text}` is no time such as `1500ms`"))
}
