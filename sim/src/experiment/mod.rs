//! Experiments: many independent runs, what each has measured, and a report over all of them.
//!
//! ```text
//!   CATALOGUE ──► Experiment ──► runs, each with its seed
//!                     ▲              │ on all cores; what is in the ledger is not run again
//!                     │              ▼
//!                  report ◄────── ledger: one line per finished run
//! ```
//!
//! An experiment that was stopped goes on where it was when it is started again with the same
//! folder.

pub mod eager;
pub mod frozen;
pub mod lifeguard;
pub mod loss;
pub mod rapid;
pub mod scale;
pub mod swim;

mod ledger;
mod runner;
mod series;
mod task;

pub use ledger::LedgerError;
pub use runner::{Runner, finished, run_all};
pub use task::{Experiment, Figures, Run, seed_of};

/// What the user may choose about any experiment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// How often each case is run; `None`: as the experiment thinks fit for an hour on two cores.
    pub repetitions: Option<u32>,
}

/// An experiment by its name.
#[derive(Clone, Copy)]
pub struct Entry {
    /// What it is asked for by.
    pub name: &'static str,
    /// What it shows: one line.
    pub about: &'static str,
    /// Makes it.
    pub build: fn(Settings) -> Box<dyn Experiment>,
}

/// All experiments.
pub const CATALOGUE: &[Entry] = &[
    lifeguard::THRESHOLD,
    lifeguard::INTERVAL,
    lifeguard::SWEEP,
    swim::SWIM,
    rapid::RAPID,
    loss::LOSS,
    eager::EAGER,
    frozen::FROZEN,
    scale::SCALE,
];

/// The experiment of this name.
pub fn named(name: &str) -> Option<&'static Entry> {
    CATALOGUE.iter().find(|entry| entry.name == name)
}
