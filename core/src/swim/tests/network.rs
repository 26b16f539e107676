//! Several machines and the links between them, all on one clock.

use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet};

use super::claims::{Message, address};
use super::harness::{Deed, Happening, Lone, Machine};
use crate::config::Options;
use crate::swim::Token;
use crate::swim::rng::Rng;
use crate::time::Instant;
use crate::types::{Meta, State};
use crate::wire::RemoteState;

/// What becomes of a packet from one to another: how long it takes, or that it is lost.
pub(super) type Link = Box<dyn FnMut(u64, u64, &mut Rng) -> Option<Duration>>;

/// The cluster of one test.
pub(super) struct Network {
    pub(super) now: Instant,
    pub(super) nodes: BTreeMap<u64, Lone>,
    /// Stopped: nothing runs there, and what arrives waits.
    pub(super) frozen: BTreeSet<u64>,
    /// What was told, by whom and when.
    pub(super) log: Vec<(Instant, u64, Happening)>,
    pub(super) packets: u64,
    pub(super) link: Link,
    /// Whether a stream from one to another can be opened.
    pub(super) streams: Box<dyn Fn(u64, u64) -> bool>,
    flights: BTreeMap<(Instant, u64), (u64, u64, Vec<Message>)>,
    rng: Rng,
    seed: u32,
    last: u64,
}

impl Network {
    /// Nobody yet; every packet takes half a millisecond, and every stream works.
    pub(super) fn new(seed: u32) -> Self {
        Self {
            now: Instant::ZERO,
            nodes: BTreeMap::new(),
            frozen: BTreeSet::new(),
            log: Vec::new(),
            packets: 0,
            link: perfect(),
            streams: Box::new(|_, _| true),
            flights: BTreeMap::new(),
            rng: Rng::new(u64::from(seed)),
            seed,
            last: 0,
        }
    }

    /// `n` nodes, "n0" and on, that all know one another, and nothing left to say.
    pub(super) fn ring(n: usize, seed: u32, options: &Options) -> Self {
        let mut network = Self::new(seed);
        let names: Vec<_> = (0..n).map(|i| format!("n{i}")).collect();
        for name in &names {
            network.start(name, options, Meta::EMPTY);
        }
        let all: Vec<_> = network.nodes.values().map(own_state).collect();
        for node in network.nodes.values_mut() {
            node.act(|swim, now| {
                all.iter().for_each(|it| swim.handle_remote_state(now, it, false))
            });
            node.ignore();
        }
        network
    }

    /// A fresh start of a node, known to nobody. An earlier one of the name is gone.
    pub(super) fn start(&mut self, name: &str, options: &Options, meta: Meta) {
        self.seed += 1;
        let mut node = Lone::born(name, options.clone(), self.seed, meta, self.now);
        node.events.clear();
        self.nodes.insert(address(name), node);
    }

    pub(super) fn crash(&mut self, name: &str) {
        self.nodes.remove(&address(name));
    }

    pub(super) fn node(&mut self, name: &str) -> &mut Lone {
        self.nodes.get_mut(&address(name)).expect("it runs")
    }

    /// A command to one of them.
    pub(super) fn act(&mut self, name: &str, act: impl FnOnce(&mut Machine, Instant)) {
        let now = self.now;
        let node = self.node(name);
        node.now = now;
        node.act(act);
        self.collect(address(name));
    }

    /// A full exchange: each says what it knew before, then takes in what the other said.
    pub(super) fn exchange(&mut self, one: u64, other: u64) {
        if !self.nodes.contains_key(&one) || !self.nodes.contains_key(&other) {
            return;
        }
        let states = [one, other].map(|at| states(&self.nodes[&at]));
        for (at, heard) in [(other, &states[0]), (one, &states[1])] {
            let node = self.nodes.get_mut(&at).expect("looked up above");
            node.now = self.now;
            node.act(|swim, now| {
                heard.iter().for_each(|it| swim.handle_remote_state(now, it, false))
            });
            self.collect(at);
        }
    }

    pub(super) fn join(&mut self, name: &str, seed: &str) {
        self.exchange(address(name), address(seed));
    }

    pub(super) fn thaw(&mut self, name: &str) {
        self.frozen.remove(&address(name));
    }

    /// Until nothing more happens at this moment and for so long.
    pub(super) fn run(&mut self, span: Duration) {
        let end = self.now + span;
        while let Some(next) = self.next().filter(|&next| next <= end) {
            self.now = self.now.max(next);
            // All that has arrived comes before any timer.
            while self.deliver() {}
            self.timers();
        }
        self.now = end;
    }

    fn next(&self) -> Option<Instant> {
        let running = |at: &u64| !self.frozen.contains(at);
        let timers = self.nodes.iter().filter(|(at, _)| running(at));
        let timers = timers.filter_map(|(_, node)| node.swim.poll_timeout());
        let flights = self.flights.iter().filter(|(_, (_, to, _))| running(to));
        timers.chain(flights.map(|(&(due, _), _)| due)).min()
    }

    fn deliver(&mut self) -> bool {
        let arrived = self
            .flights
            .iter()
            .find(|((due, _), (_, to, _))| *due <= self.now && !self.frozen.contains(to));
        let Some((&key, _)) = arrived else { return false };
        let (from, to, messages) = self.flights.remove(&key).expect("found above");
        if let Some(node) = self.nodes.get_mut(&to) {
            node.now = self.now;
            node.hear_from(from, messages);
            self.collect(to);
        }
        true
    }

    fn timers(&mut self) {
        let due: Vec<_> = self
            .nodes
            .iter()
            .filter(|(at, node)| {
                !self.frozen.contains(at)
                    && node.swim.poll_timeout().is_some_and(|due| due <= self.now)
            })
            .map(|(&at, _)| at)
            .collect();
        for at in due {
            if let Some(node) = self.nodes.get_mut(&at) {
                node.now = self.now;
                node.act(|swim, now| swim.handle_timeout(now));
                self.collect(at);
            }
        }
    }

    /// Sends on what a node has made.
    fn collect(&mut self, at: u64) {
        let node = self.nodes.get_mut(&at).expect("it has just run");
        let now = self.now;
        self.log.extend(node.events.drain(..).map(|event| (now, at, event)));
        let (packets, mut actions) = (node.packets(), node.actions());
        let ended = |action: &Deed| matches!(action, Deed::Complete { .. });
        node.actions = actions.extract_if(.., |action| ended(action)).collect();
        for packet in packets {
            self.packets += 1;
            if let Some(delay) = (self.link)(at, packet.to, &mut self.rng) {
                self.last += 1;
                let messages = packet.said.into_iter().chain(packet.gossip).collect();
                self.flights.insert((now + delay, self.last), (at, packet.to, messages));
            }
        }
        for action in actions {
            self.stream(at, action);
        }
    }

    fn stream(&mut self, at: u64, action: Deed) {
        match action {
            Deed::PushPull { to } if self.reaches(at, *to.address()) => {
                self.exchange(at, *to.address());
            }
            Deed::StreamPing { to, ping, .. } if self.reaches(at, *to.address()) => {
                let node = self.nodes.get_mut(&at).expect("it has just run");
                node.act(|swim, now| swim.handle_stream_ack(now, ping.seq));
                self.collect(at);
            }
            _ => (),
        }
    }

    fn reaches(&self, from: u64, to: u64) -> bool {
        self.nodes.contains_key(&to) && !self.frozen.contains(&to) && (self.streams)(from, to)
    }

    // ---- what there is to see ------------------------------------------------------------------

    /// Who believes what of a member: state and incarnation, by node, without the member itself.
    pub(super) fn views(&self, name: &str) -> Vec<Option<(State, u32)>> {
        let others = self.nodes.iter().filter(|(at, _)| **at != address(name));
        others.map(|(_, node)| node.view(name)).collect()
    }

    /// When each node first told that the member came into this state.
    pub(super) fn told(&self, name: &str, state: State) -> BTreeMap<u64, Instant> {
        let mut first = BTreeMap::new();
        for (when, at, event) in &self.log {
            if let Happening::Member { new: Some(new), .. } = event
                && new.id() == name
                && new.state() == state
            {
                first.entry(*at).or_insert(*when);
            }
        }
        first
    }

    /// How often each node was told a broadcast of this text.
    pub(super) fn heard(&self, text: &str) -> BTreeMap<u64, usize> {
        let mut times = BTreeMap::new();
        for (_, at, event) in &self.log {
            if matches!(event, Happening::Broadcast { payload, .. } if payload == text.as_bytes()) {
                *times.entry(*at).or_insert(0) += 1;
            }
        }
        times
    }

    /// Nobody who runs is held for dead or suspect by anybody.
    pub(super) fn assert_all_alive(&self) {
        for (at, node) in &self.nodes {
            for member in node.swim.members() {
                assert!(member.state().is_alive(), "{at} holds {} {}", member.id(), member.state());
            }
            assert_eq!(node.swim.members().count(), self.nodes.len(), "{at}");
        }
    }
}

fn own_state(node: &Lone) -> RemoteState<'static, smol_str::SmolStr, u64> {
    RemoteState::from(&**node.swim.local()).into_owned()
}

fn states(node: &Lone) -> Vec<RemoteState<'static, smol_str::SmolStr, u64>> {
    node.swim.members().map(|member| RemoteState::from(&**member).into_owned()).collect()
}

/// Loses so many of a hundred packets; the others take half a millisecond.
pub(super) fn lossy(percent: usize) -> Link {
    Box::new(move |_, _, rng| (rng.below(100) >= percent).then_some(TRIP))
}

/// Nothing passes between these two.
pub(super) fn cut(one: &str, other: &str) -> Link {
    let (one, other) = (address(one), address(other));
    Box::new(move |from, to, _| {
        let cut = (from, to) == (one, other) || (from, to) == (other, one);
        (!cut).then_some(TRIP)
    })
}

/// From one node to another.
pub(super) const TRIP: Duration = Duration::from_micros(500);

pub(super) const TOKEN: Token = Token(1);

/// Half a millisecond for every packet.
pub(super) fn perfect() -> Link {
    Box::new(|_, _, _| Some(TRIP))
}
