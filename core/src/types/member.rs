//! A member as this node knows it.

use core::time::Duration;

use super::{Incarnation, Meta, Node, StartId, State, Versions};
use crate::time::Instant;

/// A member as this node knows it: an immutable record, replaced whole when something changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member<I, A> {
    pub(crate) node: Node<I, A>,
    pub(crate) meta: Meta,
    pub(crate) state: State,
    pub(crate) incarnation: Incarnation,
    pub(crate) start: StartId,
    pub(crate) versions: Option<Versions>,
    pub(crate) since: Instant,
    pub(crate) round_trip: Option<Duration>,
}

impl<I, A> Member<I, A> {
    /// Its name.
    pub fn id(&self) -> &I {
        self.node.id()
    }

    /// Where it is reached.
    pub fn address(&self) -> &A {
        self.node.address()
    }

    /// Name and address together.
    pub fn node(&self) -> &Node<I, A> {
        &self.node
    }

    /// What it tells about itself.
    pub fn meta(&self) -> &Meta {
        &self.meta
    }

    /// What this node believes of it: the truth, also for suspect, dead and left ones.
    pub fn state(&self) -> State {
        self.state
    }

    /// The incarnation of the newest claim about it.
    pub fn incarnation(&self) -> Incarnation {
        self.incarnation
    }

    /// Which start of it this is; 0 where the wire format does not tell.
    pub fn start(&self) -> StartId {
        self.start
    }

    /// The versions it announced; `None` if it never did.
    pub fn versions(&self) -> Option<Versions> {
        self.versions
    }

    /// When it came into its present state, on this node's clock.
    pub fn since(&self) -> Instant {
        self.since
    }

    /// Round-trip time of the last directly answered probe; `None` before the first.
    pub fn round_trip(&self) -> Option<Duration> {
        self.round_trip
    }
}
