//! A small world for the self-tests: real records and engines, shown to one oracle as the test
//! wants them.

use core::time::Duration;
use std::sync::Arc;

use memberlist_core::config::Options;
use memberlist_core::engine::Notice;
use memberlist_core::swim::Event;
use memberlist_core::time::Instant;
use memberlist_core::types::State;
use memberlist_core::wire::Message;

use super::facts::Facts;
use super::memory::{Memory, Record};
use super::violation::{Findings, Violation};
use super::{Oracle, Scene};
use crate::deed::Deed;
use crate::observe::{Observer, Seen, View};
use crate::plan::{Calm, Plan};
use crate::world::World;
use crate::{Addr, HostNo, Id};

/// Three hosts, and what they were told of the second one.
pub(super) struct Stage {
    world: World<Told>,
    facts: Facts,
    memory: Memory,
    now: Instant,
}

/// What was told of host 1 at the others, and everything for the memory.
struct Told {
    records: Vec<Record>,
    memory: Memory,
}

impl Observer for Told {
    fn see(&mut self, view: View<'_>, seen: &Seen<'_>) {
        if let Seen::Told { host: 0, notice: Notice::Machine(event) } = seen
            && let Event::Member { new: Some(new), .. } = event
            && new.id() == view.hosts[1].id()
        {
            self.records.push(Arc::clone(new));
        }
        self.memory.learn(view, seen, &[]);
    }
}

/// A change of a member as it is told at a host.
pub(super) fn told(host: HostNo, old: Option<&Record>, new: Option<&Record>) -> Seen<'static> {
    let event = Event::Member { old: old.cloned(), new: new.cloned() };
    Seen::Told { host, notice: Box::leak(Box::new(Notice::Machine(event))) }
}

fn seconds(seconds: u64) -> Instant {
    Instant::from_millis(1_000 * seconds)
}

impl Stage {
    /// Host 1 has crashed, is back, and has left; the memory of the hosts is empty.
    pub(super) fn new() -> Self {
        let mut plan = joined(60);
        plan.at(seconds(5), Deed::Crash { host: 1, silent: true });
        plan.at(seconds(25), Deed::Restart { host: 1, moved: false });
        plan.at(seconds(25), Deed::Join { host: 1, seeds: vec![0] });
        plan.at(seconds(27), Deed::Leave(1));
        let mut stage = Self::run(plan, 30);
        stage.memory = Memory::new(3);
        stage
    }

    /// All three are well, and everybody remembers it; calm has come after two seconds.
    pub(super) fn of_three(run_for: u64) -> Self {
        let mut plan = joined(10_000);
        plan.calm = Some(Calm {
            healed: seconds(1),
            settled: seconds(if run_for > 10 { 9_000 } else { 2 }),
            quiet_from: seconds(5),
            quiet_until: seconds(15),
        });
        Self::run(plan, run_for)
    }

    fn run(plan: Plan, run_for: u64) -> Self {
        let facts = Facts::new(&plan);
        let told = Told { records: Vec::new(), memory: Memory::new(3) };
        let mut world = World::new(plan, told);
        world.run_until(seconds(run_for));
        let memory = core::mem::replace(&mut world.observer_mut().memory, Memory::new(3));
        let now = world.now();
        Self { world, facts, memory, now }
    }

    /// Host 1 as host 0 has known it: alive, suspect, dead, alive again, left.
    pub(super) fn records(&self) -> [Record; 5] {
        let records = &self.world.observer().records;
        let mut found = Vec::new();
        for (state, number) in [
            (State::Alive, 1),
            (State::Suspect, 1),
            (State::Dead, 1),
            (State::Alive, 2),
            (State::Left, 2),
        ] {
            let is_it = |it: &&Record| (it.state(), it.incarnation().get()) == (state, number);
            found.extend(records.iter().find(is_it).cloned());
        }
        found.try_into().expect("all five have been")
    }

    pub(super) fn id(&self, host: HostNo) -> Id {
        self.world.hosts()[host as usize].id().clone()
    }

    pub(super) fn address(&self, host: HostNo) -> Addr {
        self.world.hosts()[host as usize].address()
    }

    pub(super) fn incarnation(&self, host: HostNo) -> u32 {
        let engine = self.world.hosts()[host as usize].engine();
        engine.expect("it runs").local().incarnation().get()
    }

    /// Time passes for the oracles; the hosts stand still.
    pub(super) fn wait(&mut self, millis: u64) {
        self.now = self.now + Duration::from_millis(millis);
    }

    /// A host ends, and the others are not told.
    pub(super) fn stop(&mut self, host: HostNo) {
        self.world.undertake(Deed::Crash { host, silent: true });
    }

    pub(super) fn shows(&mut self, oracle: &mut impl Oracle, seen: &Seen<'_>) -> Vec<Violation> {
        self.says(oracle, seen, &[])
    }

    pub(super) fn shows_and_learns(&mut self, oracle: &mut impl Oracle, seen: &Seen<'_>) {
        assert_eq!(self.shows(oracle, seen), []);
        self.learn(seen);
    }

    /// A datagram with these messages.
    pub(super) fn says(
        &mut self,
        oracle: &mut impl Oracle,
        seen: &Seen<'_>,
        messages: &[Message<'_, Id, Addr>],
    ) -> Vec<Violation> {
        let view = View { now: self.now, ..self.world.view() };
        let mut violations = Vec::new();
        let mut found = Findings::new(oracle.name(), self.now, &mut violations);
        let scene = Scene { view, facts: &self.facts, memory: &self.memory, messages };
        oracle.see(&scene, seen, &mut found);
        violations
    }

    pub(super) fn ends(&mut self, oracle: &mut impl Oracle) -> Vec<Violation> {
        let view = View { now: self.now, ..self.world.view() };
        let mut violations = Vec::new();
        let mut found = Findings::new(oracle.name(), self.now, &mut violations);
        let scene = Scene { view, facts: &self.facts, memory: &self.memory, messages: &[] };
        oracle.finish(&scene, &mut found);
        violations
    }

    pub(super) fn learn(&mut self, seen: &Seen<'_>) {
        let view = View { now: self.now, ..self.world.view() };
        self.memory.learn(view, seen, &[]);
    }

    /// A host has heard this in its present step.
    pub(super) fn hears(&mut self, host: HostNo, messages: &[Message<'_, Id, Addr>]) {
        let view = View { now: self.now, ..self.world.view() };
        let seen = Seen::Received { host, from: self.address(0), bytes: &[] };
        self.memory.learn(view, &seen, messages);
    }
}

fn joined(end: u64) -> Plan {
    let config = Options::lan().check().expect("the preset is sound");
    let mut plan = Plan::new(7, 3, &config, seconds(end));
    for host in 0..3 {
        plan.at(Instant::ZERO, Deed::Start(host));
        plan.at(Instant::from_millis(1), Deed::Join { host, seeds: vec![0] });
    }
    plan
}
