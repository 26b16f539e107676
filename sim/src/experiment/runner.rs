//! Runs an experiment on all cores.

use std::fs;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use indicatif::{ProgressBar, ProgressStyle};

use super::ledger::{Ledger, LedgerError};
use super::task::{Experiment, Figures, Run};

/// Where and how wide.
#[derive(Clone, Debug)]
pub struct Runner {
    /// The folder of the ledger; it is made if it is not there.
    pub folder: PathBuf,
    /// Runs at a time; 0 is one for each core.
    pub jobs: usize,
}

/// Does what is not in the ledger yet, with a progress bar on the terminal, and gives the figures
/// of all runs in their order.
///
/// # Errors
///
/// The ledger belongs to other settings, or cannot be read or written. What has finished is kept.
pub fn run_all(runner: &Runner, experiment: &dyn Experiment) -> Result<Vec<Figures>, LedgerError> {
    let (ledger, runs) = (runner.open(experiment)?, experiment.runs());
    let is_open = |at: &usize| ledger.figures(&runs[*at].key).is_none();
    let open: Vec<usize> = (0..runs.len()).filter(is_open).collect();
    let ledger = Crew::new(experiment, &runs, &open, ledger).work(runner.jobs())?;
    Ok(figures(&ledger, &runs))
}

/// The figures of the runs that have finished; of the others none at all.
///
/// # Errors
///
/// The ledger belongs to other settings, or cannot be read or written.
pub fn finished(runner: &Runner, experiment: &dyn Experiment) -> Result<Vec<Figures>, LedgerError> {
    Ok(figures(&runner.open(experiment)?, &experiment.runs()))
}

fn figures(ledger: &Ledger, runs: &[Run]) -> Vec<Figures> {
    let figures = |run: &Run| ledger.figures(&run.key).cloned().unwrap_or_default();
    runs.iter().map(figures).collect()
}

impl Runner {
    fn open(&self, experiment: &dyn Experiment) -> Result<Ledger, LedgerError> {
        let made = fs::create_dir_all(&self.folder);
        made.map_err(|error| LedgerError::Io { path: self.folder.clone(), error })?;
        let path = self.folder.join(format!("{}.csv", experiment.ledger()));
        Ledger::open(&path, &experiment.settings(), experiment.columns())
    }

    fn jobs(&self) -> usize {
        match self.jobs {
            0 => thread::available_parallelism().map_or(1, usize::from),
            jobs => jobs,
        }
    }
}

/// Threads that take one run after the other.
struct Crew<'a> {
    experiment: &'a dyn Experiment,
    runs: &'a [Run],
    /// Which of them are to be done.
    open: &'a [usize],
    next: AtomicUsize,
    book: Mutex<Book>,
    bar: ProgressBar,
}

struct Book {
    ledger: Ledger,
    /// The first failure: the others are not begun any more.
    failure: Option<LedgerError>,
}

impl<'a> Crew<'a> {
    fn new(
        experiment: &'a dyn Experiment,
        runs: &'a [Run],
        open: &'a [usize],
        ledger: Ledger,
    ) -> Self {
        let all: u64 = open.iter().map(|at| runs[*at].weight).sum();
        let bar = ProgressBar::new(all).with_style(style());
        let book = Mutex::new(Book { ledger, failure: None });
        Self { experiment, runs, open, next: AtomicUsize::new(0), book, bar }
    }

    fn work(self, jobs: usize) -> Result<Ledger, LedgerError> {
        thread::scope(|scope| {
            for _ in 0..jobs.min(self.open.len()) {
                scope.spawn(|| while self.take_one() {});
            }
        });
        self.bar.finish_and_clear();
        let book = self.book.into_inner().unwrap_or_else(|poisoned| poisoned.into_inner());
        match book.failure {
            None => Ok(book.ledger),
            Some(failure) => Err(failure),
        }
    }

    /// Does the next run. `false` when there is none.
    fn take_one(&self) -> bool {
        let place = self.next.fetch_add(1, Ordering::Relaxed);
        let Some(&at) = self.open.get(place) else { return false };
        let figures = self.experiment.measure(at);
        let mut book = self.book.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        if book.failure.is_none()
            && let Err(failure) = book.ledger.add(&self.runs[at], figures)
        {
            book.failure = Some(failure);
        }
        self.bar.inc(self.runs[at].weight);
        self.bar.set_message(format!("{} of {} runs", place + 1, self.open.len()));
        book.failure.is_none()
    }
}

fn style() -> ProgressStyle {
    let style = ProgressStyle::with_template("{bar:40} {percent} % {msg}, {eta} left");
    style.unwrap_or_else(|_| ProgressStyle::default_bar())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Report;

    /// Squares the numbers below `n`.
    struct Squares {
        n: usize,
        done: AtomicUsize,
    }

    impl Experiment for Squares {
        fn ledger(&self) -> &'static str {
            "squares"
        }

        fn settings(&self) -> String {
            "none".to_owned()
        }

        fn columns(&self) -> &'static [&'static str] {
            &["square"]
        }

        fn runs(&self) -> Vec<Run> {
            (0..self.n).map(|n| Run { key: format!("n={n}"), weight: 1 }).collect()
        }

        fn measure(&self, at: usize) -> Figures {
            self.done.fetch_add(1, Ordering::Relaxed);
            vec![vec![(at * at) as f64]]
        }

        fn report(&self, _: &[Figures]) -> Report {
            Report::default()
        }
    }

    #[test]
    fn every_run_is_done_once_and_none_again() {
        let folder = std::env::temp_dir().join(format!("runner-{}", std::process::id()));
        let runner = Runner { folder: folder.clone(), jobs: 3 };
        for (n, open) in [(20, 20), (30, 10), (30, 0)] {
            let squares = Squares { n, done: AtomicUsize::new(0) };
            let found = run_all(&runner, &squares).unwrap();
            let expected: Vec<Figures> = (0..n).map(|n| vec![vec![(n * n) as f64]]).collect();
            assert_eq!(found, expected);
            assert_eq!(finished(&runner, &squares).unwrap(), expected);
            assert_eq!(squares.done.into_inner(), open);
        }
        let more = Squares { n: 31, done: AtomicUsize::new(0) };
        assert_eq!(finished(&runner, &more).unwrap()[30], Figures::new());
        fs::remove_dir_all(folder).unwrap();
    }
}
