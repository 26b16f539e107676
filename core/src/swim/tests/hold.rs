//! While sends block (Lifeguard section V.B) whatever sends waits where it stands; deadlines of
//! suspicions do not.

use super::claims::suspect;
use super::harness::{Lone, millis, secs};
use crate::types::State;

/// The ping that began the probe could not leave, so it fails as soon as sends go through again;
/// ticks that were missed meanwhile are one.
#[test]
fn one_probe_begins_and_fails_when_sends_go_through_again() {
    let mut a = Lone::knowing(&["b", "c", "d"]);
    a.swim.hold();
    let begun = a.stat("probes");
    for _ in 0..400 {
        a.now = a.now + millis(50);
        a.swim.handle_timeout(a.now);
    }
    assert_eq!((a.stat("probes"), a.stat("probes_failed")), (begun + 1, 0));
    let now = a.now;
    a.swim.release(now);
    assert_eq!((a.stat("probes"), a.stat("probes_failed")), (begun + 2, 1));
    a.drain();
    let suspected = ["b", "c", "d"].map(|name| a.view(name)).into_iter().flatten();
    let suspected = suspected.filter(|(state, _)| *state == State::Suspect);
    assert_eq!(suspected.count(), 1);
    assert_eq!(a.stat("pauses"), 0, "its timers ran");
}

#[test]
fn a_suspicion_ends_while_sends_block() {
    let mut a = Lone::knowing(&["b", "c", "d"]);
    a.hear(suspect("c", 1, "z"));
    a.swim.hold();
    let end = a.now + secs(30);
    while let Some(due) = a.swim.poll_timeout().filter(|due| *due <= end) {
        a.now = due;
        a.swim.handle_timeout(a.now);
    }
    assert_eq!(a.view("c"), Some((State::Dead, 1)));
    assert_eq!(a.packets(), []);
}
