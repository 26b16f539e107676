//! A packet on its way out: whom it is for, what it must say, and what may ride along.

use smallvec::{SmallVec, smallvec};

use super::members::Slot;
use crate::wire::Message;

/// What may be added to a packet until it is full.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fill {
    /// Nothing.
    Nothing,
    /// Gossip that fits beside the message.
    Piggyback,
    /// A packet of nothing but gossip; without anything to say it is not sent.
    Gossip {
        /// Only what was queued as this item or later: eager gossip sends what is new, repeats wait
        /// for the tick.
        from: u64,
    },
}

/// A packet on its way out. What fills it is decided when it leaves, not when it is put here.
#[derive(Clone, Debug)]
pub struct Transmit<I, A> {
    /// Where it goes.
    pub to: A,
    /// What it must say, in this order.
    pub messages: SmallVec<[Message<'static, I, A>; 1]>,
    /// What may be added.
    pub fill: Fill,
    pub(super) slot: Option<Slot>,
}

impl<I, A> Transmit<I, A> {
    /// A packet that carries one message.
    pub(super) fn message(
        to: A,
        slot: Option<Slot>,
        message: Message<'static, I, A>,
        fill: Fill,
    ) -> Self {
        Self { to, slot, messages: smallvec![message], fill }
    }

    /// A packet of two messages that must arrive together, and nothing else.
    pub(super) fn pair(to: A, slot: Slot, pair: [Message<'static, I, A>; 2]) -> Self {
        Self { to, slot: Some(slot), messages: SmallVec::from_iter(pair), fill: Fill::Nothing }
    }

    /// A packet of gossip.
    pub(super) fn gossip(to: A, slot: Slot, from: u64) -> Self {
        Self { to, slot: Some(slot), messages: SmallVec::new(), fill: Fill::Gossip { from } }
    }
}
