//! Claims that somebody is dead or has left, and how the gone are forgotten: the Go suite's
//! `DeadNode_*` and `ResetNodes`, and what it leaves out.

use super::claims::{Message, alive, alive_since, claim, dead, left, suspect};
use super::harness::{Lone, millis, secs};
use crate::swim::Token;
use crate::time::Instant;
use crate::types::{Node, State};
use crate::wire::Alive;

/// Unknown name: nothing is created.
#[test]
fn dead_node_no_node() {
    let mut a = Lone::quiet();
    a.hear(dead("b", 1, "z"));
    a.hear(left("b", 1));
    a.expect_nothing();
    assert_eq!(a.view("b"), None);
}

/// alive@1 + dead@1: dead, a fresh stamp, a leave event, 1 queued dead.
#[test]
fn dead_node() {
    let mut a = Lone::knowing(&["b"]);
    a.wait(millis(7));
    a.hear(dead("b", 1, "z"));
    assert_eq!(a.view("b"), Some((State::Dead, 1)));
    assert_eq!(a.member("b").unwrap().since(), Instant::from_millis(7));
    assert_eq!(a.events(), ["b: alive@1 > dead@1"]);
    assert_eq!(a.news(), [dead("b", 1, "z")]);
}

/// Accuser and subject are one: left, 1 queued dead; then an alive@3 from another address is taken
/// at once, with address and metadata.
#[test]
fn dead_node_left() {
    let mut a = Lone::knowing(&["b"]);
    a.hear(left("b", 1));
    assert_eq!(a.view("b"), Some((State::Left, 1)));
    assert_eq!(a.events(), ["b: alive@1 > left@1"]);
    assert_eq!(a.news(), [left("b", 1)]);
    let back = Alive { node: Node::new("b".into(), 50), meta: b"new".into(), ..claim("b", 3) };
    a.hear(Message::Alive(back));
    assert_eq!(a.events(), ["b: left@1 > alive@3"]);
    let member = a.member("b").unwrap();
    assert_eq!((*member.address(), member.meta().as_bytes()), (50, &b"new"[..]));
}

/// Already dead, dead again at incarnation 2: 0 queued. Go drops it; here the number is kept, so
/// that no alive@2 can bring back one that is known to have died at 2.
#[test]
fn dead_node_double() {
    let mut a = Lone::knowing(&["b"]);
    a.hear(dead("b", 1, "z"));
    a.ignore();
    a.hear(dead("b", 1, "y"));
    a.expect_nothing();
    a.wait(millis(10));
    a.hear(dead("b", 2, "z"));
    assert_eq!(a.events(), ["b: dead@1 > dead@2"]);
    assert_eq!(a.news(), []);
    assert_eq!(a.member("b").unwrap().since(), Instant::ZERO, "it is dead since then");
    a.hear(alive("b", 2));
    assert_eq!(a.view("b"), Some((State::Dead, 2)));
}

/// alive@10, dead@1: still alive.
#[test]
fn dead_node_old_dead() {
    let mut a = Lone::quiet();
    a.hear(alive("b", 10));
    a.ignore();
    a.hear(dead("b", 1, "z"));
    a.hear(left("b", 9));
    assert_eq!(a.view("b"), Some((State::Alive, 10)));
    a.expect_nothing();
}

/// alive@10, dead@10, the same alive@10 again: still dead, and still there.
#[test]
fn dead_node_alive_replay() {
    let mut a = Lone::quiet();
    a.hear(alive("b", 10));
    a.hear(dead("b", 10, "z"));
    a.ignore();
    a.hear(alive("b", 10));
    a.expect_nothing();
    assert_eq!(a.view("b"), Some((State::Dead, 10)));
}

/// Dead about me @1: alive, 1 queued alive, health 0 to 1.
#[test]
fn dead_node_refute() {
    let mut a = Lone::quiet();
    a.hear(dead("a", 1, "z"));
    assert_eq!(a.view("a"), Some((State::Alive, 2)));
    assert_eq!(a.news(), [alive_since("a", 2, 1)]);
    assert_eq!(a.events(), ["health 1", "a: alive@1 > alive@2"]);
}

/// In Go a member that failed never turns into one that left. A goodbye is the truth about it.
#[test]
fn a_goodbye_turns_dead_into_left_and_nothing_turns_it_back() {
    let mut a = Lone::knowing(&["b"]);
    a.hear(dead("b", 1, "z"));
    a.wait(millis(10));
    a.ignore();
    a.hear(left("b", 1));
    assert_eq!(a.events(), ["b: dead@1 > left@1"]);
    assert_eq!(a.news(), [left("b", 1)]);
    a.hear(dead("b", 1, "z"));
    a.hear(left("b", 1));
    a.expect_nothing();
    a.wait(millis(29_990));
    assert_eq!(a.view("b"), None, "forgotten 30 s after it died");
}

/// A suspect that dies by somebody else's word does not die again by its own timer.
#[test]
fn a_death_ends_the_suspicion() {
    let mut a = Lone::knowing(&["b"]);
    a.hear(suspect("b", 1, "z"));
    a.hear(dead("b", 1, "z"));
    assert_eq!(a.stat("suspicions"), 0);
    a.ignore();
    a.wait(secs(29));
    assert_eq!(a.stat("msg_dead"), 1);
    assert_eq!(a.view("b"), Some((State::Dead, 1)));
}

/// Three alive nodes, one killed, dead-gossip window 100 ms: at once all 3 are there, after it 2.
/// Go forgets when its prober next comes round, after 200 ms in its test; here it is a timer.
#[test]
fn reset_nodes() {
    let mut a = Lone::with(|options| options.gossip_to_the_dead_time = millis(100));
    a = a.and(&["b", "c", "d"]);
    a.hear(dead("c", 1, "z"));
    a.ignore();
    a.wait(millis(100) - core::time::Duration::from_nanos(1));
    assert_eq!((a.stat("members_known"), a.view("c")), (4, Some((State::Dead, 1))));
    a.wait(core::time::Duration::from_nanos(1));
    assert_eq!((a.stat("members_known"), a.view("c")), (3, None));
    assert_eq!(a.stat("reaped"), 1);
    assert!(a.events().contains(&"c: dead@1 > unknown".to_owned()));
}

/// Go forgets itself some time after it has left, and then panics.
#[test]
fn a_node_never_forgets_itself() {
    let mut a = Lone::knowing(&["b"]);
    a.act(|swim, now| swim.leave(now, Token(1)));
    a.wait(secs(100));
    assert_eq!(a.view("a"), Some((State::Left, 1)));
    assert_eq!(a.swim.local().id(), "a");
}

#[test]
fn forget_declares_left_and_forgets_at_once() {
    let mut a = Lone::knowing(&["b", "c", "d", "e"]);
    a.hear(suspect("b", 3, "z"));
    a.hear(dead("c", 1, "z"));
    a.hear(left("d", 1));
    a.ignore();
    for (name, old, new) in [("b", "suspect@3", "left@3"), ("c", "dead@1", "left@1")] {
        assert!(a.act(|swim, now| swim.forget(now, &name.into())));
        let gone = [format!("{name}: {old} > {new}"), format!("{name}: {new} > unknown")];
        assert_eq!(a.events(), gone);
    }
    assert_eq!(a.news(), [left("c", 1), left("b", 3)]);
    assert!(a.act(|swim, now| swim.forget(now, &"d".into())));
    assert_eq!(a.events(), ["d: left@1 > unknown"]);
    for name in ["a", "e", "nobody"] {
        assert!(!a.act(|swim, now| swim.forget(now, &name.into())), "{name}");
    }
    a.expect_nothing();
    assert_eq!((a.stat("suspicions"), a.stat("members_known")), (0, 2));
    a.wait(secs(100));
    assert_eq!(a.stat("reaped"), 3 + u64::from(a.view("e").is_none()));
}

/// The slot of one that was forgotten is given to the next; nothing of the old one sticks to it.
#[test]
fn who_takes_the_place_of_a_forgotten_one_inherits_nothing() {
    let mut a = Lone::knowing(&["b"]);
    a.hear(suspect("b", 1, "z"));
    a.act(|swim, now| swim.forget(now, &"b".into()));
    a.hear(alive("c", 1));
    a.ignore();
    a = a.unprobing();
    a.wait(secs(100));
    a.expect_nothing();
    assert_eq!(a.view("c"), Some((State::Alive, 1)));
}
