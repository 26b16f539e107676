//! A network that loses datagrams.

use serde_json::Value;

use crate::support::Ring;
use crate::support::mixed;

/// 150 probe intervals are 30 s. Each Go node loses a tenth of what it sends and of what it gets.
#[test]
fn nobody_is_found_dead_in_30_s_with_a_tenth_of_the_datagrams_lost() {
    let mut ring = Ring::new(&[]);
    for kind in mixed(8) {
        let lossy = ["--lose", "10"];
        let flags = if kind == crate::support::GO { &lossy[..] } else { &[] };
        ring.add(kind, flags);
    }
    ring.meet();
    let probes = |reply: &Value| reply["probes"].as_u64().unwrap_or_default();
    let start = probes(&ring.agent(1).ask("stats"));
    ring.agent(1).ask_until("stats", |reply| probes(reply) >= start + 150);
    assert_eq!(ring.unread("leave"), Vec::<Value>::new());
    ring.meet();
}
