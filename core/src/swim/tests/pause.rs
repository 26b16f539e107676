//! A node that was stopped, or starved, for longer than a probe waits must not judge its peers by a
//! clock that ran while it slept.

use core::time::Duration;

use super::claims::{ack, address, alive, suspect};
use super::harness::{Deed, Lone, millis, secs};
use crate::types::State;

/// Stopped now, for so long. What has arrived meanwhile is handed over before the timers.
fn sleep(a: &mut Lone, span: Duration) {
    a.now = a.now + span;
}

fn wake(a: &mut Lone) {
    a.act(|swim, now| swim.handle_timeout(now));
}

#[test]
fn a_frozen_node_judges_nobody_when_it_wakes() {
    for span in [millis(1_501), secs(10), secs(3_600), secs(86_400)] {
        let mut a = Lone::knowing(&["b", "c", "d"]);
        a.hear(suspect("c", 1, "z"));
        a.until_ping_to("b");
        sleep(&mut a, span);
        wake(&mut a);
        assert_eq!(a.view("b"), Some((State::Alive, 1)));
        assert_eq!(a.view("c"), Some((State::Suspect, 1)));
        assert_eq!((a.stat("pauses"), a.swim.health()), (1, 0));
    }
}

/// What is left of each time when the node stops is left when it wakes; the probe has 500 ms to its
/// first and 1 s to its second deadline, the stream until the second.
#[test]
fn every_wait_goes_on_where_it_stopped() {
    let mut a = Lone::knowing(&["b"]);
    let seq = a.until_ping_to("b");
    sleep(&mut a, secs(100));
    wake(&mut a);
    let woke = a.now;
    // The deadline that was missed first is the one at 500 ms: the pause counts from there.
    let [Deed::StreamPing { ping, deadline, .. }] = &a.actions()[..] else { panic!("no stream") };
    assert_eq!((ping.seq, *deadline), (seq, woke + millis(500)));
    a.wait(millis(499));
    assert_eq!(a.view("b"), Some((State::Alive, 1)));
    a.wait(millis(1));
    assert_eq!(a.view("b"), Some((State::Suspect, 1)));
}

#[test]
fn a_suspicion_keeps_the_time_it_had_left() {
    let mut a = Lone::knowing(&["b"]).unprobing();
    a.hear(alive("c", 1));
    a.hear(suspect("c", 1, "z"));
    a.hear(suspect("b", 1, "z"));
    a.hear(alive("b", 2));
    a.act(|swim, now| swim.ping(now, crate::swim::Token(1), None, address("b")));
    sleep(&mut a, secs(1_000));
    wake(&mut a);
    let woke = a.now;
    // Stopped at 500 ms, when the ping was due: 3.5 s were left of the 4 s.
    a.wait(millis(3_499));
    assert_eq!(a.view("c"), Some((State::Suspect, 1)));
    a.wait(millis(1));
    assert_eq!(a.view("c"), Some((State::Dead, 1)));
    assert_eq!(a.member("c").unwrap().since(), woke + millis(3_500));
}

/// What begins after the wake-up has nothing to be forgiven: an hour's sleep must not let a suspect
/// of now live an hour longer.
#[test]
fn what_begins_at_the_wake_up_is_not_delayed() {
    let mut a = Lone::knowing(&["b", "c"]);
    a.hear(suspect("a", 1, "z"));
    let ping = a.until_ping();
    a.wait(secs(1));
    sleep(&mut a, secs(3_600));
    let woke = a.now;
    a.hear(suspect("c", 2, "z"));
    a.hear_from(ping.to, [ack(ping.seq().unwrap())]);
    let began = a.packets().iter().any(|packet| packet.has_ping());
    assert!(began, "the tick that came meanwhile starts a probe at once");
    wake(&mut a);
    assert_eq!(a.stat("pauses"), 1);
    a.wait_until(woke + secs(1));
    assert_eq!(a.stat("probes_failed"), 1, "the new probe has its verdict");
    a.wait_until(woke + millis(3_999));
    assert_eq!(a.view("c"), Some((State::Suspect, 2)));
    a.wait_until(woke + secs(4));
    assert_eq!(a.view("c"), Some((State::Dead, 2)));
}

/// Up to the probe timeout it is ordinary lateness: then the answers have had their time.
#[test]
fn a_short_stop_is_no_pause() {
    let mut a = Lone::knowing(&["b"]);
    a.until_ping_to("b");
    sleep(&mut a, secs(1));
    wake(&mut a);
    assert_eq!((a.stat("pauses"), a.view("b")), (0, Some((State::Suspect, 1))));
}

/// The answer arrived while the node slept, and is handed over first.
#[test]
fn an_answer_that_came_during_the_pause_counts() {
    let mut a = Lone::knowing(&["b"]);
    let seq = a.until_ping_to("b");
    sleep(&mut a, secs(5));
    a.hear_from(address("b"), [ack(seq)]);
    wake(&mut a);
    assert_eq!((a.view("b"), a.stat("probes_failed")), (Some((State::Alive, 1)), 0));
}

/// A confirmation may come when the shorter time that it leaves is over. That is no pause: nobody
/// else gets more time for it.
#[test]
fn a_late_confirmation_is_no_pause() {
    let mut a = Lone::knowing(&["b", "c", "d", "e"]).unprobing();
    a.hear(suspect("b", 1, "z"));
    a.hear(suspect("c", 1, "z"));
    a.wait(secs(20));
    a.hear(suspect("b", 1, "d"));
    a.hear(suspect("b", 1, "e"));
    a.wait(secs(0));
    assert_eq!((a.view("b"), a.stat("pauses")), (Some((State::Dead, 1)), 0));
    a.wait(millis(3_999));
    assert_eq!(a.view("c"), Some((State::Suspect, 1)));
    a.wait(millis(1));
    assert_eq!(a.view("c"), Some((State::Dead, 1)));
}
