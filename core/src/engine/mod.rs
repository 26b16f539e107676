//! Bytes in, bytes out: frame, wire, asked hooks and the machine together, still without I/O.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]
#![allow(missing_docs, unused_variables, clippy::needless_pass_by_value)]

use core::marker::PhantomData;
use std::sync::Arc;

use bytes::Bytes;

use crate::config::Config;
use crate::delegate::{Delegate, UserMessage};
use crate::swim::{Action, Event, Token};
use crate::time::Instant;
use crate::types::{Address, Cidrs, Id, Label, Member, Meta, Node, StartId};
use crate::wire::{Ack, Ping, PushPull, RemoteState, StreamMessage, Wire};

/// What an engine is built from.
pub struct Setup<I, A> {
    pub config: Config,
    pub node: Node<I, A>,
    pub meta: Meta,
    pub start: StartId,
    pub label: Label,
    /// Addresses that claims may name.
    pub allowed: Cidrs,
    /// CRC-32 on packets.
    pub checksum: bool,
    /// Bytes of the largest datagram that the transport carries.
    pub max_datagram: usize,
    pub seed: u64,
}

/// Why an engine cannot be built.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SetupError {
    #[error("the advertised address {0} cannot be reached by others")]
    Unreachable(String),
    #[error("the id is {0} bytes on the wire: 1 to 255 are allowed")]
    Id(usize),
    #[error("the delegate refused this node itself: {0}")]
    Refused(String),
    #[error("packet_size is {packet_size}, the transport carries {max_datagram}")]
    PacketSize { packet_size: usize, max_datagram: usize },
}

/// A payload that fits no packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{len} bytes do not fit a packet: {max} do")]
pub struct TooLarge {
    pub len: usize,
    pub max: usize,
}

/// Why a push/pull was not merged. Nothing has changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MergeError {
    #[error("protocol versions do not fit: {0}")]
    Versions(String),
    #[error("refused by the application: {0}")]
    Refused(String),
}

/// What can be told besides the machine's events.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Notice<I, A> {
    /// Something happened in the machine (broadcasts excepted: they come as `Message`).
    Machine(Event<I, A>),
    /// The application was sent something.
    Message(UserMessage<I, A>),
    /// The other side of a push/pull added this.
    RemoteState { state: Bytes, join: bool },
}

/// The synchronous piece that the driver and the simulator run. Mutate once, then drain:
/// after each `handle_*` or command call `poll_datagram`, `poll_action` and `poll_notice` until all
/// give `None`; then sleep until `poll_timeout` or input.
pub struct Engine<I, A, W, D> {
    delegate: Arc<D>,
    p: PhantomData<fn() -> (I, A, W)>,
}

impl<I: Id, A: Address, W: Wire<I, A>, D: Delegate<I, A>> Engine<I, A, W, D> {
    pub fn new(setup: Setup<I, A>, delegate: Arc<D>, now: Instant) -> Result<Self, SetupError> {
        todo!()
    }

    // Input.
    pub fn handle_datagram(&mut self, now: Instant, from: A, datagram: &[u8]) {
        todo!()
    }
    pub fn handle_timeout(&mut self, now: Instant) {
        todo!()
    }

    // Streams: the caller moves bytes with a `StreamCodec`, the engine sees messages.
    /// What this node would say in a push/pull now: encode it outside with `LocalState::message`.
    pub fn local_state(&mut self, join: bool) -> LocalState<I, A> {
        todo!()
    }
    /// May it in? Versions, then the merge hook (on a join). Then call `merge` slice by slice, then `end_merge`.
    pub fn begin_merge(
        &mut self,
        states: &[RemoteState<'_, I, A>],
        join: bool,
    ) -> Result<(), MergeError> {
        todo!()
    }
    pub fn merge(&mut self, now: Instant, from: Option<&A>, states: &[RemoteState<'_, I, A>]) {
        todo!()
    }
    pub fn end_merge(&mut self, user_state: Bytes, join: bool) {
        todo!()
    }
    /// The answer to a ping that came over a stream; `None` if another node is meant.
    pub fn handle_stream_ping(&mut self, ping: &Ping<I, A>) -> Option<Ack<'static>> {
        todo!()
    }
    /// A stream ping that the machine asked for was answered.
    pub fn handle_stream_ack(&mut self, now: Instant, ack: &Ack<'_>) {
        todo!()
    }
    pub fn handle_stream_user(&mut self, from: A, payload: Bytes) {
        todo!()
    }

    // Commands. Each `token` ends in exactly one `Action::Complete`, unless it is cancelled first.
    pub fn ping(&mut self, now: Instant, token: Token, id: Option<I>, address: A) {
        todo!()
    }
    pub fn send_packet(&mut self, to: A, payload: &[u8]) -> Result<(), TooLarge> {
        todo!()
    }
    pub fn broadcast(
        &mut self,
        now: Instant,
        token: Token,
        key: Bytes,
        payload: Bytes,
    ) -> Result<(), TooLarge> {
        todo!()
    }
    pub fn update_meta(&mut self, now: Instant, token: Token, meta: Meta) {
        todo!()
    }
    /// Asks the `node_meta` hook; `None`: it gave none.
    pub fn refreshed_meta(&mut self) -> Option<Meta> {
        todo!()
    }
    pub fn leave(&mut self, now: Instant, token: Token) {
        todo!()
    }
    /// After `leave`: alive again with a higher incarnation. Called before a join; no-op when not left.
    pub fn rejoin(&mut self, now: Instant) {
        todo!()
    }
    /// Declares a member that is gone or suspect left and forgets it; false if it is unknown or alive.
    pub fn forget(&mut self, now: Instant, id: &I) -> bool {
        todo!()
    }
    pub fn cancel(&mut self, token: Token) {
        todo!()
    }

    // Output.
    /// Writes the next datagram into `out` (cleared first) and says where it goes.
    pub fn poll_datagram(&mut self, now: Instant, out: &mut Vec<u8>) -> Option<A> {
        todo!()
    }
    pub fn poll_action(&mut self) -> Option<Action<I, A>> {
        todo!()
    }
    pub fn poll_notice(&mut self) -> Option<Notice<I, A>> {
        todo!()
    }
    pub fn poll_timeout(&self) -> Option<Instant> {
        todo!()
    }

    // Reads.
    pub fn local(&self) -> &Arc<Member<I, A>> {
        todo!()
    }
    pub fn health(&self) -> u32 {
        todo!()
    }
    /// Counters and queue lengths by name, for `stats`.
    pub fn stats(&self) -> Vec<(&'static str, u64)> {
        todo!()
    }
    /// A stream problem to be counted: a name of `stats` such as "stream_refused".
    pub fn count(&mut self, name: &'static str) {
        todo!()
    }
    /// What a stream task needs to turn bytes into messages and back. Cheap to clone.
    pub fn stream_codec(&self) -> StreamCodec<I, A, W> {
        todo!()
    }
}

/// A snapshot of everything this node knows, taken in O(members) pointer copies.
pub struct LocalState<I, A> {
    pub members: Vec<Arc<Member<I, A>>>,
    pub user_state: Bytes,
    pub join: bool,
}

impl<I: Id, A: Address> LocalState<I, A> {
    pub fn message(&self) -> PushPull<'_, I, A> {
        PushPull {
            join: self.join,
            states: self.members.iter().map(|m| RemoteState::from(&**m)).collect(),
            user_state: (&self.user_state[..]).into(),
        }
    }
}

/// Frames and messages of one stream, without the engine.
pub struct StreamCodec<I, A, W> {
    p: PhantomData<fn() -> (I, A, W)>,
}

impl<I, A, W> Clone for StreamCodec<I, A, W> {
    fn clone(&self) -> Self {
        Self { p: PhantomData }
    }
}

/// Why bytes of a stream are not taken. The stream is to be closed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StreamError {
    #[error("{0}")]
    Frame(String),
    #[error("the peer answered: {0}")]
    Remote(String),
}

impl<I: Id, A: Address, W: Wire<I, A>> StreamCodec<I, A, W> {
    /// The bytes to write for one message. `dialled`: this side opened the stream (the label leads).
    pub fn seal(
        &self,
        message: &StreamMessage<'_, I, A>,
        dialled: bool,
    ) -> Result<Vec<u8>, StreamError> {
        todo!()
    }
    /// Looks at what has arrived so far: `Ok(None)` if more is needed. `dialled` as in `seal`, i.e. whether
    /// *this* side dialled (then no label comes back).
    pub fn open<'a>(
        &self,
        buffer: &'a [u8],
        dialled: bool,
    ) -> Result<Option<StreamMessage<'a, I, A>>, StreamError> {
        todo!()
    }
    /// Bytes that are worth waiting for before `open` is called again, at least 1.
    pub fn wants(&self, buffer: &[u8], dialled: bool) -> usize {
        todo!()
    }
}
