//! Hooks of the tests: each does what a closure says, or passes on what it is told.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use async_channel::{Receiver, Sender};
use bytes::Bytes;
use memberlist::delegate::{
    AliveDelegate, Candidate, ChannelDelegate, CompositeDelegate, ConflictDelegate, MergeDelegate,
    NodeDelegate, PingDelegate, Refused, Told, UserMessage, VoidDelegate,
};
use memberlist::types;
use smol_str::SmolStr;

use crate::support::{Cell, Record, within};

type Claim<'a> = Candidate<'a, SmolStr, SocketAddr>;
pub(crate) type Message = UserMessage<SmolStr, SocketAddr>;
pub(crate) type Heard = Told<SmolStr, SocketAddr>;
pub(crate) type NodeOnly<N> = CompositeDelegate<VoidDelegate, VoidDelegate, N>;

/// A delegate that tells all it is told, and the end to hear it at.
pub(crate) fn listener() -> (ChannelDelegate<SmolStr, SocketAddr>, Receiver<Heard>) {
    ChannelDelegate::new(4096)
}

/// What is heard next.
pub(crate) async fn next<C: Cell, T: Send>(what: &str, heard: &Receiver<T>) -> T {
    within::<C, _>(what, heard.recv()).await.expect("the delegate is there")
}

/// The next message of the application.
pub(crate) async fn message<C: Cell>(heard: &Receiver<Heard>) -> Message {
    loop {
        if let Told::Message(message) = next::<C, _>("a message", heard).await {
            return message;
        }
    }
}

/// Refuses each claim of being alive that the closure does not believe.
pub(crate) struct Believes<F>(pub(crate) F);

impl<F> AliveDelegate<SmolStr, SocketAddr> for Believes<F>
where
    F: Fn(&SmolStr) -> bool + Send + Sync + 'static,
{
    fn notify_alive(&self, claim: &Claim<'_>) -> Result<(), Refused> {
        if (self.0)(claim.node.id()) { Ok(()) } else { Err(Refused("unwelcome".into())) }
    }
}

/// Refuses every merge, and tells whom it was asked about.
pub(crate) struct MergesNothing(pub(crate) Sender<Vec<SmolStr>>);

impl MergeDelegate<SmolStr, SocketAddr> for MergesNothing {
    fn notify_merge(&self, peers: &[Claim<'_>]) -> Result<(), Refused> {
        let ids = peers.iter().map(|peer| peer.node.id().clone()).collect();
        self.0.try_send(ids).expect("the test has room");
        Err(Refused("custom merge canceled".into()))
    }
}

/// Does something when it is told of a message.
pub(crate) struct OnMessage<F>(F);

impl<F, G> NodeDelegate<SmolStr, SocketAddr> for OnMessage<F>
where
    F: Fn(Message) -> G + Send + Sync + 'static,
    G: Future<Output = ()> + Send,
{
    fn notify_message(&self, message: Message) -> impl Future<Output = ()> + Send {
        (self.0)(message)
    }
}

pub(crate) fn on_message<F, G>(hook: F) -> NodeOnly<OnMessage<F>>
where
    F: Fn(Message) -> G + Send + Sync + 'static,
    G: Future<Output = ()> + Send,
{
    CompositeDelegate::new().with_node(OnMessage(hook))
}

/// Has a state of its own, and tells the states of others and which were of a join.
pub(crate) struct HasState {
    pub(crate) state: Bytes,
    pub(crate) heard: Sender<(Bytes, bool)>,
}

impl NodeDelegate<SmolStr, SocketAddr> for HasState {
    fn local_state(&self, _join: bool) -> Bytes {
        self.state.clone()
    }

    async fn merge_remote_state(&self, state: Bytes, join: bool) {
        self.heard.send((state, join)).await.expect("the test listens");
    }
}

/// Adds messages to gossip until it has no more.
pub(crate) struct Talks(pub(crate) Receiver<Bytes>);

impl NodeDelegate<SmolStr, SocketAddr> for Talks {
    fn broadcast_messages(&self, overhead: usize, limit: usize) -> Vec<Bytes> {
        let mut left = limit;
        let mut given = Vec::new();
        // All of its messages are shorter than this.
        while left >= overhead + 16 {
            let Ok(message) = self.0.try_recv() else { break };
            left -= overhead + message.len();
            given.push(message);
        }
        given
    }
}

/// Sends a payload with each ack, and tells of each probe that was answered.
pub(crate) struct Pings {
    pub(crate) payload: &'static str,
    pub(crate) answered: Sender<(Record, Duration, Bytes)>,
}

impl PingDelegate<SmolStr, SocketAddr> for Pings {
    fn ack_payload(&self) -> Bytes {
        self.payload.into()
    }

    async fn notify_ping_complete(&self, member: Record, round_trip: Duration, payload: Bytes) {
        // Once the test has what it wants nobody listens any more.
        let _ = self.answered.try_send((member, round_trip, payload));
    }
}

/// Tells of each conflict: the address of the member, and that of who else claims its name.
pub(crate) struct Conflicts(pub(crate) Sender<(Record, types::Node<SmolStr, SocketAddr>)>);

impl ConflictDelegate<SmolStr, SocketAddr> for Conflicts {
    async fn notify_conflict(
        &self,
        existing: Arc<types::Member<SmolStr, SocketAddr>>,
        other: types::Node<SmolStr, SocketAddr>,
    ) {
        let _ = self.0.try_send((existing, other));
    }
}
