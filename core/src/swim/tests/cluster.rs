//! Whole rings: what no single node can show.

use core::time::Duration;
use std::collections::BTreeSet;

use super::claims::address;
use super::harness::{millis, secs};
use super::network::{Network, TOKEN, TRIP, cut, lossy, perfect};
use crate::config::Options;
use crate::swim::{Outcome, Token};
use crate::types::{Meta, State};

fn lan() -> Options {
    Options::lan()
}

/// The longest that a crash goes unnoticed: each node probes it once in two rounds of n - 1 probes,
/// one interval per probe, and one more until the verdict; then the longest suspicion that a single
/// accuser can give; then gossip, here one exchange of a tick with everybody.
fn detection_max(n: usize, options: &Options) -> Duration {
    let rounds = options.probe_interval * (2 * (n as u32 - 1) + 1);
    let least = crate::swim::math::suspicion_min(options.suspicion_mult, n, options.probe_interval);
    rounds + least * options.suspicion_max_timeout_mult + options.gossip_interval * 10
}

/// Five nodes on a line of joins: all know all.
#[test]
fn a_ring_forms_by_joining_one_seed() {
    let mut net = Network::new(1);
    for i in 0..5 {
        net.start(&format!("n{i}"), &lan(), Meta::EMPTY);
        net.run(millis(10));
        if i > 0 {
            net.join(&format!("n{i}"), "n0");
        }
    }
    net.run(millis(250));
    net.assert_all_alive();
}

/// A minute of a healthy ring: nobody is ever suspected, nothing is refuted, health stays zero.
#[test]
fn a_healthy_ring_is_quiet() {
    let mut net = Network::ring(8, 1, &lan());
    net.run(secs(60));
    net.assert_all_alive();
    for node in net.nodes.values() {
        let counts = ["msg_suspect", "msg_dead", "refutations", "probes_failed", "acks_unexpected"]
            .map(|name| node.stat(name));
        assert_eq!(counts, [0; 5]);
        assert_eq!(node.swim.health(), 0);
        assert!((59..=60).contains(&node.stat("probes")), "{}", node.stat("probes"));
    }
}

/// All nodes that run report a crash, none of them before the least suspicion time is over, and all
/// within the analytic bound.
#[test]
fn a_crash_is_reported_by_everybody_in_time() {
    for (n, seeds) in [(2, 5), (3, 5), (5, 5), (10, 3), (20, 1), (40, 1)] {
        for seed in 1..=seeds {
            let mut net = Network::ring(n, seed * 100, &lan());
            net.run(millis(2_345));
            net.crash("n1");
            let crashed = net.now;
            net.run(detection_max(n, &lan()));
            let told = net.told("n1", State::Dead);
            let missing: Vec<_> = net.nodes.keys().filter(|at| !told.contains_key(at)).collect();
            assert_eq!(missing, [&0; 0], "n = {n}, seed {seed}");
            let least = crate::swim::math::suspicion_min(4, n, secs(1));
            for (at, when) in told {
                assert!(when - crashed >= least, "{at} after {:?}, n = {n}", when - crashed);
            }
            let others = |node: &super::harness::Lone| {
                node.swim.members().all(|member| member.state().is_alive() || member.id() == "n1")
            };
            assert!(net.nodes.values().all(others), "nobody else is blamed");
        }
    }
}

/// The direct path between two members is cut for a minute. The others keep both in: nobody
/// suspects anybody, though each of the two probes the other again and again.
#[test]
fn indirect_probes_keep_a_member_whose_path_to_one_is_cut() {
    let mut options = lan();
    options.disable_reliable_pings = true;
    for seed in 1..=5 {
        let mut net = Network::ring(5, seed, &options);
        net.link = cut("n1", "n2");
        net.run(secs(60));
        net.assert_all_alive();
        assert!(net.node("n1").stat("probes_indirect") >= 10);
        assert_eq!(net.node("n1").stat("probes_failed") + net.node("n2").stat("probes_failed"), 0);
        assert_eq!(net.node("n1").stat("refutations"), 0);
    }
}

/// Without helpers the same cut makes them suspects again and again: the test above can fail.
#[test]
fn without_helpers_the_cut_is_noticed() {
    let mut options = lan();
    options.disable_reliable_pings = true;
    options.indirect_checks = 0;
    let mut net = Network::ring(5, 1, &options);
    net.link = cut("n1", "n2");
    net.run(secs(60));
    assert!(net.node("n1").stat("probes_failed") >= 5);
}

/// One packet in five is lost for half a minute: nobody dies, and afterwards all are alive
/// everywhere.
#[test]
fn a_fifth_of_all_packets_lost_kills_nobody() {
    for seed in 1..=10 {
        let mut net = Network::ring(10, seed * 7, &lan());
        net.link = lossy(20);
        net.run(secs(30));
        let deaths: usize = net.nodes.values().map(|node| node.stat("msg_dead") as usize).sum();
        assert_eq!(deaths, 0, "seed {seed}");
        net.link = perfect();
        net.run(secs(30));
        net.assert_all_alive();
    }
}

/// A node that stands still for ten seconds judges nobody when it goes on, and tells the others
/// that it lives.
#[test]
fn a_frozen_node_judges_nobody_and_comes_back() {
    for seed in 1..=10 {
        let mut net = Network::ring(8, seed * 11, &lan());
        net.run(millis(1_700));
        net.frozen.insert(address("n3"));
        net.run(secs(10));
        let before = net.node("n3").stat("msg_suspect");
        net.thaw("n3");
        net.run(secs(2));
        let node = net.node("n3");
        assert_eq!(node.stat("pauses"), 1);
        assert_eq!(node.stat("msg_suspect") - before, 0, "seed {seed}");
        net.run(secs(30));
        net.assert_all_alive();
    }
}

/// A whole ring that stands still, as a laptop that sleeps: nobody judges anybody.
#[test]
fn a_ring_that_sleeps_wakes_up_whole() {
    let mut net = Network::ring(6, 3, &lan());
    net.run(millis(3_210));
    net.frozen.extend(net.nodes.keys().copied());
    net.run(secs(3_600));
    net.frozen.clear();
    net.run(secs(30));
    net.assert_all_alive();
    for node in net.nodes.values() {
        assert_eq!(["msg_suspect", "msg_dead"].map(|name| node.stat(name)), [0, 0]);
    }
}

/// Crash and instant restart under the same name and address, at incarnation 1, with other
/// metadata: as soon as it has joined somebody, everybody has the new record, within some round
/// trips of half a millisecond each way. Nobody has to die for it.
#[test]
fn an_instant_restart_is_seen_by_everybody_at_once() {
    for (n, within) in [(2, 2), (3, 3), (5, 4), (9, 5)] {
        let mut net = Network::ring(n, 5, &lan());
        net.run(millis(1_234));
        net.crash("n1");
        net.start("n1", &lan(), Meta::try_from("new").unwrap());
        net.join("n1", "n0");
        net.run(millis(within));
        for (at, node) in &net.nodes {
            let member = node.member("n1").expect("known");
            assert_eq!((member.meta().as_bytes(), member.state()), (&b"new"[..], State::Alive));
            assert_eq!(member.incarnation().get(), 2, "{at} of {n}");
        }
        let restarted = net.node("n1").swim.local().start();
        assert!(net.nodes.values().all(|node| node.member("n1").unwrap().start() == restarted));
    }
}

/// The same when it was held dead, or had left: its first words bring it back.
#[test]
fn a_restart_after_death_or_leave_is_seen_too() {
    for left in [false, true] {
        let mut net = Network::ring(4, 9, &lan());
        net.run(secs(1));
        if left {
            net.act("n1", |swim, now| swim.leave(now, TOKEN));
            net.run(millis(500));
        }
        net.crash("n1");
        net.run(secs(25));
        let gone = if left { State::Left } else { State::Dead };
        assert_eq!(net.views("n1"), vec![Some((gone, 1)); 3]);
        net.start("n1", &lan(), Meta::EMPTY);
        net.join("n1", "n0");
        net.run(millis(300));
        net.assert_all_alive();
        assert_eq!(net.views("n1"), vec![Some((State::Alive, 2)); 3]);
    }
}

/// A message reaches every node of a ring without losses exactly once, and not its origin.
#[test]
fn a_broadcast_reaches_everybody_once() {
    for (n, seeds) in [(2, 5), (5, 5), (20, 5), (60, 3)] {
        for seed in 1..=seeds {
            let mut net = Network::ring(n, seed, &lan());
            net.run(millis(777));
            net.act("n0", |swim, _| swim.broadcast(TOKEN, b"", b"hello"));
            net.run(secs(10));
            let heard = net.heard("hello");
            assert_eq!(heard.len(), n - 1, "n = {n}, seed {seed}");
            assert!(heard.values().all(|&times| times == 1));
            assert!(!heard.contains_key(&address("n0")));
            assert_eq!(net.node("n0").outcome(1), Some(Outcome::Spent));
        }
    }
}

/// 256 of them at once arrive as a set.
#[test]
fn many_broadcasts_arrive_as_a_set() {
    let mut net = Network::ring(5, 4, &lan());
    for number in 0..256 {
        let text = format!("message {number}");
        net.act("n0", |swim, _| swim.broadcast(Token(number), b"", text.as_bytes()));
    }
    net.run(secs(60));
    for number in 0..256 {
        let heard = net.heard(&format!("message {number}"));
        assert_eq!(heard.len(), 4, "message {number}");
        assert!(heard.values().all(|&times| times == 1));
        assert_eq!(net.node("n0").outcome(number), Some(Outcome::Spent));
    }
}

/// Of many with one key in a row the last one reaches everybody.
#[test]
fn the_last_of_a_key_reaches_everybody() {
    for seed in 1..=5 {
        let mut net = Network::ring(12, seed, &lan());
        for number in 0..50 {
            let text = format!("leader {number}");
            net.act("n0", |swim, _| swim.broadcast(Token(number), b"leader", text.as_bytes()));
            net.run(millis(7));
        }
        net.run(secs(10));
        assert_eq!(net.heard("leader 49").len(), 11);
        for number in 0..49 {
            assert!(net.node("n0").outcome(number).is_some());
        }
    }
}

/// New metadata reaches all of a small ring at once, by the gossip of its owner, and the command
/// ends after one round trip.
#[test]
fn own_news_reaches_a_small_ring_without_full_exchanges() {
    for n in 2..=9 {
        for seed in 1..=10 {
            let mut options = lan();
            options.push_pull_interval = secs(0);
            let mut net = Network::ring(n, seed, &options);
            net.run(millis(1_500));
            net.act("n0", |swim, now| swim.update_meta(now, TOKEN, Meta::try_from("x").unwrap()));
            net.run(millis(1));
            assert_eq!(net.node("n0").outcome(1), Some(Outcome::Heard(1)));
            net.run(secs(2));
            assert_eq!(net.views("n0"), vec![Some((State::Alive, 2)); n - 1], "n = {n}");
        }
    }
}

/// A goodbye is heard by everybody, as a goodbye, and nobody suspects anybody for it.
#[test]
fn leave() {
    for n in [2, 3, 9, 20] {
        let mut net = Network::ring(n, 2, &lan());
        net.run(millis(1_500));
        net.act("n1", |swim, now| swim.leave(now, TOKEN));
        net.run(millis(1));
        assert_eq!(net.node("n1").outcome(1), Some(Outcome::Heard(1)));
        net.run(secs(3));
        net.crash("n1");
        assert_eq!(net.views("n1"), vec![Some((State::Left, 1)); n - 1]);
        net.run(secs(40));
        assert_eq!(net.views("n1"), vec![None; n - 1], "forgotten");
        net.assert_all_alive();
    }
}

/// After it has left a node can come back under the same name, and is alive for everybody again.
#[test]
fn rejoin_after_leave() {
    let mut net = Network::ring(5, 6, &lan());
    net.act("n1", |swim, now| swim.leave(now, TOKEN));
    net.run(secs(3));
    net.act("n1", |swim, now| swim.rejoin(now));
    net.join("n1", "n0");
    net.run(secs(3));
    net.assert_all_alive();
    assert_eq!(net.views("n1"), vec![Some((State::Alive, 2)); 4]);
}

/// A partition into halves: both sides suspect each other. Whom nobody tells in time dies of it and
/// comes back with a full exchange, for it still holds the others alive.
#[test]
fn halves_that_meet_again_in_time_become_one() {
    for seed in 1..=5 {
        let mut net = Network::ring(6, seed * 13, &lan());
        let same = |one: u64, other: u64| (one < address("n3")) == (other < address("n3"));
        net.link = Box::new(move |from, to, _| same(from, to).then_some(TRIP));
        net.streams = Box::new(same);
        net.run(millis(4_500));
        let suspicions: u64 = net.nodes.values().map(|node| node.stat("suspicions")).sum();
        assert!(suspicions > 0);
        net.link = perfect();
        net.streams = Box::new(|_, _| true);
        net.run(secs(90));
        net.assert_all_alive();
    }
}

/// Both sides of a longer partition hold each other dead, and every death is spent as gossip. As
/// long as the dead are not forgotten they are told of it, and both sides find each other again.
#[test]
fn halves_that_hold_each_other_dead_find_each_other_again() {
    for seed in 1..=5 {
        let mut net = Network::ring(6, seed * 17, &lan());
        let same = |one: u64, other: u64| (one < address("n3")) == (other < address("n3"));
        net.link = Box::new(move |from, to, _| same(from, to).then_some(TRIP));
        net.streams = Box::new(same);
        net.run(secs(25));
        let deaths: u64 = net.nodes.values().map(|node| node.stat("msg_dead")).sum();
        assert!(deaths >= 12, "seed {seed}: {deaths}");
        net.link = perfect();
        // Without full exchanges: it is not they that bring both sides together.
        net.streams = Box::new(|_, _| false);
        net.run(secs(20));
        net.assert_all_alive();
    }
}

/// All datagrams between two members are lost, with no one to help; streams work. Nobody is
/// suspected.
#[test]
fn streams_keep_a_member_whose_datagrams_are_blocked() {
    let mut net = Network::ring(2, 1, &lan());
    net.link = Box::new(|_, _, _| None);
    net.run(secs(60));
    net.assert_all_alive();
    assert!(net.node("n0").stat("probes_stream") >= 59);
    net.streams = Box::new(|_, _| false);
    net.run(secs(2));
    assert_eq!(net.views("n0"), [Some((State::Suspect, 1))], "so it was the streams");
}

/// Someone's forgotten member is gone for all.
#[test]
fn forget_tells_the_others() {
    let mut net = Network::ring(5, 3, &lan());
    net.crash("n4");
    net.run(secs(20));
    net.act("n0", |swim, now| assert!(swim.forget(now, &"n4".into())));
    assert_eq!(net.nodes[&address("n0")].view("n4"), None);
    net.run(secs(2));
    let views: BTreeSet<_> =
        net.views("n4").into_iter().map(|view| view.map(|view| view.0)).collect();
    assert_eq!(views, [None, Some(State::Left)].into());
}

/// One seed, one trace.
#[test]
fn the_same_seed_gives_the_same_trace() {
    let trace = |seed| {
        let mut net = Network::ring(7, seed, &lan());
        net.link = lossy(10);
        net.run(secs(20));
        net.crash("n2");
        net.run(secs(20));
        (net.packets, format!("{:?}", net.log))
    };
    assert_eq!(trace(5), trace(5));
    assert_ne!(trace(5).0, trace(6).0);
}
