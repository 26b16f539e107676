//! What nodes say to one another, in few words.

use std::borrow::Cow;

use smol_str::SmolStr;

use crate::types::{Incarnation, Node, SequenceNumber, StartId, State, Versions};
use crate::wire::{self, Accusation, Ack, Alive, Broadcast, IndirectPing, Nack, Ping, RemoteState};

pub(super) type Message = wire::Message<'static, SmolStr, u64>;
pub(super) type Claim = Alive<'static, SmolStr, u64>;

/// Where the node of this name lives: "a" to "z" at 1 to 26, "n7" at 1007.
pub(super) fn address(name: &str) -> u64 {
    match name.as_bytes() {
        &[letter @ b'a'..=b'z'] => u64::from(letter - b'a') + 1,
        _ => 1_000 + name[1..].parse::<u64>().expect("a letter, or `n` and a number"),
    }
}

pub(super) fn node(name: &str) -> Node<SmolStr, u64> {
    Node::new(name.into(), address(name))
}

pub(super) fn number(incarnation: u32) -> Incarnation {
    Incarnation::new(incarnation)
}

/// That `name` is alive, at home, without metadata, and understands everything.
pub(super) fn claim(name: &str, incarnation: u32) -> Claim {
    Alive {
        incarnation: number(incarnation),
        node: node(name),
        meta: Cow::Borrowed(b""),
        versions: Some(Versions::DEFAULT),
        start: StartId::default(),
    }
}

pub(super) fn alive(name: &str, incarnation: u32) -> Message {
    Message::Alive(claim(name, incarnation))
}

pub(super) fn alive_with(name: &str, incarnation: u32, meta: &'static str) -> Message {
    Message::Alive(Alive { meta: Cow::Borrowed(meta.as_bytes()), ..claim(name, incarnation) })
}

pub(super) fn alive_at(name: &str, incarnation: u32, address: u64) -> Message {
    Message::Alive(Alive { node: Node::new(name.into(), address), ..claim(name, incarnation) })
}

/// The claim of one start of the node.
pub(super) fn alive_since(name: &str, incarnation: u32, start: u32) -> Message {
    Message::Alive(Alive { start: StartId::new(start), ..claim(name, incarnation) })
}

fn accusation(name: &str, incarnation: u32, from: &str) -> Accusation<SmolStr> {
    Accusation { incarnation: number(incarnation), node: name.into(), from: from.into() }
}

pub(super) fn suspect(name: &str, incarnation: u32, from: &str) -> Message {
    Message::Suspect(accusation(name, incarnation, from))
}

pub(super) fn dead(name: &str, incarnation: u32, from: &str) -> Message {
    Message::Dead(accusation(name, incarnation, from))
}

pub(super) fn left(name: &str, incarnation: u32) -> Message {
    dead(name, incarnation, name)
}

pub(super) fn ping(seq: SequenceNumber, target: Option<&str>, source: &str) -> Message {
    let (source, reply_to) = (Some(source.into()), Some(address(source)));
    Message::Ping(Ping { seq, target: target.map(SmolStr::from), source, reply_to })
}

pub(super) fn indirect(seq: SequenceNumber, target: &str, nack: bool, source: &str) -> Message {
    let (source, reply_to) = (Some(source.into()), Some(address(source)));
    Message::IndirectPing(IndirectPing { seq, target: node(target), nack, source, reply_to })
}

pub(super) fn ack(seq: SequenceNumber) -> Message {
    ack_with(seq, "")
}

pub(super) fn ack_with(seq: SequenceNumber, payload: &'static str) -> Message {
    Message::Ack(Ack { seq, payload: Cow::Borrowed(payload.as_bytes()) })
}

pub(super) fn nack(seq: SequenceNumber) -> Message {
    Message::Nack(Nack { seq })
}

/// What `origin` says to everybody.
pub(super) fn said(origin: &str, number: u64, key: &'static str, payload: &'static str) -> Message {
    Message::Broadcast(Broadcast {
        origin: origin.into(),
        start: StartId::new(1),
        number,
        key: Cow::Borrowed(key.as_bytes()),
        payload: Cow::Borrowed(payload.as_bytes()),
    })
}

/// A line of a full exchange.
pub(super) fn remote(
    name: &str,
    incarnation: u32,
    state: State,
) -> RemoteState<'static, SmolStr, u64> {
    RemoteState { claim: claim(name, incarnation), state }
}
