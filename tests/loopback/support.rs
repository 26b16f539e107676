//! What all tests use.

use core::time::Duration;
use std::net::{Ipv6Addr, SocketAddr, TcpListener};
use std::sync::Arc;

use agnostic::RuntimeLite;
use memberlist::types::Member;
use memberlist::{Events, Layered, MemberEvent, Memberlist, Options, State, agnostic};
use smol_str::SmolStr;

pub(crate) use crate::cell::{Cell, On};

pub(crate) type Node = Memberlist;
pub(crate) type Record = Arc<Member<SmolStr, SocketAddr>>;

/// No test waits longer than this for one thing. Far more than anything takes: reaching it is a
/// failure, not slowness.
pub(crate) const BOUND: Duration = Duration::from_secs(30);

/// An address where nobody is: no system hands out the lowest ports by itself.
pub(crate) const NOBODY: &str = "127.0.0.1:1";

/// How often what announces no change is looked at.
const LOOK: Duration = Duration::from_millis(5);

/// Options for one machine, shortened so that a failure is found in about a second.
pub(crate) fn quick() -> Options {
    let mut options = Options::local();
    options.probe_interval = Duration::from_millis(200);
    options.probe_timeout = Duration::from_millis(100);
    options.gossip_interval = Duration::from_millis(20);
    options.push_pull_interval = Duration::from_millis(500);
    options
}

/// A node on any free port of the loopback.
pub(crate) fn builder<C: Cell>(id: &str) -> Layered<C::Runtime, C::Layer> {
    builder_at::<C>(id, SocketAddr::from(([127, 0, 0, 1], 0)))
}

/// A node at that address.
pub(crate) fn builder_at<C: Cell>(id: &str, at: SocketAddr) -> Layered<C::Runtime, C::Layer> {
    C::builder(id).bind(at).options(quick())
}

pub(crate) async fn start<C: Cell>(id: &str) -> Node {
    builder::<C>(id).start().await.expect("the node starts")
}

/// Two nodes, a and b, that know each other.
pub(crate) async fn pair<C: Cell>() -> (Node, Node) {
    let (a, b) = (start::<C>("a").await, start::<C>("b").await);
    meet::<C>(&a, &b).await;
    (a, b)
}

/// Waits for `work` no longer than [`BOUND`]; `what` says what did not happen.
pub(crate) async fn within<C: Cell, T: Send>(
    what: &str,
    work: impl Future<Output = T> + Send,
) -> T {
    let done = C::Runtime::timeout(BOUND, work).await;
    done.unwrap_or_else(|_| panic!("not within {BOUND:?}: {what}"))
}

/// Waits until `holds`, for what announces no change, such as a counter.
pub(crate) async fn until<C: Cell>(what: &str, mut holds: impl FnMut() -> bool + Send) {
    let looking = async {
        while !holds() {
            C::Runtime::sleep(LOOK).await;
        }
    };
    within::<C, _>(what, looking).await;
}

/// Waits until `node` sees as many members as that, itself among them.
pub(crate) async fn sees<C: Cell>(node: &Node, count: usize) {
    let what = format!("{node:?} sees {count}");
    within::<C, _>(&what, node.wait_for(|all| all.len() == count)).await.expect("the node is up");
}

/// Waits until what `node` knows of a member, dead ones included, is as `holds` wants.
pub(crate) async fn knows<C: Cell>(
    node: &Node,
    id: &str,
    mut holds: impl FnMut(&Record) -> bool + Send,
) -> Record {
    let id = SmolStr::new(id);
    let what = format!("{node:?} knows better of {id}: {:?}", node.member(&id));
    until::<C>(&what, || node.member(&id).is_some_and(|member| holds(&member))).await;
    node.member(&id).expect("it was just there")
}

/// `joiner` joins by `seed`; returns when each sees the other.
pub(crate) async fn meet<C: Cell>(seed: &Node, joiner: &Node) {
    let joining = joiner.join([*seed.advertised()]);
    let joined = within::<C, _>("the join", joining).await.expect("the seed answers");
    assert_eq!(joined.reached(), 1);
    for (at, other) in [(seed, joiner), (joiner, seed)] {
        let id = other.local().id().clone();
        knows::<C>(at, &id, |member| member.state() == State::Alive).await;
    }
}

/// The next event of a member of that name.
pub(crate) async fn event_of<C: Cell>(
    events: &mut Events<SmolStr, SocketAddr>,
    id: &str,
) -> MemberEvent<SmolStr, SocketAddr> {
    let next = async {
        loop {
            let event = events.next().await.expect("the node is up");
            if event.member().id() == id {
                return event;
            }
        }
    };
    within::<C, _>(&format!("an event of {id}"), next).await
}

/// The names of all members that `node` lists, in order.
pub(crate) fn names(node: &Node) -> Vec<String> {
    let mut names: Vec<_> = node.members().iter().map(|member| member.id().to_string()).collect();
    names.sort_unstable();
    names
}

/// A counter of `node`; 0 while nothing of the kind has happened.
pub(crate) fn count(node: &Node, name: &str) -> u64 {
    node.stats().get(name).unwrap_or_default()
}

/// Shuts all of them down.
pub(crate) async fn down<C: Cell>(nodes: impl IntoIterator<Item = Node> + Send) {
    let nodes: Vec<_> = nodes.into_iter().collect();
    let all = nodes.iter().map(Memberlist::shutdown);
    within::<C, _>("the end of all nodes", futures_util::future::join_all(all)).await;
}

/// Whether this machine has `::1`; says so if it has not.
pub(crate) fn has_ipv6() -> bool {
    let there = TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).is_ok();
    if !there {
        println!("not checked: this machine has no ::1");
    }
    there
}
