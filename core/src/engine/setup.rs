//! What an engine is built from, and what is checked before it starts.

use core::marker::PhantomData;
use std::borrow::Cow;
use std::collections::VecDeque;
use std::sync::Arc;

use super::admission::Admission;
use super::counters::Counters;
use super::packer::Packer;
use super::watch::Watch;
use super::{Engine, SetupError};
use crate::config::Config;
use crate::delegate::Delegate;
use crate::frame::{Framer, Layers, Scratch, overhead};
use crate::swim::{self, Swim};
use crate::time::Instant;
use crate::types::limits::{ID_BYTES_MAX, META_BYTES_MAX};
use crate::types::{
    Address, Cidrs, Id, Incarnation, Meta, Node, SequenceNumber, StartId, State, Versions,
};
use crate::wire::{Alive, DecodeError, Message, Ping, Wire};

/// What an engine is built from.
#[derive(Clone, Debug)]
pub struct Setup<I, A> {
    /// The protocol's knobs.
    pub config: Config,
    /// This node's name, and where others reach it.
    pub node: Node<I, A>,
    /// What it tells about itself, unless the `node_meta` hook gives something.
    pub meta: Meta,
    /// Which start of the node this is: drawn at random, not 0.
    pub start: StartId,
    /// Addresses that claims may name, and that answers may go to.
    pub allowed: Cidrs,
    /// What goes around what this node sends: label, checksum, compression, encryption.
    pub layers: Layers,
    /// Bytes of the largest datagram that the transport carries.
    pub max_datagram: usize,
    /// Seeds every choice that is made at random: one seed gives one run.
    pub seed: u64,
}

impl<I: Id, A: Address> Setup<I, A> {
    fn packet_size(&self) -> usize {
        self.config.packet_size.min(self.max_datagram)
    }

    fn check<W: Wire<I, A>>(&self, framer: &Framer) -> Result<(), SetupError> {
        self.check_layers::<W>()?;
        let id_len = W::id_len(self.node.id());
        self.check_id(id_len)?;
        self.check_address()?;
        let mut messages = Vec::new();
        W::encode(&Message::Alive(self.largest_claim()), &mut messages);
        self.check_readable(W::decode(&messages))?;
        W::encode(&Message::Ping(self.largest_ping()), &mut messages);
        // The one who is pinged may have a longer id, and then one more byte for its length.
        let bytes = messages.len() + ID_BYTES_MAX - id_len + 1;
        self.check_fits(framer.overhead() + overhead::packed(2, bytes))
    }

    /// What peers could not read is not started with.
    fn check_layers<W: Wire<I, A>>(&self) -> Result<(), SetupError> {
        if let Some(name) = self.layers.not_built_in() {
            return Err(SetupError::NotBuiltIn(name));
        }
        match self.layers.beyond_go() {
            Some(name) if W::GO_ALGORITHMS_ONLY => {
                Err(SetupError::BeyondGo { wire: W::NAME, name })
            }
            _ => Ok(()),
        }
    }

    fn check_id(&self, len: usize) -> Result<(), SetupError> {
        match len {
            1..=ID_BYTES_MAX => Ok(()),
            _ => Err(SetupError::Id(len)),
        }
    }

    fn check_address(&self) -> Result<(), SetupError> {
        let address = self.node.address();
        if !address.is_reachable() {
            return Err(SetupError::Unreachable(address.to_string()));
        }
        match Admission::new(self.allowed.clone()).allows(address) {
            true => Ok(()),
            false => Err(SetupError::NotAllowed(address.to_string())),
        }
    }

    /// The longest `alive` that this node can ever send.
    fn largest_claim(&self) -> Alive<'static, I, A> {
        Alive {
            incarnation: Incarnation::new(u32::MAX),
            node: self.node.clone(),
            meta: Cow::Borrowed(&[0; META_BYTES_MAX]),
            versions: Some(Versions::from_bytes([u8::MAX; 6])),
            start: StartId::new(u32::MAX),
        }
    }

    /// New metadata travels with a ping, whose ack proves that it was heard. No packet that the
    /// machine makes must be larger than these two.
    fn largest_ping(&self) -> Ping<I, A> {
        let (id, address) = (self.node.id(), self.node.address());
        Ping {
            seq: SequenceNumber::new(u32::MAX),
            target: Some(id.cheap_clone()),
            source: Some(id.cheap_clone()),
            reply_to: Some(address.cheap_clone()),
        }
    }

    fn check_readable(
        &self,
        decoded: Result<Message<'_, I, A>, DecodeError>,
    ) -> Result<(), SetupError> {
        let unreadable = |reason: String| Err(SetupError::Unreadable(reason));
        match decoded {
            Ok(Message::Alive(alive)) if self.is_self(&alive.node) => Ok(()),
            Ok(Message::Alive(alive)) => unreadable(format!("it comes back as {}", alive.node)),
            Ok(_) => unreadable("it comes back as another message".into()),
            Err(error) => unreadable(error.to_string()),
        }
    }

    fn is_self(&self, node: &Node<I, A>) -> bool {
        node.id() == self.node.id() && node.address().same_place(self.node.address())
    }

    fn check_fits(&self, needed: usize) -> Result<(), SetupError> {
        if needed <= self.packet_size() {
            return Ok(());
        }
        let (packet_size, max_datagram) = (self.config.packet_size, self.max_datagram);
        Err(SetupError::PacketSize { needed, packet_size, max_datagram })
    }
}

impl<I: Id, A: Address, W: Wire<I, A>, D: Delegate<I, A>> Engine<I, A, W, D> {
    /// Checks `setup`, asks the delegate for metadata and whether this node itself may be a member,
    /// and starts the machine at `now`.
    ///
    /// # Errors
    ///
    /// What others could not work with, or the delegate refuses. Nothing has been started.
    pub fn new(setup: Setup<I, A>, delegate: Arc<D>, now: Instant) -> Result<Self, SetupError> {
        let framer = Framer::new(setup.layers.clone()).for_protocol(setup.config.protocol_version);
        setup.check::<W>(&framer)?;
        let room = framer.budget(setup.packet_size());
        let packer = Packer::new::<I, A, W>(room, setup.config.user_share_percent);
        let admission = Admission::new(setup.allowed);
        let swim = Swim::new(
            swim::Setup {
                config: setup.config,
                node: setup.node,
                meta: delegate.node_meta().unwrap_or(setup.meta),
                start: setup.start,
                seed: setup.seed,
                encode: W::encode,
                relays_broadcasts: W::RELAYS_BROADCASTS,
                packet: packer.budget(),
                ticks_idle: D::BROADCASTS,
            },
            now,
        );
        let claim = Alive::from(&**swim.local());
        Admission::ask(&*delegate, &claim, State::Alive)
            .map_err(|refused| SetupError::Refused(refused.0))?;
        Ok(Self {
            swim,
            delegate,
            framer,
            scratch: Scratch::default(),
            labels: Watch::default(),
            keys: Watch::default(),
            admission,
            packer,
            notices: VecDeque::new(),
            counters: Counters::default(),
            wire: PhantomData,
        })
    }
}
