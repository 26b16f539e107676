//! What the application is to be told.

use bytes::Bytes;

use crate::delegate::{Plane, UserMessage};
use crate::swim::Event;
use crate::types::CheapClone;

/// What the application is to be told.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Notice<I, A> {
    /// Something happened in the machine. Broadcasts excepted: they come as `Message`.
    Machine(Event<I, A>),
    /// The application was sent something.
    Message(UserMessage<I, A>),
    /// The other side of a push/pull added this. Never empty.
    RemoteState {
        /// The other application's bytes.
        state: Bytes,
        /// Whether the push/pull was a join.
        join: bool,
    },
}

impl<I, A: CheapClone> Notice<I, A> {
    /// `from`: who passed the event on, if it is a broadcast.
    pub(super) fn of_event(event: Event<I, A>, from: Option<&A>) -> Self {
        let Event::Broadcast { origin, payload } = event else {
            return Self::Machine(event);
        };
        Self::Message(UserMessage {
            payload,
            sender: Some(origin),
            address: from.map(A::cheap_clone),
            plane: Plane::Broadcast,
        })
    }
}
