//! Probing: the Go suite's `Probe*`, the order of the rounds, indirect probes and the stream.

use std::collections::BTreeSet;

use super::claims::{ack, ack_with, address, alive, claim, dead, left, nack, node, suspect};
use super::harness::{Deed, Happening, Lone, Packet, millis, secs};
use crate::swim::Token;
use crate::time::Instant;
use crate::types::{State, Versions};
use crate::wire::{Alive, Message};

/// Probe timeout 1 ms, interval 10 ms, as the Go suite has it.
fn fast(names: &[&str]) -> Lone {
    let fast = Lone::with(|options| {
        options.probe_timeout = millis(1);
        options.probe_interval = millis(10);
    });
    fast.and(names)
}

fn requests(packets: &[Packet]) -> Vec<u64> {
    packets.iter().filter(|packet| packet.has_request()).map(|packet| packet.to).collect()
}

/// One round with a live peer: it stays alive, and one number was used.
#[test]
fn probe() {
    let mut a = fast(&["b"]);
    let before = a.swim.cluster.seq;
    let ping = a.until_ping();
    assert_eq!((ping.to, ping.seq()), (address("b"), Some(before.next())));
    a.hear_from(ping.to, [ack(before.next())]);
    a.wait(millis(9));
    assert_eq!(a.view("b"), Some((State::Alive, 1)));
    assert_eq!((a.swim.cluster.seq, a.stat("probes_failed")), (before.next(), 0));
}

/// The same where the peer never told its versions; the answer gives the round-trip time.
#[test]
fn probe_node() {
    let mut a = fast(&[]);
    a.hear(Message::Alive(Alive { versions: None, ..claim("b", 1) }));
    let seq = a.until_ping_to("b");
    a.wait(core::time::Duration::from_micros(300));
    a.hear_from(address("b"), [ack_with(seq, "load 3")]);
    let Some(Happening::Pinged { member, round_trip, payload }) = a.events.last() else {
        panic!("{:?}", a.events)
    };
    assert_eq!((member.id().as_str(), &payload[..]), ("b", &b"load 3"[..]));
    assert_eq!(*round_trip, core::time::Duration::from_micros(300));
    assert_eq!(a.member("b").unwrap().round_trip(), Some(*round_trip));
}

/// Live b and c, and d that was never started: direct ping, at 1 ms b and c are asked, with the
/// number of the ping, and the stream is tried; at 10 ms d is suspect. Go checks that one of the
/// two was asked.
#[test]
fn probe_node_suspect() {
    let mut a = fast(&["b", "c", "d"]);
    let seq = a.until_ping_to("d");
    let began = a.now;
    a.wait(millis(1));
    let packets = a.packets();
    assert_eq!(BTreeSet::from_iter(requests(&packets)), [address("b"), address("c")].into());
    assert!(packets.iter().all(|packet| packet.seq() == Some(seq)));
    let [Deed::StreamPing { to, ping, deadline }] = &a.actions()[..] else { panic!("no stream") };
    assert_eq!((to, ping.seq, *deadline), (&node("d"), seq, began + millis(10)));
    a.wait_until(began + millis(10));
    assert_eq!(a.view("d"), Some((State::Suspect, 1)));
    assert_eq!(a.member("d").unwrap().since(), began + millis(10));
    assert_eq!(a.news(), [suspect("d", 1, "a")]);
}

/// Exactly `indirect_checks` others are asked, all different, alive, neither this node nor the
/// target.
#[test]
fn helpers_are_alive_and_as_many_as_asked_for() {
    for (checks, expected) in [(0, 0), (1, 1), (3, 3), (5, 4)] {
        let mut asked = BTreeSet::new();
        for seed in 1..=30 {
            let mut options = crate::config::Options::lan();
            options.indirect_checks = checks;
            options.gossip_interval = core::time::Duration::ZERO;
            let mut a = Lone::start("a", options, seed, Instant::ZERO)
                .and(&["b", "c", "d", "e", "f", "g", "h", "i"]);
            a.hear(suspect("g", 1, "z"));
            a.hear(dead("h", 1, "z"));
            a.hear(left("i", 1));
            a.until_ping_to("b");
            a.wait(millis(500));
            let helpers = requests(&a.packets());
            assert_eq!(helpers.len(), expected);
            assert_eq!(BTreeSet::from_iter(helpers.clone()).len(), expected, "{helpers:?}");
            asked.extend(helpers);
        }
        let all = BTreeSet::from_iter(["c", "d", "e", "f"].map(address));
        assert_eq!(asked, if expected == 0 { BTreeSet::new() } else { all });
    }
}

/// Every member once per round, each round in another order, one probe per tick.
#[test]
fn rounds_take_everybody_once() {
    let names = ["b", "c", "d", "e", "f", "g", "h", "i"];
    let mut a = Lone::knowing(&names);
    let first = a.until_ping();
    a.hear_from(first.to, [ack(first.seq().unwrap())]);
    let mut orders = BTreeSet::new();
    let mut rest: Vec<_> = vec![first.to];
    let mut last = a.now;
    for _ in 0..20 {
        while rest.len() < names.len() {
            let ping = a.until_ping();
            assert_eq!(a.now - last, secs(1));
            last = a.now;
            a.hear_from(ping.to, [ack(ping.seq().unwrap())]);
            rest.push(ping.to);
        }
        assert_eq!(BTreeSet::from_iter(rest.clone()).len(), names.len(), "{rest:?}");
        orders.insert(core::mem::take(&mut rest));
    }
    assert!(orders.len() > 18, "the order is drawn anew for each round");
}

/// Go loses three of seven ticks in a ring of two, one in twenty in a ring of three.
#[test]
fn small_rings_lose_no_tick() {
    for (names, gone) in [
        (&["b"][..], 0),
        (&["b", "c"], 0),
        (&["b", "c"], 1),
        (&["b", "c", "d", "e", "f", "g"], 5),
        (&["b", "c", "d", "e", "f", "g"], 4),
    ] {
        let mut a = Lone::with(|options| options.gossip_to_the_dead_time = secs(9_999)).and(names);
        for name in &names[names.len() - gone..] {
            a.hear(dead(name, 1, "z"));
        }
        let first = a.until_ping();
        let mut ping = first;
        for tick in 0..100 {
            a.hear_from(ping.to, [ack(ping.seq().unwrap())]);
            let last = a.now;
            ping = a.until_ping();
            assert_eq!(a.now - last, secs(1), "tick {tick} of {names:?}, {gone} gone");
        }
    }
}

#[test]
fn the_gone_and_this_node_are_not_probed_and_suspects_are() {
    let mut a = Lone::knowing(&["b", "c", "d", "e"]);
    a.hear(dead("c", 1, "z"));
    a.hear(left("d", 1));
    let mut probed = BTreeSet::new();
    for _ in 0..10 {
        if a.view("e") == Some((State::Alive, 1)) {
            a.hear(suspect("e", 1, "z"));
        }
        let ping = a.until_ping();
        probed.insert(ping.to);
        a.hear_from(ping.to, [ack(ping.seq().unwrap())]);
    }
    assert_eq!(probed, [address("b"), address("e")].into());
}

/// A member's first probe is at a random moment of the interval, another one for each node.
#[test]
fn the_first_probe_is_staggered() {
    let mut first = BTreeSet::new();
    for seed in 1..=50 {
        let mut a = Lone::start("a", crate::config::Options::lan(), seed, Instant::ZERO);
        a.hear(alive("b", 1));
        a.until_ping();
        assert!(a.now < Instant::from_millis(1_000));
        first.insert(a.now.as_millis() / 250);
    }
    assert_eq!(first, [0, 1, 2, 3].into());
}

/// A late answer, or one by a helper, saves the target and takes a point off, but is no
/// measurement.
#[test]
fn a_late_ack_counts_and_measures_nothing() {
    let mut a = Lone::knowing(&["b"]);
    a.hear(suspect("a", 1, "z"));
    let seq = a.until_ping_to("b");
    a.hear(alive("c", 1));
    a.wait(millis(700));
    a.ignore();
    a.hear_from(address("c"), [ack(seq)]);
    assert_eq!(a.events(), ["health 0"]);
    assert_eq!(a.stat("probes_indirect"), 1);
    a.wait(millis(290));
    assert_eq!(a.view("b"), Some((State::Alive, 1)));
}

#[test]
fn an_ack_after_the_verdict_and_a_second_one_change_nothing() {
    let mut a = Lone::knowing(&["b"]);
    let seq = a.until_ping_to("b");
    a.wait(secs(1));
    assert_eq!(a.view("b"), Some((State::Suspect, 1)));
    a.ignore();
    a.hear_from(address("b"), [ack(seq)]);
    a.hear_from(address("b"), [nack(seq)]);
    a.expect_nothing();
    assert_eq!((a.stat("acks_unexpected"), a.stat("nacks_unexpected")), (1, 1));
    let mut a = Lone::knowing(&["b"]);
    let seq = a.until_ping_to("b");
    a.hear_from(address("b"), [ack(seq), ack(seq), ack(seq.next())]);
    assert_eq!((a.stat("acks_unexpected"), a.stat("probes_failed")), (2, 0));
}

/// Numbers begin anywhere and wrap around.
#[test]
fn next_seq() {
    let mut a = Lone::quiet();
    a.swim.cluster.seq = crate::types::SequenceNumber::new(u32::MAX - 1);
    let numbers = [0; 3].map(|_| a.swim.cluster.next_seq().get());
    assert_eq!(numbers, [u32::MAX, 0, 1]);
    let first = |seed| {
        let a = Lone::start("a", crate::config::Options::lan(), seed, Instant::ZERO);
        a.swim.cluster.seq
    };
    assert_ne!(first(1), first(2), "a stranger cannot guess them");
}

/// Lifeguard's buddy system: m1's view of a live m2 is suspect. The probe tells m2, and nothing
/// rides along; m2's answer carries its refutation, an alive.
#[test]
fn probe_node_buddy() {
    let mut a = Lone::knowing(&["b"]);
    a.hear(suspect("b", 1, "z"));
    let ping = a.until_ping();
    assert_eq!(ping.said[1..], [suspect("b", 1, "a")]);
    assert_eq!(ping.gossip, []);
    let mut b = Lone::named("b").and(&["a"]);
    b.hear_from(address("a"), ping.said.clone());
    let [answer] = &b.packets()[..] else { panic!("one packet") };
    assert_eq!(answer.said, [ack(ping.seq().unwrap())]);
    let [Message::Alive(alive)] = &answer.gossip[..] else { panic!("{answer:?}") };
    assert_eq!((alive.node.id().as_str(), alive.incarnation.get()), ("b", 2));
    a.hear_from(address("b"), answer.messages().cloned().collect::<Vec<_>>());
    assert_eq!(a.view("b"), Some((State::Alive, 2)));
}

#[test]
fn without_the_buddy_system_a_suspect_is_just_pinged() {
    let mut a = Lone::with(|options| options.buddy_system = false).and(&["b"]);
    a.hear(suspect("b", 1, "z"));
    let ping = a.until_ping();
    assert_eq!(ping.said.len(), 1);
    assert_eq!(ping.gossip, [suspect("b", 1, "z")], "as gossip, it may ride along");
}

/// Datagrams do not get through, the stream does: the probe ends with it, and nobody's health
/// changes. Go goes on to the end of the interval and takes a point off.
#[test]
fn a_stream_ack_ends_the_probe_early() {
    let mut a = Lone::knowing(&["b"]);
    a.hear(suspect("a", 1, "z"));
    let seq = a.until_ping_to("b");
    a.wait(millis(600));
    a.ignore();
    a.act(|swim, now| swim.handle_stream_ack(now, seq));
    assert_eq!((a.events(), a.swim.health()), (vec![], 1));
    a.wait(secs(1));
    assert_eq!(a.view("b"), Some((State::Alive, 1)));
    assert_eq!(a.stat("probes_stream"), 1);
    a.act(|swim, now| swim.handle_stream_ack(now, seq));
    assert_eq!(a.stat("acks_unexpected"), 1);
}

/// The fallback is off by option, and for peers that do not know it (greatest version 2).
#[test]
fn probe_node_fallback_tcp_disabled_and_old_protocol() {
    let old = Versions { protocol_max: 2, ..Versions::DEFAULT };
    for (disabled, versions, tried) in [
        (false, Some(Versions::DEFAULT), 1),
        (true, Some(Versions::DEFAULT), 0),
        (false, Some(old), 0),
        (false, None, 0),
    ] {
        let mut a = Lone::with(|options| options.disable_reliable_pings = disabled);
        a.hear(Message::Alive(Alive { versions, ..claim("b", 1) }));
        a.until_ping_to("b");
        a.wait(millis(500));
        assert_eq!(a.actions().len(), tried);
        a.wait(millis(500));
        assert_eq!(a.view("b"), Some((State::Suspect, 1)));
    }
}

#[test]
fn a_target_that_leaves_or_refutes_meanwhile_is_not_accused() {
    for (meanwhile, then) in [(left("b", 1), State::Left), (alive("b", 2), State::Alive)] {
        let mut a = Lone::knowing(&["b"]);
        a.until_ping_to("b");
        a.hear(meanwhile);
        a.wait(secs(1));
        assert_eq!(a.view("b").unwrap().0, then);
    }
}

#[test]
fn who_has_left_judges_nobody() {
    let mut a = Lone::knowing(&["b", "c"]);
    a.hear(suspect("c", 1, "z"));
    a.until_ping_to("b");
    a.act(|swim, now| swim.leave(now, Token(1)));
    a.act(|swim, _| swim.cancel(Token(1)));
    a.ignore();
    a.wait(secs(100));
    assert_eq!(a.view("b"), Some((State::Alive, 1)));
    assert_eq!(a.view("c"), Some((State::Suspect, 1)));
    a.expect_nothing();
}
