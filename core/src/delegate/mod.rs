//! The hooks of the application: *asked* or *told*.
//!
//! An **asked** hook is a plain function. It is called in the middle of the protocol with no lock
//! held and must answer at once: what takes over 10 ms is counted and logged, a panic counts as a
//! refusal or as an empty answer. From it the handle's synchronous reads are allowed.
//!
//! A **told** hook is an `async fn` that runs, in order, on a task of its own. It may take for
//! ever, call any method of the handle, or panic: no probe waits for it. While it is busy, news
//! about one member is folded into its net change, and messages wait in a bounded queue.
//!
//! | hook | trait | kind |
//! |---|---|---|
//! | `notify_alive` | [`AliveDelegate`] | asked, may refuse |
//! | `notify_merge` | [`MergeDelegate`] | asked, may refuse |
//! | `node_meta`, `local_state`, `broadcast_messages` | [`NodeDelegate`] | asked |
//! | `ack_payload`, `disable_reliable_pings` | [`PingDelegate`] | asked |
//! | `notify_message`, `merge_remote_state` | [`NodeDelegate`] | told |
//! | `notify_join`, `notify_update`, `notify_leave` | [`EventDelegate`] | told |
//! | `notify_conflict` | [`ConflictDelegate`] | told |
//! | `notify_ping_complete` | [`PingDelegate`] | told |

mod channel;
mod composite;
mod void;

use core::future::Future;
use core::time::Duration;
use std::sync::Arc;

use bytes::Bytes;

use crate::types::{Address, Id, Member, Meta, Node, State, Versions};

pub use channel::{ChannelDelegate, Told};
pub use composite::CompositeDelegate;
pub use void::VoidDelegate;

/// On which plane a message of the application came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Plane {
    /// In a packet, for this node.
    Packet,
    /// Over a stream, for this node.
    Stream,
    /// In a packet, for every node.
    Broadcast,
}

/// A message of the application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserMessage<I, A> {
    /// The bytes.
    pub payload: Bytes,
    /// Who sent it first, where the wire tells.
    pub sender: Option<I>,
    /// Where the packet or stream came from; for a broadcast that is the one that passed it on.
    pub address: Option<A>,
    /// How it came.
    pub plane: Plane,
}

/// Why a member changed, as [`EventDelegate`] and the event feed tell it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Reason {
    /// It was not there, now it is.
    Joined,
    /// It failed.
    Failed,
    /// It said goodbye.
    Left,
    /// It is there as before, but has been started anew in between.
    Restarted,
    /// It is there as before, at another address.
    Moved,
    /// Its metadata or versions changed.
    Updated,
    /// Somebody cannot reach it; it has some time to refute that. Only for readers of the event
    /// feed that asked for it.
    Suspected,
    /// It is no longer suspected. Only for readers of the event feed that asked for it.
    Refuted,
}

/// A claim that somebody is alive, before it is believed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate<'a, I, A> {
    /// Name and address.
    pub node: &'a Node<I, A>,
    /// What it tells about itself.
    pub meta: &'a [u8],
    /// What it can speak.
    pub versions: Option<Versions>,
    /// What the sender of a push/pull believes of it; alive for a claim that came in a packet.
    pub state: State,
}

/// A refusal, with words for the log.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("refused by the application: {0}")]
pub struct Refused(pub String);

/// Decides which claims of being alive are believed.
pub trait AliveDelegate<I: Id, A: Address>: Send + Sync + 'static {
    /// Asked for every claim that somebody, also this node, is alive, if the claim is news: about
    /// somebody who is not known, of a higher incarnation, or from another address. What only
    /// repeats what is known is not asked about. An error drops the claim.
    fn notify_alive(&self, candidate: &Candidate<'_, I, A>) -> Result<(), Refused> {
        let _ = candidate;
        Ok(())
    }
}

/// Decides which clusters are merged with.
pub trait MergeDelegate<I: Id, A: Address>: Send + Sync + 'static {
    /// Asked on both sides of a join with everything the other side knows. An error abandons the
    /// merge; the other side decides for itself.
    fn notify_merge(&self, peers: &[Candidate<'_, I, A>]) -> Result<(), Refused> {
        let _ = peers;
        Ok(())
    }
}

/// The application's own data.
pub trait NodeDelegate<I: Id, A: Address>: Send + Sync + 'static {
    /// Whether [`broadcast_messages`](Self::broadcast_messages) ever gives anything. `true` keeps
    /// the ticks of gossip going while there is nothing else to say; without it an idle node sleeps
    /// longer.
    const BROADCASTS: bool = true;

    /// Asked at start and by `refresh_meta`. `None` keeps what the builder or `update_meta` set.
    fn node_meta(&self) -> Option<Meta> {
        None
    }

    /// Asked before each push/pull: what this node adds to it, at most 20 MiB (of
    /// more nothing is sent, and that is counted).
    fn local_state(&self, join: bool) -> Bytes {
        let _ = join;
        Bytes::new()
    }

    /// Asked while a packet is filled: messages whose lengths, each with `overhead` added, sum up
    /// to at most `limit`. What does not fit is dropped and counted.
    fn broadcast_messages(&self, overhead: usize, limit: usize) -> Vec<Bytes> {
        let _ = (overhead, limit);
        Vec::new()
    }

    /// Told of each message of the application.
    fn notify_message(&self, message: UserMessage<I, A>) -> impl Future<Output = ()> + Send {
        let _ = message;
        async {}
    }

    /// Told what the other side of a push/pull added, if it added anything.
    fn merge_remote_state(&self, state: Bytes, join: bool) -> impl Future<Output = ()> + Send {
        let _ = (state, join);
        async {}
    }
}

/// Hears of members that come, change and go. The same net changes as the event feed.
pub trait EventDelegate<I: Id, A: Address>: Send + Sync + 'static {
    /// Told of a member that is there now.
    fn notify_join(&self, member: Arc<Member<I, A>>) -> impl Future<Output = ()> + Send {
        let _ = member;
        async {}
    }

    /// Told of a member that is gone; its state says whether it failed or left.
    fn notify_leave(&self, member: Arc<Member<I, A>>) -> impl Future<Output = ()> + Send {
        let _ = member;
        async {}
    }

    /// Told of a member that was there and is there, but has changed: updated, moved or restarted.
    fn notify_update(
        &self,
        old: Arc<Member<I, A>>,
        new: Arc<Member<I, A>>,
        reason: Reason,
    ) -> impl Future<Output = ()> + Send {
        let _ = (old, new, reason);
        async {}
    }
}

/// Hears of two nodes with one name.
pub trait ConflictDelegate<I: Id, A: Address>: Send + Sync + 'static {
    /// Told of a claim that a known member is at another address. The claim was not believed.
    fn notify_conflict(
        &self,
        existing: Arc<Member<I, A>>,
        other: Node<I, A>,
    ) -> impl Future<Output = ()> + Send {
        let _ = (existing, other);
        async {}
    }
}

/// Takes part in probes.
pub trait PingDelegate<I: Id, A: Address>: Send + Sync + 'static {
    /// Whether [`notify_ping_complete`](Self::notify_ping_complete) does anything. With `false` it
    /// is not called, and an answered probe does not wake the task of the told hooks: an idle node
    /// has a quarter fewer wake-ups.
    const COMPLETIONS: bool = true;

    /// Asked before each ack: what to send along, at most 1,024 bytes and what fits a packet
    /// (more counts as empty).
    fn ack_payload(&self) -> Bytes {
        Bytes::new()
    }

    /// Asked before a stream ping: true leaves it out for this member.
    fn disable_reliable_pings(&self, id: &I) -> bool {
        let _ = id;
        false
    }

    /// Told of a probe that was answered directly and in time.
    fn notify_ping_complete(
        &self,
        member: Arc<Member<I, A>>,
        round_trip: Duration,
        payload: Bytes,
    ) -> impl Future<Output = ()> + Send {
        let _ = (member, round_trip, payload);
        async {}
    }
}

/// All six together: what a node is built with. Implemented for everything that implements the six.
pub trait Delegate<I: Id, A: Address>:
    AliveDelegate<I, A>
    + MergeDelegate<I, A>
    + NodeDelegate<I, A>
    + EventDelegate<I, A>
    + ConflictDelegate<I, A>
    + PingDelegate<I, A>
{
}

impl<I: Id, A: Address, T> Delegate<I, A> for T where
    T: AliveDelegate<I, A>
        + MergeDelegate<I, A>
        + NodeDelegate<I, A>
        + EventDelegate<I, A>
        + ConflictDelegate<I, A>
        + PingDelegate<I, A>
{
}
