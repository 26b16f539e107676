//! A network that loses datagrams.

use serde_json::Value;

use crate::support::Ring;
use crate::support::mixed;

/// 150 probe intervals are 30 s. Whoever sends loses a tenth: also what goes from one of ours to
/// another, and from one of Go's.
#[test]
fn nobody_is_found_dead_in_30_s_with_a_tenth_of_the_datagrams_lost() {
    let mut ring = Ring::of(&mixed(8), &["--lose", "10"]);
    let probes = |reply: &Value| reply["probes"].as_u64().unwrap_or_default();
    let start = probes(&ring.agent(1).ask("stats"));
    ring.agent(1).ask_until("stats", |reply| probes(reply) >= start + 150);
    assert_eq!(ring.unread("leave"), Vec::<Value>::new());
    ring.meet();
}
