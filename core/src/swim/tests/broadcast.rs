//! Messages of the application for everybody.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::claims::{Message, address, dead, said};
use super::harness::{Lone, Packet, secs};
use crate::config::Options;
use crate::swim::{Outcome, Token};

fn gossiping(names: &[&str]) -> Lone {
    let lan = Options::lan().gossip_interval;
    Lone::with(|options| options.gossip_interval = lan).and(names).unprobing()
}

fn carriers(packets: &[Packet]) -> Vec<u64> {
    let has =
        |packet: &&Packet| packet.gossip.iter().any(|heard| matches!(heard, Message::Broadcast(_)));
    packets.iter().filter(has).map(|packet| packet.to).collect()
}

fn broadcast(a: &mut Lone, token: u64, key: &str, payload: &str) {
    a.act(|swim, _| swim.broadcast(Token(token), key.as_bytes(), payload.as_bytes()));
}

/// One peer: four sends, the retransmit limit of two nodes, then it is over.
#[test]
fn a_broadcast_ends_when_its_sends_are_spent() {
    let mut a = gossiping(&["b"]);
    broadcast(&mut a, 1, "", "hello");
    assert_eq!(carriers(&a.packets()), [address("b")]);
    for _ in 0..3 {
        assert_eq!(a.outcome(1), None);
        a.step();
        assert_eq!(carriers(&a.packets()), [address("b")]);
    }
    assert_eq!(a.outcome(1), Some(Outcome::Spent));
    assert_eq!(a.events(), [""; 0], "not told to this node itself");
}

#[test]
fn alone_a_broadcast_ends_at_once() {
    let mut a = gossiping(&[]);
    broadcast(&mut a, 1, "", "hello");
    assert_eq!(a.outcome(1), Some(Outcome::Spent));
    assert_eq!(a.stat("queue_broadcasts"), 0);
}

/// Its origin sends a message to each of up to 64 others itself.
#[test]
fn a_broadcast_goes_to_all_of_64_others() {
    for peers in [1, 5, 20, 64, 70] {
        let names: Vec<_> = (0..peers).map(|i| format!("n{i}")).collect();
        let names: Vec<_> = names.iter().map(String::as_str).collect();
        let mut a = gossiping(&names);
        broadcast(&mut a, 1, "", "hello");
        a.wait(secs(10));
        assert_eq!(a.outcome(1), Some(Outcome::Spent));
        let got = carriers(&a.packets());
        let limit = if peers < 9 { 4 } else { 8 };
        let expected = if peers > 64 { 64 } else { peers };
        assert_eq!(BTreeSet::from_iter(got.clone()).len(), expected);
        assert_eq!(got.len(), expected.max(limit));
    }
}

/// Everybody tells it once and passes it on, but not back to its origin.
#[test]
fn a_broadcast_is_told_once_and_passed_on() {
    let mut a = gossiping(&["b", "c", "d", "e"]);
    a.hear_from(address("c"), [said("b", 1, "", "hello")]);
    assert_eq!(a.events(), ["b says hello"]);
    let to: BTreeSet<_> = carriers(&a.packets()).into_iter().collect();
    assert_eq!(to, ["c", "d", "e"].map(address).into());
    a.hear_from(address("d"), [said("b", 1, "", "hello")]);
    a.hear_from(address("e"), [said("a", 1, "", "mine, from before I was started anew")]);
    assert_eq!((a.events(), a.packets()), (vec![], vec![]));
    assert_eq!(a.stat("broadcasts_duplicate"), 2);
}

#[test]
fn nothing_is_passed_back_to_its_only_source() {
    let mut a = gossiping(&["b"]);
    a.hear_from(address("b"), [said("b", 1, "", "hello")]);
    a.wait(secs(5));
    assert_eq!((a.events(), a.packets()), (vec!["b says hello".to_owned()], vec![]));
    a.hear_from(address("b"), [said("gone", 1, "", "hello")]);
    assert_eq!(a.packets().len(), 1, "b may have it from others");
}

/// A newer one with the same key takes the place of an older one that is still on its way.
#[test]
fn a_keyed_broadcast_is_replaced_by_a_newer_one() {
    let mut a = Lone::knowing(&["b"]);
    broadcast(&mut a, 1, "leader", "x");
    broadcast(&mut a, 2, "other", "y");
    broadcast(&mut a, 3, "leader", "z");
    assert_eq!(a.outcome(1), Some(Outcome::Replaced));
    assert_eq!((a.outcome(2), a.outcome(3)), (None, None));
    let payloads: BTreeSet<_> = a.news().iter().map(payload).collect();
    assert_eq!(payloads, ["y", "z"].map(String::from).into());
    broadcast(&mut a, 4, "", "x");
    broadcast(&mut a, 5, "", "x");
    assert_eq!(a.news().len(), 2, "without a key nothing is replaced");
}

fn payload(message: &Message) -> String {
    let Message::Broadcast(broadcast) = message else { panic!("{message:?}") };
    String::from_utf8(broadcast.payload.to_vec()).unwrap()
}

/// The older one of a key that comes by a longer way is told, but does not stop the newer one.
#[test]
fn a_keyed_broadcast_is_not_replaced_by_an_older_one() {
    let mut a = Lone::knowing(&["b", "c"]);
    a.hear(said("b", 2, "leader", "new"));
    a.hear(said("b", 1, "leader", "old"));
    assert_eq!(a.events(), ["b says new", "b says old"]);
    assert_eq!(a.news(), [said("b", 2, "leader", "new")]);
    a.hear(said("c", 1, "leader", "c's own"));
    assert_eq!(a.news(), [said("c", 1, "leader", "c's own")], "keys are an origin's own");
    assert_eq!(a.stat("queue_broadcasts"), 2);
}

/// Whoever waited has gone: no end is told, and the message goes on.
#[test]
fn a_cancelled_broadcast_goes_on_without_a_word() {
    let mut a = gossiping(&["b"]);
    broadcast(&mut a, 1, "", "hello");
    a.act(|swim, _| swim.cancel(Token(1)));
    a.wait(secs(10));
    assert_eq!(carriers(&a.packets()).len(), 4);
    assert_eq!(a.outcome(1), None);
}

/// When the last peer has gone nobody can hear it any more, and whoever waits is told.
#[test]
fn a_broadcast_ends_when_nobody_is_left_to_hear_it() {
    for gossip in [secs(0), Options::lan().gossip_interval] {
        let mut a = Lone::with(|options| options.gossip_interval = gossip).and(&["b"]).unprobing();
        broadcast(&mut a, 1, "", "hello");
        a.hear(dead("b", 1, "z"));
        a.wait(secs(40));
        assert_eq!(a.outcome(1), Some(Outcome::Spent));
    }
}

/// The dead hear gossip for a while. That must not look as if the living had heard it.
#[test]
fn a_broadcast_reaches_the_living_past_the_dead() {
    let living = ["b", "c", "d", "e", "f"];
    let gone = ["g", "h", "i", "j", "k", "l", "m", "n"];
    for seed in 1..=40 {
        let mut a = Lone::start("a", Options::lan(), seed, crate::time::Instant::ZERO)
            .unprobing()
            .and(&living)
            .and(&gone);
        for name in gone {
            a.hear(dead(name, 1, "z"));
        }
        a.ignore();
        broadcast(&mut a, 1, "", "hello");
        a.wait(secs(20));
        let got = carriers(&a.packets());
        let missed: Vec<_> = living.iter().filter(|name| !got.contains(&address(name))).collect();
        assert_eq!(missed, [&""; 0], "seed {seed}: {got:?}");
    }
}

/// In Go's format a broadcast is a plain message that only its origin sends.
#[test]
fn where_the_format_tells_no_origin_it_is_a_plain_message() {
    let mut a = Lone::knowing(&["b"]);
    a.swim.broadcasts = crate::swim::broadcast::Broadcasts::new(false);
    broadcast(&mut a, 1, "", "hello");
    assert_eq!(a.news(), [Message::User(Cow::Borrowed(b"hello"))]);
}

/// The queue has an end: what was sent most often makes room, and its waiter is told.
#[test]
fn the_queue_of_broadcasts_is_bounded() {
    let mut a = Lone::with(|options| options.broadcast_queue_depth = 3).and(&["b"]);
    for token in 1..=5 {
        broadcast(&mut a, token, "", "hello");
    }
    assert_eq!(a.stat("queue_broadcasts"), 3);
    let replaced = (1..=5).filter(|&token| a.outcome(token) == Some(Outcome::Replaced)).count();
    assert_eq!(replaced, 2);
}

/// Somebody makes up 65 origins and leaves out every second number, until no more is kept of
/// strangers; what a member says then arrives in any order and is heard all the same.
#[test]
fn made_up_origins_do_not_silence_a_member() {
    let mut a = Lone::with(|options| options.broadcast_queue_depth = 4).and(&["b"]);
    for stranger in 0..65 {
        let name = format!("made-up-{stranger}");
        for number in 0..4_096 {
            a.hear(said(&name, 2 * number, "", ""));
        }
        a.ignore();
    }
    for number in (1..=256).rev() {
        a.hear(said("b", number, "", "hello"));
    }
    assert_eq!(a.events(), vec!["b says hello"; 256]);
}
