//! Seeds that once showed a fault of the machine, and must not again.

use std::time::Duration;

use memberlist_sim::draw::Case;
use memberlist_sim::sweep::check;

#[track_caller]
fn is_sound(case: &Case) {
    let outcome = check(case);
    assert_eq!(outcome.violations, [], "{case}");
}

/// A confirmation after the shrunk time set a timer in the past: taken for a pause, it gave all
/// other suspects more time.
#[test]
fn a_late_confirmation_is_no_pause() {
    let nodes = Some(10);
    let chaos = Some(Duration::from_millis(22_301));
    is_sound(&Case { seed: 341, nodes, chaos, ..Case::default() });
    is_sound(&Case { nodes: Some(6), ..Case::new(70) });
}

/// A record was told as changed though the new round trip was exactly the old one.
#[test]
fn nothing_is_told_when_nothing_has_changed() {
    is_sound(&Case { nodes: Some(4), ..Case::new(11) });
}

/// A node that has left gossiped a suspicion anew each time that it came round.
#[test]
fn who_has_left_does_not_keep_a_suspicion_alive() {
    let episodes = Some(vec![0, 1, 4, 5, 6, 7]);
    let chaos = Some(Duration::from_millis(4_635));
    is_sound(&Case { seed: 5_000_000_923, episodes, chaos, ..Case::default() });
}
