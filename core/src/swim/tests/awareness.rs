//! Local health (Lifeguard, LHA-Probe): the Go suite's `Awareness_*`, and what it leaves out.

use super::claims::{ack, address, claim, nack, suspect};
use super::harness::{Lone, millis, secs};
use crate::types::{SequenceNumber, State, Versions};
use crate::wire::{Alive, Message};

/// Timeout 10 ms, interval 200 ms, and a score of so much.
fn ill(score: u32, names: &[&str]) -> Lone {
    let mut a = Lone::with(|options| {
        options.probe_timeout = millis(10);
        options.probe_interval = millis(200);
    })
    .and(names);
    a.swim.cluster.awareness.apply(score as i32);
    a
}

/// "d" is probed at this score; "b" and "c" can help.
fn first(score: u32) -> (Lone, SequenceNumber) {
    let mut a = ill(score, &["d"]);
    let seq = a.until_ping_to("d");
    (a.and(&["b", "c"]), seq)
}

/// Score 1, two live relays that nack, a target that was never started: the probe takes 400 ms (200
/// doubled), the target is suspect, and the score is still 1, for every nack arrived.
#[test]
fn awareness_degraded() {
    let (mut a, seq) = first(1);
    a.wait(millis(50));
    a.hear_from(address("b"), [nack(seq)]);
    a.hear_from(address("c"), [nack(seq)]);
    a.wait(millis(349));
    assert_eq!(a.view("d"), Some((State::Alive, 1)));
    a.wait(millis(1));
    assert_eq!((a.view("d"), a.swim.health()), (Some((State::Suspect, 1)), 1));
    assert_eq!(a.stat("degraded_probe"), 2, "and the next one has begun");
}

/// Score 1, an answered probe: score 0, and the peer stays alive.
#[test]
fn awareness_improved() {
    let (mut a, seq) = first(1);
    a.hear_from(address("d"), [ack(seq)]);
    assert_eq!((a.view("d"), a.swim.health()), (Some((State::Alive, 1)), 0));
}

/// Score 0, a live relay and a dead one: suspect at 200 ms (Go allows 250), and the score is 1: one
/// nack is missing.
#[test]
fn awareness_missed_nack() {
    let (mut a, seq) = first(0);
    a.wait(millis(50));
    a.hear_from(address("b"), [nack(seq)]);
    a.wait(millis(150));
    assert_eq!((a.view("d"), a.swim.health()), (Some((State::Suspect, 1)), 1));
}

/// Peers without version vector send no nacks: the score moves by one, however many were asked.
#[test]
fn awareness_old_protocol() {
    let old = Versions { protocol_max: 3, ..Versions::DEFAULT };
    for versions in [None, Some(old)] {
        let mut a = ill(0, &["d"]);
        a.until_ping_to("d");
        for name in ["b", "c"] {
            a.hear(Message::Alive(Alive { versions, ..claim(name, 1) }));
        }
        a.packets.clear();
        a.wait(millis(10));
        let asked = a.packets();
        assert_eq!(asked.len(), 2);
        for packet in asked {
            let [Message::IndirectPing(request)] = &packet.said[..] else { panic!("{packet:?}") };
            assert!(!request.nack);
        }
        a.wait(millis(190));
        assert_eq!((a.view("d"), a.swim.health()), (Some((State::Suspect, 1)), 1));
    }
}

/// One nack of one helper, however often it comes, speaks for one; and none before helpers were
/// asked.
#[test]
fn nacks_count_once_per_helper_and_only_when_due() {
    let (mut a, seq) = first(0);
    a.hear_from(address("b"), [nack(seq)]);
    assert_eq!(a.stat("nacks_unexpected"), 1, "nobody was asked yet");
    a.wait(millis(10));
    a.hear_from(address("b"), [nack(seq), nack(seq)]);
    a.hear_from(address("c"), [nack(seq.next())]);
    assert_eq!(a.stat("nacks_unexpected"), 3);
    a.wait(millis(190));
    assert_eq!(a.swim.health(), 1);
}

/// More nacks than helpers were asked for make nobody healthier than healthy.
#[test]
fn no_more_nacks_count_than_are_owed() {
    let (mut a, seq) = first(3);
    a.wait(millis(10));
    for from in 700..710 {
        a.hear_from(from, [nack(seq)]);
    }
    assert_eq!(a.stat("nacks_unexpected"), 8);
    a.wait(millis(790));
    assert_eq!((a.view("d"), a.swim.health()), (Some((State::Suspect, 1)), 3));
}

/// The interval is stretched by the score, the direct timeout is not, and the tick that passed
/// meanwhile starts the next probe at once.
#[test]
fn a_bad_score_stretches_the_interval_and_loses_no_tick() {
    for score in 0..8 {
        let (mut a, _) = first(score);
        let began = a.now;
        a.wait(millis(9));
        assert_eq!(a.packets(), []);
        a.wait(millis(1));
        assert_eq!(a.packets().len(), 2, "helpers are asked after 10 ms at any score");
        a.until_ping();
        assert_eq!(a.now - began, millis(200) * (score + 1));
        assert_eq!(a.view("d"), Some((State::Suspect, 1)));
    }
}

/// Each refutation costs a point, up to seven; each answered probe gives one back.
#[test]
fn the_score_stays_between_zero_and_seven() {
    let mut a = Lone::knowing(&["b"]);
    for number in 1..=10 {
        a.hear(suspect("a", number, "z"));
        assert_eq!(a.swim.health(), number.min(7));
    }
    for score in (0..7).rev().chain([0, 0]) {
        let ping = a.until_ping();
        a.hear_from(address("b"), [ack(ping.seq().unwrap())]);
        assert_eq!(a.swim.health(), score);
    }
    a.ignore();
    let ping = a.until_ping();
    a.hear_from(address("b"), [ack(ping.seq().unwrap())]);
    assert!(!a.events().iter().any(|event| event.starts_with("health")), "only changes are told");
}

/// Lifeguard's first part off: nothing moves the score, no interval is stretched.
#[test]
fn without_local_health_the_score_stays_zero() {
    let mut a = Lone::with(|options| options.local_health = false).and(&["b"]);
    a.hear(suspect("a", 1, "z"));
    a.until_ping_to("b");
    a.wait(secs(1));
    assert_eq!((a.view("b"), a.swim.health()), (Some((State::Suspect, 1)), 0));
}

/// Nacks off: helpers are not asked for them, and a failure costs a flat point.
#[test]
fn without_nacks_a_failed_probe_costs_one() {
    let mut a = Lone::with(|options| options.nacks = false).and(&["b", "c", "d"]);
    a.until_ping_to("d");
    a.wait(millis(500));
    for packet in a.packets().iter().filter(|packet| packet.has_request()) {
        assert!(matches!(&packet.said[0], Message::IndirectPing(request) if !request.nack));
    }
    a.wait(millis(500));
    assert_eq!(a.swim.health(), 1);
}
