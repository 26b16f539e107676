//! Nodes that come, change and go.

use crate::support::DETECTION;
use crate::support::GO;
use crate::support::Kind;
use crate::support::Node;
use crate::support::OURS;
use crate::support::Ring;
use crate::support::SPREAD;
use crate::support::mixed;

/// What Go and we announce when nothing else is chosen.
const VERSIONS: [u8; 6] = [1, 5, 2, 0, 0, 0];

/// All see all: address, metadata, versions, incarnation.
fn all_agree(ring: &mut Ring) {
    let told: Vec<_> = ring.nodes.iter_mut().map(|node| node.knows(&node.name.clone())).collect();
    for node in &mut ring.nodes {
        for own in &told {
            let name = own["name"].as_str().expect("it has a name");
            let known = node.sees(SPREAD, name, "alive");
            assert_eq!(known, *own, "{} of {name}", node.name);
            assert_eq!((&known["meta"], &known["versions"]), (&name.into(), &VERSIONS.into()));
        }
    }
}

fn meets(kinds: &[Kind]) {
    let mut ring = Ring::of(kinds, &[]);
    all_agree(&mut ring);
    assert!(ring.unread("leave").is_empty() && ring.unread("conflict").is_empty());
}

#[test]
fn ours_joins_go_within_10_s() {
    meets(&[GO, OURS]);
}

#[test]
fn go_joins_ours_within_10_s() {
    meets(&[OURS, GO]);
}

#[test]
fn twelve_agree_within_10_s() {
    meets(&mixed(12));
}

/// The whole life of a ring, in short: meet, talk, change, fail, leave.
fn lives(kinds: &[Kind]) {
    let mut ring = Ring::of(kinds, &["--key", "AAAAAAAAAAAAAAAAAAAAAA=="]);
    all_agree(&mut ring);
    let last = ring.nodes.len() - 1;
    let name = ring.nodes[last].name.clone();
    assert_eq!(ring.agent(0).ask(&format!("send {name} hello"))["ok"], true);
    let is_message = |line: &serde_json::Value| line["event"] == "message";
    assert_eq!(ring.agent(last).wait_within(SPREAD, "message", is_message)["text"], "hello");
    assert_eq!(ring.agent(last).ask("meta changed")["ok"], true);
    for node in &mut ring.nodes[..last] {
        let changed = |line: &serde_json::Value| line["event"] == "update";
        assert_eq!(node.agent.wait_within(SPREAD, "update", changed)["meta"], "changed");
    }
    let killed = ring.take(last);
    killed.agent.crash();
    ring.all_see(DETECTION, &killed.name, "dead");
    let mut gone = ring.take(last - 1);
    assert_eq!(gone.agent.ask("leave 5")["ok"], true);
    ring.all_see(SPREAD, &gone.name, "left");
}

#[test]
fn a_ring_on_smol_lives_as_long_as_the_others() {
    lives(&[GO, Kind::Ours("smol"), GO, Kind::Ours("smol")]);
    lives(&[Kind::Ours("smol"), GO, Kind::Ours("smol"), GO]);
}

#[test]
fn a_ring_on_async_std_lives_as_long_as_the_others() {
    lives(&[GO, Kind::Ours("async-std"), GO, Kind::Ours("async-std")]);
    lives(&[Kind::Ours("async-std"), GO, Kind::Ours("async-std"), GO]);
}

#[test]
fn a_ring_on_all_runtimes_lives_as_long_as_the_others() {
    lives(&[Kind::Ours("smol"), GO, Kind::Ours("async-std"), GO, OURS, GO]);
}

#[test]
fn new_metadata_reaches_both_kinds_within_10_s() {
    let mut ring = Ring::of(&mixed(6), &[]);
    for at in [0, 1] {
        let name = ring.nodes[at].name.clone();
        let reply = ring.agent(at).ask("meta changed and longer than before");
        assert_eq!(reply["ok"], true, "{name}: {reply}");
        for node in ring.nodes.iter_mut().filter(|node| node.name != name) {
            let update = node.agent.wait_within(SPREAD, "update", |line| {
                line["event"] == "update" && line["name"] == name.as_str()
            });
            assert_eq!(update["meta"], "changed and longer than before");
        }
    }
}

/// A crash is seen as dead by both kinds within the bound that the options give.
#[test]
fn a_kill_of_either_kind_is_seen_as_dead_within_15_s() {
    let mut ring = Ring::of(&mixed(8), &[]);
    for kind in [GO, OURS] {
        let at = ring.nodes.iter().rposition(|node| node.kind == kind).expect("there are some");
        let killed = ring.take(at);
        killed.agent.crash();
        ring.all_see(DETECTION, &killed.name, "dead");
        for node in &mut ring.nodes {
            assert_eq!(node.agent.event_of("leave", &killed.name)["state"], "dead");
        }
    }
    assert!(ring.unread("leave").is_empty(), "nobody else was found dead");
}

#[test]
fn a_goodbye_of_either_kind_is_seen_as_left_within_10_s() {
    let mut ring = Ring::of(&mixed(6), &[]);
    for kind in [GO, OURS] {
        let at = ring.nodes.iter().rposition(|node| node.kind == kind).expect("there are some");
        let mut gone = ring.take(at);
        let reply = gone.agent.ask("leave 5");
        assert_eq!(reply["ok"], true, "{reply}");
        gone.agent.tell("quit");
        assert!(gone.agent.end().0.success());
        ring.all_see(SPREAD, &gone.name, "left");
        for node in &mut ring.nodes {
            assert_eq!(node.agent.event_of("leave", &gone.name)["state"], "left");
        }
    }
    assert!(ring.unread("leave").is_empty());
}

/// It comes back at incarnation 1, finds itself accused or gone at a higher one, and refutes.
#[test]
fn a_restart_at_incarnation_1_is_alive_again_within_15_s() {
    let mut ring = Ring::of(&mixed(4), &[]);
    for at in [2, 3] {
        let (kind, name) = (ring.nodes[at].kind, ring.nodes[at].name.clone());
        let addr = ring.nodes[at].agent.addr().to_owned();
        // Somebody has raised the incarnation before: then 1 is old news.
        assert_eq!(ring.agent(at).ask("meta raised")["ok"], true);
        let killed = ring.take(at);
        killed.agent.crash();
        ring.all_see(DETECTION, &name, "dead");
        let first = ring.nodes[0].agent.addr().to_owned();
        let mut agent = kind.start_at(&addr, &name, &["--meta", "back"]);
        assert_eq!(agent.ask(&format!("join {first}"))["reached"], 1);
        for node in &mut ring.nodes {
            let known = node.sees(DETECTION, &name, "alive");
            assert_eq!((&known["meta"], &known["addr"]), (&"back".into(), &addr.as_str().into()));
        }
        let others: Vec<_> = ring.nodes.iter().map(|node| node.name.clone()).collect();
        let mut back = Node { kind, name, agent };
        others.iter().for_each(|other| drop(back.sees(SPREAD, other, "alive")));
        ring.nodes.insert(at, back);
    }
}

/// As `docs/go-interop.md` tells it: each says goodbye, and one of the other kind takes its name at
/// another address. Nobody is found dead meanwhile.
fn is_rolled(from: Kind, to: Kind) {
    let mut ring = Ring::of(&[from; 3], &[]);
    for _ in 0..3 {
        let mut gone = ring.take(0);
        assert_eq!(gone.agent.ask("leave 5")["ok"], true);
        gone.agent.tell("quit");
        assert!(gone.agent.end().0.success());
        ring.all_see(SPREAD, &gone.name, "left");
        let seeds: Vec<_> = ring.nodes.iter().map(|node| node.agent.addr()).collect();
        let seeds = seeds.join(" ");
        let mut agent = to.start(&gone.name, &["--meta", "rolled"]);
        assert_eq!(agent.ask(&format!("join {seeds}"))["reached"], 2);
        ring.nodes.push(Node { kind: to, name: gone.name.clone(), agent });
        for node in &mut ring.nodes {
            assert_eq!(node.sees(SPREAD, &gone.name, "alive")["meta"], "rolled");
        }
    }
    ring.meet();
    assert!(ring.nodes.iter().all(|node| node.kind == to));
    assert!(ring.unread("conflict").is_empty());
    assert!(ring.unread("leave").iter().all(|line| line["state"] == "left"));
}

#[test]
fn a_pool_is_rolled_from_go_to_ours_node_by_node_within_10_s_each() {
    is_rolled(GO, OURS);
}

#[test]
fn a_pool_is_rolled_back_to_go_node_by_node_within_10_s_each() {
    is_rolled(OURS, GO);
}
