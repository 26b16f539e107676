//! Doing what the plan names.

use core::time::Duration;

use bytes::Bytes;
use memberlist_core::engine::Side;
use memberlist_core::swim::Token;
use memberlist_core::types::limits::MERGE_SLICE;

use super::World;
use crate::HostNo;
use crate::deed::Deed;
use crate::host::{Status, meta};
use crate::net::Weather;
use crate::observe::{Observer, Seen};
use crate::stream::Errand;

impl<O: Observer> World<O> {
    pub(super) fn on_deed(&mut self, at: usize) {
        let deed = self.deeds[at].1.clone();
        self.see(&Seen::Done(&deed));
        self.undertake(deed);
    }

    /// Does something now.
    pub fn undertake(&mut self, deed: Deed) {
        match deed {
            Deed::Start(host) if !self.is_up(host) => self.start(host, false),
            Deed::Start(_) => {}
            Deed::Acquaint(hosts) => self.acquaint(&hosts),
            Deed::Join { host, seeds } => self.join(host, &seeds),
            Deed::Crash { host, silent } => self.crash(host, silent),
            Deed::Restart { host, moved } => {
                self.crash(host, false);
                self.start(host, moved);
            }
            Deed::Pause(host) => self.turn(host, Status::Up, Status::Paused),
            Deed::Resume(host) => self.resume(host),
            Deed::Hold(host) => self.hold(host),
            Deed::Release(host) => self.release(host),
            Deed::Leave(_) | Deed::SetMeta { .. } | Deed::Broadcast { .. } => self.command(&deed),
            Deed::Jump { host, by } => self.jump(host, by),
            Deed::Drift { host, ppm } => self.drift(host, ppm),
            Deed::Heal(weather) => self.heal(*weather),
            other => self.rewire(other),
        }
    }

    fn rewire(&mut self, deed: Deed) {
        let links = &mut self.network.links;
        match deed {
            Deed::Cut { from, to } => links.cut(from, to),
            Deed::Mend { from, to } => links.mend(from, to),
            Deed::Part(sides) => links.part(sides),
            Deed::Unite => links.unite(),
            Deed::Deaf { host, deaf } => links.set_deaf(host, deaf),
            Deed::Mute { host, mute } => links.set_mute(host, mute),
            Deed::LossFrom { host, loss } => links.set_loss_from(host, loss),
            Deed::LossTo { host, loss } => links.set_loss_to(host, loss),
            Deed::LossOn { from, to, loss } => links.set_loss(from, to, loss),
            Deed::Turn(weather) => self.network.weather = *weather,
            _ => {}
        }
    }

    fn is_up(&self, host: HostNo) -> bool {
        self.hosts[host as usize].is_running()
    }

    fn start(&mut self, no: HostNo, moved: bool) {
        let (now, bits) = (self.now, self.dice.bits());
        self.host(no).start(now, moved, bits);
        self.see(&Seen::Started(no));
        self.drain(no);
    }

    fn crash(&mut self, no: HostNo, silent: bool) {
        if !self.is_up(no) {
            return;
        }
        self.drop_streams(no, silent);
        self.host(no).stop(silent);
        self.see(&Seen::Stopped(no));
    }

    fn turn(&mut self, no: HostNo, from: Status, to: Status) {
        let host = self.host(no);
        if host.status == from {
            host.status = to;
        }
    }

    fn resume(&mut self, no: HostNo) {
        if self.host(no).status != Status::Paused {
            return;
        }
        self.host(no).status = Status::Up;
        self.wake(no);
    }

    fn hold(&mut self, no: HostNo) {
        let host = self.host(no);
        if host.status != Status::Up {
            return;
        }
        host.status = Status::Held;
        if let Some(engine) = &mut host.engine {
            engine.hold();
        }
        if core::mem::take(&mut self.host(no).overdue) {
            self.fire(no);
        }
    }

    fn release(&mut self, no: HostNo) {
        let now = self.now;
        let host = self.host(no);
        if host.status != Status::Held {
            return;
        }
        host.status = Status::Up;
        let local = host.clock.read(now);
        // What was said before goes first.
        self.drain(no);
        if let Some(engine) = &mut self.host(no).engine {
            engine.release(local);
        }
        self.drain(no);
        self.wake(no);
    }

    /// A process goes on after a while: it first takes in what waits, then its timers fire.
    fn wake(&mut self, no: HostNo) {
        let now = self.now;
        let host = self.host(no);
        let local = host.clock.read(now);
        host.alarm = None;
        let due = host.engine.as_ref().and_then(|engine| engine.poll_timeout());
        host.overdue = due.is_some_and(|due| due <= local);
        self.go_on(no);
        self.set_alarm(no);
    }

    fn jump(&mut self, no: HostNo, by: Duration) {
        let now = self.now;
        self.host(no).clock.jump(now, by);
        self.reset_alarm(no);
    }

    fn drift(&mut self, no: HostNo, ppm: i64) {
        let now = self.now;
        self.host(no).clock.set_drift(now, ppm);
        self.reset_alarm(no);
    }

    fn reset_alarm(&mut self, no: HostNo) {
        self.host(no).alarm = None;
        self.set_alarm(no);
    }

    fn heal(&mut self, weather: Weather) {
        self.network.links.heal();
        self.network.weather = weather;
        for no in 0..self.hosts.len() as HostNo {
            self.resume(no);
            self.release(no);
            self.drift(no, 0);
        }
    }

    fn command(&mut self, deed: &Deed) {
        let token = Token(self.next_token);
        self.next_token += 1;
        match *deed {
            Deed::Leave(host) => {
                self.ask(host, |engine, now| engine.leave(now, token));
            }
            Deed::SetMeta { host, len } => {
                let meta = meta(len, token.0 as u8);
                self.ask(host, |engine, now| engine.update_meta(now, token, meta));
            }
            Deed::Broadcast { host, len, key } => self.broadcast(host, token, len, key),
            _ => {}
        }
    }

    fn broadcast(&mut self, host: HostNo, token: Token, len: usize, key: u8) {
        if self.host(host).status != Status::Up {
            return;
        }
        let mut payload = token.0.to_be_bytes().to_vec();
        payload.resize(len.max(8), 0);
        let payload = Bytes::from(payload);
        self.see(&Seen::Broadcast { host, token, payload: &payload });
        let key = if key == 0 { Bytes::new() } else { Bytes::from(vec![key]) };
        self.ask(host, |engine, _| {
            // One that does not fit is not sent, and its application knows.
            let _ = engine.broadcast(token, key, payload);
        });
    }

    /// Lets the application of a host ask something of it, if it runs.
    fn ask(
        &mut self,
        no: HostNo,
        ask: impl FnOnce(&mut crate::host::SimEngine, memberlist_core::time::Instant),
    ) {
        let now = self.now;
        let host = self.host(no);
        let local = host.clock.read(now);
        match &mut host.engine {
            Some(engine) if host.status == Status::Up => ask(engine, local),
            _ => return,
        }
        self.drain(no);
    }

    fn join(&mut self, no: HostNo, seeds: &[HostNo]) {
        self.ask(no, |engine, now| engine.rejoin(now));
        if self.host(no).status != Status::Up {
            return;
        }
        let until = self.now + self.host(no).plan().config.stream_timeout;
        for &seed in seeds.iter().filter(|seed| **seed != no) {
            let to = self.hosts[seed as usize].address();
            self.dial(no, to, Errand::PushPull { join: true, tries: 0 }, until);
        }
    }

    fn acquaint(&mut self, hosts: &[HostNo]) {
        let engines = hosts.iter().filter_map(|no| self.hosts[*no as usize].engine());
        let known: Vec<_> = engines.map(|engine| engine.local().clone()).collect();
        let states: Vec<_> = known.iter().map(|member| (&**member).into()).collect();
        for &no in hosts {
            let (now, seed) = (self.now, self.hosts[hosts[0] as usize].address());
            let host = self.host(no);
            let local = host.clock.read(now);
            let Some(engine) = &mut host.engine else { continue };
            let Ok(admitted) = engine.begin_merge(seed, Side::Dialled, &states, true) else {
                continue;
            };
            for slice in states.chunks(MERGE_SLICE) {
                engine.merge(local, &admitted, slice);
            }
            engine.end_merge(local, &admitted, Bytes::new());
            self.drain(no);
        }
    }
}
