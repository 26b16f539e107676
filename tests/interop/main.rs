//! Rings of this library's agents and of the Go library's, on loopback. What both say and do is
//! held against one another; `peer/` is the Go program, with the same contract as the agent.
//!
//! One ring runs at a time, so that a busy machine does not look like a network that fails.

#[allow(dead_code, reason = "the tests of the agent use more of it")]
#[path = "../../examples/tests/agent/harness.rs"]
mod harness;

mod addresses;
mod client;
mod crowd;
mod damage;
mod differential;
mod fallback;
mod fatal;
mod faults;
mod keys;
mod labels;
mod messages;
mod probes;
mod rings;
mod streams;
mod support;
mod versions;
mod wire;
