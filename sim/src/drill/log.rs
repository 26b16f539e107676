//! What has happened in a drill, written down: the claims are made afterwards.

use core::ops::Range;
use std::collections::BTreeMap;
use std::sync::Arc;

use memberlist_core::engine::Notice;
use memberlist_core::frame::{Framer, Scratch};
use memberlist_core::swim::{Event, Outcome};
use memberlist_core::time::Instant;
use memberlist_core::types::{Member, State};
use memberlist_core::wire::{Accusation, Lpe, Message, Wire};

use crate::host::layers;
use crate::observe::{Observer, Seen, View};
use crate::plan::host_at;
use crate::stream::Purpose;
use crate::{Addr, HostNo, Id};

pub(super) type Record = Arc<Member<Id, Addr>>;

/// A change of what a host believes of a member.
pub(super) struct Change {
    pub(super) at: Instant,
    pub(super) host: HostNo,
    pub(super) old: Option<Record>,
    pub(super) new: Option<Record>,
}

impl Change {
    /// Whom it is about.
    pub(super) fn id(&self) -> Option<&Id> {
        self.new.as_ref().or(self.old.as_ref()).map(|member| member.id())
    }

    /// Into which state it leads; `None` if the member is forgotten.
    pub(super) fn state(&self) -> Option<State> {
        self.new.as_ref().map(|member| member.state())
    }

    /// Whether the state is another one than before.
    pub(super) fn turns(&self) -> bool {
        self.old.as_ref().map(|member| member.state()) != self.state()
    }
}

/// What a message says, as far as drills ask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Ping { seq: u32, target: Option<Id> },
    Indirect { seq: u32, target: Id, nack: bool },
    Ack { seq: u32 },
    Nack { seq: u32 },
    Suspect(Accusation<Id>),
    Alive { node: Id },
    Dead(Accusation<Id>),
    User,
    Broadcast { origin: Id, number: u64 },
}

/// A packet on its way.
pub(super) struct Packet {
    pub(super) at: Instant,
    pub(super) host: HostNo,
    pub(super) to: HostNo,
    pub(super) parts: Vec<Part>,
}

/// Everything of one run.
#[derive(Default)]
pub(super) struct Log {
    pub(super) changes: Vec<Change>,
    pub(super) sent: Vec<Packet>,
    pub(super) received: Vec<Packet>,
    pub(super) health: Vec<(Instant, HostNo, u32)>,
    /// Who was told a message of an application, and which.
    pub(super) delivered: Vec<(Instant, HostNo, Vec<u8>)>,
    pub(super) dialled: Vec<(Instant, HostNo, Purpose)>,
    pub(super) completed: Vec<(Instant, HostNo, Outcome)>,
    /// Whose pings were answered by whom, and what came with the answer.
    pub(super) pinged: Vec<(HostNo, Id, Vec<u8>)>,
    /// States of other applications that were told.
    pub(super) states: usize,
    pub(super) conflicts: Vec<(Instant, HostNo)>,
    /// What each host that runs believes at the end.
    pub(super) last: Vec<BTreeMap<Id, Record>>,
    /// What each host that runs has counted.
    pub(super) counted: Vec<BTreeMap<&'static str, u64>>,
    pub(super) end: Instant,
}

impl Log {
    /// The run is over.
    pub(super) fn close(&mut self, view: View<'_>) {
        self.end = view.now;
        for host in view.hosts {
            let members = host.engine().into_iter().flat_map(|engine| engine.members());
            self.last.push(members.map(|one| (one.id().clone(), Arc::clone(one))).collect());
            let stats = host.engine().into_iter().flat_map(|engine| engine.stats());
            self.counted.push(stats.collect());
        }
    }

    /// Changes into `state`, of `id`, from another one.
    pub(super) fn turns<'a>(
        &'a self,
        id: &'a Id,
        state: Option<State>,
    ) -> impl Iterator<Item = &'a Change> + 'a {
        self.changes
            .iter()
            .filter(move |it| it.turns() && it.id() == Some(id) && it.state() == state)
    }

    /// Changes into `state`, of anybody.
    pub(super) fn count(&self, state: State) -> usize {
        self.changes.iter().filter(|it| it.turns() && it.state() == Some(state)).count()
    }

    /// What a host has counted under a name.
    pub(super) fn stat(&self, host: HostNo, name: &str) -> u64 {
        self.counted.get(host as usize).and_then(|stats| stats.get(name)).copied().unwrap_or(0)
    }

    /// The probes that a host has begun, in order.
    pub(super) fn probes(&self, host: HostNo) -> impl Iterator<Item = &Packet> {
        self.sent.iter().filter(move |packet| {
            packet.host == host && matches!(packet.parts.first(), Some(Part::Ping { .. }))
        })
    }

    /// Packets sent in a time.
    pub(super) fn sent_in(&self, span: Range<Instant>) -> impl Iterator<Item = &Packet> {
        self.sent.iter().filter(move |packet| span.contains(&packet.at))
    }
}

impl Observer for Log {
    fn see(&mut self, view: View<'_>, seen: &Seen<'_>) {
        let at = view.now;
        match seen {
            Seen::Sent { host, to, bytes } => {
                let packet = Packet { at, host: *host, to: number(to), parts: read(bytes) };
                self.sent.push(packet);
            }
            Seen::Received { host, from, bytes } => {
                let packet = Packet { at, host: number(from), to: *host, parts: read(bytes) };
                self.received.push(packet);
            }
            Seen::Told { host, notice } => self.hear(at, *host, notice),
            Seen::Dialled { host, purpose, .. } => self.dialled.push((at, *host, *purpose)),
            Seen::Completed { host, outcome, .. } => {
                self.completed.push((at, *host, (*outcome).clone()));
            }
            _ => {}
        }
    }
}

impl Log {
    fn hear(&mut self, at: Instant, host: HostNo, notice: &Notice<Id, Addr>) {
        match notice {
            Notice::Machine(Event::Member { old, new }) => {
                self.changes.push(Change { at, host, old: old.clone(), new: new.clone() });
            }
            Notice::Machine(Event::Pinged { member, payload, .. }) => {
                self.pinged.push((host, member.id().clone(), payload.to_vec()));
            }
            Notice::RemoteState { .. } => self.states += 1,
            Notice::Machine(Event::Health(score)) => self.health.push((at, host, *score)),
            Notice::Machine(Event::Conflict { .. }) => self.conflicts.push((at, host)),
            Notice::Message(message) => {
                self.delivered.push((at, host, message.payload.to_vec()));
            }
            _ => {}
        }
    }
}

fn number(address: &Addr) -> HostNo {
    host_at(address).map_or(HostNo::MAX, |(host, _)| host)
}

fn read(bytes: &[u8]) -> Vec<Part> {
    let framer = Framer::new(layers());
    let mut scratch = Scratch::default();
    let Ok(opened) = framer.open(bytes, &mut scratch) else { return Vec::new() };
    let messages = opened.messages().filter_map(Result::ok);
    messages.filter_map(|bytes| Lpe::decode(bytes).ok()).map(part).collect()
}

fn part(message: Message<'_, Id, Addr>) -> Part {
    match message {
        Message::Ping(ping) => Part::Ping { seq: ping.seq.get(), target: ping.target },
        Message::IndirectPing(ask) => {
            let (seq, target) = (ask.seq.get(), ask.target.id().clone());
            Part::Indirect { seq, target, nack: ask.nack }
        }
        Message::Ack(ack) => Part::Ack { seq: ack.seq.get() },
        Message::Nack(nack) => Part::Nack { seq: nack.seq.get() },
        Message::Suspect(suspect) => Part::Suspect(suspect),
        Message::Alive(alive) => Part::Alive { node: alive.node.id().clone() },
        Message::Dead(dead) => Part::Dead(dead),
        Message::Broadcast(it) => Part::Broadcast { origin: it.origin, number: it.number },
        _ => Part::User,
    }
}
