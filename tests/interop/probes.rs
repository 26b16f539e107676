//! Who finds whom when datagrams do not get through. The Go program can lose them on purpose.

use std::time::Duration;
use std::time::Instant;

use serde_json::Value;

use crate::support::DETECTION;
use crate::support::GO;
use crate::support::Kind;
use crate::support::OURS;
use crate::support::Ring;

/// Nobody falls back on streams: only a helper can save whoever cannot be reached.
const NO_STREAMS: &[&str] = &["--set", "disable_reliable_pings=true"];

/// Ten probes of each member or more, however long that takes.
fn ten_probes_later(ring: &mut Ring) {
    let ours = ring.nodes.iter().position(|node| node.kind != GO).expect("one is ours");
    let probes = |reply: &Value| reply["probes"].as_u64().unwrap_or_default();
    let start = probes(&ring.agent(ours).ask("stats"));
    let others = u64::try_from(ring.nodes.len()).expect("a few") - 1;
    ring.agent(ours).ask_until("stats", |reply| probes(reply) >= start + 10 * others);
}

/// `target` hears nothing from `asker`, and `helper` gets the probes through.
fn is_saved_by(asker: Kind, helper: Kind) {
    let mut ring = Ring::of(&[GO, asker, helper], NO_STREAMS);
    let (asker, target) = (ring.agent(1).addr().to_owned(), ring.nodes[0].name.clone());
    assert_eq!(ring.agent(0).ask(&format!("block {asker}"))["ok"], true);
    ten_probes_later(&mut ring);
    let name = ring.nodes[1].name.clone();
    ring.nodes[1].sees(Duration::from_secs(5), &target, "alive");
    ring.nodes[0].sees(Duration::from_secs(5), &name, "alive");
    assert!(ring.unread("leave").is_empty(), "nobody was found dead");
    for node in &mut ring.nodes {
        if node.kind != GO {
            let stats = node.agent.ask("stats");
            let counter = if node.name == name { "probes_indirect" } else { "relays" };
            assert!(stats[counter].as_u64() > Some(0), "{}: {stats}", node.name);
        }
    }
}

#[test]
fn a_go_node_relays_our_probes() {
    is_saved_by(OURS, GO);
}

#[test]
fn one_of_ours_relays_the_probes_of_go() {
    is_saved_by(GO, OURS);
}

#[test]
fn one_of_ours_relays_our_probes_of_go() {
    is_saved_by(OURS, OURS);
}

/// Go's helper says that it could not after its own time-out: this leaves room for it. No exchange
/// tells anybody that the target takes it for dead: whoever refutes counts that against itself.
const ROOM_FOR_NACKS: &[&str] = &[
    "--set",
    "probe_interval=1s",
    "--set",
    "probe_timeout=100ms",
    "--set",
    "push_pull_interval=1h",
];

/// A target that nobody reaches: the helper says in time that it could not, so the asker does not
/// count itself as slow, at no time until the target is found dead. With one nack short its health
/// would be 1 or worse until it has probed the helper.
fn nack_comes_in_time(asker: Kind, helper: Kind) {
    let flags = [NO_STREAMS, ROOM_FOR_NACKS].concat();
    let mut ring = Ring::of(&[GO, asker, helper], &flags);
    let addr = |at: usize| ring.nodes[at].agent.addr();
    let blocked = format!("block {} {}", addr(1), addr(2));
    let target = ring.nodes[0].name.clone();
    ring.agent(1).ask_until("stats", |stats| stats["health"] == 0);
    assert_eq!(ring.agent(0).ask(&blocked)["ok"], true);
    let (asker, end) = (ring.agent(1), Instant::now() + 2 * DETECTION);
    loop {
        let stats = asker.ask("stats");
        assert_eq!(stats["health"], 0, "{stats}");
        if asker.unread("leave").iter().any(|line| line["name"] == target.as_str()) {
            break;
        }
        assert!(Instant::now() < end, "nobody found {target} dead");
    }
}

#[test]
fn the_nack_of_a_go_node_counts_for_ours() {
    nack_comes_in_time(OURS, GO);
}

#[test]
fn our_nack_counts_for_a_go_node() {
    nack_comes_in_time(GO, OURS);
}

/// No datagram gets through either way, and streams keep both alive.
#[test]
fn streams_stand_in_for_datagrams_both_ways() {
    let mut ring = Ring::of(&[GO, OURS], &[]);
    let ours = ring.agent(1).addr().to_owned();
    assert_eq!(ring.agent(0).ask(&format!("block {ours}"))["ok"], true);
    ten_probes_later(&mut ring);
    assert!(ring.unread("leave").is_empty(), "nobody was found dead");
    let stats = ring.agent(1).ask("stats");
    // The last one may not be over yet.
    assert!(stats["probes_stream"].as_u64() >= Some(9), "{stats}");
}
