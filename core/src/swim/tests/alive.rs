//! Claims that somebody is alive: the Go suite's `AliveNode_*`, and what it leaves out.

use super::claims::{
    Message, alive, alive_at, alive_since, alive_with, claim, dead, left, suspect,
};
use super::harness::{Lone, millis, secs};
use crate::config::Options;
use crate::time::Instant;
use crate::types::{Meta, State, Versions};
use crate::wire::Alive;

/// An unknown name at incarnation 1: one node, alive@1, changed now, a join event, 1 queued
/// broadcast.
#[test]
fn alive_node_new_node() {
    let mut a = Lone::quiet();
    a.wait(millis(250));
    a.hear(alive("b", 1));
    assert_eq!(a.view("b"), Some((State::Alive, 1)));
    assert_eq!(a.member("b").unwrap().since(), Instant::from_millis(250));
    assert_eq!(a.events(), ["b: unknown > alive@1"]);
    assert_eq!(a.news(), [alive("b", 1)]);
    assert_eq!(a.stat("members_known"), 2);
}

/// A suspect of some age: the same incarnation (1) leaves it suspect; incarnation 2 makes it alive
/// with a fresh stamp and 1 queued broadcast.
#[test]
fn alive_node_suspect_node() {
    let mut a = Lone::knowing(&["b"]);
    a.hear(suspect("b", 1, "z"));
    a.wait(secs(3));
    a.ignore();
    a.hear(alive("b", 1));
    assert_eq!(a.view("b"), Some((State::Suspect, 1)));
    a.expect_nothing();
    a.hear(alive("b", 2));
    assert_eq!(a.view("b"), Some((State::Alive, 2)));
    assert_eq!(a.member("b").unwrap().since(), Instant::from_millis(3_000));
    assert_eq!(a.events(), ["b: suspect@1 > alive@2"]);
    assert_eq!(a.news(), [alive("b", 2)]);
}

/// Alive at 1, alive again at 2: still alive, the stamp unchanged, 1 queued broadcast.
#[test]
fn alive_node_idempotent() {
    let mut a = Lone::knowing(&["b"]);
    a.wait(millis(10));
    a.hear(alive("b", 2));
    assert_eq!(a.view("b"), Some((State::Alive, 2)));
    assert_eq!(a.member("b").unwrap().since(), Instant::ZERO);
    assert_eq!(a.events(), ["b: alive@1 > alive@2"]);
    assert_eq!(a.news(), [alive("b", 2)]);
    a.hear(alive("b", 2));
    a.expect_nothing();
}

/// Meta "val1"@1, then "val2"@2: updated, and the event's record is the stored one.
#[test]
fn alive_node_change_meta() {
    let mut a = Lone::quiet();
    a.hear(alive_with("b", 1, "val1"));
    a.ignore();
    a.hear(alive_with("b", 2, "val2"));
    let [super::harness::Happening::Member { old, new }] = &a.events[..] else {
        panic!("one event: {:?}", a.events)
    };
    assert_eq!(old.as_ref().unwrap().meta().as_bytes(), b"val1");
    assert_eq!(new.as_ref(), a.swim.member(&"b".into()));
    assert_eq!(a.member("b").unwrap().meta().as_bytes(), b"val2");
}

/// Somebody's alive about me at incarnation 2 with meta "foo" while I am at 1 with none: I stay as
/// I am, 1 queued message, an alive. Go's test does not look at the number: it is past the other's.
#[test]
fn alive_node_refute() {
    let mut a = Lone::quiet();
    a.hear(alive_with("a", 2, "foo"));
    assert_eq!(a.view("a"), Some((State::Alive, 3)));
    assert_eq!(a.member("a").unwrap().meta(), &Meta::EMPTY);
    assert_eq!(a.events(), ["health 1", "a: alive@1 > alive@3"]);
    assert_eq!(a.news(), [alive_since("a", 3, 1)]);
}

/// Held at one address, claimed from another at incarnation 2: nothing changes, 0 queued. After the
/// holder is dead and a reclaim time of 10 ms has passed, a claim at incarnation 3 takes all over.
/// Go leaves out the moment before: 10 ms are not yet more than 10 ms.
#[test]
fn alive_node_conflict() {
    let mut a = Lone::with(|options| options.dead_node_reclaim_time = millis(10)).and(&["b"]);
    a.hear(alive_at("b", 2, 50));
    assert_eq!(a.events(), ["conflict: b is at 2, not 50"]);
    assert_eq!((a.view("b"), a.news()), (Some((State::Alive, 1)), vec![]));
    a.hear(dead("b", 2, "z"));
    a.wait(millis(10));
    a.ignore();
    a.hear(alive_at("b", 3, 50));
    assert_eq!(a.events(), [""; 0], "told already");
    assert_eq!(a.stat("conflicts"), 2);
    a.wait(core::time::Duration::from_nanos(1));
    a.hear(alive_at("b", 3, 50));
    assert_eq!(a.events(), ["b: dead@2 > alive@3"]);
    assert_eq!(*a.member("b").unwrap().address(), 50);
    assert_eq!(a.news(), [alive_at("b", 3, 50)]);
}

/// Two names that are mixed up are told once a minute, and made-up conflicts not without end.
#[test]
fn conflicts_are_told_once_and_not_without_end() {
    let mut a = Lone::knowing(&["b"]).unprobing();
    for address in 50..100 {
        a.hear(alive_at("b", 2, address));
        a.hear(alive_at("b", 2, address));
    }
    assert_eq!(a.events().len(), 32);
    assert_eq!(a.stat("conflicts"), 100);
    a.wait(secs(60));
    a.ignore();
    a.hear(alive_at("b", 2, 50));
    assert_eq!(a.events(), ["conflict: b is at 2, not 50"]);
}

#[test]
fn without_a_reclaim_time_the_name_of_a_dead_one_is_never_given_away() {
    let mut a = Lone::knowing(&["b"]);
    a.hear(dead("b", 1, "z"));
    a.wait(millis(29_999));
    a.ignore();
    a.hear(alive_at("b", 9, 50));
    assert_eq!(a.events(), ["conflict: b is at 2, not 50"]);
    a.wait(millis(1));
    a.hear(alive_at("b", 1, 50));
    assert_eq!(a.events(), ["b: dead@1 > unknown", "b: unknown > alive@1"]);
}

/// Who takes a name over may begin at a lower number; as in Go.
#[test]
fn the_name_of_one_that_left_is_free_at_once_at_any_number() {
    let mut a = Lone::knowing(&["b"]);
    a.hear(left("b", 7));
    a.ignore();
    a.hear(alive_at("b", 1, 50));
    assert_eq!(a.events(), ["b: left@7 > alive@1"]);
}

/// Go reports a conflict at any number. An older one is only a memory of where the member was.
#[test]
fn an_older_claim_from_elsewhere_is_no_conflict() {
    let mut a = Lone::quiet();
    a.hear(alive("b", 3));
    a.ignore();
    a.hear(alive_at("b", 2, 50));
    a.expect_nothing();
    assert_eq!((a.stat("claims_stale"), a.stat("conflicts")), (1, 0));
}

#[test]
fn a_higher_alive_brings_back_a_dead_one_at_the_same_address() {
    for gone in [dead("b", 1, "z"), left("b", 1)] {
        let mut a = Lone::knowing(&["b"]);
        a.hear(gone);
        a.wait(secs(1));
        a.ignore();
        a.hear(alive("b", 1));
        assert_eq!(a.events(), [""; 0], "not at the number it died with");
        a.hear(alive("b", 2));
        assert_eq!(a.view("b"), Some((State::Alive, 2)));
        assert_eq!(a.member("b").unwrap().since(), Instant::from_millis(1_000));
        assert_eq!(a.news(), [alive("b", 2)]);
        a.wait(secs(60));
        assert!(
            a.view("b").is_some_and(|(_, incarnation)| incarnation == 2) || a.stat("reaped") > 0
        );
    }
}

/// A member that came back is not forgotten when its grave would have been.
#[test]
fn one_that_came_back_is_not_reaped() {
    let mut a = Lone::with(|options| options.gossip_to_the_dead_time = secs(1)).and(&["b"]);
    a.hear(dead("b", 1, "z"));
    a.hear(alive("b", 2));
    a.wait(secs(2));
    assert!(a.view("b").is_some(), "it is suspect by now, nobody answers here");
}

/// My own words come back to me: the same is no news, anything else at my number I did not say.
#[test]
fn what_i_said_myself_is_no_news_and_what_i_did_not_say_is_refuted() {
    let mine = || claim("a", 1);
    let other = Versions { protocol: 3, ..Versions::DEFAULT };
    for same in [mine(), Alive { versions: None, ..mine() }] {
        let mut a = Lone::quiet();
        a.hear(Message::Alive(same));
        a.expect_nothing();
        assert_eq!(a.stat("claims_stale"), 1);
    }
    let started = crate::types::StartId::new(77);
    for changed in [
        Alive { meta: b"else".into(), ..mine() },
        Alive { versions: Some(other), ..mine() },
        Alive { start: started, ..mine() },
    ] {
        let mut a = Lone::quiet();
        a.hear(Message::Alive(changed));
        assert_eq!(a.news(), [alive_since("a", 2, 1)]);
        assert_eq!(a.stat("refutations"), 1);
    }
}

#[test]
fn an_old_alive_about_me_is_ignored() {
    let mut a = Lone::quiet();
    a.hear(suspect("a", 5, "z"));
    a.ignore();
    a.hear(alive_with("a", 5, "old"));
    a.expect_nothing();
}

#[test]
fn alive_about_me_from_elsewhere_is_a_conflict_and_changes_nothing() {
    let mut a = Lone::quiet();
    a.hear(alive_at("a", 5, 50));
    assert_eq!(a.events(), ["conflict: a is at 1, not 50"]);
    assert_eq!((a.view("a"), a.news()), (Some((State::Alive, 1)), vec![]));
}

/// An alive with a version vector of zeros is ignored: the node never enters the table.
#[test]
fn probe_node_wrong_vsn() {
    for bytes in [[0; 6], [0, 5, 2, 0, 0, 0], [1, 0, 2, 0, 0, 0], [3, 2, 2, 0, 0, 0]] {
        let mut a = Lone::quiet();
        let versions = Some(Versions::from_bytes(bytes));
        a.hear(Message::Alive(Alive { versions, ..claim("b", 1) }));
        a.expect_nothing();
        assert_eq!((a.view("b"), a.stat("claims_bad_versions")), (None, 1));
    }
}

/// One alive without a version vector does not make a member forget what it can do.
#[test]
fn versions_once_told_stay() {
    let mut a = Lone::knowing(&["b"]);
    a.hear(Message::Alive(Alive { versions: None, ..claim("b", 2) }));
    assert_eq!(a.member("b").unwrap().versions(), Some(Versions::DEFAULT));
}

/// The application is asked about news only, and everything that changes something is news.
#[test]
fn news_is_what_would_change_something() {
    let mut a = Lone::knowing(&["b"]);
    let news = |a: &Lone, message: Message| match message {
        Message::Alive(alive) => a.swim.is_news(&alive),
        _ => unreachable!("only alives are asked about"),
    };
    assert!(news(&a, alive("c", 1)));
    assert!(!news(&a, alive("b", 1)));
    assert!(news(&a, alive("b", 2)));
    assert!(news(&a, alive_at("b", 1, 50)));
    a.hear(left("b", 4));
    assert!(news(&a, alive_at("b", 1, 50)));
    assert!(!news(&a, alive("b", 4)));
}

/// The two forms of one IPv4 address are one place, and the form that was heard goes on.
#[test]
fn a_mapped_address_is_no_conflict_and_travels_as_it_came() {
    use std::net::SocketAddr;

    use crate::swim::{Setup, Swim};
    use crate::types::{Node, StartId};
    use crate::wire::{Lpe, Wire};

    let place = |text: &str| text.parse::<SocketAddr>().unwrap();
    let mut swim = Swim::<smol_str::SmolStr, SocketAddr>::new(
        Setup {
            config: Options::lan().check().unwrap(),
            node: Node::new("a".into(), place("10.0.0.1:1")),
            meta: Meta::EMPTY,
            start: StartId::new(1),
            seed: 1,
            encode: Lpe::encode,
            relays_broadcasts: true,
            packet: super::harness::BUDGET,
            ticks_idle: true,
        },
        Instant::ZERO,
    );
    let b = |incarnation, address| Alive {
        incarnation: super::claims::number(incarnation),
        node: Node::new("b".into(), place(address)),
        meta: b"".into(),
        versions: None,
        start: StartId::default(),
    };
    swim.handle_alive(Instant::ZERO, &b(1, "10.0.0.2:1"));
    swim.handle_alive(Instant::ZERO, &b(2, "[::ffff:10.0.0.2]:1"));
    let stored = swim.member(&"b".into()).unwrap();
    assert_eq!(*stored.address(), place("[::ffff:10.0.0.2]:1"));
    assert_eq!(stored.incarnation().get(), 2);
    swim.handle_alive(Instant::ZERO, &b(3, "0.0.0.0:1"));
    swim.handle_alive(
        Instant::ZERO,
        &Alive { node: Node::new("c".into(), place("1.1.1.1:0")), ..b(1, "1.1.1.1:0") },
    );
    assert!(swim.member(&"c".into()).is_none());
    let stat = |name| swim.stats().into_iter().find(|(key, _)| *key == name).unwrap().1;
    assert_eq!((stat("claims_bad_address"), stat("conflicts")), (2, 0));
}
