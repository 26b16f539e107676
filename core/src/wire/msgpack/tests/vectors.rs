//! What the Go library writes, byte for byte, and back: `vectors.tsv` holds a name and the bytes.

use super::*;
use crate::codec::Reader;
use crate::types::{SequenceNumber, State};
use crate::wire::msgpack::{ack, alive, push_pull};
use crate::wire::{Accusation, Ack, IndirectPing, Nack, Ping, PushPull, RemoteState};

const VECTORS: &str = include_str!("vectors.tsv");

/// The bytes of the vector of that name.
fn vector(name: &str) -> Vec<u8> {
    let mut rows = VECTORS.lines().filter_map(|line| line.split_once('\t'));
    unhex(rows.find(|(row, _)| *row == name).expect(name).1)
}

fn seq(number: u32) -> SequenceNumber {
    SequenceNumber::new(number)
}

fn packet(name: &str, message: Packet<'_>) {
    let bytes = vector(name);
    assert_eq!(encode(&message), bytes, "{name}");
    assert_eq!(decode(&bytes), Ok(message), "{name}");
}

fn stream(name: &str, message: Stream<'_>) {
    let bytes = vector(name);
    assert_eq!(encode_stream(&message), bytes, "{name}");
    assert_eq!(measure(&bytes), Ok(Measure::Complete(bytes.len())), "{name}");
    assert_eq!(decode_stream(&bytes), Ok(message), "{name}");
}

fn ping(number: u32, from: Option<&str>) -> Ping<SmolStr, SocketAddr> {
    Ping {
        seq: seq(number),
        target: Some("node-b".into()),
        source: from.map(|_| "node-a".into()),
        reply_to: from.map(address),
    }
}

#[test]
fn ping_in_both_planes() {
    for (name, ping) in [
        ("ping_min", ping(42, None)),
        ("ping_full", ping(300, Some("10.0.0.1:7946"))),
        ("ping_full16", ping(1, Some("[::ffff:10.0.0.1]:7946"))),
    ] {
        packet(name, Packet::Ping(ping.clone()));
        stream(name, Stream::Ping(ping));
    }
}

#[test]
fn indirect_ping() {
    let target = Node::new("node-b".into(), address("10.0.0.2:7946"));
    let least = IndirectPing { seq: seq(7), target, nack: false, source: None, reply_to: None };
    packet("indirect_min", Packet::IndirectPing(least.clone()));
    let full = IndirectPing {
        nack: true,
        source: Some("node-a".into()),
        reply_to: Some(address("10.0.0.1:7946")),
        ..least
    };
    packet("indirect_ping", Packet::IndirectPing(full));
}

#[test]
fn ack_and_nack() {
    let ack = |payload: &'static [u8]| Ack { seq: seq(42), payload: Cow::Borrowed(payload) };
    packet("ack_nil", Packet::Ack(ack(b"")));
    stream("ack_nil", Stream::Ack(ack(b"")));
    packet("ack_payload", Packet::Ack(ack(b"hi")));
    packet("nack", Packet::Nack(Nack { seq: seq(42) }));
}

/// Go tells no bytes and nothing apart; here both are empty, and nothing is what goes out.
#[test]
fn no_bytes_are_read_as_nothing() {
    let mut bytes = Vec::new();
    ack::put_told(seq(42), Some(b""), &mut bytes);
    assert_eq!(bytes, vector("ack_empty"));
    let empty = Ack { seq: seq(42), payload: Cow::Borrowed(b"") };
    assert_eq!(decode(&bytes), Ok(Packet::Ack(empty)));

    let claim = super::alive("node-a", "[::ffff:10.0.0.1]:7946", b"");
    let mut bytes = Vec::new();
    alive::put_told(&claim, Some(b""), &mut bytes);
    assert_eq!(bytes, vector("alive_mapped"));
    assert_eq!(decode(&bytes), Ok(Packet::Alive(claim)));
}

#[test]
fn suspect_dead_and_leave() {
    let accusation = |from: &str| Accusation {
        incarnation: Incarnation::new(2),
        node: "node-b".into(),
        from: from.into(),
    };
    packet("suspect", Packet::Suspect(accusation("node-a")));
    packet("dead", Packet::Dead(accusation("node-a")));
    packet("leave", Packet::Dead(accusation("node-b")));
}

#[test]
fn alive_in_every_form_of_an_address() {
    packet("alive_v4", Packet::Alive(super::alive("node-a", "10.0.0.1:7946", b"")));
    let mut claim = super::alive("node-a", "[fd00::1]:80", b"m");
    claim.incarnation = Incarnation::new(200);
    claim.versions = Some(Versions { protocol: 5, ..Versions::DEFAULT });
    packet("alive_v6_inc200", Packet::Alive(claim));
}

/// Large numbers, long metadata, no versions: an example that is no row of the table.
#[test]
fn alive_with_large_values() {
    let mut claim = super::alive("n", "10.0.0.1:255", &[0xab; 40]);
    claim.incarnation = Incarnation::new(70_000);
    claim.versions = None;
    let bytes = unhex(&format!(
        "0486 a441646472 a40a000001 ab496e6361726e6174696f6e ce00011170 a44d657461 da0028 {} \
         a44e6f6465 a16e a4506f7274 ccff a356736e c0",
        "ab".repeat(40)
    ));
    assert_eq!(encode(&Packet::Alive(claim.clone())), bytes);
    assert_eq!(decode(&bytes), Ok(Packet::Alive(claim)));
}

#[test]
fn user_messages_and_what_becomes_of_a_broadcast() {
    for payload in [&b""[..], b"hi"] {
        let bytes = [&[8], payload].concat();
        let message = Packet::User(Cow::Borrowed(payload));
        assert_eq!(encode(&message), bytes);
        assert_eq!(decode(&bytes), Ok(message));
    }
    let broadcast = crate::wire::Broadcast {
        origin: "a".into(),
        start: StartId::new(1),
        number: 1,
        key: Cow::Borrowed(b"key"),
        payload: Cow::Borrowed(b"hi"),
    };
    assert_eq!(encode(&Packet::Broadcast(broadcast)), b"\x08hi");
    stream("user_stream", Stream::User(Cow::Borrowed(b"hello")));
    stream("err", Stream::Error(Cow::Borrowed("EOF")));
}

#[test]
fn push_pull() {
    let claim = super::alive("node-a", "10.0.0.1:7946", b"");
    let states = vec![RemoteState { claim, state: State::Alive }];
    let user_state = Cow::Borrowed(&b"xyz"[..]);
    stream("pushpull", Stream::PushPull(PushPull { join: true, states, user_state }));

    let mut header = Vec::new();
    push_pull::put_header(false, 200, 40_000, &mut header);
    assert_eq!(header, vector("pp_header_big"));
    let told = push_pull::Header { join: false, nodes: 200, user_state: 40_000 };
    assert_eq!(push_pull::take_header(&mut Reader::new(&header)), Ok(told));

    let mut claim = super::alive("node-b", "[::ffff:10.0.0.1]:7946", b"m");
    claim.incarnation = Incarnation::new(3);
    let left = RemoteState { claim, state: State::Left };
    let mut state = Vec::new();
    push_pull::put_state(&left, &mut state);
    assert_eq!(state, vector("node_state_left"));
    let mut states = Vec::new();
    assert_eq!(push_pull::take_state(&mut Reader::new(&state), &mut states), Ok(()));
    assert_eq!(states, [left]);
}

/// A row that no test above looks at is a row too many.
#[test]
fn every_row_is_looked_at() {
    let tests = include_str!("vectors.rs");
    for (name, _) in VECTORS.lines().filter_map(|line| line.split_once('\t')) {
        assert!(tests.contains(&format!("(\"{name}\"")), "{name}");
    }
    assert_eq!(VECTORS.lines().count(), 20);
}
