//! All runs, by configuration.

use super::case::{Case, Schedule};
use super::setup::Setup;
use super::watch::Watch;
use crate::experiment::Figures;
use crate::report::{quantile, sorted};

/// Cases and what they have shown.
pub(super) struct Results<'a> {
    setups: &'a [Setup],
    cases: &'a [Case],
    found: &'a [Figures],
}

impl<'a> Results<'a> {
    pub(super) fn new(setups: &'a [Setup], cases: &'a [Case], found: &'a [Figures]) -> Self {
        Self { setups, cases, found }
    }

    /// The configurations all of whose runs of a schedule have finished, with their numbers.
    pub(super) fn rows(&self, schedule: Schedule) -> impl Iterator<Item = (usize, &'a Setup)> {
        let is_open = move |setup| {
            let mut runs = self.cases.iter().zip(self.found);
            runs.any(|(case, figures)| {
                case.schedule == schedule && case.setup == setup && figures.is_empty()
            })
        };
        self.setups.iter().enumerate().filter(move |(setup, _)| !is_open(*setup))
    }

    /// How often each case of a schedule was run.
    pub(super) fn repetitions(&self, schedule: Schedule) -> u32 {
        let of = self.cases.iter().filter(|case| case.schedule == schedule);
        of.map(|case| case.repetition + 1).max().unwrap_or(0)
    }

    /// All numbers of a column, of the runs of a configuration that `which` chooses.
    pub(super) fn numbers(
        &self,
        schedule: Schedule,
        setup: usize,
        column: &str,
        which: impl Fn(&Case) -> bool,
    ) -> Vec<f64> {
        let column = Watch::column(column);
        let runs = self.cases.iter().zip(self.found);
        runs.filter(|(case, _)| case.schedule == schedule && case.setup == setup && which(case))
            .filter_map(|(_, figures)| figures.get(column))
            .flatten()
            .copied()
            .collect()
    }

    /// The sum of a column over the runs that `which` chooses, for as many repetitions as in the
    /// paper.
    pub(super) fn sum(
        &self,
        schedule: Schedule,
        setup: usize,
        column: &str,
        which: impl Fn(&Case) -> bool,
    ) -> f64 {
        let sum: f64 = self.numbers(schedule, setup, column, which).iter().sum();
        sum * PAPER_REPETITIONS / f64::from(self.repetitions(schedule).max(1))
    }

    /// A quantile of a column over all runs of Threshold.
    pub(super) fn latency(&self, setup: usize, column: &str, q: f64) -> Option<f64> {
        quantile(&sorted(self.numbers(Schedule::Threshold, setup, column, |_| true)), q)
    }
}

/// How often the paper ran each case.
pub(super) const PAPER_REPETITIONS: f64 = 10.0;
