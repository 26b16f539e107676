//! What the benchmarks share: members, claims, and an engine that knows many of them.

pub mod carriers;
pub mod cost;
pub mod cpu;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use memberlist_core::config::{Config, Options};
use memberlist_core::delegate::VoidDelegate;
use memberlist_core::engine::{Engine, Setup, Side};
use memberlist_core::frame::{Checksum, Framer, Layers};
use memberlist_core::time::Instant;
use memberlist_core::types::{
    Cidrs, Incarnation, Meta, Node, SequenceNumber, StartId, State, Versions,
};
use memberlist_core::wire::{Accusation, Alive, Lpe, Message, Ping, RemoteState, Wire};
use smol_str::{SmolStr, format_smolstr};

/// The engine that the benchmarks measure: names, socket addresses, the default format, no hooks.
pub type BenchEngine = Engine<SmolStr, SocketAddr, Lpe, VoidDelegate>;

/// Broadcasts that the engine keeps.
pub const QUEUE_DEPTH: u64 = 10_000;

/// A message of that engine.
pub type BenchMessage<'m> = Message<'m, SmolStr, SocketAddr>;

/// The address of the n-th member.
pub fn address(n: u32) -> SocketAddr {
    (Ipv4Addr::from(0x0a00_0000 + n), 7946).into()
}

/// The name of the n-th member.
pub fn name(n: u32) -> SmolStr {
    format_smolstr!("node-{n}")
}

/// A claim that the n-th member is alive.
pub fn alive(n: u32, incarnation: u32) -> Alive<'static, SmolStr, SocketAddr> {
    Alive {
        incarnation: Incarnation::new(incarnation),
        node: Node::new(name(n), address(n)),
        meta: [].as_slice().into(),
        versions: Some(Versions::DEFAULT),
        start: StartId::new(0x1234_5678),
    }
}

/// A claim about the n-th member.
pub fn accusation(n: u32, incarnation: u32, from: u32) -> Accusation<SmolStr> {
    Accusation { incarnation: Incarnation::new(incarnation), node: name(n), from: name(from) }
}

/// A ping from the n-th member to the engine.
pub fn ping(seq: u32, from: u32) -> Ping<SmolStr, SocketAddr> {
    Ping {
        seq: SequenceNumber::new(seq),
        target: Some("local".into()),
        source: Some(name(from)),
        reply_to: Some(address(from)),
    }
}

/// All members from 1 to n, as the other side of a full exchange tells them.
pub fn remote_states(n: u32) -> Vec<RemoteState<'static, SmolStr, SocketAddr>> {
    (1..=n).map(|n| RemoteState { claim: alive(n, 1), state: State::Alive }).collect()
}

fn layers() -> Layers {
    Layers { checksum: Some(Checksum::Crc32), ..Layers::default() }
}

/// A packet of these messages, as the wire has it: a compound with a checksum and no label.
pub fn packet(messages: &[BenchMessage<'_>]) -> Vec<u8> {
    let mut parts = memberlist_core::codec::Parts::new();
    for message in messages {
        parts.push_with(|out| Lpe::encode(message, out));
    }
    let mut out = Vec::new();
    let framer = Framer::new(layers());
    framer.seal(&parts, &mut out).expect("the benchmark's packets are small");
    out
}

/// An engine that knows n members, all alive, and has nothing left to gossip.
pub fn engine(n: u32) -> BenchEngine {
    let setup = Setup {
        config: config(),
        node: Node::new("local".into(), "10.255.0.1:7946".parse().expect("it is an address")),
        meta: Meta::EMPTY,
        start: StartId::new(1),
        allowed: Cidrs::any(),
        layers: layers(),
        max_datagram: 65_507,
        seed: 1,
    };
    let mut engine = Engine::new(setup, Arc::new(VoidDelegate), Instant::ZERO)
        .expect("the benchmark's set-up holds");
    let states = remote_states(n);
    let admitted =
        engine.begin_merge(address(1), Side::Accepted, &states, false).expect("versions fit");
    engine.merge(Instant::ZERO, &admitted, &states);
    drain(&mut engine, Instant::ZERO);
    let mut now = Instant::ZERO;
    // One that is alone keeps what it has to say of itself.
    while n > 0 && engine.stats().any(|(name, n)| name == "queue_updates" && n > 0) {
        now = engine.poll_timeout().unwrap_or(now);
        engine.handle_timeout(now);
        drain(&mut engine, now);
    }
    engine
}

fn config() -> Config {
    let mut options = Options::lan();
    options.broadcast_queue_depth = QUEUE_DEPTH as usize;
    options.check().expect("the preset holds")
}

/// Takes out all that an engine has to say, and gives the number of packets.
pub fn drain(engine: &mut BenchEngine, now: Instant) -> usize {
    let mut out = Vec::new();
    let mut packets = 0;
    while engine.poll_datagram(now, &mut out).is_some() {
        packets += 1;
    }
    while engine.poll_action().is_some() {}
    while engine.poll_notice().is_some() {}
    packets
}
