//! Many cases, each checked by every oracle; and one that fails, made smaller.

use core::time::Duration;

use crate::draw::Case;
use crate::guard;
use crate::oracle::{Oracles, Violation};
use crate::trace::{Timeline, TraceHash};
use crate::world::World;

/// What a case came to.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Stands for the whole run.
    pub hash: u64,
    /// What the oracles found.
    pub violations: Vec<Violation>,
    /// Virtual time of all hosts together, in seconds.
    pub node_seconds: f64,
}

impl Outcome {
    /// The first oracle that found something.
    pub fn oracle(&self) -> Option<&'static str> {
        self.violations.first().map(|violation| violation.oracle)
    }
}

/// Runs one case under every oracle.
pub fn check(case: &Case) -> Outcome {
    let (plan, _) = case.plan();
    let node_seconds = plan.end.since(Default::default()).as_secs_f64() * plan.hosts.len() as f64;
    let oracles = Oracles::new(&plan);
    let mut world = World::new(plan, (TraceHash::default(), oracles));
    let bad_end = guard::run(&mut world, |world| world.observer().1.has_enough());
    let (hash, violations) = match bad_end {
        None => world.finish(|view, (hash, oracles)| (hash, oracles.finish(view))),
        Some(end) => {
            let (hash, oracles) = world.into_observer();
            (hash, oracles.cut_short(end))
        }
    };
    Outcome { hash: hash.get(), violations, node_seconds }
}

/// Runs one case once more and writes down what happens.
pub fn replay(case: &Case) -> (Outcome, Timeline) {
    let outcome = check(case);
    let mut world = World::new(case.plan().0, Timeline::default());
    let until = outcome.violations.iter().map(|violation| violation.at).min();
    // Whatever ends it early has been found already.
    let _ = guard::run(&mut world, |world| until.is_some_and(|until| world.now() > until));
    (outcome, world.into_observer())
}

/// Leaves out of a case that fails whatever it fails without: hosts, episodes, time. Whatever is
/// left, the same oracle still finds. Runs at most `tries` cases.
pub fn shrink(case: &Case, oracle: &str, tries: usize) -> Case {
    let mut shrinker = Shrinker { best: case.clone(), oracle, tries };
    shrinker.cut_episodes();
    shrinker.cut_nodes();
    shrinker.cut_time();
    shrinker.cut_episodes();
    shrinker.best
}

struct Shrinker<'a> {
    best: Case,
    oracle: &'a str,
    tries: usize,
}

impl Shrinker<'_> {
    /// Takes `case` if it still fails.
    fn attempt(&mut self, case: Case) -> bool {
        if self.tries == 0 || case == self.best {
            return false;
        }
        self.tries -= 1;
        let fails = check(&case).violations.iter().any(|found| found.oracle == self.oracle);
        if fails {
            self.best = case;
        }
        fails
    }

    /// Halves first, then one by one.
    fn cut_episodes(&mut self) {
        let mut size = self.best.plan().1.episodes.len().div_ceil(2);
        while size > 0 {
            let mut from = 0;
            loop {
                let kept = self.best.plan().1.episodes;
                if from >= kept.len() {
                    break;
                }
                let until = (from + size).min(kept.len());
                let rest = kept[..from].iter().chain(&kept[until..]).copied().collect();
                let case = Case { episodes: Some(rest), ..self.best.clone() };
                if !self.attempt(case) {
                    from += size;
                }
            }
            size /= 2;
        }
    }

    fn cut_nodes(&mut self) {
        loop {
            let nodes = self.best.plan().1.nodes;
            let fewer = [nodes / 2, nodes - 1].into_iter().filter(|fewer| *fewer >= 2);
            let cases: Vec<_> =
                fewer.map(|n| Case { nodes: Some(n), ..self.best.clone() }).collect();
            if !cases.into_iter().any(|case| self.attempt(case)) {
                return;
            }
        }
    }

    fn cut_time(&mut self) {
        let mut step = self.best.plan().1.chaos / 2;
        while step > Duration::from_millis(100) {
            let shorter = self.best.plan().1.chaos.saturating_sub(step);
            let shorter = Duration::from_millis(shorter.as_millis() as u64);
            let case = Case { chaos: Some(shorter), ..self.best.clone() };
            if shorter.is_zero() || !self.attempt(case) {
                step /= 2;
            }
        }
    }
}
