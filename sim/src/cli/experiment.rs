//! Runs one of the experiments and writes its report.

use std::path::PathBuf;

use memberlist_sim::experiment::{CATALOGUE, Runner, Settings, finished, named, run_all};

use super::Done;

/// Which experiment, and how much of it.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Its name: see `--list`.
    #[arg(required_unless_present = "list")]
    name: Option<String>,
    /// Shows what there is.
    #[arg(long)]
    list: bool,
    /// How often each case is run, instead of as often as fits an hour on two cores.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    repetitions: Option<u32>,
    /// Runs nothing: reports on what has finished.
    #[arg(long)]
    finished: bool,
    /// The folder of results. What has finished there is not run again.
    #[arg(long, default_value = "results")]
    out: PathBuf,
    /// Runs at a time; 0 is one for each core.
    #[arg(long, default_value_t = 0)]
    jobs: usize,
}

pub(crate) fn run(args: &Args) -> Done {
    match &args.name {
        Some(name) if !args.list => perform(name, args),
        _ => {
            list();
            Ok(())
        }
    }
}

fn list() {
    for entry in CATALOGUE {
        println!("{:16} {}", entry.name, entry.about);
    }
}

fn perform(name: &str, args: &Args) -> Done {
    let Some(entry) = named(name) else {
        let names: Vec<_> = CATALOGUE.iter().map(|entry| entry.name).collect();
        return Err(format!("no experiment `{name}`: there are {}", names.join(", ")).into());
    };
    let experiment = (entry.build)(Settings { repetitions: args.repetitions });
    let runner = Runner { folder: args.out.clone(), jobs: args.jobs };
    let look = if args.finished { finished } else { run_all };
    let found = look(&runner, &*experiment)?;
    let report = experiment.report(&found);
    println!("{}", report.page().trim_end());
    let page = report.write(&args.out)?;
    eprintln!("written to {}", page.display());
    Ok(())
}
