//! Looking on: whatever happens in a world is shown to its observer.

use memberlist_core::engine::{Notice, Side};
use memberlist_core::swim::{Outcome, Token};
use memberlist_core::time::Instant;

use crate::deed::Deed;
use crate::host::Host;
use crate::net::Network;
use crate::stream::Purpose;
use crate::{Addr, HostNo, Id};

/// Something that has happened.
#[derive(Clone, Copy, Debug)]
pub enum Seen<'a> {
    /// This was done.
    Done(&'a Deed),
    /// A host has started. Its engine has told nothing yet.
    Started(HostNo),
    /// A host has ended.
    Stopped(HostNo),
    /// A host sent a datagram.
    Sent {
        /// Who.
        host: HostNo,
        /// To whom.
        to: Addr,
        /// What.
        bytes: &'a [u8],
    },
    /// A host takes in a datagram.
    Received {
        /// Who.
        host: HostNo,
        /// From whom.
        from: Addr,
        /// What.
        bytes: &'a [u8],
    },
    /// A datagram came to a host whose kernel had no room for it.
    Overrun(HostNo),
    /// An engine tells its application.
    Told {
        /// Whose.
        host: HostNo,
        /// What.
        notice: &'a Notice<Id, Addr>,
    },
    /// A command has come to its end.
    Completed {
        /// Whose.
        host: HostNo,
        /// Which.
        token: Token,
        /// How.
        outcome: &'a Outcome,
    },
    /// A broadcast was begun.
    Broadcast {
        /// By whom.
        host: HostNo,
        /// Its command.
        token: Token,
        /// What.
        payload: &'a [u8],
    },
    /// A host opens a stream.
    Dialled {
        /// Who.
        host: HostNo,
        /// To whom.
        to: Addr,
        /// What for.
        purpose: Purpose,
    },
    /// A host says something on a stream: so many bytes.
    StreamSent {
        /// Who.
        host: HostNo,
        /// Bytes.
        len: usize,
    },
    /// A host takes in something from a stream: so many bytes.
    StreamReceived {
        /// Who.
        host: HostNo,
        /// Bytes.
        len: usize,
    },
    /// A full exchange was merged.
    Merged {
        /// By whom.
        host: HostNo,
        /// With whom.
        from: Addr,
        /// Who had opened the stream.
        side: Side,
    },
    /// A stream ping was answered.
    StreamPonged {
        /// Who had asked.
        host: HostNo,
    },
    /// A host has taken in something, or its timers have fired, and its engine was drained. Only
    /// now its engine can be looked at again.
    Stepped(HostNo),
}

/// The world as an observer sees it.
#[derive(Clone, Copy)]
pub struct View<'a> {
    /// The world's time.
    pub now: Instant,
    /// All hosts, by number.
    pub hosts: &'a [Host],
    /// The network.
    pub network: &'a Network,
}

/// Is shown everything.
pub trait Observer {
    /// Something has happened.
    fn see(&mut self, view: View<'_>, seen: &Seen<'_>);
}

/// Nobody looks on.
impl Observer for () {
    fn see(&mut self, _: View<'_>, _: &Seen<'_>) {}
}

impl<A: Observer, B: Observer> Observer for (A, B) {
    fn see(&mut self, view: View<'_>, seen: &Seen<'_>) {
        self.0.see(view, seen);
        self.1.see(view, seen);
    }
}
