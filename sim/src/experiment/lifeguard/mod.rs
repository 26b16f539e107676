//! The experiments of Lifeguard (Dadgar, Phillips and Currey, DSN 2018, sections V and VI; the
//! figures are those of version 2, arXiv 1707.00788): some of 128 members block for a while. Who is
//! declared dead that is not, how late are those found that do not answer, and what does it cost?
//!
//! **Threshold**: one block; how long until it is noticed. **Interval**: blocks and pauses in turn;
//! how many members are wronged meanwhile. **Sweep**: both over the factors of the suspicion time.
//!
//! | file | what it holds |
//! |---|---|
//! | `setup` | what the clusters run: the paper's five configurations, and ours |
//! | `case` | one run: whom it blocks, and when |
//! | `watch` | what is measured |
//! | `results` | all runs, by configuration |
//! | `tables` | Tables IV to VII in the paper's form |
//! | `curves` | by the number of blocked members, by the length of blocks and pauses |
//! | `paper` | the paper's figures |

mod case;
mod curves;
mod paper;
mod results;
mod setup;
mod tables;
mod watch;

use super::task::{Experiment, Figures, Run};
use super::{Entry, Settings};
use crate::report::Report;

use case::{Case, Schedule};
use results::Results;
use setup::Setup;

/// How long until a block is noticed: Table V.
pub const THRESHOLD: Entry = Entry {
    name: "threshold",
    about: "Lifeguard, Table V: how late are members found that block once",
    build: |settings| Box::new(Trials::new(Kind::Threshold, settings)),
};

/// Who is wronged meanwhile, and what it costs: Tables IV and VI.
pub const INTERVAL: Entry = Entry {
    name: "interval",
    about: "Lifeguard, Tables IV and VI: false deaths and load while members block on and off",
    build: |settings| Box::new(Trials::new(Kind::Interval, settings)),
};

/// Both over the factors of the suspicion time: Table VII.
pub const SWEEP: Entry = Entry {
    name: "sweep",
    about: "Lifeguard, Table VII: both over the factors of the suspicion time",
    build: |settings| Box::new(Trials::new(Kind::Sweep, settings)),
};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Threshold,
    Interval,
    Sweep,
}

/// One of the three.
struct Trials {
    kind: Kind,
    setups: Vec<Setup>,
    cases: Vec<Case>,
}

/// What fits an hour on two cores.
const THRESHOLD_REPETITIONS: u32 = 10;
const INTERVAL_REPETITIONS: u32 = 2;

impl Trials {
    fn new(kind: Kind, settings: Settings) -> Self {
        let setups = if kind == Kind::Sweep { setup::sweep() } else { setup::rows() };
        let threshold = settings.repetitions.unwrap_or(THRESHOLD_REPETITIONS);
        let interval = settings.repetitions.unwrap_or(INTERVAL_REPETITIONS);
        let mut cases = Vec::new();
        if kind != Kind::Interval {
            cases.extend(case::all(Schedule::Threshold, setups.len(), threshold));
        }
        if kind != Kind::Threshold {
            cases.extend(case::all(Schedule::Interval, setups.len(), interval));
        }
        Self { kind, setups, cases }
    }
}

impl Experiment for Trials {
    fn ledger(&self) -> &'static str {
        "lifeguard-runs"
    }

    fn settings(&self) -> String {
        case::settings()
    }

    fn columns(&self) -> &'static [&'static str] {
        watch::COLUMNS
    }

    fn runs(&self) -> Vec<Run> {
        let run = |case: &Case| Run {
            key: case.key(&self.setups[case.setup]),
            weight: case.span().as_secs(),
        };
        self.cases.iter().map(run).collect()
    }

    fn measure(&self, at: usize) -> Figures {
        let case = &self.cases[at];
        case.run(&self.setups[case.setup])
    }

    fn report(&self, found: &[Figures]) -> Report {
        let results = Results::new(&self.setups, &self.cases, found);
        match self.kind {
            Kind::Threshold => {
                let mut report = Report::new("threshold");
                report.table("table-v", &tables::latency(&results));
                curves::latency(&results, &mut report);
                report
            }
            Kind::Interval => {
                let mut report = Report::new("interval");
                report.table("table-iv", &tables::false_deaths(&results));
                report.table("table-vi", &tables::load(&results));
                curves::false_deaths(&results, &mut report);
                report
            }
            Kind::Sweep => {
                let mut report = Report::new("sweep");
                report.table("table-vii", &tables::sweep(&results));
                report
            }
        }
    }
}
