//! The engine as its caller sees it: bytes in, bytes, actions and notices out, on virtual time.

mod app;
mod hooks;
mod hostile;
#[cfg(feature = "crc32")]
mod layers;
mod measure;
mod outgoing;
mod setup;
mod streams;

use std::borrow::Cow;
use std::net::SocketAddr;
use std::sync::Arc;

use smol_str::SmolStr;

use super::*;
use crate::codec::Parts;
use crate::config::Options;
use crate::frame::{Checksum, Layers};
use crate::time::Instant;
use crate::types::{Cidrs, Incarnation, Meta, Node, SequenceNumber, StartId, Versions};
use crate::wire::{Alive, Lpe, Message, Ping};

use self::app::App;

type TestEngine = Engine<SmolStr, SocketAddr, Lpe, App>;
type Packet<'a> = Message<'a, SmolStr, SocketAddr>;

const NOW: Instant = Instant::from_millis(1_000);

fn at(port: u16) -> SocketAddr {
    SocketAddr::from(([10, 0, 0, 1], port))
}

fn setup(name: &str, port: u16) -> Setup<SmolStr, SocketAddr> {
    Setup {
        config: Options::lan().check().unwrap(),
        node: Node::new(name.into(), at(port)),
        meta: Meta::EMPTY,
        start: StartId::new(7),
        allowed: Cidrs::any(),
        layers: layers(),
        max_datagram: 65_507,
        seed: 1,
    }
}

fn layers() -> Layers {
    Layers { checksum: Some(Checksum::Crc32), ..Layers::default() }
}

fn engine(name: &str, port: u16, app: App) -> (TestEngine, Arc<App>) {
    let app = Arc::new(app);
    (TestEngine::new(setup(name, port), Arc::clone(&app), NOW).unwrap(), app)
}

fn node_a() -> TestEngine {
    engine("a", 1, App::default()).0
}

fn alive(name: &str, port: u16) -> Alive<'static, SmolStr, SocketAddr> {
    Alive {
        incarnation: Incarnation::new(1),
        node: Node::new(name.into(), at(port)),
        meta: Cow::Borrowed(b""),
        versions: Some(Versions::DEFAULT),
        start: StartId::new(9),
    }
}

fn ping(seq: u32, target: &str) -> Packet<'static> {
    let seq = SequenceNumber::new(seq);
    Packet::Ping(Ping { seq, target: Some(target.into()), source: None, reply_to: None })
}

/// One datagram with these messages, as another node of the cluster would send it.
fn datagram(messages: &[Packet<'_>]) -> Vec<u8> {
    let mut parts = Parts::new();
    for message in messages {
        parts.push_with(|out| Lpe::encode(message, out));
    }
    let mut out = Vec::new();
    Framer::new(layers()).seal(&parts, &mut out).unwrap();
    out
}

/// What a datagram says.
fn messages(datagram: &[u8]) -> Vec<Packet<'_>> {
    // What is plain takes no room, so nothing is lost with it.
    let scratch = Box::leak(Box::<Scratch>::default());
    let opened = Framer::new(layers()).open(datagram, scratch).unwrap();
    opened.messages().map(|message| Lpe::decode(message.unwrap()).unwrap()).collect()
}

fn take(engine: &mut TestEngine, from: u16, message: Packet<'_>) {
    engine.handle_datagram(NOW, at(from), &datagram(&[message]));
}

/// All datagrams that are ready.
fn drain(engine: &mut TestEngine) -> Vec<(SocketAddr, Vec<u8>)> {
    let mut datagrams = Vec::new();
    let mut out = Vec::new();
    while let Some(to) = engine.poll_datagram(NOW, &mut out) {
        datagrams.push((to, out.clone()));
    }
    datagrams
}

fn notices(engine: &mut TestEngine) -> Vec<Notice<SmolStr, SocketAddr>> {
    core::iter::from_fn(|| engine.poll_notice()).collect()
}

fn stat(engine: &TestEngine, name: &str) -> u64 {
    engine.stats().find(|(known, _)| *known == name).map_or(0, |(_, value)| value)
}

fn knows(engine: &TestEngine, name: &str) -> bool {
    engine.swim.member(&name.into()).is_some()
}

const fn is_send<T: Send>() {}

/// The driver's task moves between threads.
const _: () = is_send::<TestEngine>();
const _: () = is_send::<StreamCodec<SmolStr, SocketAddr, Lpe>>();
const _: () = is_send::<LocalState<SmolStr, SocketAddr>>();
