//! What ends a node of the Go library, release 0.6.0. Ours counts it and lives.

use std::time::Duration;

use memberlist::codec::Parts;
use memberlist::frame::Framer;

use crate::client::Client;
use crate::client::exchange;
use crate::damage::KEYED;
use crate::damage::framers;
use crate::support::GO;
use crate::support::OURS;
use crate::support::Ring;

/// Nothing, compressed by LZW: a clear code and an end.
const EMPTY: &[u8] = b"\x09\x82\xa4Algo\x00\xa3Buf\xa3\x00\x03\x02";

/// A member that is alive and has five version bytes.
const SHORT_VERSIONS: &[u8] = b"\x06\x83\xa4Join\xc3\xa5Nodes\x01\xacUserStateLen\x00\
    \x87\xa4Addr\xa4\x7f\x00\x00\x01\xabIncarnation\x01\xa4Meta\xc0\xa4Name\xa1x\xa4Port\x01\
    \xa5State\x00\xa3Vsn\xa5\x01\x05\x02\x00\x00";

/// An alive packet up to its version vector.
const ALIVE: &[u8] = b"\x04\x86\xa4Addr\xa4\x7f\x00\x00\x01\xabIncarnation\x01\xa4Meta\xc0\
    \xa4Node\xa1x\xa4Port\x01\xa3Vsn";

/// A user message that claims more bytes than a slice can have.
const ENDLESS: &[u8] = b"\x08\x81\xaaUserMsgLen\xd3\x7f\xff\xff\xff\xff\xff\xff\xff";

/// A release that has mended it lives, too: what counts is that ours does.
fn is_survived(what: &str, flags: &[&str], throw: impl Fn(&str)) {
    let mut survivors = Vec::new();
    for kind in [GO, OURS] {
        let mut ring = Ring::new(&["--set", "stream_timeout=2s"]);
        let peer = ring.add(kind, flags);
        let addr = peer.agent.addr().to_owned();
        throw(&addr);
        let client = Client::to(&addr);
        let lives = (1..=5).any(|seq| {
            client.send(&crate::client::ping(seq, None));
            client.receive_bytes(Duration::from_secs(1)).is_some()
        });
        if lives {
            survivors.push(kind);
        }
    }
    println!("{what} lived: {survivors:?}");
    assert!(survivors.contains(&OURS));
}

fn is_survived_by_itself(stream: &[u8]) {
    let throw = |addr: &str| drop(exchange(addr, stream));
    is_survived(&stream.escape_ascii().to_string(), &[], throw);
}

#[test]
fn an_empty_stream_that_is_compressed_ends_no_node_of_ours() {
    is_survived_by_itself(EMPTY);
}

#[test]
fn an_empty_stream_that_is_encrypted_ends_no_node_of_ours() {
    let mut stream = Vec::new();
    keyed().seal_stream(true, &mut stream, |_| ()).expect("there is a key");
    is_survived("nothing, encrypted", KEYED, |addr| drop(exchange(addr, &stream)));
}

/// The version is not authenticated: as 0 it makes the last byte of the text the length of a pad.
#[test]
fn a_pad_that_is_longer_than_the_text_ends_no_node_of_ours() {
    let (mut parts, mut packet) = (Parts::new(), Vec::new());
    parts.push(b"\x08a text of a block or more\xff");
    keyed().seal(&parts, &mut packet).expect("there is a key");
    packet[0] = 0;
    is_survived("a long pad", KEYED, |addr| Client::to(addr).send_bytes(&packet));
}

#[test]
fn a_short_version_vector_ends_no_node_of_ours() {
    is_survived_by_itself(SHORT_VERSIONS);
}

/// The same in a packet, which anybody can send.
#[test]
fn an_alive_packet_with_a_short_version_vector_ends_no_node_of_ours() {
    for versions in [&b"\xa1\x01"[..], b"\xa5\x01\x05\x02\x00\x00"] {
        let packet = [ALIVE, versions].concat();
        let throw = |addr: &str| {
            let client = Client::to(addr);
            client.send_bytes(&packet);
            // Go answers a ping before it looks at what is told: the answer to this proves nothing.
            client.send(&crate::client::ping(1, None));
            client.receive_bytes(Duration::from_secs(1));
        };
        is_survived(&packet.escape_ascii().to_string(), &[], throw);
    }
}

#[test]
fn a_claimed_length_without_end_ends_no_node_of_ours() {
    is_survived_by_itself(ENDLESS);
}

/// Encrypts, and does nothing else.
fn keyed() -> Framer {
    framers().swap_remove(2)
}
