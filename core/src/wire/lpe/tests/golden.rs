//! Hex in, value out, and back. A vector that has been released is never changed.

use std::borrow::Cow;

use super::*;
use crate::types::{Incarnation, Node, SequenceNumber, StartId, State, Versions};
use crate::wire::{
    Accusation, Ack, Alive, Broadcast, IndirectPing, Measure, Nack, Ping, Progress, PushPull,
    RemoteState,
};

fn address(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

fn node(id: &str, at: &str) -> Node<SmolStr, SocketAddr> {
    Node::new(SmolStr::new(id), address(at))
}

fn seq(number: u32) -> SequenceNumber {
    SequenceNumber::new(number)
}

fn alive() -> Alive<'static, SmolStr, SocketAddr> {
    Alive {
        incarnation: Incarnation::new(1),
        node: node("node-01", "10.0.0.1:7946"),
        meta: Cow::Borrowed(b""),
        versions: Some(Versions::DEFAULT),
        start: StartId::new(0xdead_beef),
    }
}

fn packet(message: Packet<'_>, hex: &str) {
    let bytes = unhex(hex);
    assert_eq!(encode(&message), bytes, "{message:?}");
    assert_eq!(decode(&bytes), Ok(message));
}

fn stream(message: Stream<'_>, hex: &str) {
    let bytes = unhex(hex);
    assert_eq!(encode_stream(&message), bytes, "{message:?}");
    let complete = Ok(Measure::Complete(bytes.len()));
    assert_eq!(measure(&bytes), complete);
    assert_eq!(decode_stream(&bytes), Ok(message));
}

fn measure(head: &[u8]) -> Result<Measure, DecodeError> {
    <Lpe as Wire<SmolStr, SocketAddr>>::measure_stream(head, &mut Progress::default())
}

#[test]
fn ping() {
    let least = Ping { seq: seq(42), target: None, source: None, reply_to: None };
    packet(Packet::Ping(least.clone()), "00 2a");
    let full = Ping {
        seq: seq(300),
        target: Some("node-b".into()),
        source: Some("node-a".into()),
        reply_to: Some(address("10.0.0.1:7946")),
    };
    let fields = "01 06 6e6f64652d61  02 06 0a000001 1f0a  03 06 6e6f64652d62";
    packet(Packet::Ping(full.clone()), &format!("00 ac02 {fields}"));
    stream(Stream::Ping(least), "00 00000001 2a");
    stream(Stream::Ping(full), &format!("00 0000001a ac02 {fields}"));
}

#[test]
fn indirect_ping() {
    let target = node("node-b", "10.0.0.2:7946");
    let mut ping = IndirectPing { seq: seq(7), target, nack: false, source: None, reply_to: None };
    let head = "01 07 06 6e6f64652d62 06 0a000002 1f0a";
    packet(Packet::IndirectPing(ping.clone()), head);
    ping.nack = true;
    ping.source = Some("node-a".into());
    ping.reply_to = Some(address("[fd00::1]:80"));
    let address = "02 12 fd000000000000000000000000000001 0050";
    let fields = format!("01 06 6e6f64652d61  {address}  03 00");
    packet(Packet::IndirectPing(ping), &format!("{head} {fields}"));
}

#[test]
fn ack_and_nack() {
    let empty = Ack { seq: seq(42), payload: Cow::Borrowed(b"") };
    packet(Packet::Ack(empty.clone()), "02 2a");
    packet(Packet::Ack(Ack { payload: Cow::Borrowed(b"hi"), ..empty.clone() }), "02 2a 01 02 6869");
    stream(Stream::Ack(empty), "02 00000001 2a");
    packet(Packet::Nack(Nack { seq: seq(u32::MAX) }), "0b ffffffff0f");
}

#[test]
fn suspect_and_dead() {
    let accusation = Accusation {
        incarnation: Incarnation::new(2),
        node: SmolStr::new("node-b"),
        from: SmolStr::new("node-a"),
    };
    let body = "02 06 6e6f64652d62 06 6e6f64652d61";
    packet(Packet::Suspect(accusation.clone()), &format!("03 {body}"));
    packet(Packet::Dead(accusation), &format!("05 {body}"));
}

/// The whole of an ordinary claim is 23 bytes.
#[test]
fn alive_with_nothing_special() {
    let hex = "04 01 07 6e6f64652d3031 06 0a000001 1f0a  01 04 deadbeef";
    assert_eq!(unhex(hex).len(), 23);
    packet(Packet::Alive(alive()), hex);
}

#[test]
fn alive_with_everything() {
    let head = "04 c801 07 6e6f64652d3031 12 00000000000000000000ffff0a000001 1f0a";
    let mut claim = alive();
    claim.incarnation = Incarnation::new(200);
    claim.node = node("node-01", "[::ffff:10.0.0.1]:7946");
    claim.meta = Cow::Borrowed(b"web");
    claim.versions = Some(Versions { protocol: 5, ..Versions::DEFAULT });
    packet(
        Packet::Alive(claim.clone()),
        &format!("{head} 01 04 deadbeef 02 06 010505000000 03 03 776562"),
    );
    claim.start = StartId::new(0);
    claim.versions = None;
    claim.meta = Cow::Borrowed(&[0xab; 200]);
    packet(Packet::Alive(claim), &format!("{head} 02 00 03 c801 {}", "ab".repeat(200)));
}

/// Ids and addresses of any type, here a number at a host name.
#[test]
fn alive_of_other_types() {
    let node = Node::new(0x0102_0304_0506_0708u64, SmolStr::new("rack-7"));
    let Alive { incarnation, meta, versions, start, .. } = alive();
    let message = Message::Alive(Alive { incarnation, node, meta, versions, start });
    let mut out = Vec::new();
    Lpe::encode(&message, &mut out);
    assert_eq!(out, unhex("04 01 08 0102030405060708 06 7261636b2d37 01 04 deadbeef"));
    assert_eq!(Lpe::decode(&out), Ok(message));
}

#[test]
fn user_and_broadcast() {
    packet(Packet::User(Cow::Borrowed(b"")), "08");
    packet(Packet::User(Cow::Borrowed(b"hi")), "08 6869");
    let mut broadcast = Broadcast {
        origin: SmolStr::new("a"),
        start: StartId::new(0xdead_beef),
        number: 300,
        key: Cow::Borrowed(b""),
        payload: Cow::Borrowed(b"hi"),
    };
    let head = "20 01 61 deadbeef ac02 02 6869";
    packet(Packet::Broadcast(broadcast.clone()), head);
    broadcast.key = Cow::Borrowed(b"load");
    packet(Packet::Broadcast(broadcast), &format!("{head} 01 04 6c6f6164"));
}

#[test]
fn push_pull_user_and_error_on_a_stream() {
    let states = vec![
        RemoteState { claim: alive(), state: State::Alive },
        RemoteState {
            claim: Alive { versions: None, start: StartId::new(0), ..alive() },
            state: State::Left,
        },
    ];
    let claim = "01 07 6e6f64652d3031 06 0a000001 1f0a";
    let list = format!("02  17 00 {claim} 01 04 deadbeef  13 03 {claim} 02 00");
    let push_pull = PushPull { join: true, states, user_state: Cow::Borrowed(b"xyz") };
    stream(Stream::PushPull(push_pull), &format!("06 00000032 01 {list} 03 78797a"));
    stream(Stream::User(Cow::Borrowed(b"hello")), "08 00000005 68656c6c6f");
    stream(Stream::Error(Cow::Borrowed("EOF")), "0d 00000003 454f46");
}

/// The rule that lets versions roll: what is not known is skipped.
#[test]
fn unknown_fields_are_skipped() {
    let known = "04 01 07 6e6f64652d3031 06 0a000001 1f0a 01 04 deadbeef";
    let later = unhex(&format!("{known} 63 03 010203 ff 00"));
    assert_eq!(decode(&later), Ok(Packet::Alive(alive())));
    for kind in ["00 2a", "02 2a", "0b 2a", "03 02 01 61 01 62", "20 01 61 deadbeef 01 00"] {
        let (plain, later) = (unhex(kind), unhex(&format!("{kind} 63 01 ff")));
        assert!(decode(&plain).is_ok());
        assert_eq!(decode(&later), decode(&plain));
    }
    let stream = unhex("06 00000009 80 01 02 03 00 63 02 0000");
    assert_eq!(decode_stream(&stream), Err(DecodeError::Truncated), "a state must be whole");
    let empty = PushPull { join: false, states: vec![], user_state: Cow::Borrowed(b"") };
    let stream = unhex("06 00000007 fe 00 00 63 02 0000");
    assert_eq!(decode_stream(&stream), Ok(Stream::PushPull(empty)));
}
