//! One host: a process with the production engine, and the kernel under it.

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::Bytes;
use memberlist_core::delegate::{
    AliveDelegate, ConflictDelegate, EventDelegate, MergeDelegate, NodeDelegate, PingDelegate,
};
use memberlist_core::engine::{Engine, Setup, SetupError};
use memberlist_core::frame::{Checksum, Layers};
use memberlist_core::time::Instant;
use memberlist_core::types::limits::META_BYTES_MAX;
use memberlist_core::types::{Cidrs, Meta, Node, StartId};
use memberlist_core::wire::Lpe;

use crate::clock::Clock;
use crate::plan::{AppPlan, HostPlan, Plan, address_of};
use crate::stream::Input as StreamInput;
use crate::{Addr, HostNo, Id};

/// The engine that every host runs.
pub type SimEngine = Engine<Id, Addr, Lpe, App>;

/// The asked hooks of a host.
#[derive(Debug)]
pub struct App(AppPlan);

impl AliveDelegate<Id, Addr> for App {}
impl MergeDelegate<Id, Addr> for App {}
impl EventDelegate<Id, Addr> for App {}
impl ConflictDelegate<Id, Addr> for App {}

impl NodeDelegate<Id, Addr> for App {
    const BROADCASTS: bool = false;

    fn local_state(&self, _: bool) -> Bytes {
        self.0.local_state.clone()
    }
}

impl PingDelegate<Id, Addr> for App {
    fn ack_payload(&self) -> Bytes {
        self.0.ack_payload.clone()
    }
}

/// How a host is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// No process. `silent`: nothing answers at its address at all.
    Down {
        /// No trace is left.
        silent: bool,
    },
    /// It runs.
    Up,
    /// It is stopped; its kernel goes on to receive.
    Paused,
    /// Its sends and receives block; its timers run.
    Held,
}

/// What waits for a process.
#[derive(Debug)]
pub(crate) enum Input {
    Datagram { from: Addr, bytes: Vec<u8> },
    Stream(StreamInput),
}

/// One host.
pub struct Host {
    no: HostNo,
    plan: HostPlan,
    pub(crate) engine: Option<Box<SimEngine>>,
    pub(crate) status: Status,
    pub(crate) clock: Clock,
    /// Counts starts: what was meant for an earlier process is for nobody.
    pub(crate) epoch: u32,
    moves: u16,
    pub(crate) inbox: VecDeque<Input>,
    inbox_bytes: usize,
    pub(crate) busy_until: Instant,
    /// Whether the process was told that it may go on at `busy_until`.
    pub(crate) ready_set: bool,
    /// The earliest alarm that is set.
    pub(crate) alarm: Option<Instant>,
    /// A timer is due and waits for the inbox to be empty.
    pub(crate) overdue: bool,
}

/// What a kernel adds to each datagram that it keeps.
const KEPT_OVERHEAD: usize = 256;

impl Host {
    pub(crate) fn new(no: HostNo, plan: HostPlan) -> Self {
        Self {
            no,
            plan,
            engine: None,
            status: Status::Down { silent: true },
            clock: Clock::default(),
            epoch: 0,
            moves: 0,
            inbox: VecDeque::new(),
            inbox_bytes: 0,
            busy_until: Instant::ZERO,
            ready_set: false,
            alarm: None,
            overdue: false,
        }
    }

    /// Its number.
    pub fn no(&self) -> HostNo {
        self.no
    }

    /// Its name.
    pub fn id(&self) -> &Id {
        &self.plan.id
    }

    /// Where it listens, or last did.
    pub fn address(&self) -> Addr {
        address_of(self.no, self.moves)
    }

    /// What was planned for it.
    pub fn plan(&self) -> &HostPlan {
        &self.plan
    }

    /// How it is.
    pub fn status(&self) -> Status {
        self.status
    }

    /// Whether there is a process.
    pub fn is_running(&self) -> bool {
        !matches!(self.status, Status::Down { .. })
    }

    /// How often it was started.
    pub fn starts(&self) -> u32 {
        self.epoch
    }

    /// Its clock.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Its engine. `None` when it does not run, and while it is working.
    pub fn engine(&self) -> Option<&SimEngine> {
        self.engine.as_deref()
    }

    /// Whether it listens at `moves`.
    pub(crate) fn is_at(&self, moves: u16) -> bool {
        self.moves == moves
    }

    /// A new process, that knows nobody. `bits`: its chance. Panics if [`check`] refuses it.
    pub(crate) fn start(&mut self, now: Instant, moved: bool, bits: u64) {
        self.stop(false);
        self.moves = self.moves.wrapping_add(u16::from(moved));
        self.epoch += 1;
        let engine = build(&self.plan, self.address(), self.epoch, self.clock.read(now), bits);
        self.engine = Some(Box::new(engine.expect("a plan's hosts can be started")));
        self.status = Status::Up;
        self.busy_until = now;
    }

    /// No process any more.
    pub(crate) fn stop(&mut self, silent: bool) {
        self.engine = None;
        self.status = Status::Down { silent };
        self.inbox.clear();
        self.inbox_bytes = 0;
        self.ready_set = false;
        self.alarm = None;
        self.overdue = false;
    }

    /// Keeps an input for later; `false` if there is no room for it.
    pub(crate) fn keep(&mut self, input: Input, room: usize) -> bool {
        let bytes = kept_bytes(&input);
        if bytes > 0 && self.inbox_bytes + bytes > room {
            return false;
        }
        self.inbox_bytes += bytes;
        self.inbox.push_back(input);
        true
    }

    pub(crate) fn take_kept(&mut self) -> Option<Input> {
        let input = self.inbox.pop_front()?;
        self.inbox_bytes -= kept_bytes(&input);
        Some(input)
    }
}

/// What packets of all hosts are wrapped in: damage shows.
pub(crate) fn layers() -> Layers {
    Layers { checksum: Some(Checksum::Crc32), ..Layers::default() }
}

/// Bytes of a stream that one segment carries on an Ethernet.
const SEGMENT: usize = 1_448;

impl Input {
    /// Packets that it came in: a host works on each of them.
    pub(crate) fn packets(&self) -> u32 {
        match self {
            Self::Stream(StreamInput::Bytes { bytes, .. }) => {
                bytes.len().div_ceil(SEGMENT).max(1) as u32
            }
            Self::Stream(_) | Self::Datagram { .. } => 1,
        }
    }
}

fn kept_bytes(input: &Input) -> usize {
    match input {
        Input::Datagram { bytes, .. } => bytes.len() + KEPT_OVERHEAD,
        Input::Stream(_) => 0,
    }
}

/// Whether every host of a plan can be started.
///
/// # Errors
///
/// The first one that cannot: its options leave no room for its claims, for instance.
pub fn check(plan: &Plan) -> Result<(), SetupError> {
    for (no, host) in plan.hosts.iter().enumerate() {
        build(host, address_of(no as HostNo, 0), 1, Instant::ZERO, 1)?;
    }
    Ok(())
}

fn build(
    plan: &HostPlan,
    address: Addr,
    epoch: u32,
    now: Instant,
    bits: u64,
) -> Result<SimEngine, SetupError> {
    let setup = Setup {
        config: plan.config.clone(),
        node: Node::new(plan.id.clone(), address),
        meta: meta(plan.app.meta_len, epoch as u8),
        start: StartId::new((bits >> 32) as u32 | 1),
        allowed: Cidrs::default(),
        layers: layers(),
        max_datagram: 65_507,
        seed: bits,
    };
    Engine::new(setup, Arc::new(App(plan.app.clone())), now)
}

/// Metadata of `len` bytes, of which `mark` is the first.
pub(crate) fn meta(len: usize, mark: u8) -> Meta {
    let bytes = vec![mark; len.min(META_BYTES_MAX)];
    Meta::try_from(&bytes[..]).expect("it is not too long")
}

#[cfg(test)]
mod tests {
    use memberlist_core::config::Options;

    use super::*;

    #[test]
    fn a_full_exchange_is_work_for_many_packets() {
        let packets =
            |len| Input::Stream(StreamInput::Bytes { no: 0, bytes: vec![0; len] }).packets();
        assert_eq!([0, 1_448, 1_449, 40_000].map(packets), [1, 1, 2, 28]);
        assert_eq!(Input::Stream(StreamInput::Connected(0)).packets(), 1);
    }

    #[test]
    fn a_host_that_cannot_be_started_is_found_before() {
        let mut options = Options::lan();
        let mut plan = Plan::new(1, 2, &options.clone().check().unwrap(), Instant::ZERO);
        assert!(check(&plan).is_ok());
        options.packet_size = 512;
        plan.hosts[1].config = options.check().unwrap();
        assert!(matches!(check(&plan), Err(SetupError::PacketSize { packet_size: 512, .. })));
    }
}
