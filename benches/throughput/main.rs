//! What one node does per second of its CPU time: pings answered, known claims taken in, and full
//! exchanges with 10,000 members. The node has a thread of its own, whose CPU time is counted; the
//! load comes from another one over loopback. Prints one JSON object.
//!
//! `cargo run --release -p memberlist-benches --bin throughput`

mod load;
mod node;
mod peer;

use serde_json::json;

use node::Node;

type Failure = Box<dyn std::error::Error + Send + Sync>;

fn main() -> Result<(), Failure> {
    // First, so that no memory of the others is used again.
    let members = peer::full_exchange()?;
    let node = Node::start()?;
    let pings = load::run(&node, load::PINGS)?;
    let claims = load::run(&node, load::CLAIMS)?;
    node.end();
    let report = json!({
        "pings_per_cpu_second": pings,
        "known_claims_per_cpu_second": claims,
        "knowing_10000": members,
    });
    println!("{}", serde_json::to_string_pretty(&report)?);
    Ok(())
}
