//! What a node does in its first moments: further exchanges with its seed, and silence about what
//! it hears there.

use std::collections::BTreeSet;

use super::claims::{Message, address, alive_since, remote};
use super::harness::{Deed, Lone, millis, secs};
use crate::config::Options;
use crate::swim::Token;
use crate::swim::cluster::Timer;
use crate::types::State;

/// A node that makes full exchanges, alone.
fn newcomer(seed: u32) -> Lone {
    let mut options = Options::lan();
    options.gossip_interval = millis(200);
    let mut a = Lone::start("a", options, seed, crate::time::Instant::ZERO);
    // The first regular exchange is due at any time in the first 30 s.
    a.swim.cluster.timers.clear(Timer::PushPull);
    a
}

/// An exchange with this node, which `a` joins, brings these members.
fn exchange(a: &mut Lone, with: &str, members: &[&str]) {
    exchange_as(a, with, true, members);
}

fn exchange_as(a: &mut Lone, with: &str, joins: bool, members: &[&str]) {
    let states: Vec<_> = members.iter().map(|name| remote(name, 1, State::Alive)).collect();
    a.act(|swim, now| {
        let muted = swim.greet(&address(with), joins);
        states.iter().for_each(|state| swim.handle_remote_state(now, state, muted));
        swim.handle_merged(now, &address(with));
    });
}

fn push_pulls(a: &mut Lone) -> Vec<u64> {
    let partner = |deed: Deed| match deed {
        Deed::PushPull { to } => Some(*to.address()),
        _ => None,
    };
    a.actions().into_iter().filter_map(partner).collect()
}

fn subjects(a: &mut Lone) -> BTreeSet<String> {
    let news = a.news();
    let subject = |message: &Message| match message {
        Message::Alive(alive) => alive.node.id().to_string(),
        other => format!("{other:?}"),
    };
    news.iter().map(subject).collect()
}

/// What the seed tells at first is no news to those around it; what the newcomer is, is.
#[test]
fn what_the_seed_tells_is_not_passed_on() {
    let mut a = newcomer(1);
    exchange(&mut a, "b", &["b", "c", "d"]);
    assert_eq!(a.stat("members_known"), 4);
    let packets = a.packets();
    assert!(
        packets.iter().flat_map(|packet| &packet.gossip).all(|it| *it == alive_since("a", 1, 1))
    );
    assert_eq!(packets.len(), 3, "its own claim leaves at once");
    assert_eq!(subjects(&mut a), ["a".to_owned()].into());
    exchange(&mut a, "c", &["e"]);
    assert!(subjects(&mut a).contains("e"), "another one may tell news");
    exchange(&mut a, "b", &["f"]);
    assert!(subjects(&mut a).contains("f"), "and so may the seed, the second time");
}

/// It comes back once, half a tick to a whole tick of gossip later, and again as long as that
/// brings somebody new, seven exchanges in all.
#[test]
fn it_comes_back_to_its_seed_while_that_brings_somebody_new() {
    let names = ["c", "d", "e", "f", "g", "h", "i", "j"];
    for seed in 1..=20 {
        let mut a = newcomer(seed).unprobing();
        exchange(&mut a, "b", &["b"]);
        for (exchanged, name) in (1..).zip(names) {
            a.wait(millis(99));
            assert_eq!(push_pulls(&mut a), [], "too soon");
            a.wait(millis(101));
            let expected = if exchanged < 7 { vec![address("b")] } else { vec![] };
            assert_eq!(push_pulls(&mut a), expected, "after {exchanged}");
            exchange(&mut a, "b", &[name]);
        }
    }
}

#[test]
fn an_exchange_without_news_is_the_last() {
    let mut a = newcomer(3).unprobing();
    exchange(&mut a, "b", &["b", "c"]);
    a.wait(millis(99));
    assert_eq!(push_pulls(&mut a), []);
    a.wait(millis(101));
    assert_eq!(push_pulls(&mut a), [address("b")]);
    exchange(&mut a, "b", &["b", "c"]);
    a.wait(millis(900));
    assert_eq!(push_pulls(&mut a), []);
}

/// Whom somebody has joined is no newcomer: what it is told may be news to that one.
#[test]
fn who_was_joined_is_no_newcomer() {
    let mut a = newcomer(1).unprobing();
    exchange_as(&mut a, "x", false, &["x"]);
    exchange(&mut a, "b", &["b", "c"]);
    assert!(subjects(&mut a).is_superset(&["b".to_owned(), "c".to_owned()].into()));
    a.wait(millis(500));
    assert_eq!(push_pulls(&mut a), []);
}

/// Nobody comes back to a seed that has gone, nor without full exchanges.
#[test]
fn it_does_not_come_back_to_a_seed_that_has_gone() {
    let mut a = newcomer(1).unprobing();
    exchange(&mut a, "b", &["b", "c"]);
    a.hear(super::claims::left("b", 1));
    a.wait(millis(500));
    assert_eq!(push_pulls(&mut a), []);
    let mut off = Lone::quiet().unprobing();
    exchange(&mut off, "b", &["b", "c"]);
    off.wait(secs(5));
    assert_eq!(push_pulls(&mut off), []);
}

/// The seed's gossip may come before its answer: that makes nobody less of a newcomer.
#[test]
fn who_was_told_of_others_is_a_newcomer() {
    let mut a = newcomer(1).and(&["x"]).unprobing();
    a.ignore();
    exchange(&mut a, "b", &["b", "c"]);
    assert!(subjects(&mut a).is_disjoint(&["b".to_owned(), "c".to_owned()].into()));
    a.wait(millis(200));
    assert_eq!(push_pulls(&mut a), [address("b")]);
}

/// After leaving and coming back it is a newcomer only if it knows nobody any more.
#[test]
fn who_comes_back_is_a_newcomer_if_it_knows_nobody() {
    let mut a = newcomer(1).unprobing();
    exchange(&mut a, "b", &["b"]);
    a.act(|swim, now| swim.leave(now, Token(1)));
    a.act(|swim, now| swim.rejoin(now));
    a.ignore();
    exchange(&mut a, "b", &["c"]);
    assert_eq!(subjects(&mut a), ["c".to_owned()].into());
}
