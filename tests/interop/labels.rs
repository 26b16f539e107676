//! Clusters with names.

use crate::support::GO;
use crate::support::Kind;
use crate::support::OURS;
use crate::support::Ring;
use crate::support::SPREAD;

#[test]
fn the_same_label_lets_both_kinds_in_within_10_s() {
    let mut ring = Ring::of(&[GO, OURS, GO, OURS], &["--label", "rack seven"]);
    let name = ring.nodes[1].name.clone();
    assert_eq!(ring.agent(0).ask(&format!("send {name} hello"))["ok"], true);
    let holds = |line: &serde_json::Value| line["event"] == "message";
    assert_eq!(ring.agent(1).wait_within(SPREAD, "message", holds)["text"], "hello");
}

/// Whoever has another label, or none where there is one, or one where there is none, stays out.
#[test]
fn another_label_keeps_both_kinds_out() {
    for (first, second) in [(GO, OURS), (OURS, GO)] {
        for (theirs, own) in [("red", "blue"), ("red", ""), ("", "blue")] {
            stays_out((first, theirs), (second, own));
        }
    }
}

fn stays_out((first, theirs): (Kind, &str), (second, own): (Kind, &str)) {
    let mut ring = Ring::new(&["--set", "stream_timeout=2s"]);
    ring.add(first, &["--label", theirs]);
    let seed = ring.agent(0).addr().to_owned();
    let mut stranger = second.start("stranger", &["--label", own, "--set", "stream_timeout=2s"]);
    let reply = stranger.ask(&format!("join {seed}"));
    assert_eq!(reply["reached"], 0, "{first:?} `{theirs}`, {second:?} `{own}`: {reply}");
    assert!(ring.nodes[0].knows("stranger").is_null());
    assert_eq!(stranger.ask("members")["members"].as_array().map(Vec::len), Some(1));
}
