//! What Go's reader takes besides what its writer writes.

use super::*;
use crate::types::limits::{ERROR_TEXT_BYTES_MAX, META_BYTES_MAX};
use crate::types::{SequenceNumber, State};
use crate::wire::{Ack, Nack, Ping, PushPull};

fn nack(seq: u32) -> Result<Packet<'static>, DecodeError> {
    Ok(Packet::Nack(Nack { seq: SequenceNumber::new(seq) }))
}

/// A map of one byte for its length, from pairs of a name and bytes.
fn map(kind: &[u8], fields: &[(&str, &[u8])]) -> Vec<u8> {
    let mut out = kind.to_vec();
    out.push(0x80 + u8::try_from(fields.len()).unwrap());
    for (name, value) in fields {
        out.push(0xa0 + u8::try_from(name.len()).unwrap());
        out.extend_from_slice(name.as_bytes());
        out.extend_from_slice(value);
    }
    out
}

#[test]
fn fields_may_be_unknown_missing_twice_or_nothing() {
    let unknown: &[(&str, &[u8])] = &[("New", b"\x82\x01\x90\xa1x\xca\0\0\0\0"), ("SeqNo", &[7])];
    assert_eq!(decode(&map(&[11], unknown)), nack(7));
    assert_eq!(decode(&map(&[11], &[])), nack(0));
    assert_eq!(decode(&map(&[11], &[("SeqNo", &[7]), ("SeqNo", &[8])])), nack(8));
    assert_eq!(decode(&map(&[11], &[("SeqNo", &[0xc0])])), nack(0));
    assert_eq!(decode(&map(&[11], &[("seqno", &[7])])), nack(0), "case matters");
    assert_eq!(decode(&[11, 0xc0]), nack(0));
    let trailing = [map(&[11], &[("SeqNo", &[7])]), vec![0xc1; 3]].concat();
    assert_eq!(decode(&trailing), nack(7));
}

/// Releases up to 0.5.0 write `int` fields with the unsigned forms.
#[test]
fn a_push_pull_of_an_older_release() {
    let state: &[(&str, &[u8])] = &[
        ("Addr", &[0xa4, 10, 0, 0, 1]),
        ("Incarnation", &[1]),
        ("Meta", &[0xc0]),
        ("Name", b"\xa1a"),
        ("Port", &[0xcd, 0x1f, 0x0a]),
        ("State", &[0xcc, 0]),
        ("Vsn", &[0xa6, 1, 5, 2, 0, 0, 0]),
    ];
    let header: &[(&str, &[u8])] =
        &[("Join", &[0xc2]), ("Nodes", &[0xcd, 0, 1]), ("UserStateLen", &[0xce, 0, 0, 0, 200])];
    let bytes = [map(&[6], header), map(&[], state), vec![7; 200]].concat();
    assert_eq!(measure(&bytes), Ok(Measure::Complete(bytes.len())));
    let Ok(Stream::PushPull(PushPull { states, user_state, .. })) = decode_stream(&bytes) else {
        panic!("{:?}", decode_stream(&bytes));
    };
    assert_eq!((states.len(), states[0].state, user_state.len()), (1, State::Alive, 200));
    assert_eq!(states[0].claim, super::alive("a", "10.0.0.1:7946", b""));
}

#[test]
fn structs_may_be_arrays_in_the_order_of_their_declaration() {
    let ping = decode(b"\x00\x95\x07\xa1b\xa4\x0a\0\0\x01\xcd\x1f\x0a\xa1a");
    let told = Ping {
        seq: SequenceNumber::new(7),
        target: Some("b".into()),
        source: Some("a".into()),
        reply_to: Some(address("10.0.0.1:7946")),
    };
    assert_eq!(ping, Ok(Packet::Ping(told)));
    let indirect = decode(b"\x01\x95\x07\xa4\x0a\0\0\x02\x50\xa1b\xc3");
    let Ok(Packet::IndirectPing(indirect)) = indirect else { panic!("{indirect:?}") };
    assert_eq!((indirect.nack, *indirect.target.address()), (true, address("10.0.0.2:80")));
    let alive = decode(b"\x04\x96\x01\xa1a\xa4\x0a\0\0\x01\xcd\x1f\x0a\xc0\xa6\x01\x05\x02\0\0\0");
    assert_eq!(alive, Ok(Packet::Alive(super::alive("a", "10.0.0.1:7946", b""))));
    let suspect = decode(b"\x03\x93\x02\xa1b\xa1a");
    let Ok(Packet::Suspect(suspect)) = suspect else { panic!("{suspect:?}") };
    assert_eq!((suspect.node.as_str(), suspect.from.as_str()), ("b", "a"));
    let ack = Ack { seq: SequenceNumber::new(7), payload: Cow::Borrowed(b"hi") };
    assert_eq!(decode(b"\x02\x92\x07\xa2hi"), Ok(Packet::Ack(ack)));
    let push_pull =
        decode_stream(b"\x06\x93\x01\x01\xc3\x97\xa1a\xa4\x0a\0\0\x01\x50\xc0\x01\x02\xc0x");
    let Ok(Stream::PushPull(push_pull)) = push_pull else { panic!("{push_pull:?}") };
    assert_eq!((push_pull.join, &*push_pull.user_state), (true, &b"x"[..]));
    assert_eq!(
        (push_pull.states[0].state, push_pull.states[0].claim.versions),
        (State::Dead, None)
    );
    assert_eq!(decode_stream(b"\x08\x91\x02hi"), Ok(Stream::User(Cow::Borrowed(b"hi"))));
    assert_eq!(decode_stream(b"\x0d\x91\xa2no"), Ok(Stream::Error(Cow::Borrowed("no"))));
}

/// As in Go, the source counts only if both its parts are there.
#[test]
fn half_a_source_is_no_source() {
    let reply_to = |fields: &[(&str, &[u8])]| match decode(&map(&[0], fields)) {
        Ok(Packet::Ping(ping)) => ping.reply_to,
        other => panic!("{other:?}"),
    };
    let address: (&str, &[u8]) = ("SourceAddr", &[0xa4, 10, 0, 0, 1]);
    assert_eq!(reply_to(&[address]), None);
    assert_eq!(reply_to(&[address, ("SourcePort", &[0])]), None);
    assert_eq!(reply_to(&[("SourcePort", &[80])]), None);
    assert_eq!(reply_to(&[address, ("SourcePort", &[80])]), Some(super::address("10.0.0.1:80")));
}

/// Go answers a ping of whoever has a strange name.
#[test]
fn a_source_that_can_be_no_member_is_nobody() {
    for name in [&b"\xa1\xff"[..], &[&[0xda, 1, 0][..], &[b'a'; 256]].concat()] {
        match decode(&map(&[0], &[("SeqNo", &[7]), ("SourceNode", name)])) {
            Ok(Packet::Ping(ping)) => assert_eq!((ping.seq.get(), ping.source), (7, None)),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn the_target_of_an_indirect_ping_may_have_no_name() {
    let bytes = map(&[1], &[("Target", &[0xa4, 127, 0, 0, 1]), ("Port", &[80])]);
    let Ok(Packet::IndirectPing(indirect)) = decode(&bytes) else { panic!("{bytes:02x?}") };
    assert_eq!(indirect.target, Node::new(SmolStr::default(), address("127.0.0.1:80")));
    let message = Packet::IndirectPing(indirect);
    assert_eq!(decode(&encode(&message)), Ok(message));
}

#[test]
fn a_member_that_cannot_be_one_does_not_keep_the_others_out() {
    let good: &[(&str, &[u8])] =
        &[("Addr", &[0xa4, 10, 0, 0, 1]), ("Name", b"\xa1a"), ("Port", &[80])];
    let [addr, name, port] = [good[0], good[1], good[2]];
    let long = [&[0xda, 2, 1][..], &[7; META_BYTES_MAX + 1]].concat();
    let bad: &[&[(&str, &[u8])]] = &[
        &[addr, ("Name", &[0xa0]), port],
        &[addr, ("Name", &[0xa1, 0xff]), port],
        &[("Addr", &[0xa3, 1, 2, 3]), name, port],
        &[addr, name, port, ("Meta", &long)],
        &[addr, name, port, ("State", &[4])],
        &[addr, name, port, ("State", &[0xff])],
        &[addr, name, port, ("Vsn", &[0xa3, 1, 5, 2])],
        &[],
    ];
    let nodes = [u8::try_from(bad.len() + 2).unwrap()];
    let mut bytes = map(&[6], &[("Nodes", &nodes)]);
    bytes.extend(map(&[], good));
    bad.iter().for_each(|fields| bytes.extend(map(&[], fields)));
    bytes.extend(map(&[], good));
    let Ok(Stream::PushPull(told)) = decode_stream(&bytes) else { panic!("{bytes:02x?}") };
    assert_eq!(told.states.len(), 2);
}

#[test]
fn names_addresses_and_versions_of_a_claim_are_checked() {
    let alive = |id: &[u8], ip: &[u8], versions: &[u8]| {
        decode(&map(&[4], &[("Addr", ip), ("Node", id), ("Vsn", versions)])).err()
    };
    let ip = [0xa4, 10, 0, 0, 1];
    assert_eq!(alive(b"\xa1a", &ip, &[0xc0]), None);
    assert_eq!(alive(b"\xa0", &ip, &[0xc0]), Some(DecodeError::Invalid("id")));
    let long = [&[0xda, 1, 0][..], &[b'a'; 256]].concat();
    assert_eq!(alive(&long, &ip, &[0xc0]), Some(DecodeError::TooLarge("id")));
    assert_eq!(alive(b"\xa1a", &[0xa1, 1], &[0xc0]), Some(DecodeError::Invalid("address")));
    assert_eq!(alive(b"\xa1a", &ip, &[0xa1, 1]), Some(DecodeError::Invalid("versions")));
}

#[test]
fn words_of_an_error_need_not_be_text() {
    let error = decode_stream(b"\x0d\x81\xa5Error\xa3no\xff");
    assert_eq!(error, Ok(Stream::Error(Cow::Borrowed("no\u{fffd}"))));
    let long = Stream::Error("ä".repeat(ERROR_TEXT_BYTES_MAX).into());
    let Ok(Stream::Error(cut)) = decode_stream(&encode_stream(&long)).map(|cut| match cut {
        Stream::Error(text) => Stream::Error(text.into_owned().into()),
        other => panic!("{other:?}"),
    }) else {
        panic!("an error that is cut can be read");
    };
    assert_eq!(cut.len(), ERROR_TEXT_BYTES_MAX);
}
