//! The world: hosts, network and time, one event after the other.

mod deeds;
mod lines;
mod work;

use core::time::Duration;
use std::collections::BTreeMap;

use memberlist_core::time::Instant;

use crate::agenda::Agenda;
use crate::deed::Deed;
use crate::dice::Dice;
use crate::host::Host;
use crate::net::Network;
use crate::observe::{Observer, Seen, View};
use crate::plan::Plan;
use crate::stream::{Errand, Stream, StreamNo};
use crate::{Addr, HostNo};

/// Something that is still to happen.
enum Event {
    /// A datagram arrives at a host that listens there.
    Datagram { to: HostNo, moves: u16, from: Addr, bytes: Vec<u8> },
    /// A busy host may be able to go on.
    Ready { host: HostNo, epoch: u32 },
    /// A timer of a host may be due.
    Alarm { host: HostNo, epoch: u32 },
    /// One try to open a stream; the next one comes after so long.
    Dial { no: StreamNo, again: Duration },
    /// The try has arrived.
    Knock { no: StreamNo },
    /// One try to bring bytes of a stream across; the next one comes after so long.
    Carry { no: StreamNo, dialled: bool, bytes: Vec<u8>, again: Duration },
    /// The kernel of a host has something to say about a stream.
    Heard { host: HostNo, epoch: u32, input: crate::stream::Input },
    /// A host gives a stream up.
    GiveUp { no: StreamNo, dialled: bool },
    /// A host dials once more.
    Redial { host: HostNo, epoch: u32, to: Addr, errand: Errand, until: Instant },
    /// The next thing that the plan names.
    Deed(usize),
}

/// Hosts, network and time.
pub struct World<O> {
    now: Instant,
    end: Instant,
    hosts: Vec<Host>,
    network: Network,
    agenda: Agenda<Event>,
    deeds: Vec<(Instant, Deed)>,
    streams: BTreeMap<StreamNo, Stream>,
    next_stream: StreamNo,
    next_token: u64,
    packet_cost: Duration,
    receive_buffer: usize,
    /// Chance for the machines.
    dice: Dice,
    datagram: Vec<u8>,
    /// Buffers of datagrams that have arrived, for the next ones.
    spare: Vec<Vec<u8>>,
    steps: u64,
    observer: O,
}

impl<O: Observer> World<O> {
    /// A world in which nothing has happened.
    pub fn new(plan: Plan, observer: O) -> Self {
        let mut dice = Dice::new(plan.seed);
        let network = Network::new(plan.weather, dice.fork(1));
        let hosts = plan.hosts.into_iter().enumerate();
        let mut agenda = Agenda::default();
        for (at, (when, _)) in plan.deeds.iter().enumerate() {
            agenda.add(*when, Event::Deed(at));
        }
        Self {
            now: Instant::ZERO,
            end: plan.end,
            hosts: hosts.map(|(no, plan)| Host::new(no as HostNo, plan)).collect(),
            network,
            agenda,
            deeds: plan.deeds,
            streams: BTreeMap::new(),
            next_stream: 0,
            next_token: 0,
            packet_cost: plan.packet_cost,
            receive_buffer: plan.receive_buffer,
            dice: dice.fork(2),
            datagram: Vec::new(),
            spare: Vec::new(),
            steps: 0,
            observer,
        }
    }

    /// Lets one event happen. `false` if none is left before the end.
    pub fn step(&mut self) -> bool {
        match self.agenda.next_at() {
            Some(at) if at <= self.end => {}
            _ => {
                self.now = self.end;
                return false;
            }
        }
        let Some((at, event)) = self.agenda.pop() else { return false };
        self.now = at;
        self.steps += 1;
        self.happen(event);
        true
    }

    /// Lets everything happen until the end.
    pub fn run(&mut self) {
        while self.step() {}
    }

    /// Lets everything happen that is due by `until`.
    pub fn run_until(&mut self, until: Instant) {
        while self.agenda.next_at().is_some_and(|at| at <= until.min(self.end)) {
            self.step();
        }
        self.now = self.now.max(until.min(self.end));
    }

    /// The time.
    pub fn now(&self) -> Instant {
        self.now
    }

    /// Events that have happened.
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// All hosts, by number.
    pub fn hosts(&self) -> &[Host] {
        &self.hosts
    }

    /// The world as an observer sees it.
    pub fn view(&self) -> View<'_> {
        View { now: self.now, hosts: &self.hosts, network: &self.network }
    }

    /// Who looks on.
    pub fn observer(&self) -> &O {
        &self.observer
    }

    /// Who looks on.
    pub fn observer_mut(&mut self) -> &mut O {
        &mut self.observer
    }

    /// Ends the world; what is left is who looked on.
    pub fn into_observer(self) -> O {
        self.observer
    }

    /// Ends the world: whoever looked on takes a last look.
    pub fn finish<T>(self, look: impl FnOnce(View<'_>, O) -> T) -> T {
        let view = View { now: self.now, hosts: &self.hosts, network: &self.network };
        look(view, self.observer)
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Datagram { to, moves, from, bytes } => self.on_datagram(to, moves, from, bytes),
            Event::Ready { host, epoch } if self.is(host, epoch) => self.on_ready(host),
            Event::Alarm { host, epoch } if self.is(host, epoch) => self.on_alarm(host),
            Event::Dial { no, again } => self.on_dial(no, again),
            Event::Knock { no } => self.on_knock(no),
            Event::Carry { no, dialled, bytes, again } => self.on_carry(no, dialled, bytes, again),
            Event::Heard { host, epoch, input } if self.is(host, epoch) => {
                self.arrive(host, crate::host::Input::Stream(input));
            }
            Event::GiveUp { no, dialled } => self.on_give_up(no, dialled),
            Event::Redial { host, epoch, to, errand, until } if self.is(host, epoch) => {
                self.dial(host, to, errand, until);
            }
            Event::Deed(at) => self.on_deed(at),
            // For a process that is no more.
            Event::Ready { .. } | Event::Alarm { .. } | Event::Heard { .. } => {}
            Event::Redial { .. } => {}
        }
    }

    /// Whether the host still runs the process that this was meant for.
    fn is(&self, host: HostNo, epoch: u32) -> bool {
        let host = &self.hosts[host as usize];
        host.is_running() && host.epoch == epoch
    }

    fn see(&mut self, seen: &Seen<'_>) {
        let view = View { now: self.now, hosts: &self.hosts, network: &self.network };
        self.observer.see(view, seen);
    }

    fn host(&mut self, host: HostNo) -> &mut Host {
        &mut self.hosts[host as usize]
    }
}
