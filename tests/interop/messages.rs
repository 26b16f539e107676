//! What applications tell one another.

use std::collections::BTreeSet;

use crate::support::GO;
use crate::support::OURS;
use crate::support::Ring;
use crate::support::SPREAD;
use crate::support::mixed;

#[test]
fn messages_go_both_ways_over_both_planes_within_10_s() {
    let mut ring = Ring::of(&[GO, OURS], &[]);
    let long = "long ".repeat(20_000);
    for (from, to) in [(0, 1), (1, 0)] {
        let name = ring.nodes[to].name.clone();
        for (word, text) in [("send", "by stream"), ("send-packet", "by packet"), ("send", &long)] {
            let reply = ring.agent(from).ask(&format!("{word} {name} {text}"));
            assert_eq!(reply["ok"], true, "{reply}");
            let holds = |line: &serde_json::Value| line["event"] == "message";
            let heard = ring.agent(to).wait_within(SPREAD, "message", holds);
            assert_eq!(heard["text"], *text);
        }
    }
}

/// Go sends a user broadcast a few times from its origin only; the agents pass it on, and each
/// prints it once.
#[test]
fn broadcasts_reach_all_once_within_10_s() {
    let mut ring = Ring::of(&mixed(8), &[]);
    let texts: BTreeSet<String> = (0..ring.nodes.len()).map(|at| format!("from {at}")).collect();
    for at in 0..ring.nodes.len() {
        assert_eq!(ring.agent(at).ask(&format!("broadcast from {at}"))["ok"], true);
    }
    for at in 0..ring.nodes.len() {
        let mut heard = BTreeSet::new();
        for _ in 1..texts.len() {
            let holds = |line: &serde_json::Value| line["event"] == "message";
            let message = ring.agent(at).wait_within(SPREAD, "message", holds);
            heard.insert(message["text"].as_str().expect("it is a text").to_owned());
        }
        heard.insert(format!("from {at}"));
        assert_eq!(heard, texts, "{at}");
    }
    assert!(ring.unread("message").is_empty(), "each was heard once");
}

#[test]
fn acks_carry_the_payload_both_ways_within_10_s() {
    let mut ring = Ring::new(&[]);
    ring.add(GO, &["--ack-payload", "go's word"]);
    ring.add(OURS, &["--ack-payload", "our word"]);
    ring.meet();
    for (at, other, word) in [(0, "ours-1", "our word"), (1, "go-0", "go's word")] {
        let holds = |line: &serde_json::Value| line["event"] == "ack" && line["name"] == other;
        let ack = ring.agent(at).wait_within(SPREAD, "ack", holds);
        assert_eq!(ack["payload"], word);
        let reply = ring.agent(at).ask(&format!("ping {other}"));
        assert!(reply["rtt_us"].as_u64().is_some_and(|rtt| rtt > 0), "{reply}");
    }
}

/// Our state reaches Go's `MergeRemoteState`, and Go's `LocalState` reaches our hook; the larger
/// one goes beyond what one read brings.
#[test]
fn full_exchanges_carry_the_state_of_the_application_both_ways() {
    let large = "state ".repeat(20_000);
    for (first, second) in [(GO, OURS), (OURS, GO)] {
        let mut ring = Ring::new(&[]);
        ring.add(first, &["--local-state", &large]);
        ring.add(second, &["--local-state", "small"]);
        let holds = |line: &serde_json::Value| line["event"] == "state";
        let told = ring.agent(1).wait_within(SPREAD, "state", holds);
        assert_eq!((&told["text"], &told["join"]), (&large.as_str().into(), &true.into()));
        let told = ring.agent(0).wait_within(SPREAD, "state", holds);
        assert_eq!((&told["text"], &told["join"]), (&"small".into(), &true.into()));
    }
}
