//! What the handle and the stream tasks ask of the driver.

use core::ops::Range;
use core::time::Duration;
use std::sync::Arc;

use bytes::Bytes;
use futures_channel::oneshot;

use super::error::{PingError, SendError, UpdateError};
use super::seed::{Joined, Seed};
use crate::engine::{Admitted, LocalState, MergeError, Side, StreamError, TooLarge};
use crate::types::Meta;
use crate::wire::{Ack, Ping, RemoteState};

/// Where an answer goes. Dropped unanswered when the node ends.
pub(super) type Reply<T> = oneshot::Sender<T>;

/// The claims of one push/pull.
pub(super) type Claims<I, A> = Arc<Vec<RemoteState<'static, I, A>>>;

/// What reaches the driver beside datagrams and time.
pub(super) enum Input<I, A> {
    /// From a handle.
    Command(Command<I, A>),
    /// From a stream's task.
    Stream(StreamInput<I, A>),
}

impl<I, A> Input<I, A> {
    /// Whether it is a slice of a full exchange: much work at a time.
    pub(super) const fn is_slice(&self) -> bool {
        matches!(self, Self::Stream(StreamInput::Merge { .. }))
    }
}

/// What a handle asks for.
pub(super) enum Command<I, A> {
    Join { seeds: Vec<Seed<A>>, reply: Reply<Joined<A>> },
    Leave { timeout: Duration, reply: Reply<Option<usize>> },
    UpdateMeta { meta: Meta, reply: Reply<Option<usize>> },
    RefreshMeta { reply: Reply<Result<usize, UpdateError>> },
    Ping { id: Option<I>, address: A, reply: Reply<Result<Pong, PingError>> },
    Send { to: A, payload: Bytes, reply: Reply<Result<(), SendError>> },
    SendPacket { to: A, payload: Bytes, reply: Reply<Result<(), TooLarge>> },
    Broadcast { key: Bytes, payload: Bytes, reply: Reply<Result<Done, TooLarge>> },
    Forget { id: I, reply: Reply<bool> },
}

/// Resolves when a broadcast is done.
pub(super) type Done = oneshot::Receiver<Completion>;

/// What a stream's task asks for.
pub(super) enum StreamInput<I, A> {
    LocalState {
        join: bool,
        reply: Reply<LocalState<I, A>>,
    },
    BeginMerge {
        claims: Claims<I, A>,
        from: A,
        side: Side,
        join: bool,
        reply: Reply<Result<Admitted<A>, MergeError>>,
    },
    Merge {
        admitted: Admitted<A>,
        claims: Claims<I, A>,
        slice: Range<usize>,
        reply: Reply<()>,
    },
    EndMerge {
        admitted: Admitted<A>,
        user_state: Bytes,
    },
    Ping {
        ping: Ping<I, A>,
        reply: Reply<Option<Ack<'static>>>,
    },
    Ack {
        ack: Ack<'static>,
    },
    User {
        from: A,
        payload: Bytes,
    },
    Refused {
        from: A,
        error: StreamError,
        front: Bytes,
    },
}

/// An answered ping.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Pong {
    /// From the send to the answer.
    pub round_trip: Duration,
    /// What the other side's `ack_payload` hook added.
    pub payload: Bytes,
}

/// How a broadcast ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Completion {
    /// This node has sent it as often as it does, or nobody is there to hear it.
    Sent,
    /// A newer one with the same key, or a full queue, took its place.
    Replaced,
}
