//! `memberlist-sim`: try a cluster before you deploy it.

#![allow(clippy::print_stdout)]

mod cli;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Simulates clusters of memberlist nodes in virtual time.
#[derive(Parser)]
#[command(name = "memberlist-sim", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Measures how fast this machine simulates.
    Bench(cli::bench::Args),
    /// Runs many cases of the full mix of faults; every rule of the protocol is checked.
    Sweep(cli::sweep::Args),
    /// Runs one of those cases again and prints its timeline.
    Replay(cli::replay::Args),
    /// Repeats an experiment of the papers, or one of our own.
    Experiment(cli::experiment::Args),
    /// Simulates a cluster of your own: how soon it finds failures, what it costs, whom it wrongs.
    Run(cli::run::Args),
    /// Looks for the cheapest options with which your cluster finds failures in time.
    Tune(cli::tune::Args),
}

fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Bench(args) => cli::bench::run(&args),
        Command::Sweep(args) => cli::sweep::run(&args),
        Command::Replay(args) => cli::replay::run(&args),
        Command::Experiment(args) => cli::experiment::run(&args),
        Command::Run(args) => cli::run::run(&args),
        Command::Tune(args) => cli::tune::run(&args),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
