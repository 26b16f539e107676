//! What the handle can do, beside reading.

use core::pin::Pin;
use core::task::{Context, Poll};
use core::time::Duration;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::future::FutureExt;

use super::command::{Command, Completion, Done, Input, Pong, Reply};
use super::error::{Down, ForgetError, JoinError, LeaveError, PingError, SendError, UpdateError};
use super::memberlist::Memberlist;
use super::seed::{Joined, Seed};
use super::shared::Shared;
use crate::engine::TooLarge;
use crate::types::limits::STREAM_BYTES_MAX;
use crate::types::{Address, Id, Member, Meta};

/// What is known after a [`leave`](Memberlist::leave).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Left {
    /// 1: a live member is known to have heard it, which ends the wait. 0: nobody else was there.
    pub heard_by: usize,
}

/// What is known after an [`update_meta`](Memberlist::update_meta).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Updated {
    /// 1: a live member is known to have heard it, which ends the wait. 0: nobody else was there,
    /// or this node has left, and tells it when it is back.
    pub heard_by: usize,
}

impl<I: Id, A: Address> Memberlist<I, A> {
    /// Joins the cluster that any of `seeds` belongs to: exchanges everything with all addresses of
    /// all seeds in parallel, `stream_timeout` for each seed. After [`leave`](Self::leave) it makes
    /// this node a member again, and ends a `leave` that still waits as unheard: a node that is to
    /// stay away must not join.
    ///
    /// It is a success if one seed answered; the outcome of each is in [`Joined`]. A seed that is
    /// this node itself is neither a success nor a failure.
    ///
    /// Dropping the future gives up: streams are closed, what has been learned stays known.
    ///
    /// # Errors
    ///
    /// No seed answered, or the node has ended.
    pub async fn join<S: Into<Seed<A>>>(
        &self,
        seeds: impl IntoIterator<Item = S>,
    ) -> Result<Joined<A>, JoinError<A>> {
        let seeds = seeds.into_iter().map(Into::into).collect();
        let joined = self.ask(|reply| Command::Join { seeds, reply }).await?;
        if joined.is_failure() { Err(JoinError::Unreached(joined)) } else { Ok(joined) }
    }

    /// Says goodbye and waits until a live member is known to have heard it, at most `timeout`. The
    /// node stays up, answers pings, and can [`join`](Self::join) again. Alone it is done at once.
    ///
    /// Dropping the future gives up waiting, not leaving.
    ///
    /// # Errors
    ///
    /// Nobody confirmed it in time (the node has left all the same), the node was made to
    /// [`join`](Self::join) again meanwhile, or it has ended.
    pub async fn leave(&self, timeout: Duration) -> Result<Left, LeaveError> {
        let heard = self.ask(|reply| Command::Leave { timeout, reply }).await?;
        heard.map(|heard_by| Left { heard_by }).ok_or(LeaveError::Unheard)
    }

    /// Changes what this node tells about itself and waits until a live member is known to have
    /// heard it, at most `stream_timeout`. Alone, or after [`leave`](Self::leave), it is done at
    /// once.
    ///
    /// Dropping the future gives up waiting, not the change.
    ///
    /// # Errors
    ///
    /// Nobody confirmed it in time, or before a `leave` (the metadata has changed all the same), or
    /// the node has ended.
    pub async fn update_meta(&self, meta: Meta) -> Result<Updated, UpdateError> {
        let heard = self.ask(|reply| Command::UpdateMeta { meta, reply }).await?;
        heard.map(|heard_by| Updated { heard_by }).ok_or(UpdateError::Unheard)
    }

    /// Asks the delegate's `node_meta` hook for metadata, then does as
    /// [`update_meta`](Self::update_meta).
    ///
    /// # Errors
    ///
    /// As `update_meta`, or the hook gave none.
    pub async fn refresh_meta(&self) -> Result<Updated, UpdateError> {
        let heard_by = self.ask(|reply| Command::RefreshMeta { reply }).await??;
        Ok(Updated { heard_by })
    }

    /// Sends `payload` to a member over a stream of its own. `Ok` means that all of it was written.
    ///
    /// Dropping the future gives up; a part may have arrived, which the other side drops.
    ///
    /// # Errors
    ///
    /// See [`SendError`].
    pub async fn send(&self, id: &I, payload: Bytes) -> Result<(), SendError> {
        let to = self.known(id).ok_or_else(|| SendError::Unknown(id.to_string()))?;
        self.send_to(to.address().cheap_clone(), payload).await
    }

    /// As [`send`](Self::send), to an address that need not be a member's.
    ///
    /// # Errors
    ///
    /// See [`SendError`].
    pub async fn send_to(&self, to: A, payload: Bytes) -> Result<(), SendError> {
        if payload.len() > STREAM_BYTES_MAX {
            return Err(TooLarge { len: payload.len(), max: STREAM_BYTES_MAX }.into());
        }
        self.ask(|reply| Command::Send { to, payload, reply }).await?
    }

    /// Sends `payload` to a member in one packet, which may be lost. Cancel safe: once it is queued
    /// it is sent.
    ///
    /// # Errors
    ///
    /// Too large (the error gives the limit), no such member, or the node has ended.
    pub async fn send_packet(&self, id: &I, payload: Bytes) -> Result<(), SendError> {
        let to = self.known(id).ok_or_else(|| SendError::Unknown(id.to_string()))?;
        self.send_packet_to(to.address().cheap_clone(), payload).await
    }

    /// As [`send_packet`](Self::send_packet), to an address that need not be a member's.
    ///
    /// # Errors
    ///
    /// Too large (the error gives the limit), or the node has ended.
    pub async fn send_packet_to(&self, to: A, payload: Bytes) -> Result<(), SendError> {
        Ok(self.ask(|reply| Command::SendPacket { to, payload, reply }).await??)
    }

    /// Pings a member once, with a packet. Suspects nobody. Cancel safe.
    ///
    /// # Errors
    ///
    /// No such member, no answer within `probe_timeout`, or the node has ended.
    pub async fn ping(&self, id: &I) -> Result<Pong, PingError> {
        let member = self.known(id).ok_or_else(|| PingError::Unknown(id.to_string()))?;
        self.ping_as(Some(id.cheap_clone()), member.address().cheap_clone()).await
    }

    /// Pings whoever is at an address. Cancel safe.
    ///
    /// # Errors
    ///
    /// No answer within `probe_timeout`, or the node has ended.
    pub async fn ping_to(&self, address: A) -> Result<Pong, PingError> {
        self.ping_as(None, address).await
    }

    /// Gossips `payload` to every member; returns once it is queued. What comes back tells when
    /// this node has done its part. Cancel safe: once it is queued it is sent.
    ///
    /// # Errors
    ///
    /// Too large for a packet (the error gives the limit), or the node has ended.
    pub async fn broadcast(&self, payload: Bytes) -> Result<Broadcast<I, A>, SendError> {
        self.broadcast_keyed(Bytes::new(), payload).await
    }

    /// As [`broadcast`](Self::broadcast); while an older one with the same `key` still waits in a
    /// queue, here or elsewhere, this one takes its place. An empty key is no key.
    ///
    /// # Errors
    ///
    /// Too large for a packet (the error gives the limit), or the node has ended.
    pub async fn broadcast_keyed(
        &self,
        key: Bytes,
        payload: Bytes,
    ) -> Result<Broadcast<I, A>, SendError> {
        let done = self.ask(|reply| Command::Broadcast { key, payload, reply }).await??;
        Ok(Broadcast { done, shared: Arc::clone(self.shared()) })
    }

    /// Forgets a member that is suspect, dead or left, and tells the others that it has left: for a
    /// name that will not come back. Cancel safe: once asked for, it happens.
    ///
    /// # Errors
    ///
    /// No such member, it is alive or this node itself, or the node has ended.
    pub async fn forget(&self, id: &I) -> Result<(), ForgetError> {
        let reply = |reply| Command::Forget { id: id.cheap_clone(), reply };
        if self.ask(reply).await? {
            return Ok(());
        }
        match self.known(id) {
            Some(_) if *id == *self.local().id() => Err(ForgetError::Itself(id.to_string())),
            Some(_) => Err(ForgetError::Alive(id.to_string())),
            None => Err(ForgetError::Unknown(id.to_string())),
        }
    }

    async fn ping_as(&self, id: Option<I>, address: A) -> Result<Pong, PingError> {
        self.ask(|reply| Command::Ping { id, address, reply }).await?
    }

    fn known(&self, id: &I) -> Option<Arc<Member<I, A>>> {
        self.shared().index.get(id)
    }

    async fn ask<R>(&self, command: impl FnOnce(Reply<R>) -> Command<I, A>) -> Result<R, Down> {
        self.shared().ask(|reply| Input::Command(command(reply))).await
    }
}

/// A broadcast that is queued. Dropping it changes nothing: the broadcast is sent.
#[must_use = "await it to learn when the broadcast is done, or drop it"]
pub struct Broadcast<I: Id, A: Address> {
    done: Done,
    shared: Arc<Shared<I, A>>,
}

impl<I: Id, A: Address> Broadcast<I, A> {
    /// Waits until this node has done its part; the same as awaiting it. Cancel safe: dropping the
    /// future gives up waiting only.
    ///
    /// # Errors
    ///
    /// The node has ended before.
    pub async fn completed(self) -> Result<Completion, Down> {
        self.await
    }
}

impl<I: Id, A: Address> Future for Broadcast<I, A> {
    type Output = Result<Completion, Down>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let done = self.done.poll_unpin(cx);
        done.map(|outcome| outcome.map_err(|_| self.shared.down()))
    }
}

impl<I: Id, A: Address> core::fmt::Debug for Broadcast<I, A> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Broadcast").finish_non_exhaustive()
    }
}
