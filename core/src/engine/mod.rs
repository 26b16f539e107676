//! Bytes in, bytes out: frame, wire, asked hooks and the machine together, still without I/O.
//!
//! ```text
//!               label, key, checksum,             CIDR list,
//!               compounds                         notify_alive
//! datagram ──► Framer::open ──► Wire::decode ──► may it in? ──┐
//!                                                             ▼
//!                           Action (streams, commands) ◄──── Swim ────► Notice (to be told)
//!                                                             │
//! datagram ◄── Framer::seal ◄── Wire::encode ◄── fill up ◄────┘
//!                                                with user data and gossip
//! ```
//!
//! [`Engine`] is what both the async driver and the simulator run. It has no clock, no socket and
//! no task: time and seed are arguments. Of the application it calls the *asked* hooks only,
//! plainly and at once; whoever builds it wraps the delegate if a slow or panicking hook must not
//! hurt.
//!
//! | file | what it does |
//! |---|---|
//! | `setup` | what an engine is built from, and what is checked before it starts |
//! | `inbox` | datagrams to the machine |
//! | `refused`, `watch` | counts what is wrong; says now and then who does not belong here |
//! | `admission` | may a claim in? |
//! | `outbox` | the machine to datagrams |
//! | `packer` | what one packet says, and what fits it |
//! | `exchange` | streams: push/pull, ping, user message, once they are messages |
//! | `stream` | streams: bytes to messages and back, outside the engine |
//! | `commands` | what the handle asks for |

#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

mod admission;
mod commands;
mod counters;
mod error;
mod exchange;
mod inbox;
mod notice;
mod outbox;
mod packer;
mod refused;
mod room;
mod setup;
mod stream;
#[cfg(test)]
mod tests;
mod watch;

use core::marker::PhantomData;
use std::collections::VecDeque;
use std::sync::Arc;

use crate::delegate::Delegate;
use crate::frame::{Framer, Scratch};
use crate::swim::{Action, Swim};
use crate::time::Instant;
use crate::types::{Address, Id, Member};
use crate::wire::Wire;

use self::admission::Admission;
use self::counters::Counters;
use self::packer::Packer;
use self::watch::Watch;

pub use error::{MergeError, SetupError, TooLarge};
pub use exchange::{Admitted, LocalState, Side};
pub use notice::Notice;
pub use setup::Setup;
pub use stream::{StreamCodec, StreamError};

/// The synchronous piece that the driver and the simulator run.
///
/// Mutate once, then drain: after each `handle_*`, merge or command call [`poll_datagram`], then
/// [`poll_action`] and [`poll_notice`], until all give `None`; then sleep until [`poll_timeout`] or
/// input.
///
/// [`poll_datagram`]: Engine::poll_datagram
/// [`poll_action`]: Engine::poll_action
/// [`poll_notice`]: Engine::poll_notice
/// [`poll_timeout`]: Engine::poll_timeout
pub struct Engine<I, A, W, D> {
    swim: Swim<I, A>,
    delegate: Arc<D>,
    framer: Framer,
    /// Room for what packets are decrypted and inflated into.
    scratch: Scratch,
    labels: Watch,
    keys: Watch,
    admission: Admission,
    packer: Packer,
    notices: VecDeque<Notice<I, A>>,
    counters: Counters,
    wire: PhantomData<fn() -> W>,
}

impl<I: Id, A: Address, W: Wire<I, A>, D: Delegate<I, A>> Engine<I, A, W, D> {
    /// Fires what is due at `now`.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.swim.handle_timeout(now);
    }

    /// What is to be done with streams, or which command has come to its end.
    pub fn poll_action(&mut self) -> Option<Action<I, A>> {
        loop {
            match self.swim.poll_action()? {
                Action::StreamPing { to, .. } if self.delegate.disable_reliable_pings(to.id()) => {
                    self.counters.count(counters::STREAM_PING_DISABLED);
                }
                action => return Some(action),
            }
        }
    }

    /// What the application is to be told, in the order in which it happened.
    pub fn poll_notice(&mut self) -> Option<Notice<I, A>> {
        let next = self.notices.pop_front();
        next.or_else(|| Some(Notice::of_event(self.swim.poll_event()?, None)))
    }

    /// When [`handle_timeout`](Engine::handle_timeout) is due next.
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.swim.poll_timeout()
    }

    /// Sends block from now on: see [`Swim::hold`].
    pub fn hold(&mut self) {
        self.swim.hold();
    }

    /// Sends go through again: see [`Swim::release`].
    pub fn release(&mut self, now: Instant) {
        self.swim.release(now);
    }

    /// All members in any state, this node among them.
    pub fn members(&self) -> impl Iterator<Item = &Arc<Member<I, A>>> {
        self.swim.members()
    }

    /// The member of this name, in any state.
    pub fn member(&self, id: &I) -> Option<&Arc<Member<I, A>>> {
        self.swim.member(id)
    }

    /// This node as it tells others.
    pub fn local(&self) -> &Arc<Member<I, A>> {
        self.swim.local()
    }

    /// The local health score (Lifeguard, LHA-Probe): 0 is healthy.
    pub fn health(&self) -> u32 {
        self.swim.health()
    }

    /// Counters and queue lengths by name. What was dropped is counted under the name of the
    /// reason; a reason that never came up is not listed.
    pub fn stats(&self) -> impl Iterator<Item = (&'static str, u64)> + '_ {
        self.swim.stats().chain(self.counters.iter())
    }

    /// What a stream task needs to turn bytes into messages and back: one for each stream.
    pub fn stream_codec(&self) -> StreamCodec<I, A, W> {
        StreamCodec::new(self.framer.clone())
    }

    /// Moves the machine's events behind the notices that wait. `from`: who passed on a broadcast
    /// that is among them.
    fn collect_events(&mut self, from: Option<&A>) {
        while let Some(event) = self.swim.poll_event() {
            self.notices.push_back(Notice::of_event(event, from));
        }
    }
}
