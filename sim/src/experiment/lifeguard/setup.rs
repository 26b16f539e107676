//! What the clusters run.

use memberlist_core::config::Options;

/// One configuration.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Setup {
    /// As the paper names it.
    pub(super) name: String,
    pub(super) options: Options,
    pub(super) anomaly: Anomaly,
}

/// What befalls the members that are chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Anomaly {
    /// Their sends and receives block while their timers run, as in the paper.
    Blocked,
    /// They do not run at all, as under SIGSTOP or starvation; the machine sees that and forgives
    /// its peers the time in which it did not run.
    Stopped,
}

/// The rows of Tables IV to VI: the paper's five, and this library as it comes.
pub(super) fn rows() -> Vec<Setup> {
    let parts = |probe, suspicion, buddy| Parts { probe, suspicion, buddy };
    vec![
        paper("SWIM", parts(false, false, false), 5, 6),
        paper("LHA-Probe", parts(true, false, false), 5, 6),
        paper("LHA-Suspicion", parts(false, true, false), 5, 6),
        paper("Buddy System", parts(false, false, true), 5, 6),
        lifeguard("Lifeguard", 5, 6),
        ours("defaults, blocked", Anomaly::Blocked),
        ours("defaults, stopped", Anomaly::Stopped),
    ]
}

/// The columns of Table VII after the row that they are compared with.
pub(super) fn sweep() -> Vec<Setup> {
    let swim = rows().swap_remove(0);
    let columns = SWEEP.into_iter().map(|(alpha, beta)| match (alpha, beta) {
        (5, 6) => lifeguard("Lifeguard", 5, 6),
        _ => lifeguard(&format!("Lifeguard a={alpha} b={beta}"), alpha, beta),
    });
    [swim].into_iter().chain(columns).collect()
}

/// The factors of the least and of the longest suspicion time in Table VII.
pub(super) const SWEEP: [(u32, u32); 9] =
    [(2, 2), (2, 4), (2, 6), (4, 2), (4, 4), (4, 6), (5, 2), (5, 4), (5, 6)];

/// Which of Lifeguard's three parts are on.
#[derive(Clone, Copy)]
struct Parts {
    probe: bool,
    suspicion: bool,
    buddy: bool,
}

fn lifeguard(name: &str, alpha: u32, beta: u32) -> Setup {
    paper(name, Parts { probe: true, suspicion: true, buddy: true }, alpha, beta)
}

/// The parameters of the paper's section V, and of the memberlist of its time.
fn paper(name: &str, parts: Parts, alpha: u32, beta: u32) -> Setup {
    let mut options = Options::lan();
    options.suspicion_mult = alpha;
    options.suspicion_max_timeout_mult = beta;
    options.suspicion_confirmations = 3;
    // "Saturates at S = 8": the score goes to 8, the interval to nine seconds.
    options.awareness_max_multiplier = 9;
    options.local_health = parts.probe;
    options.nacks = parts.probe;
    options.suspicion_scaling = parts.suspicion;
    options.buddy_system = parts.buddy;
    options.eager_gossip = false;
    Setup { name: name.to_owned(), options, anomaly: Anomaly::Blocked }
}

fn ours(name: &str, anomaly: Anomaly) -> Setup {
    Setup { name: name.to_owned(), options: Options::lan(), anomaly }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_configuration_is_sound_and_has_a_name_of_its_own() {
        for setups in [rows(), sweep()] {
            let mut names: Vec<_> = setups.iter().map(|setup| setup.name.clone()).collect();
            names.sort();
            names.dedup();
            assert_eq!(names.len(), setups.len());
            assert!(setups.into_iter().all(|setup| setup.options.check().is_ok()));
        }
    }

    /// The runs of one are the runs of the other.
    #[test]
    fn the_last_column_of_the_sweep_is_lifeguard() {
        assert_eq!(sweep().last(), rows().get(4));
    }
}
