//! Bytes that mean harm, or have come to harm.

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;
use crate::types::limits::{
    PUSH_PULL_BYTES_MAX, PUSH_PULL_MEMBERS_MAX, STREAM_BYTES_MAX, STREAM_SMALL_BYTES_MAX,
};
use crate::wire::lpe::arbitrary;
use crate::wire::{RemoteState, kind};

/// Nothing is written to disk: a failure prints what it takes to see it again.
fn cases(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..Default::default() }
}

/// What is left of a message when it has travelled: Go has no field for the rest.
fn packet() -> impl Strategy<Value = Packet<'static>> {
    arbitrary::packet().prop_map(|message| match message {
        Packet::Alive(alive) => Packet::Alive(claim(alive)),
        Packet::Broadcast(broadcast) => Packet::User(broadcast.payload),
        Packet::Ping(mut ping) => {
            ping.reply_to = ping.reply_to.filter(|address| address.port() != 0);
            Packet::Ping(ping)
        }
        Packet::IndirectPing(mut ping) => {
            ping.reply_to = ping.reply_to.filter(|address| address.port() != 0);
            Packet::IndirectPing(ping)
        }
        other => other,
    })
}

fn stream() -> impl Strategy<Value = Stream<'static>> {
    arbitrary::stream().prop_map(|message| match message {
        Stream::PushPull(mut told) => {
            let states = told.states.into_iter();
            told.states = states
                .map(|state| RemoteState { claim: claim(state.claim), state: state.state })
                .collect();
            Stream::PushPull(told)
        }
        Stream::Ping(mut ping) => {
            ping.reply_to = ping.reply_to.filter(|address| address.port() != 0);
            Stream::Ping(ping)
        }
        other => other,
    })
}

fn claim(alive: Alive<'static, SmolStr, SocketAddr>) -> Alive<'static, SmolStr, SocketAddr> {
    Alive { start: StartId::default(), ..alive }
}

proptest! {
    #![proptest_config(cases(256))]

    #[test]
    fn packets_round_trip_and_none_is_whole_without_its_end(message in packet()) {
        let bytes = encode(&message);
        if !matches!(message, Packet::User(_)) {
            for len in 0..bytes.len() {
                prop_assert_eq!(decode(&bytes[..len]), Err(DecodeError::Truncated));
            }
        }
        prop_assert_eq!(decode(&bytes), Ok(message));
    }

    /// Whoever measures byte by byte comes to the same end as whoever has all at once.
    #[test]
    fn streams_round_trip_and_measure_themselves(message in stream()) {
        let bytes = encode_stream(&message);
        let mut progress = Progress::default();
        for arrived in 0..bytes.len() {
            prop_assert!(decode_stream(&bytes[..arrived]).is_err());
            let needs = Msgpack::measure_stream(&bytes[..arrived], &mut progress);
            let in_range = |n| n > arrived && n <= bytes.len();
            prop_assert!(matches!(needs, Ok(Measure::Needs(n)) if in_range(n)), "{needs:?}");
        }
        let complete = Ok(Measure::Complete(bytes.len()));
        prop_assert_eq!(Msgpack::measure_stream(&bytes, &mut progress), complete);
        let more = [&bytes[..], &[1, 2, 3]].concat();
        prop_assert_eq!(measure(&more), complete);
        prop_assert_eq!(decode_stream(&more), Err(DecodeError::Trailing));
        prop_assert_eq!(decode_stream(&bytes), Ok(message));
    }

    #[test]
    fn random_bytes_never_panic(mut bytes in vec(any::<u8>(), 1..200), kind in 0u8..14) {
        survives(&bytes)?;
        bytes[0] = kind;
        survives(&bytes)?;
    }
}

proptest! {
    // Each case is some thousands of messages.
    #![proptest_config(cases(24))]

    #[test]
    fn a_flipped_bit_never_panics(message in packet(), stream in stream()) {
        for mut bytes in [encode(&message), encode_stream(&stream)] {
            for bit in 0..bytes.len() * 8 {
                bytes[bit / 8] ^= 1 << (bit % 8);
                survives(&bytes)?;
                bytes[bit / 8] ^= 1 << (bit % 8);
            }
        }
    }
}

/// Whatever is read can be written, and is the same then.
fn survives(bytes: &[u8]) -> Result<(), TestCaseError> {
    if let Ok(message) = decode(bytes) {
        let again = encode(&message);
        prop_assert_eq!(decode(&again), Ok(message));
    }
    if let Ok(message) = decode_stream(bytes) {
        let again = encode_stream(&message);
        prop_assert_eq!(decode_stream(&again), Ok(message));
        prop_assert!(matches!(measure(bytes), Ok(Measure::Complete(len)) if len == bytes.len()));
    }
    Ok(())
}

fn push_pull_head(nodes: usize, user_state: usize) -> Vec<u8> {
    let mut out = vec![kind::PUSH_PULL];
    let (nodes, user_state) = (nodes as u64, user_state as u64);
    crate::wire::msgpack::push_pull::put_header(true, nodes, user_state, &mut out);
    out
}

#[test]
fn claimed_lengths_have_limits() {
    let user = |len: u64| {
        let mut out = vec![8, 0x81, 0xaa];
        out.extend_from_slice(b"UserMsgLen");
        crate::codec::msgpack::put_int(len, &mut out);
        out
    };
    let largest = user(STREAM_BYTES_MAX as u64);
    assert_eq!(measure(&largest), Ok(Measure::Needs(largest.len() + STREAM_BYTES_MAX)));
    let over = measure(&user(STREAM_BYTES_MAX as u64 + 1));
    assert_eq!(over, Err(DecodeError::TooLarge("user message")));
    assert_eq!(measure(&user(u64::MAX)), Err(DecodeError::Invalid("user message")));

    let most = push_pull_head(PUSH_PULL_MEMBERS_MAX, STREAM_BYTES_MAX);
    let needs = most.len() + PUSH_PULL_MEMBERS_MAX + STREAM_BYTES_MAX;
    assert_eq!(measure(&most), Ok(Measure::Needs(needs)));
    let over = measure(&push_pull_head(PUSH_PULL_MEMBERS_MAX + 1, 0));
    assert_eq!(over, Err(DecodeError::TooLarge("number of members")));
    let over = measure(&push_pull_head(0, STREAM_BYTES_MAX + 1));
    assert_eq!(over, Err(DecodeError::TooLarge("user state")));
    let claims = [push_pull_head(1, 0), b"\xdd\xff\xff\xff\xff".to_vec()].concat();
    assert_eq!(measure(&claims), Err(DecodeError::TooLarge("stream message")));
    assert!(PUSH_PULL_BYTES_MAX > needs);
}

/// A header that never ends, and small messages that are not small, are given up early.
#[test]
fn what_should_be_small_is_refused_when_it_is_not() {
    for kind in [kind::PING, kind::ACK, kind::ERROR, kind::PUSH_PULL, kind::USER] {
        let endless = [&[kind, 0xdd, 0, 0, 0xff, 0xff][..], &[0xc0; 100]].concat();
        assert_eq!(measure(&endless), Err(DecodeError::TooLarge("stream message")), "{kind}");
        let long = [&[kind, 0xda, 0xff, 0xff][..], &[0; STREAM_SMALL_BYTES_MAX]].concat();
        assert_eq!(measure(&long), Err(DecodeError::TooLarge("stream message")), "{kind}");
    }
    for kind in [kind::ALIVE, 7, 9, 10, 12, 244, 255] {
        assert_eq!(measure(&[kind]), Err(DecodeError::UnknownKind(kind)));
        assert_eq!(decode_stream(&[kind]), Err(DecodeError::UnknownKind(kind)));
    }
    for kind in [6, 7, 9, 10, 12, 13, 32, 244, 255] {
        assert_eq!(decode(&[kind, 0xc0]), Err(DecodeError::UnknownKind(kind)));
    }
    assert_eq!(measure(&[]), Ok(Measure::Needs(1)));
    assert_eq!(decode(&[]), Err(DecodeError::Truncated));
}

/// The work of measuring is counted in values that are read over, not in calls.
#[test]
fn a_push_pull_that_comes_byte_by_byte_is_looked_at_once() {
    let claim = alive("node-a", "10.0.0.1:7946", b"meta");
    let mut bytes = push_pull_head(1_000, 0);
    let state = RemoteState { claim, state: crate::types::State::Alive };
    for _ in 0..1_000 {
        crate::wire::msgpack::push_pull::put_state(&state, &mut bytes);
    }
    let mut progress = Progress::default();
    let mut longest = 0;
    for arrived in 0..=bytes.len() {
        let measured = Msgpack::measure_stream(&bytes[..arrived], &mut progress).unwrap();
        assert_eq!(measured == Measure::Complete(bytes.len()), arrived == bytes.len());
        longest = longest.max(arrived - progress.seen);
    }
    // No call finds more in front of it than the one value that is not whole yet.
    assert!(longest < 16, "{longest}");
}
