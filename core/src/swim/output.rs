//! What the machine gives: events for the application, actions for whoever owns streams.

use core::time::Duration;
use std::sync::Arc;

use bytes::Bytes;

use crate::time::Instant;
use crate::types::{Member, Node};
use crate::wire::Ping;

/// Names a command that waits for its outcome. The caller chooses it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Token(pub u64);

/// What the machine asks of whoever owns streams and waiters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action<I, A> {
    /// Dial `to`, exchange everything, hand what it says to the machine.
    PushPull {
        /// The partner.
        to: Node<I, A>,
    },
    /// Dial `to`, send `ping`, and if an ack with its number comes before `deadline`, say so.
    StreamPing {
        /// The member that did not answer.
        to: Node<I, A>,
        /// What to send.
        ping: Ping<I, A>,
        /// When the answer is of no more use.
        deadline: Instant,
    },
    /// A command has come to its end.
    Complete {
        /// Which.
        token: Token,
        /// How.
        outcome: Outcome,
    },
}

/// How a command ended.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// A ping was answered.
    Pong {
        /// From the send to the answer.
        round_trip: Duration,
        /// What the answer carried.
        payload: Bytes,
    },
    /// A ping was not answered in time; or a goodbye was not, or metadata, before the node came
    /// back or left; or nobody can be told of new metadata for now.
    NoAnswer,
    /// Leave and metadata. 1: a live member is known to have heard it. 0: nobody is there to hear
    /// it, or a node that has left changes its metadata, which it tells when it is back.
    Heard(usize),
    /// All sends of a broadcast are spent (or nobody is there to hear it).
    Spent,
    /// A newer one with the same key, or a full queue, took the broadcast's place.
    Replaced,
}

/// What has happened.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event<I, A> {
    /// The record of a member was replaced. `old: None`: not known before; `new: None`: forgotten.
    /// Every change of any kind, state, address, metadata, incarnation, round-trip time, is told.
    Member {
        /// The record until now.
        old: Option<Arc<Member<I, A>>>,
        /// The record from now on.
        new: Option<Arc<Member<I, A>>>,
    },
    /// Somebody claims the name of a live member from another address.
    Conflict {
        /// The member.
        existing: Arc<Member<I, A>>,
        /// The claim.
        other: Node<I, A>,
    },
    /// A broadcast of the application that this node has not seen before.
    Broadcast {
        /// Who sent it first.
        origin: I,
        /// The bytes.
        payload: Bytes,
    },
    /// A probe was answered directly and in time.
    Pinged {
        /// By whom.
        member: Arc<Member<I, A>>,
        /// From the send to the answer.
        round_trip: Duration,
        /// What the answer carried.
        payload: Bytes,
    },
    /// The local health score has changed: 0 is healthy.
    Health(u32),
}
