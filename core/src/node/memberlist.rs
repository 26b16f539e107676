//! The handle.

use core::fmt;
use core::net::SocketAddr;
use core::sync::atomic::Ordering;
use std::sync::{Arc, Weak};

use smol_str::SmolStr;

use super::error::Down;
use super::events::Events;
use super::fold::EventKinds;
use super::shared::Shared;
use super::stats::Stats;
use crate::frame::{Encryption, EncryptionStatus};
use crate::time::Instant;
use crate::types::{Address, Id, Member};

/// One node of a cluster: cheap to clone, usable from every thread and from every hook.
///
/// Its type carries only ids and addresses: transport, wire format, runtime and delegate are
/// choices of the [`Builder`](super::Builder). Reads are synchronous, never wait for input, output
/// or a hook, and see every change that an event was told of. When the last clone is dropped the
/// node is shut down, as by [`shutdown`](Self::shutdown), but without waiting for it.
pub struct Memberlist<I: Id = SmolStr, A: Address = SocketAddr> {
    live: Arc<Live<I, A>>,
}

/// Shuts the node down when the last handle is gone.
pub(super) struct Live<I: Id, A: Address> {
    shared: Arc<Shared<I, A>>,
}

impl<I: Id, A: Address> Drop for Live<I, A> {
    fn drop(&mut self) {
        self.shared.stop.raise();
    }
}

/// A handle that does not keep the node alive: what a delegate holds.
pub struct WeakMemberlist<I: Id = SmolStr, A: Address = SocketAddr> {
    live: Weak<Live<I, A>>,
}

impl<I: Id, A: Address> WeakMemberlist<I, A> {
    /// A full handle, if there still is one somewhere.
    pub fn upgrade(&self) -> Option<Memberlist<I, A>> {
        self.live.upgrade().map(|live| Memberlist { live })
    }
}

impl<I: Id, A: Address> Memberlist<I, A> {
    pub(super) fn new(shared: Arc<Shared<I, A>>) -> Self {
        Self { live: Arc::new(Live { shared }) }
    }

    pub(super) fn shared(&self) -> &Arc<Shared<I, A>> {
        &self.live.shared
    }

    /// Members that are alive or suspect, this node among them until it leaves; in no order.
    pub fn members(&self) -> Vec<Arc<Member<I, A>>> {
        self.shared().index.live()
    }

    /// Everybody who is known, in any state, until the dead and the left are forgotten; in no
    /// order.
    pub fn all_members(&self) -> Vec<Arc<Member<I, A>>> {
        self.shared().index.all()
    }

    /// The member of that name, in any state.
    pub fn member(&self, id: &I) -> Option<Arc<Member<I, A>>> {
        self.shared().index.get(id)
    }

    /// This node as the others see it.
    pub fn local(&self) -> Arc<Member<I, A>> {
        self.shared().index.local()
    }

    /// How many members are alive or suspect.
    pub fn num_members(&self) -> usize {
        self.shared().index.live_count()
    }

    /// The local health score (Lifeguard, LHA-Probe): 0 is healthy, more means that this node
    /// itself is slow.
    pub fn health(&self) -> u32 {
        self.shared().health.load(Ordering::Relaxed)
    }

    /// All counters and queue lengths by name. What the engine and the transport count is as of
    /// about the node's last wake-up.
    pub fn stats(&self) -> Stats {
        self.shared().stats()
    }

    /// What others are told: where this node is reached.
    pub fn advertised(&self) -> &A {
        &self.shared().advertised
    }

    /// How this node encrypts, to change its keys or what it insists on; `None` if it was started
    /// without.
    pub fn encryption(&self) -> Option<&Encryption> {
        self.shared().encryption.as_ref()
    }

    /// What this node does about encryption now.
    pub fn encryption_status(&self) -> EncryptionStatus {
        self.encryption().map_or(EncryptionStatus::NONE, Encryption::status)
    }

    /// The node's clock, for comparison with [`Member::since`].
    pub fn now(&self) -> Instant {
        self.shared().now()
    }

    /// A stream of the members that come, change and go from now on. To lose nothing, call this
    /// first and read [`members`](Self::members) after it; what changes in between is then seen
    /// twice.
    pub fn events(&self) -> Events<I, A> {
        self.events_with(EventKinds::default())
    }

    /// As [`events`](Self::events), with more kinds.
    pub fn events_with(&self, kinds: EventKinds) -> Events<I, A> {
        self.shared().feed.subscribe(kinds)
    }

    /// Waits until `holds` is true of [`members`](Self::members). It is called at once and after
    /// each change. Waits without limit: bound it with your runtime's time-out. Cancel safe.
    ///
    /// # Errors
    ///
    /// The node has ended.
    pub async fn wait_for(
        &self,
        mut holds: impl FnMut(&[Arc<Member<I, A>>]) -> bool,
    ) -> Result<(), Down> {
        let mut events = self.events_with(EventKinds::all());
        while !holds(&self.members()) {
            events.next().await.ok_or_else(|| self.shared().down())?;
            while events.try_next().is_some() {}
        }
        Ok(())
    }

    /// Ends the node: nothing is sent, received or told any more, and every call that waits ends
    /// with an error. When this returns, the ports are free. It does not leave the cluster: the
    /// others find out by the silence, unless [`leave`](Self::leave) came first. A hook that is
    /// running is left to finish, and not waited for, so a hook may call this.
    ///
    /// Idempotent. Cancel safe: the node ends even if nobody waits for it.
    pub async fn shutdown(&self) {
        self.shared().stop.raise();
        self.shared().ended.raised().await;
    }

    /// Whether the node has been told to end, or has ended.
    pub fn is_shutdown(&self) -> bool {
        self.shared().stop.is_raised()
    }

    /// A handle that does not keep the node alive.
    pub fn downgrade(&self) -> WeakMemberlist<I, A> {
        WeakMemberlist { live: Arc::downgrade(&self.live) }
    }
}

impl<I: Id, A: Address> Clone for Memberlist<I, A> {
    fn clone(&self) -> Self {
        Self { live: Arc::clone(&self.live) }
    }
}

impl<I: Id, A: Address> Clone for WeakMemberlist<I, A> {
    fn clone(&self) -> Self {
        Self { live: Weak::clone(&self.live) }
    }
}

impl<I: Id, A: Address> fmt::Debug for Memberlist<I, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let local = self.local();
        f.debug_struct("Memberlist")
            .field("id", local.id())
            .field("address", local.address())
            .field("members", &self.num_members())
            .finish_non_exhaustive()
    }
}

impl<I: Id, A: Address> fmt::Debug for WeakMemberlist<I, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WeakMemberlist").finish_non_exhaustive()
    }
}
