//! Experiments that are a list of cases, each measured by one function.

use super::task::{Experiment, Figures, Run, seed_of};
use crate::report::{Report, mean, quantile, sorted};

/// A case: what tells it apart from the others of its series.
pub(super) trait Case: Sync {
    /// In words, without commas; decides the seed.
    fn key(&self) -> String;

    /// How much work it is, in any unit.
    fn weight(&self) -> u64;
}

/// A list of cases.
pub(super) struct Series<C> {
    pub(super) name: &'static str,
    /// What decides the figures besides the keys.
    pub(super) settings: &'static str,
    pub(super) columns: &'static [&'static str],
    pub(super) cases: Vec<C>,
    /// One figure list for each column.
    pub(super) measure: fn(&C, u64) -> Figures,
    pub(super) report: fn(&Finds<'_, C>, Report) -> Report,
}

impl<C: Case> Experiment for Series<C> {
    fn ledger(&self) -> &'static str {
        self.name
    }

    fn settings(&self) -> String {
        format!("version {} {}", env!("CARGO_PKG_VERSION"), self.settings)
    }

    fn columns(&self) -> &'static [&'static str] {
        self.columns
    }

    fn runs(&self) -> Vec<Run> {
        let run = |case: &C| Run { key: case.key(), weight: case.weight() };
        self.cases.iter().map(run).collect()
    }

    fn measure(&self, at: usize) -> Figures {
        let case = &self.cases[at];
        (self.measure)(case, seed_of(&case.key()))
    }

    fn report(&self, found: &[Figures]) -> Report {
        let finds = Finds { columns: self.columns, cases: &self.cases, found };
        (self.report)(&finds, Report::new(self.name))
    }
}

/// What all cases have shown.
pub(super) struct Finds<'a, C> {
    columns: &'static [&'static str],
    cases: &'a [C],
    found: &'a [Figures],
}

impl<C> Finds<'_, C> {
    /// All numbers of a column, of the cases that are meant.
    pub(super) fn numbers(&self, column: &str, which: impl Fn(&C) -> bool) -> Vec<f64> {
        let place = self.columns.iter().position(|name| *name == column);
        let of = |(_, figures): (&C, &Figures)| place.and_then(|at| figures.get(at)).cloned();
        let cases = self.cases.iter().zip(self.found);
        cases.filter(|(case, _)| which(case)).filter_map(of).flatten().collect()
    }

    pub(super) fn sum(&self, column: &str, which: impl Fn(&C) -> bool) -> f64 {
        self.numbers(column, which).iter().sum()
    }

    pub(super) fn mean(&self, column: &str, which: impl Fn(&C) -> bool) -> f64 {
        mean(&self.numbers(column, which)).unwrap_or(f64::NAN)
    }

    pub(super) fn quantile(&self, column: &str, q: f64, which: impl Fn(&C) -> bool) -> f64 {
        quantile(&sorted(self.numbers(column, which)), q).unwrap_or(f64::NAN)
    }
}

/// A figure with so many digits; a dash for what is not known.
pub(super) fn show(value: f64, digits: usize) -> String {
    if value.is_finite() { format!("{value:.digits$}") } else { "-".to_owned() }
}

/// Our figure, and the published one in brackets.
pub(super) fn beside(ours: f64, theirs: f64, digits: usize) -> String {
    format!("{} [{theirs:.digits$}]", show(ours, digits))
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Case for u32 {
        fn key(&self) -> String {
            format!("n={self}")
        }

        fn weight(&self) -> u64 {
            1
        }
    }

    fn series() -> Series<u32> {
        Series {
            name: "squares",
            settings: "none",
            columns: &["n", "square"],
            cases: vec![1, 2, 3],
            measure: |n, _| vec![vec![f64::from(*n)], vec![f64::from(n * n)]],
            report: |finds, mut report| {
                report.text(&show(finds.sum("square", |_| true), 0));
                report
            },
        }
    }

    #[test]
    fn a_series_measures_its_cases_and_reports_them() {
        let series = series();
        let found: Vec<Figures> = (0..3).map(|at| series.measure(at)).collect();
        assert_eq!(series.report(&found).page(), "14\n\n");
        let finds = Finds { columns: series.columns, cases: &series.cases, found: &found };
        assert_eq!(finds.numbers("square", |n| *n > 1), [4.0, 9.0]);
        assert_eq!((finds.mean("n", |_| true), finds.quantile("n", 1.0, |_| true)), (2.0, 3.0));
        assert!(finds.mean("none", |_| true).is_nan());
        assert_eq!((show(f64::NAN, 1), beside(1.25, 2.0, 1)), ("-".into(), "1.2 [2.0]".into()));
    }
}
