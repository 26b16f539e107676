//! A node that was started anew under its old name and address, and does not know what it is known
//! for.

use super::claims::{Message, address, alive, alive_at, alive_since, dead, left, suspect};
use super::harness::{Lone, Packet, millis};
use super::network::Network;
use crate::config::Options;
use crate::types::{Meta, State};

/// A node that knows "b" from its first start, at incarnation 3.
fn knowing_b() -> Lone {
    let mut a = Lone::quiet();
    a.hear(alive_since("b", 3, 71));
    a.ignore();
    a
}

fn reminder() -> Packet {
    Packet { to: address("b"), said: vec![alive_since("b", 3, 71)], gossip: vec![] }
}

/// The first words of the second start are too low to count. Whoever hears them sends what it
/// knows, and nothing else happens.
#[test]
fn another_start_at_a_known_number_is_told_what_is_known() {
    for incarnation in 1..=3 {
        let mut a = knowing_b();
        a.hear(alive_since("b", incarnation, 72));
        assert_eq!(a.packets(), [reminder()]);
        a.expect_nothing();
        assert_eq!((a.view("b"), a.stat("reminders")), (Some((State::Alive, 3)), 1));
    }
}

#[test]
fn who_is_held_for_suspect_dead_or_left_is_told_too() {
    for gone in [suspect("b", 3, "z"), dead("b", 3, "z"), left("b", 3)] {
        let mut a = knowing_b();
        a.hear(gone);
        a.ignore();
        a.hear(alive_since("b", 1, 72));
        assert_eq!(a.packets(), [reminder()]);
    }
}

/// The claims may be made up, and what is sent for them goes to a third: once a second for each
/// member, and for 32 members at a time.
#[test]
fn reminders_are_few() {
    let names: Vec<_> = (0..40).map(|no| format!("m{no}")).collect();
    let mut a = Lone::quiet();
    names.iter().for_each(|name| a.hear(alive_since(name, 3, 71)));
    a.ignore();
    for _ in 0..3 {
        names.iter().for_each(|name| a.hear(alive_since(name, 1, 72)));
    }
    assert_eq!((a.packets().len(), a.stat("reminders")), (32, 32));
    a = a.unprobing();
    a.wait(millis(999));
    a.hear(alive_since("m0", 1, 72));
    assert_eq!(a.packets(), []);
    a.wait(millis(1));
    a.hear(alive_since("m0", 1, 72));
    assert_eq!((a.packets().len(), a.stat("reminders")), (1, 33));
}

/// The same start, one that is not told, another place: nobody to remind.
#[test]
fn only_another_start_at_the_same_place_is_reminded() {
    for old in [alive_since("b", 2, 71), alive("b", 3), alive_at("b", 2, 50)] {
        let mut a = knowing_b();
        a.hear(old);
        a.expect_nothing();
        assert_eq!(a.stat("reminders"), 0);
    }
    let mut a = Lone::knowing(&["b"]);
    a.hear(alive_since("b", 1, 72));
    a.expect_nothing();
}

/// A higher number needs no reminder: it is news, and the start with it.
#[test]
fn a_second_start_at_a_higher_number_is_taken() {
    let mut a = knowing_b();
    a.hear(alive_since("b", 4, 72));
    assert_eq!(a.member("b").unwrap().start().get(), 72);
    assert_eq!(a.packets(), []);
}

/// The reminder makes its receiver refute, above the number that it is remembered with.
#[test]
fn the_reminded_refutes() {
    let mut b = Lone::named("b");
    b.hear_from(address("a"), [alive_since("b", 3, 71)]);
    assert_eq!(b.view("b"), Some((State::Alive, 4)));
    assert_eq!(b.news(), [alive_since("b", 4, 2)]);
}

/// Without any full exchange: the restarted node knows one other, gossips its first words to it,
/// and everybody has its new record one tick of gossip later.
#[test]
fn gossip_alone_brings_a_restart_to_everybody() {
    let mut options = Options::lan();
    options.push_pull_interval = core::time::Duration::ZERO;
    let mut net = Network::ring(5, 5, &options);
    net.run(millis(1_234));
    net.crash("n1");
    net.start("n1", &options, Meta::try_from("new").unwrap());
    net.act("n1", |swim, now| {
        let Message::Alive(seed) = alive("n0", 1) else { unreachable!() };
        swim.handle_alive(now, &seed);
    });
    net.run(millis(205));
    for (at, node) in net.nodes.iter().filter(|(at, _)| **at != address("n1")) {
        let member = node.member("n1").expect("known");
        assert_eq!(
            (member.meta().as_bytes(), member.incarnation().get()),
            (&b"new"[..], 2),
            "{at}"
        );
    }
}
