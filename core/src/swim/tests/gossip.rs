//! Gossip on the wire: the Go suite's `Gossip` and `GossipToDead`, eager rounds, and who gets what
//! how often.

use std::collections::{BTreeMap, BTreeSet};

use super::claims::{Message, ack, address, alive, alive_since, claim, dead, left, ping, suspect};
use super::harness::{Lone, Packet, millis, secs};
use crate::config::Options;
use crate::swim::Token;
use crate::time::Instant;
use crate::types::{SequenceNumber, State};
use crate::wire::Alive;

const TEN: [&str; 10] = ["b", "c", "d", "e", "f", "g", "h", "i", "j", "k"];

/// LAN gossip, three members per 200 ms, and nothing else.
fn gossiping(names: &[&str]) -> Lone {
    gossiping_with(names, |_| ())
}

fn gossiping_with(names: &[&str], change: impl FnOnce(&mut Options)) -> Lone {
    let lan = Options::lan();
    let on = |options: &mut Options| {
        options.gossip_interval = lan.gossip_interval;
        change(options);
    };
    Lone::with(on).and(names).unprobing()
}

/// To the next tick of gossip.
fn tick(a: &mut Lone) {
    a.step();
}

fn receivers(packets: &[Packet], message: &Message) -> Vec<u64> {
    let has = |packet: &&Packet| packet.messages().any(|heard| heard == message);
    packets.iter().filter(has).map(|packet| packet.to).collect()
}

/// An update goes to three members at once and to three others with each tick, until it was sent as
/// often as the retransmit limit says: 4 * ceil(log10(12)) = 8 times.
#[test]
fn gossip() {
    let mut a = gossiping(&TEN);
    a.hear(alive("b", 2));
    let mut sends = vec![receivers(&a.packets(), &alive("b", 2))];
    for _ in 0..5 {
        tick(&mut a);
        sends.push(receivers(&a.packets(), &alive("b", 2)));
    }
    assert_eq!(sends.iter().map(Vec::len).collect::<Vec<_>>(), [3, 3, 2, 0, 0, 0]);
    let different = BTreeSet::from_iter(sends.into_iter().flatten());
    assert_eq!(different.len(), 8);
    assert_eq!(a.stat("queue_updates"), 0);
}

#[test]
fn the_fan_out_is_as_set_and_nobody_is_met_twice_in_a_round() {
    for nodes in [1, 2, 5] {
        let mut a = gossiping_with(&TEN, |options| options.gossip_nodes = nodes);
        a.hear(alive("b", 2));
        assert_eq!(BTreeSet::from_iter(receivers(&a.packets(), &alive("b", 2))).len(), nodes);
    }
}

/// Ticks come every 200 ms, from a random moment on.
#[test]
fn ticks_are_regular_and_staggered() {
    let mut first = BTreeSet::new();
    for seed in 1..=30 {
        let mut options = Options::lan();
        options.push_pull_interval = secs(0);
        let mut a = Lone::start("a", options, seed, Instant::ZERO).unprobing();
        tick(&mut a);
        assert!(a.now < Instant::from_millis(200));
        first.insert(a.now);
        for _ in 0..3 {
            let last = a.now;
            tick(&mut a);
            assert_eq!(a.now - last, millis(200));
        }
    }
    assert_eq!(first.len(), 30);
}

/// Two rounds leave at once between two ticks. The third waits for the tick, which takes it along
/// and sends no second round behind.
#[test]
fn two_eager_rounds_per_tick_and_the_third_waits() {
    let mut a = gossiping(&TEN);
    let before = a.stat("gossip_eager");
    for (incarnation, sent) in [(2, 3), (3, 3), (4, 0), (5, 0)] {
        a.hear(alive("b", incarnation));
        assert_eq!(receivers(&a.packets(), &alive("b", incarnation)).len(), sent);
    }
    tick(&mut a);
    assert_eq!(receivers(&a.packets(), &alive("b", 5)).len(), 3);
    assert_eq!(a.stat("gossip_eager") - before, 2);
    a.hear(alive("b", 6));
    assert_eq!(receivers(&a.packets(), &alive("b", 6)).len(), 3, "the tick has refilled");
}

/// An eager round carries what is new. What was sent before waits for the tick.
#[test]
fn repeats_wait_for_the_tick() {
    let mut a = gossiping(&TEN);
    a.hear(alive("b", 2));
    a.packets.clear();
    a.hear(alive("c", 2));
    let packets = a.packets();
    assert_eq!(receivers(&packets, &alive("c", 2)).len(), 3);
    assert_eq!(receivers(&packets, &alive("b", 2)).len(), 0);
    let due = a.swim.poll_timeout().unwrap();
    a.wait_until(Instant::from_nanos(due.as_nanos() - 1));
    assert_eq!(a.packets(), []);
    tick(&mut a);
    assert!(!receivers(&a.packets(), &alive("b", 2)).is_empty());
}

/// What everybody has had already starts a round that finds nobody: it costs nothing.
#[test]
fn an_empty_round_takes_no_token() {
    let mut a = gossiping(&["b"]);
    for incarnation in 2..=6 {
        a.hear(alive("b", incarnation));
        assert_eq!(a.packets(), [], "b is the only one, and knows");
    }
    for (incarnation, rounds) in [(6, 1), (7, 1), (8, 0)] {
        a.hear(suspect("b", incarnation, "z"));
        assert_eq!(a.packets().len(), rounds);
    }
}

#[test]
fn without_eager_gossip_everything_waits_for_the_tick() {
    let mut a = gossiping_with(&TEN, |options| options.eager_gossip = false);
    a.hear(alive("b", 2));
    assert_eq!(a.packets(), []);
    tick(&mut a);
    assert_eq!(receivers(&a.packets(), &alive("b", 2)).len(), 3);
}

/// Go sends four times, to whom it happens to meet. Own news goes to each of up to eight others.
#[test]
fn own_news_reaches_all_of_a_small_ring() {
    for peers in 1..=8 {
        let mut a = gossiping(&TEN[..peers]);
        a.hear(suspect("a", 1, "z"));
        let mut got = receivers(&a.packets(), &alive_since("a", 2, 1));
        for _ in 0..8 {
            tick(&mut a);
            got.extend(receivers(&a.packets(), &alive_since("a", 2, 1)));
        }
        assert_eq!(BTreeSet::from_iter(got.clone()).len(), peers, "{got:?}");
        assert_eq!(got.len(), peers.max(4));
    }
}

/// The same member gets it twice only after all the others had it: four sends to two are two each.
#[test]
fn nobody_gets_it_twice_before_the_others_had_it() {
    let mut a = gossiping(&["b", "c"]);
    a.hear(alive("b", 2));
    for _ in 0..4 {
        tick(&mut a);
    }
    let mut times = BTreeMap::new();
    for to in receivers(&a.packets(), &alive("b", 2)) {
        *times.entry(to).or_insert(0) += 1;
    }
    assert_eq!(times, [(address("b"), 2), (address("c"), 2)].into());
}

/// Dead window 100 ms, ticks of 10 ms: one that is dead for less hears gossip, with the tick, and
/// its sends do not count; after 100 ms it is forgotten. Go's test waits for 2 events within 5
/// tries.
#[test]
fn gossip_to_dead() {
    let mut a = gossiping_with(&["b", "c"], |options| {
        options.gossip_interval = millis(10);
        options.gossip_to_the_dead_time = millis(100);
    });
    a.hear(dead("c", 1, "z"));
    let (died, news) = (a.now, dead("c", 1, "z"));
    assert_eq!(receivers(&a.packets(), &news), [address("b")], "eager rounds are for the living");
    a.wait(millis(20));
    let heard = receivers(&a.packets(), &news);
    assert_eq!(heard.iter().filter(|&&to| to == address("c")).count(), 1);
    a.wait_until(died + millis(99));
    a.ignore();
    a.hear(alive("b", 2));
    a.packets.clear();
    a.wait(millis(1));
    assert_eq!(a.view("c"), None);
    a.packets.clear();
    a.wait(millis(50));
    assert!(a.packets().iter().all(|packet| packet.to == address("b")));
}

#[test]
fn the_dead_use_up_no_sends_of_the_living() {
    let mut a = gossiping(&["b", "c", "d", "e", "f", "g"]);
    for name in ["e", "f", "g"] {
        a.hear(dead(name, 1, "z"));
    }
    a.ignore();
    a.hear(alive("b", 2));
    for _ in 0..6 {
        tick(&mut a);
    }
    let got = receivers(&a.packets(), &alive("b", 2));
    let (living, dead): (Vec<u64>, Vec<u64>) = got.iter().partition(|&&to| to <= address("d"));
    assert_eq!(living.len(), 4);
    assert!(!dead.is_empty());
    assert_eq!(BTreeSet::from_iter(dead.clone()).len(), dead.len(), "none of them twice");
}

#[test]
fn those_that_left_hear_nothing() {
    let mut a = gossiping(&["b", "c"]);
    a.hear(left("c", 1));
    a.hear(alive("b", 2));
    a.wait(secs(5));
    assert!(a.packets().iter().all(|packet| packet.to == address("b")));
    assert_eq!(a.view("c"), Some((State::Left, 1)));
}

/// With gossip off updates still ride on pings and their answers.
#[test]
fn with_gossip_off_updates_ride_on_pings_only() {
    for off in [
        |options: &mut Options| options.gossip_interval = secs(0),
        |options: &mut Options| options.gossip_nodes = 0,
    ] {
        let mut a = gossiping_with(&["b", "c"], off);
        a.hear(alive("c", 2));
        a.wait(secs(10));
        assert_eq!(a.packets(), []);
        let seq = SequenceNumber::new(1);
        a.hear_from(address("b"), [ping(seq, Some("a"), "b")]);
        let packet = Packet { to: address("b"), said: vec![ack(seq)], gossip: vec![alive("c", 2)] };
        assert_eq!(a.packets(), [packet]);
    }
}

/// A storm of claims, each with 500 bytes of metadata: applications keep a quarter of each packet.
#[test]
fn messages_of_applications_get_their_share() {
    for (share, expected) in [(25, 1), (0, 0)] {
        let mut a = Lone::with(|options| options.user_share_percent = share).and(&TEN).unprobing();
        for name in TEN {
            let meta = vec![7; 400].into();
            a.hear(Message::Alive(Alive { meta, ..claim(name, 2) }));
        }
        a.swim.broadcast(Token(1), b"", &[9; 300]);
        a.hear_from(address("b"), [ping(SequenceNumber::new(1), Some("a"), "b")]);
        let packet = a.packets().remove(0);
        let messages =
            packet.gossip.iter().filter(|message| matches!(message, Message::Broadcast(_)));
        assert_eq!(messages.count(), expected);
        assert!(packet.gossip.len() >= 2, "{}", packet.gossip.len());
    }
}
