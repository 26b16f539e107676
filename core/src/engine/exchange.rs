//! Streams, once they are messages: push/pull, ping, user message.

use std::sync::Arc;

use bytes::Bytes;

use super::admission::candidates;
use super::counters::{
    LOCAL_STATE_TOO_LARGE, REFUSED_MERGE, REFUSED_VERSIONS, STREAM_PING_FOREIGN,
};
use super::{Engine, MergeError, Notice};
use crate::delegate::{Delegate, Plane, UserMessage};
use crate::time::Instant;
use crate::types::limits::STREAM_BYTES_MAX;
use crate::types::{Address, Id, Member, State};
use crate::wire::{Ack, Ping, PushPull, RemoteState, Wire};

/// Everything that this node knows, as a list of shared records: O(members) to take, and encoded
/// outside the engine.
#[derive(Clone, Debug)]
pub struct LocalState<I, A> {
    /// All members in any state, this node among them.
    pub members: Vec<Arc<Member<I, A>>>,
    /// What the application adds.
    pub user_state: Bytes,
    /// Whether the one that dialled is joining.
    pub join: bool,
}

/// Who opened the stream of a full exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// This node.
    Dialled,
    /// The other one.
    Accepted,
}

/// A full exchange that may be merged. Only [`Engine::begin_merge`] makes one.
#[derive(Clone, Copy, Debug)]
pub struct Admitted<A> {
    from: A,
    join: bool,
    /// This node is a newcomer: what it hears is no news to those whom it heard it from.
    muted: bool,
}

impl<I: Id, A: Address> LocalState<I, A> {
    /// What goes over the stream.
    pub fn message(&self) -> PushPull<'_, I, A> {
        PushPull {
            join: self.join,
            states: self.members.iter().map(|member| RemoteState::from(&**member)).collect(),
            user_state: (&self.user_state[..]).into(),
        }
    }
}

impl<I: Id, A: Address, W: Wire<I, A>, D: Delegate<I, A>> Engine<I, A, W, D> {
    /// What this node would say in a push/pull now. Asks the `local_state` hook.
    pub fn local_state(&mut self, join: bool) -> LocalState<I, A> {
        let mut user_state = self.delegate.local_state(join);
        if user_state.len() > STREAM_BYTES_MAX {
            self.counters.count(LOCAL_STATE_TOO_LARGE);
            user_state = Bytes::new();
        }
        LocalState { members: self.swim.members().cloned().collect(), user_state, join }
    }

    /// May it in? Versions first, then, on a join, the merge hook. If it may, call
    /// [`merge`](Engine::merge) slice by slice, then [`end_merge`](Engine::end_merge).
    ///
    /// # Errors
    ///
    /// The versions do not fit, or the application refuses. Nothing has changed.
    pub fn begin_merge(
        &mut self,
        from: A,
        side: Side,
        states: &[RemoteState<'_, I, A>],
        join: bool,
    ) -> Result<Admitted<A>, MergeError> {
        if let Err(whose) = self.swim.check_versions(states) {
            self.counters.count(REFUSED_VERSIONS);
            return Err(MergeError::Versions(whose));
        }
        if join {
            self.delegate.notify_merge(&candidates(states)).map_err(|refused| {
                self.counters.count(REFUSED_MERGE);
                MergeError::Refused(refused.0)
            })?;
        }
        let muted = self.swim.greet(&from, join && side == Side::Dialled);
        Ok(Admitted { from, join, muted })
    }

    /// Takes in some of the members that `from` knows, at most
    /// [`MERGE_SLICE`](crate::types::limits::MERGE_SLICE) at a time so that no probe has to wait.
    pub fn merge(
        &mut self,
        now: Instant,
        admitted: &Admitted<A>,
        states: &[RemoteState<'_, I, A>],
    ) {
        for state in states {
            // Only a claim to be alive can bring in a member or an address.
            if state.state != State::Alive || self.admits(&admitted.from, &state.claim) {
                self.swim.handle_remote_state(now, state, admitted.muted);
            }
        }
    }

    /// All members are in: what is left is what the other application added.
    pub fn end_merge(&mut self, now: Instant, admitted: &Admitted<A>, user_state: Bytes) {
        let join = admitted.join;
        self.swim.handle_merged(now, &admitted.from);
        if !user_state.is_empty() {
            self.collect_events(None);
            self.notices.push_back(Notice::RemoteState { state: user_state, join });
        }
    }

    /// The answer to a ping that came over a stream; `None` if another node is meant.
    pub fn handle_stream_ping(&mut self, ping: &Ping<I, A>) -> Option<Ack<'static>> {
        if !self.is_meant(ping) {
            self.counters.count(STREAM_PING_FOREIGN);
            return None;
        }
        Some(Ack { seq: ping.seq, payload: (&[][..]).into() })
    }

    /// A stream ping that [`Action::StreamPing`](crate::swim::Action::StreamPing) asked for was
    /// answered.
    pub fn handle_stream_ack(&mut self, now: Instant, ack: &Ack<'_>) {
        self.swim.handle_stream_ack(now, ack.seq);
    }

    /// A message of the application came over a stream that `from` opened.
    pub fn handle_stream_user(&mut self, from: A, payload: Bytes) {
        let (sender, address) = (None, Some(from));
        self.deliver(UserMessage { payload, sender, address, plane: Plane::Stream });
    }
}
