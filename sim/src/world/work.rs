//! A host at work: what arrives is taken in before timers fire, as the async driver does it.

use memberlist_core::engine::Notice;
use memberlist_core::swim::{Action, Event as MachineEvent};

use super::{Event, World};
use crate::host::{Input, SimEngine, Status};
use crate::net::{Fate, damage};
use crate::observe::{Observer, Seen};
use crate::plan::host_at;
use crate::stream::Errand;
use crate::{Addr, HostNo};

/// Buffers that are kept for the next datagrams.
const SPARE_MAX: usize = 4_096;

impl<O: Observer> World<O> {
    pub(super) fn on_datagram(&mut self, to: HostNo, moves: u16, from: Addr, bytes: Vec<u8>) {
        let host = &self.hosts[to as usize];
        if host.is_running() && host.is_at(moves) {
            self.arrive(to, Input::Datagram { from, bytes });
        } else {
            self.put_back(bytes);
        }
    }

    /// Something has arrived at a host that runs.
    pub(super) fn arrive(&mut self, no: HostNo, input: Input) {
        let (now, room) = (self.now, self.receive_buffer);
        let host = self.host(no);
        if host.status == Status::Up && host.inbox.is_empty() && host.busy_until <= now {
            return self.take_in(no, input);
        }
        if !host.keep(input, room) {
            return self.see(&Seen::Overrun(no));
        }
        self.set_ready(no);
    }

    /// Sees to it that a host goes on as soon as it can.
    fn set_ready(&mut self, no: HostNo) {
        let now = self.now;
        let host = self.host(no);
        if host.status != Status::Up || host.ready_set || host.inbox.is_empty() {
            return;
        }
        host.ready_set = true;
        let (at, epoch) = (host.busy_until.max(now), host.epoch);
        self.agenda.add(at, Event::Ready { host: no, epoch });
    }

    pub(super) fn on_ready(&mut self, no: HostNo) {
        self.host(no).ready_set = false;
        self.go_on(no);
    }

    /// Takes in one thing that waits, if the host is free; timers that are due come last.
    pub(super) fn go_on(&mut self, no: HostNo) {
        let now = self.now;
        let host = self.host(no);
        if host.status != Status::Up {
            return;
        }
        if host.busy_until <= now
            && let Some(input) = host.take_kept()
        {
            self.take_in(no, input);
        }
        let host = self.host(no);
        if host.overdue && host.inbox.is_empty() {
            self.fire(no);
        }
        self.set_ready(no);
    }

    fn take_in(&mut self, no: HostNo, input: Input) {
        let (now, cost) = (self.now, self.packet_cost * input.packets());
        self.host(no).busy_until = now + cost;
        match input {
            Input::Datagram { from, bytes } => {
                self.see(&Seen::Received { host: no, from, bytes: &bytes });
                let host = self.host(no);
                let local = host.clock.read(now);
                if let Some(engine) = &mut host.engine {
                    engine.handle_datagram(local, from, &bytes);
                }
                self.put_back(bytes);
            }
            Input::Stream(input) => self.on_stream(no, input),
        }
        self.drain(no);
    }

    pub(super) fn on_alarm(&mut self, no: HostNo) {
        let now = self.now;
        let host = self.host(no);
        // A later one than the earliest that is set was replaced.
        if host.alarm != Some(now) {
            return;
        }
        host.alarm = None;
        match host.status {
            Status::Up if host.inbox.is_empty() => self.fire(no),
            Status::Up => host.overdue = true,
            Status::Held => self.fire(no),
            Status::Paused | Status::Down { .. } => {}
        }
    }

    /// Lets the timers fire that are due.
    pub(super) fn fire(&mut self, no: HostNo) {
        let now = self.now;
        let host = self.host(no);
        host.overdue = false;
        let local = host.clock.read(now);
        let Some(engine) = &mut host.engine else { return };
        if engine.poll_timeout().is_some_and(|due| due <= local) {
            engine.handle_timeout(local);
            self.drain(no);
        } else {
            self.set_alarm(no);
        }
    }

    /// Takes out everything that an engine has to say. Of a held host only what it tells its
    /// application: the rest waits.
    pub(super) fn drain(&mut self, no: HostNo) {
        let Some(mut engine) = self.host(no).engine.take() else { return };
        let is_held = self.host(no).status == Status::Held;
        if !is_held {
            self.send_all(no, &mut engine);
        }
        while let Some(notice) = engine.poll_notice() {
            // A broadcast comes as a message; the machine tells nothing else twice.
            debug_assert!(!matches!(notice, Notice::Machine(MachineEvent::Broadcast { .. })));
            self.see(&Seen::Told { host: no, notice: &notice });
        }
        if !is_held {
            while let Some(action) = engine.poll_action() {
                self.act(no, action);
            }
        }
        self.host(no).engine = Some(engine);
        self.set_alarm(no);
        self.see(&Seen::Stepped(no));
    }

    fn send_all(&mut self, no: HostNo, engine: &mut SimEngine) {
        let local = self.hosts[no as usize].clock.read(self.now);
        let mut datagram = core::mem::take(&mut self.datagram);
        while let Some(to) = engine.poll_datagram(local, &mut datagram) {
            self.see(&Seen::Sent { host: no, to, bytes: &datagram });
            self.send(no, to, &datagram);
        }
        self.datagram = datagram;
    }

    fn send(&mut self, no: HostNo, to: Addr, datagram: &[u8]) {
        let Some((to, moves)) = host_at(&to) else { return };
        if to as usize >= self.hosts.len() {
            return;
        }
        let Fate::Arrives { delay, again, damage: bits } = self.network.send(no, to) else {
            return;
        };
        let from = self.hosts[no as usize].address();
        let copy = |spare: &mut Vec<Vec<u8>>| {
            let mut bytes = spare.pop().unwrap_or_default();
            bytes.clear();
            bytes.extend_from_slice(datagram);
            bytes
        };
        if let Some(again) = again {
            let bytes = copy(&mut self.spare);
            self.agenda.add(self.now + again, Event::Datagram { to, moves, from, bytes });
        }
        let mut bytes = copy(&mut self.spare);
        if let Some(bits) = bits {
            damage(&mut bytes, bits);
        }
        self.agenda.add(self.now + delay, Event::Datagram { to, moves, from, bytes });
    }

    fn put_back(&mut self, bytes: Vec<u8>) {
        if self.spare.len() < SPARE_MAX {
            self.spare.push(bytes);
        }
    }

    fn act(&mut self, no: HostNo, action: Action<crate::Id, Addr>) {
        match action {
            Action::PushPull { to } => {
                let until = self.now + self.host(no).plan().config.stream_timeout;
                let errand = Errand::PushPull { join: false, tries: 0 };
                self.dial(no, *to.address(), errand, until);
            }
            Action::StreamPing { to, ping, deadline } => {
                let until = self.host(no).clock.when(deadline);
                self.dial(no, *to.address(), Errand::Ping(ping), until);
            }
            Action::Complete { token, outcome } => {
                self.see(&Seen::Completed { host: no, token, outcome: &outcome });
            }
        }
    }

    /// Sees to it that the host is woken when its next timer is due.
    pub(super) fn set_alarm(&mut self, no: HostNo) {
        let now = self.now;
        let host = self.host(no);
        if matches!(host.status, Status::Paused | Status::Down { .. }) || host.overdue {
            return;
        }
        let Some(due) = host.engine.as_ref().and_then(|engine| engine.poll_timeout()) else {
            return;
        };
        let at = host.clock.when(due).max(now);
        if host.alarm.is_none_or(|set| set > at) {
            host.alarm = Some(at);
            let epoch = host.epoch;
            self.agenda.add(at, Event::Alarm { host: no, epoch });
        }
    }
}
