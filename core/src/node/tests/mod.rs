//! Nodes on an in-memory network, on virtual time.

#[cfg(all(feature = "aes-gcm", feature = "lzw"))]
mod encryption;
mod hooks;
mod lifecycle;
mod log;
mod membership;
mod messages;
#[cfg(feature = "metrics")]
mod metrics;
mod rigged;
mod streams;

use core::future::Future;
use core::time::Duration;
use std::sync::Arc;

use agnostic_lite::tokio::TokioRuntime;
use smol_str::SmolStr;

use super::*;
use crate::config::Options;
use crate::delegate::Delegate;
use crate::transport::memory::{MemoryNetwork, MemoryTransport};
use crate::types::Member;

type Name = SmolStr;
type Node = Memberlist<Name, Name>;
type Network = MemoryNetwork<Name>;
type Transport = MemoryTransport<Name, TokioRuntime>;

/// Longer than anything here takes on virtual time, so that a test that waits in vain ends.
const BOUND: Duration = Duration::from_secs(120);

fn network() -> Network {
    MemoryNetwork::new(7)
}

fn builder(network: &Network, name: &str) -> Builder<Name, Transport> {
    let transport = network.bind(Name::new(name)).expect("the name is free");
    // Not the same for all: nodes that choose alike are no cluster that one meets.
    let seed = name.bytes().fold(42, |seed, byte| 31 * seed + u64::from(byte));
    Builder::new(Name::new(name), transport).options(Options::local()).seed(seed)
}

async fn start(network: &Network, name: &str) -> Node {
    builder(network, name).resolver(ParseResolver).start().await.expect("it starts")
}

async fn start_with<D: Delegate<Name, Name>>(network: &Network, name: &str, delegate: D) -> Node {
    let builder = builder(network, name).resolver(ParseResolver).delegate(delegate);
    builder.start().await.expect("it starts")
}

/// What `future` gives; fails the test when it does not come.
async fn soon<F: Future>(future: F) -> F::Output {
    tokio::time::timeout(BOUND, future).await.expect("it comes in time")
}

/// `a` and `b`, each of which knows the other.
async fn pair(network: &Network) -> (Node, Node) {
    let (a, b) = (start(network, "a").await, start(network, "b").await);
    meet(&a, &b).await;
    (a, b)
}

async fn meet(a: &Node, b: &Node) {
    let joined = soon(b.join([a.advertised().clone()])).await.expect("it answers");
    assert_eq!(joined.reached(), 1);
    soon(a.wait_for(|members| members.iter().any(|member| member.id() == b.local().id())))
        .await
        .expect("it is up");
}

fn names(members: &[Arc<Member<Name, Name>>]) -> Vec<&str> {
    let mut names: Vec<_> = members.iter().map(|member| member.id().as_str()).collect();
    names.sort_unstable();
    names
}

/// Lets virtual time pass, once every task has nothing left to do: tests run on tokio's paused
/// clock, so this takes no time and depends on no machine. On a clock that runs it panics.
async fn passes(span: Duration) {
    let before = tokio::time::Instant::now();
    tokio::time::sleep(span).await;
    let passed = before.elapsed();
    assert!(passed <= span + Duration::from_millis(1), "{passed:?}: the clock is not paused");
}

/// Waits until `node` has counted so many of `name`.
async fn counted(node: &Node, name: &str, at_least: u64) {
    soon(async {
        while node.stats().get(name).unwrap_or(0) < at_least {
            passes(Duration::from_millis(10)).await;
        }
    })
    .await;
}
