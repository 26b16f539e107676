//! Streams that end a node of the Go library, release 0.6.0. Ours counts them and lives.

use std::time::Duration;

use crate::client::Client;
use crate::client::exchange;
use crate::support::GO;
use crate::support::OURS;
use crate::support::Ring;

/// Nothing, compressed by LZW: a clear code and an end.
const EMPTY: &[u8] = b"\x09\x82\xa4Algo\x00\xa3Buf\xa3\x00\x03\x02";

/// A member that is alive and has five version bytes.
const SHORT_VERSIONS: &[u8] = b"\x06\x83\xa4Join\xc3\xa5Nodes\x01\xacUserStateLen\x00\
    \x87\xa4Addr\xa4\x7f\x00\x00\x01\xabIncarnation\x01\xa4Meta\xc0\xa4Name\xa1x\xa4Port\x01\
    \xa5State\x00\xa3Vsn\xa5\x01\x05\x02\x00\x00";

/// A user message that claims more bytes than a slice can have.
const ENDLESS: &[u8] = b"\x08\x81\xaaUserMsgLen\xd3\x7f\xff\xff\xff\xff\xff\xff\xff";

/// A release that has mended it lives, too: what counts is that ours does.
fn is_survived(stream: &[u8]) {
    let mut survivors = Vec::new();
    for kind in [GO, OURS] {
        let mut ring = Ring::new(&["--set", "stream_timeout=2s"]);
        let peer = ring.add(kind, &[]);
        let addr = peer.agent.addr().to_owned();
        let _ = exchange(&addr, stream);
        let client = Client::to(&addr);
        let lives = (1..=5).any(|seq| {
            client.send(&crate::client::ping(seq, None));
            !client.receive(Duration::from_secs(1)).is_empty()
        });
        if lives {
            survivors.push(kind);
        }
    }
    println!("{} lived: {survivors:?}", stream.escape_ascii());
    assert!(survivors.contains(&OURS));
}

#[test]
fn an_empty_stream_that_is_compressed_ends_no_node_of_ours() {
    is_survived(EMPTY);
}

#[test]
fn a_short_version_vector_ends_no_node_of_ours() {
    is_survived(SHORT_VERSIONS);
}

#[test]
fn a_claimed_length_without_end_ends_no_node_of_ours() {
    is_survived(ENDLESS);
}
