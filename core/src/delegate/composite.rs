//! A delegate put together from six parts.

use core::future::Future;
use core::time::Duration;
use std::sync::Arc;

use bytes::Bytes;

use super::{
    AliveDelegate, Candidate, ConflictDelegate, EventDelegate, MergeDelegate, NodeDelegate,
    PingDelegate, Reason, Refused, UserMessage, VoidDelegate,
};
use crate::types::{Address, Id, Member, Meta, Node};

/// A delegate put together from parts: each of the six traits is answered by one of them, and by
/// [`VoidDelegate`] where none is given.
///
/// ```
/// use memberlist_core::delegate::{CompositeDelegate, VoidDelegate};
///
/// let delegate = CompositeDelegate::new().with_events(VoidDelegate).with_pings(VoidDelegate);
/// # let _ = delegate;
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct CompositeDelegate<
    Al = VoidDelegate,
    Me = VoidDelegate,
    No = VoidDelegate,
    Ev = VoidDelegate,
    Co = VoidDelegate,
    Pi = VoidDelegate,
> {
    alive: Al,
    merge: Me,
    node: No,
    events: Ev,
    conflicts: Co,
    pings: Pi,
}

impl CompositeDelegate {
    /// Six parts that do nothing.
    pub fn new() -> Self {
        Self::default()
    }
}

macro_rules! with {
    ($(#[$doc:meta])* $with:ident($field:ident: $part:ident) -> [$($out:ident),*] $rest:tt) => {
        $(#[$doc])*
        #[must_use]
        pub fn $with<$part>(self, $field: $part) -> CompositeDelegate<$($out),*> {
            with!(@build self $field $rest)
        }
    };
    (@build $self:ident $field:ident ($($rest:ident),*)) => {
        CompositeDelegate { $field, $($rest: $self.$rest),* }
    };
}

impl<Al, Me, No, Ev, Co, Pi> CompositeDelegate<Al, Me, No, Ev, Co, Pi> {
    with! {
        /// Who decides which claims of being alive are believed.
        with_alive(alive: N) -> [N, Me, No, Ev, Co, Pi] (merge, node, events, conflicts, pings)
    }
    with! {
        /// Who decides which clusters are merged with.
        with_merge(merge: N) -> [Al, N, No, Ev, Co, Pi] (alive, node, events, conflicts, pings)
    }
    with! {
        /// Who has the application's data and hears its messages.
        with_node(node: N) -> [Al, Me, N, Ev, Co, Pi] (alive, merge, events, conflicts, pings)
    }
    with! {
        /// Who hears of members that come, change and go.
        with_events(events: N) -> [Al, Me, No, N, Co, Pi] (alive, merge, node, conflicts, pings)
    }
    with! {
        /// Who hears of two nodes with one name.
        with_conflicts(conflicts: N) -> [Al, Me, No, Ev, N, Pi] (alive, merge, node, events, pings)
    }
    with! {
        /// Who takes part in probes.
        with_pings(pings: N) -> [Al, Me, No, Ev, Co, N] (alive, merge, node, events, conflicts)
    }
}

/// Implements one trait by the part that answers for it; the other parts may be anything.
macro_rules! by_part {
    ($trait:ident, $($all:ident)*; $part:ident { $($body:tt)* }) => {
        impl<I: Id, A: Address, $($all),*> $trait<I, A> for CompositeDelegate<$($all),*>
        where
            $part: $trait<I, A>,
            $($all: Send + Sync + 'static),*
        {
            $($body)*
        }
    };
}

by_part!(AliveDelegate, Al Me No Ev Co Pi; Al {
    fn notify_alive(&self, candidate: &Candidate<'_, I, A>) -> Result<(), Refused> {
        self.alive.notify_alive(candidate)
    }
});

by_part!(MergeDelegate, Al Me No Ev Co Pi; Me {
    fn notify_merge(&self, peers: &[Candidate<'_, I, A>]) -> Result<(), Refused> {
        self.merge.notify_merge(peers)
    }
});

by_part!(NodeDelegate, Al Me No Ev Co Pi; No {
    const BROADCASTS: bool = No::BROADCASTS;

    fn node_meta(&self) -> Option<Meta> {
        self.node.node_meta()
    }

    fn local_state(&self, join: bool) -> Bytes {
        self.node.local_state(join)
    }

    fn broadcast_messages(&self, overhead: usize, limit: usize) -> Vec<Bytes> {
        self.node.broadcast_messages(overhead, limit)
    }

    fn notify_message(&self, message: UserMessage<I, A>) -> impl Future<Output = ()> + Send {
        self.node.notify_message(message)
    }

    fn merge_remote_state(&self, state: Bytes, join: bool) -> impl Future<Output = ()> + Send {
        self.node.merge_remote_state(state, join)
    }
});

by_part!(EventDelegate, Al Me No Ev Co Pi; Ev {
    fn notify_join(&self, member: Arc<Member<I, A>>) -> impl Future<Output = ()> + Send {
        self.events.notify_join(member)
    }

    fn notify_leave(&self, member: Arc<Member<I, A>>) -> impl Future<Output = ()> + Send {
        self.events.notify_leave(member)
    }

    fn notify_update(
        &self,
        old: Arc<Member<I, A>>,
        new: Arc<Member<I, A>>,
        reason: Reason,
    ) -> impl Future<Output = ()> + Send {
        self.events.notify_update(old, new, reason)
    }
});

by_part!(ConflictDelegate, Al Me No Ev Co Pi; Co {
    fn notify_conflict(
        &self,
        existing: Arc<Member<I, A>>,
        other: Node<I, A>,
    ) -> impl Future<Output = ()> + Send {
        self.conflicts.notify_conflict(existing, other)
    }
});

by_part!(PingDelegate, Al Me No Ev Co Pi; Pi {
    const COMPLETIONS: bool = Pi::COMPLETIONS;

    fn ack_payload(&self) -> Bytes {
        self.pings.ack_payload()
    }

    fn disable_reliable_pings(&self, id: &I) -> bool {
        self.pings.disable_reliable_pings(id)
    }

    fn notify_ping_complete(
        &self,
        member: Arc<Member<I, A>>,
        round_trip: Duration,
        payload: Bytes,
    ) -> impl Future<Output = ()> + Send {
        self.pings.notify_ping_complete(member, round_trip, payload)
    }
});

#[cfg(test)]
mod tests {
    use super::*;
    use crate::delegate::Delegate;

    struct Greets;

    impl<I: Id, A: Address> NodeDelegate<I, A> for Greets {
        fn local_state(&self, _join: bool) -> Bytes {
            Bytes::from_static(b"hello")
        }
    }

    fn local_state(delegate: &impl Delegate<u64, u64>) -> Bytes {
        delegate.local_state(true)
    }

    #[test]
    fn each_trait_is_answered_by_its_part() {
        assert_eq!(local_state(&CompositeDelegate::new().with_node(Greets)), "hello");
        assert_eq!(local_state(&CompositeDelegate::new()), "");
    }
}
