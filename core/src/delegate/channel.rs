//! A delegate that turns what it is told into a channel.

use core::time::Duration;
use std::sync::Arc;

use bytes::Bytes;

use super::{
    AliveDelegate, ConflictDelegate, EventDelegate, MergeDelegate, NodeDelegate, PingDelegate,
    Reason, UserMessage,
};
use crate::types::{Address, Id, Member, Node};

/// What a [`ChannelDelegate`] was told.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Told<I, A> {
    /// A member is there now.
    Joined(Arc<Member<I, A>>),
    /// A member is gone; its state says whether it failed or left.
    Left(Arc<Member<I, A>>),
    /// A member was there and is there, but has changed.
    Updated {
        /// As it was known until now.
        old: Arc<Member<I, A>>,
        /// As it is known now.
        new: Arc<Member<I, A>>,
        /// What has changed.
        reason: Reason,
    },
    /// Two nodes have one name.
    Conflict {
        /// The member.
        existing: Arc<Member<I, A>>,
        /// Who else claims its name.
        other: Node<I, A>,
    },
    /// A message of the application.
    Message(UserMessage<I, A>),
    /// The other side of a push/pull added this.
    RemoteState {
        /// What it added.
        state: Bytes,
        /// Whether it was a join.
        join: bool,
    },
}

/// A delegate that puts what it is told into a bounded channel, in order. While the channel is full
/// it waits, which holds up no probe: the node then folds news of members and bounds messages, as
/// for any slow hook. When the receiver is dropped, it does nothing any more.
#[derive(Clone, Debug)]
pub struct ChannelDelegate<I, A> {
    sender: async_channel::Sender<Told<I, A>>,
}

impl<I, A> ChannelDelegate<I, A> {
    /// A delegate and the receiver of what it is told. `capacity` entries wait between the two.
    ///
    /// # Panics
    ///
    /// When `capacity` is 0.
    pub fn new(capacity: usize) -> (Self, async_channel::Receiver<Told<I, A>>) {
        let (sender, receiver) = async_channel::bounded(capacity);
        (Self { sender }, receiver)
    }

    async fn tell(&self, told: Told<I, A>) {
        // An error means that nobody listens any more.
        let _ = self.sender.send(told).await;
    }
}

impl<I: Id, A: Address> EventDelegate<I, A> for ChannelDelegate<I, A> {
    async fn notify_join(&self, member: Arc<Member<I, A>>) {
        self.tell(Told::Joined(member)).await;
    }

    async fn notify_leave(&self, member: Arc<Member<I, A>>) {
        self.tell(Told::Left(member)).await;
    }

    async fn notify_update(&self, old: Arc<Member<I, A>>, new: Arc<Member<I, A>>, reason: Reason) {
        self.tell(Told::Updated { old, new, reason }).await;
    }
}

impl<I: Id, A: Address> ConflictDelegate<I, A> for ChannelDelegate<I, A> {
    async fn notify_conflict(&self, existing: Arc<Member<I, A>>, other: Node<I, A>) {
        self.tell(Told::Conflict { existing, other }).await;
    }
}

impl<I: Id, A: Address> NodeDelegate<I, A> for ChannelDelegate<I, A> {
    const BROADCASTS: bool = false;

    async fn notify_message(&self, message: UserMessage<I, A>) {
        self.tell(Told::Message(message)).await;
    }

    async fn merge_remote_state(&self, state: Bytes, join: bool) {
        self.tell(Told::RemoteState { state, join }).await;
    }
}

impl<I: Id, A: Address> PingDelegate<I, A> for ChannelDelegate<I, A> {
    /// Answered probes are too many and worth too little for a channel.
    async fn notify_ping_complete(&self, _: Arc<Member<I, A>>, _: Duration, _: Bytes) {}
}

impl<I: Id, A: Address> AliveDelegate<I, A> for ChannelDelegate<I, A> {}
impl<I: Id, A: Address> MergeDelegate<I, A> for ChannelDelegate<I, A> {}
