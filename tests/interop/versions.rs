//! Protocol versions.

use crate::support::GO;
use crate::support::OURS;
use crate::support::Ring;
use crate::support::SPREAD;

/// Each version with the next one, both ways: all of them understand each other.
#[test]
fn versions_2_to_5_speak_with_one_another() {
    let mut ring = Ring::new(&[]);
    for (at, version) in [2, 3, 4, 5, 5, 4, 3, 2].into_iter().enumerate() {
        let kind = if at % 2 == 0 { GO } else { OURS };
        ring.add(kind, &["--set", &format!("protocol_version={version}")]);
    }
    ring.meet();
    for (at, version) in [2, 3, 4, 5, 5, 4, 3, 2].into_iter().enumerate() {
        let name = ring.nodes[at].name.clone();
        for node in &mut ring.nodes {
            let known = node.sees(SPREAD, &name, "alive");
            assert_eq!(known["versions"], serde_json::json!([1, 5, version, 0, 0, 0]));
        }
    }
}

/// A delegate version that the others do not understand keeps a node out, whoever it is.
#[test]
fn a_delegate_version_that_nobody_understands_is_refused() {
    let alien = [
        "--set",
        "delegate_protocol_min=3",
        "--set",
        "delegate_protocol_max=4",
        "--set",
        "delegate_protocol_version=4",
    ];
    for (first, second) in [(GO, OURS), (OURS, GO)] {
        let mut ring = Ring::new(&[]);
        ring.add(first, &[]);
        let seed = ring.agent(0).addr().to_owned();
        let mut stranger = second.start("stranger", &alien);
        let reply = stranger.ask(&format!("join {seed}"));
        assert_eq!(reply["reached"], 0, "{first:?}, {second:?}: {reply}");
        assert!(ring.nodes[0].knows("stranger").is_null(), "{first:?}");
    }
}
