//! Incarnations far ahead of what is known, up to the last one there is: whoever owns a name
//! answers, is believed by all, and is believed again after the numbers have come to their end.

use core::time::Duration;

use super::claims::{Message, alive, alive_since, alive_with, dead, left, remote, suspect};
use super::harness::{Lone, millis, secs};
use super::network::{Network, TOKEN};
use crate::config::Options;
use crate::swim::Outcome;
use crate::types::{Meta, State};

const LAST: u32 = u32::MAX;

/// Somebody sends a node a packet.
fn forge(net: &mut Network, to: &str, message: &Message) {
    net.act(to, |swim, now| match message {
        Message::Alive(alive) => swim.handle_alive(now, alive),
        Message::Suspect(suspect) => swim.handle_suspect(now, suspect),
        Message::Dead(dead) => swim.handle_dead(now, dead),
        other => unreachable!("{other:?} is no claim"),
    });
}

/// Nodes "n0" and on, "n0" of them at this number, which all have heard.
fn ring_with_n0_at(n: usize, number: u32) -> Network {
    let mut net = Network::ring(n, 7, &Options::lan());
    forge(&mut net, "n0", &suspect("n0", number - 1, "z"));
    net.run(millis(250));
    assert_eq!(net.views("n0"), vec![Some((State::Alive, number)); n - 1]);
    net
}

/// How long it takes at most until all in a small ring have forgotten a member and heard of it
/// again: who has buried it last, an exchange, and a second for gossip.
fn absence() -> Duration {
    let options = Options::lan();
    options.gossip_to_the_dead_time + options.push_pull_interval + secs(1)
}

#[test]
fn a_newcomer_sees_a_member_at_any_number() {
    for number in [(1 << 20) + 2, 1 << 31, LAST] {
        let mut net = ring_with_n0_at(3, number);
        net.start("n3", &Options::lan(), Meta::EMPTY);
        net.join("n3", "n1");
        net.run(millis(250));
        assert_eq!(net.node("n3").view("n0"), Some((State::Alive, number)));
        net.assert_all_alive();
    }
}

/// One packet to one node, and all believe the owner again: at once, or, when it is held for one
/// that has left and is sent no gossip, with its next full exchange.
#[test]
fn an_owner_refutes_whatever_is_claimed_and_all_believe_it() {
    for number in [1 << 21, LAST - 1] {
        let claims = [
            alive_with("n0", number, "forged"),
            suspect("n0", number, "z"),
            dead("n0", number, "z"),
            left("n0", number),
        ];
        for claim in claims {
            let mut net = Network::ring(5, 7, &Options::lan());
            forge(&mut net, "n3", &claim);
            let is_goodbye = matches!(&claim, Message::Dead(dead) if dead.node == dead.from);
            net.run(if is_goodbye { secs(30) } else { millis(250) });
            assert_eq!(net.views("n0"), [Some((State::Alive, number + 1)); 4], "{claim:?}");
            for node in net.nodes.values() {
                assert_eq!(*node.member("n0").unwrap().meta(), Meta::EMPTY, "{claim:?}");
            }
        }
    }
}

/// Who starts again at 1 is reminded, and comes above what it is known for.
#[test]
fn a_new_start_comes_above_any_number() {
    let mut net = ring_with_n0_at(3, 1 << 21);
    net.crash("n0");
    net.start("n0", &Options::lan(), Meta::try_from("new").unwrap());
    net.join("n0", "n1");
    net.run(millis(250));
    for node in net.nodes.values() {
        let n0 = node.member("n0").unwrap();
        assert_eq!((n0.incarnation().get(), n0.meta().as_bytes()), ((1 << 21) + 1, &b"new"[..]));
    }
}

/// At the last number a member is judged as at any other.
#[test]
fn at_the_last_number_a_member_is_accused_buried_and_forgotten() {
    let at_last = || {
        let mut a = Lone::knowing(&["b"]).unprobing();
        a.hear(alive("b", LAST));
        a.ignore();
        a
    };
    let mut a = at_last();
    a.hear(suspect("b", LAST, "z"));
    assert_eq!(a.view("b"), Some((State::Suspect, LAST)));
    a.wait(secs(60));
    let seen = ["b: alive@L > suspect@L", "b: suspect@L > dead@L", "b: dead@L > unknown"];
    let seen = seen.map(|event| event.replace('L', &LAST.to_string()));
    assert_eq!(a.events(), seen);
    for (claim, state) in [(dead("b", LAST, "z"), State::Dead), (left("b", LAST), State::Left)] {
        let mut a = at_last();
        a.hear(claim);
        assert_eq!(a.view("b"), Some((state, LAST)));
        a.wait(secs(30));
        assert_eq!(a.view("b"), None);
    }
}

/// Nobody answers to a made-up name.
#[test]
fn a_ghost_at_the_last_number_is_forgotten_by_all() {
    let mut net = Network::ring(5, 7, &Options::lan());
    forge(&mut net, "n0", &alive("z", LAST));
    net.run(millis(250));
    assert_eq!(net.views("z"), [Some((State::Alive, LAST)); 5]);
    net.run(secs(60));
    assert_eq!(net.views("z"), [None; 5]);
    net.assert_all_alive();
    assert!(net.nodes.values().all(|node| node.swim.health() == 0));
}

#[test]
fn a_suspect_at_the_last_number_can_be_forgotten() {
    let mut a = Lone::knowing(&["b"]);
    a.hear(alive("b", LAST));
    a.hear(suspect("b", LAST, "z"));
    a.ignore();
    assert!(a.act(|swim, now| swim.forget(now, &"b".into())));
    assert_eq!((a.view("b"), a.news()), (None, vec![left("b", LAST)]));
}

/// No claim at the last number can be refuted, so it is believed only of one that is there. Who
/// still holds a member for gone there does not bury it again where it is back.
#[test]
fn nobody_is_accused_at_the_last_number_who_is_not_there() {
    let mut a = Lone::knowing(&["b"]);
    for name in ["a", "b"] {
        a.hear(suspect(name, LAST, "z"));
        a.hear(dead(name, LAST, "z"));
        a.hear(left(name, LAST));
    }
    for state in [State::Suspect, State::Dead, State::Left] {
        let report = remote("b", LAST, state);
        a.act(|swim, now| swim.handle_remote_state(now, &report, false));
    }
    a.expect_nothing();
    assert_eq!(a.stat("claims_bad_incarnation"), 9);
}

/// After the last number comes a goodbye, which wins over all that was said at it, and the first.
#[test]
fn an_owner_at_the_last_number_says_goodbye_and_starts_over() {
    for claim in [suspect("a", LAST, "z"), dead("a", LAST, "z"), alive_with("a", LAST, "forged")] {
        let mut a = Lone::quiet();
        a.hear(suspect("a", LAST - 1, "z"));
        assert_eq!(
            (a.view("a"), a.news()),
            (Some((State::Alive, LAST)), vec![alive_since("a", LAST, 1)])
        );
        a.hear(claim);
        assert_eq!((a.view("a"), a.news()), (Some((State::Alive, 1)), vec![left("a", LAST)]));
    }
}

/// One that is not there itself keeps its number: whoever has not heard the forged one goes on
/// believing it. And as the forged one comes again and again, its health does not suffer.
#[test]
fn an_owner_that_is_pushed_over_the_last_number_keeps_its_own() {
    let mut a = Lone::quiet();
    a.hear(suspect("a", 5, "z"));
    a.ignore();
    let health = a.swim.health();
    for _ in 0..20 {
        a.hear(alive_with("a", LAST, "forged"));
        assert_eq!((a.view("a"), a.news()), (Some((State::Alive, 6)), vec![left("a", LAST)]));
    }
    assert_eq!((a.events(), a.swim.health()), (vec![], health));
}

/// One forged packet: the member is away until it is forgotten, and back with what it says of
/// itself. Nothing of that depends on whoever forged it.
#[test]
fn who_was_driven_over_the_last_number_comes_back_by_itself() {
    let mut net = Network::ring(5, 7, &Options::lan());
    forge(&mut net, "n3", &alive_with("n0", LAST, "forged"));
    net.run(millis(250));
    assert_eq!(net.views("n0"), [Some((State::Left, LAST)); 4]);
    net.run(absence());
    assert_eq!(net.views("n0"), [Some((State::Alive, 1)); 4]);
    net.assert_all_alive();
    for node in net.nodes.values() {
        assert_eq!(*node.member("n0").unwrap().meta(), Meta::EMPTY);
    }
    net.run(secs(300));
    assert_eq!(net.views("n0"), [Some((State::Alive, 1)); 4], "it stays");
}

/// The same for one that starts again while it is known at the last number.
#[test]
fn a_new_start_below_the_last_number_is_seen_once_the_old_one_is_forgotten() {
    let mut net = ring_with_n0_at(5, LAST);
    net.crash("n0");
    net.start("n0", &Options::lan(), Meta::try_from("new").unwrap());
    net.join("n0", "n1");
    net.run(absence());
    for node in net.nodes.values() {
        let n0 = node.member("n0").unwrap();
        assert_eq!((n0.incarnation().get(), n0.meta().as_bytes()), (1, &b"new"[..]));
    }
    net.assert_all_alive();
}

/// It is not told as heard, and heard all the same in the end.
#[test]
fn metadata_at_the_last_number_is_told_when_the_node_has_started_over() {
    let mut net = ring_with_n0_at(5, LAST);
    let meta = Meta::try_from("new").unwrap();
    net.act("n0", |swim, now| swim.update_meta(now, TOKEN, meta));
    assert_eq!(net.node("n0").outcome(TOKEN.0), Some(Outcome::NoAnswer));
    net.run(absence());
    assert_eq!(net.views("n0"), [Some((State::Alive, 1)); 4]);
    for node in net.nodes.values() {
        assert_eq!(node.member("n0").unwrap().meta().as_bytes(), b"new");
    }
}
