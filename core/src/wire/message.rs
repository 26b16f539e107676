//! What nodes tell each other. Byte fields borrow from the packet they came in.

use std::borrow::Cow;

use nodecraft::CheapClone;

use crate::types::{Incarnation, Member, Node, SequenceNumber, StartId, State, Versions};

/// A message in a packet.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Message<'a, I, A> {
    /// Are you there?
    Ping(Ping<I, A>),
    /// Ping somebody for me.
    IndirectPing(IndirectPing<I, A>),
    /// I am here.
    Ack(Ack<'a>),
    /// I could not reach the one you asked me to ping.
    Nack(Nack),
    /// Somebody cannot reach a member.
    Suspect(Accusation<I>),
    /// A member is there, at this address, with this metadata.
    Alive(Alive<'a, I, A>),
    /// A member has failed; from itself: it leaves.
    Dead(Accusation<I>),
    /// Bytes of the application for this node.
    User(Cow<'a, [u8]>),
    /// Bytes of the application for every node.
    Broadcast(Broadcast<'a, I>),
}

/// A message on a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StreamMessage<'a, I, A> {
    /// Are you there? The answer is an ack without payload.
    Ping(Ping<I, A>),
    /// The answer to a ping.
    Ack(Ack<'a>),
    /// Everything that a node knows; the answer is the same from the other side.
    PushPull(PushPull<'a, I, A>),
    /// Bytes of the application. No answer.
    User(Cow<'a, [u8]>),
    /// Why the other side does not answer, in words for people.
    Error(Cow<'a, str>),
}

/// Direct probe (SWIM section 3.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ping<I, A> {
    /// Comes back with the ack.
    pub seq: SequenceNumber,
    /// Who is meant; `None` is whoever gets it.
    pub target: Option<I>,
    /// Who asks.
    pub source: Option<I>,
    /// Where the ack should go; `None` is where the packet came from.
    pub reply_to: Option<A>,
}

/// Indirect probe, "ping-req" (SWIM section 3.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IndirectPing<I, A> {
    /// The asker's number, comes back with the ack or nack.
    pub seq: SequenceNumber,
    /// Whom to ping.
    pub target: Node<I, A>,
    /// Whether the asker wants to hear of a failure (Lifeguard, LHA-Probe).
    pub nack: bool,
    /// Who asks.
    pub source: Option<I>,
    /// Where the answer should go; `None` is where the packet came from.
    pub reply_to: Option<A>,
}

/// Answer to a ping.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ack<'a> {
    /// The number of the ping.
    pub seq: SequenceNumber,
    /// What the application adds; empty for relayed ones and on streams.
    pub payload: Cow<'a, [u8]>,
}

/// "I asked, and it did not answer in time" (Lifeguard, LHA-Probe).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Nack {
    /// The number of the indirect ping.
    pub seq: SequenceNumber,
}

/// A claim that a member is suspect or dead (SWIM section 4.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accusation<I> {
    /// The incarnation that is accused.
    pub incarnation: Incarnation,
    /// The accused.
    pub node: I,
    /// The accuser. `from == node` in a dead: it leaves.
    pub from: I,
}

/// A claim that a member is alive (SWIM section 4.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alive<'a, I, A> {
    /// The member's incarnation.
    pub incarnation: Incarnation,
    /// Name and address, the address in the form its owner uses.
    pub node: Node<I, A>,
    /// What it tells about itself.
    pub meta: Cow<'a, [u8]>,
    /// What it can speak; `None` if it does not say.
    pub versions: Option<Versions>,
    /// Which start of it this is; 0 if the format does not tell.
    pub start: StartId,
}

/// Bytes of the application for every node, gossiped on by everyone once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broadcast<'a, I> {
    /// Who sent it first.
    pub origin: I,
    /// Which start of the origin.
    pub start: StartId,
    /// The origin's count of broadcasts since its start, from 1.
    pub number: u64,
    /// Newer ones with the same key replace older ones in the queues; empty is "no key".
    pub key: Cow<'a, [u8]>,
    /// The application's bytes.
    pub payload: Cow<'a, [u8]>,
}

/// Everything that a node knows (full state exchange).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PushPull<'a, I, A> {
    /// Whether the one that dialled is joining.
    pub join: bool,
    /// All members that the sender knows, in any state, itself among them.
    pub states: Vec<RemoteState<'a, I, A>>,
    /// What the sender's application adds.
    pub user_state: Cow<'a, [u8]>,
}

/// One member as the sender of a push/pull knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemoteState<'a, I, A> {
    /// The claim as far as it is like an alive's.
    pub claim: Alive<'a, I, A>,
    /// What the sender believes.
    pub state: State,
}

impl<I, A> Alive<'_, I, A> {
    /// The same claim that borrows nothing.
    pub fn into_owned(self) -> Alive<'static, I, A> {
        let Self { incarnation, node, meta, versions, start } = self;
        Alive { incarnation, node, meta: Cow::Owned(meta.into_owned()), versions, start }
    }
}

impl<I, A> RemoteState<'_, I, A> {
    /// The same claim that borrows nothing.
    pub fn into_owned(self) -> RemoteState<'static, I, A> {
        RemoteState { claim: self.claim.into_owned(), state: self.state }
    }
}

impl<'a, I: CheapClone, A: CheapClone> From<&'a Member<I, A>> for Alive<'a, I, A> {
    fn from(member: &'a Member<I, A>) -> Self {
        Self {
            incarnation: member.incarnation(),
            node: member.node().cheap_clone(),
            meta: Cow::Borrowed(member.meta().as_bytes()),
            versions: member.versions(),
            start: member.start(),
        }
    }
}

impl<'a, I: CheapClone, A: CheapClone> From<&'a Member<I, A>> for RemoteState<'a, I, A> {
    fn from(member: &'a Member<I, A>) -> Self {
        Self { claim: Alive::from(member), state: member.state() }
    }
}
