//! Streams between hosts: what a TCP connection does, without its packets.

use memberlist_core::engine::StreamCodec;
use memberlist_core::wire::{Lpe, Ping};

use crate::{Addr, HostNo, Id};

pub(crate) type Codec = StreamCodec<Id, Addr, Lpe>;

/// Names a stream.
pub(crate) type StreamNo = u64;

/// What a host's kernel tells its process of a stream.
#[derive(Debug)]
pub(crate) enum Input {
    /// It stands: the one that dialled may speak.
    Connected(StreamNo),
    /// Bytes have arrived.
    Bytes { no: StreamNo, bytes: Vec<u8> },
    /// It was refused, reset, or ended. `dropped`: somebody was there.
    Broken { no: StreamNo, dropped: bool },
}

/// What a stream is opened for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// A full exchange.
    PushPull {
        /// To join.
        join: bool,
    },
    /// A ping.
    Ping,
}

/// Why a host dials.
#[derive(Debug)]
pub(crate) enum Errand {
    /// A full exchange; `tries` so far if it is to join.
    PushPull { join: bool, tries: u32 },
    /// A ping.
    Ping(Ping<Id, Addr>),
}

impl Errand {
    pub(crate) fn purpose(&self) -> Purpose {
        match self {
            Self::PushPull { join, .. } => Purpose::PushPull { join: *join },
            Self::Ping(_) => Purpose::Ping,
        }
    }
}

/// One side of a stream.
#[derive(Debug)]
pub(crate) struct End {
    pub(crate) host: HostNo,
    pub(crate) epoch: u32,
    /// The other side as this one sees it.
    pub(crate) peer: Addr,
    pub(crate) codec: Codec,
    pub(crate) buffer: Vec<u8>,
    /// What this side waits for has come, or it has given up.
    pub(crate) done: bool,
}

/// What befalls a stream on its way.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Bane {
    /// It is refused.
    pub(crate) refuse: bool,
    /// It is reset after so many bytes.
    pub(crate) reset_after: Option<usize>,
    /// What comes after so many bytes is never heard.
    pub(crate) silent_after: Option<usize>,
    /// It arrives in pieces of so many bytes.
    pub(crate) piece: Option<usize>,
}

/// A stream that stands or is being dialled.
#[derive(Debug)]
pub(crate) struct Stream {
    pub(crate) errand: Errand,
    pub(crate) dialler: End,
    /// There once it was accepted.
    pub(crate) acceptor: Option<End>,
    pub(crate) to: Addr,
    pub(crate) bane: Bane,
    /// Bytes sent on it, both ways.
    pub(crate) carried: usize,
}

impl Stream {
    /// The side of `host`, if it is the process that had it.
    pub(crate) fn end_of(&mut self, host: HostNo, epoch: u32) -> Option<(&mut End, bool)> {
        if self.dialler.host == host && self.dialler.epoch == epoch {
            return Some((&mut self.dialler, true));
        }
        let acceptor = self.acceptor.as_mut()?;
        (acceptor.host == host && acceptor.epoch == epoch).then_some((acceptor, false))
    }

    /// The host that the other side is on.
    pub(crate) fn other(&self, dialled: bool) -> Option<HostNo> {
        if dialled { self.acceptor.as_ref().map(|end| end.host) } else { Some(self.dialler.host) }
    }
}
