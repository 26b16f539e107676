//! Bytes that mean harm, or have come to harm.

use std::borrow::Cow;

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;
use crate::types::limits::{
    ERROR_TEXT_BYTES_MAX, PUSH_PULL_BYTES_MAX, STREAM_BYTES_MAX, STREAM_SMALL_BYTES_MAX,
};
use crate::wire::{Measure, Progress, kind};

/// Nothing is written to disk: a failure prints what it takes to see it again.
fn cases(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..Default::default() }
}

proptest! {
    #![proptest_config(cases(256))]

    #[test]
    fn packets_round_trip(message in arbitrary::packet()) {
        let bytes = encode(&message);
        prop_assert_eq!(decode(&bytes), Ok(message));
    }

    #[test]
    fn streams_round_trip_and_measure_themselves(message in arbitrary::stream()) {
        let bytes = encode_stream(&message);
        for arrived in 0..bytes.len() {
            prop_assert!(decode_stream(&bytes[..arrived]).is_err());
            let needs = measure(&bytes[..arrived]);
            prop_assert!(matches!(needs, Ok(Measure::Needs(n)) if n > arrived));
        }
        prop_assert_eq!(measure(&bytes), Ok(Measure::Complete(bytes.len())));
        prop_assert_eq!(decode_stream(&bytes), Ok(message));
    }

    /// Tagged fields end with the message, so a cut between two of them cannot be seen here (a
    /// checksum sees it): then the message is exactly the one that these bytes say.
    #[test]
    fn a_truncated_packet_is_an_error_or_a_shorter_message(message in arbitrary::packet()) {
        let bytes = encode(&message);
        for len in 0..bytes.len() {
            if let Ok(shorter) = decode(&bytes[..len]) {
                prop_assert_eq!(encode(&shorter), &bytes[..len]);
            }
        }
    }

    #[test]
    fn random_bytes_never_panic(mut bytes in vec(any::<u8>(), 1..200), kind in 0u8..40) {
        survives(&bytes)?;
        bytes[0] = kind;
        survives(&bytes)?;
    }
}

proptest! {
    // Each case is some thousands of messages.
    #![proptest_config(cases(24))]

    #[test]
    fn a_flipped_bit_never_panics(message in arbitrary::packet(), stream in arbitrary::stream()) {
        let mut bytes = encode(&message);
        for bit in 0..bytes.len() * 8 {
            bytes[bit / 8] ^= 1 << (bit % 8);
            survives(&bytes)?;
            bytes[bit / 8] ^= 1 << (bit % 8);
        }
        let mut bytes = encode_stream(&stream);
        for bit in 0..bytes.len() * 8 {
            bytes[bit / 8] ^= 1 << (bit % 8);
            survives(&bytes)?;
            bytes[bit / 8] ^= 1 << (bit % 8);
        }
    }
}

fn survives(bytes: &[u8]) -> Result<(), TestCaseError> {
    if let Ok(message) = decode(bytes) {
        let again = encode(&message);
        prop_assert_eq!(decode(&again), Ok(message));
    }
    if let Ok(message) = decode_stream(bytes) {
        let again = encode_stream(&message);
        prop_assert_eq!(decode_stream(&again), Ok(message));
    }
    let _ = measure(bytes);
    Ok(())
}

fn measure(head: &[u8]) -> Result<Measure, DecodeError> {
    <Lpe as Wire<SmolStr, SocketAddr>>::measure_stream(head, &mut Progress::default())
}

#[test]
fn names_addresses_and_metadata_have_limits() {
    let error = |hex: String| decode(&unhex(&hex)).unwrap_err();
    let address = "06 0a000001 1f0a";
    assert_eq!(error(format!("04 01 00 {address}")), DecodeError::Invalid("id"));
    let long = format!("04 01 8002 {} {address}", "61".repeat(256));
    assert_eq!(error(long), DecodeError::TooLarge("id"));
    let far = format!("04 01 01 61 8002 {}", "00".repeat(256));
    assert_eq!(error(far), DecodeError::TooLarge("address"));
    let meta = format!("04 01 01 61 {address} 03 8104 {}", "00".repeat(513));
    assert_eq!(error(meta), DecodeError::TooLarge("metadata"));
    assert_eq!(error("04 01 01 61 05 0a000001 1f".into()), DecodeError::Invalid("socket address"));
    assert_eq!(error(format!("04 01 01 ff {address}")), DecodeError::Invalid("text"));
    assert!(decode(&unhex(&format!("04 01 ff01 {} {address}", "61".repeat(255)))).is_ok());
    assert!(decode(&unhex(&format!("04 01 01 61 {address} 03 8004 {}", "0".repeat(1024)))).is_ok());
}

#[test]
fn fields_are_whole_and_in_order() {
    let error = |hex: &str| decode(&unhex(hex)).unwrap_err();
    assert_eq!(error("02 2a 01 00 01 00"), DecodeError::Invalid("order of tags"));
    assert_eq!(error("02 2a 63 00 01 00"), DecodeError::Invalid("order of tags"));
    assert_eq!(error("02 2a 01"), DecodeError::Truncated);
    assert_eq!(error("02 2a 01 05 61"), DecodeError::Truncated);
    assert_eq!(error("02 8080808010"), DecodeError::Invalid("number"));
    assert_eq!(error("04 01 01 61 06 0a0000011f0a 01 03 000000"), DecodeError::Invalid("start id"));
    assert_eq!(error("04 01 01 61 06 0a0000011f0a 02 03 010502"), DecodeError::Invalid("versions"));
    for kind in [6, 7, 9, 10, 12, 13, 14, 31, 33, 244, 255] {
        assert_eq!(decode(&[kind, 0]), Err(DecodeError::UnknownKind(kind)));
    }
    assert_eq!(decode(&[]), Err(DecodeError::Truncated));
}

#[test]
fn a_stream_message_over_its_limit_is_refused_by_its_head() {
    for (kind, max) in [
        (kind::PING, STREAM_SMALL_BYTES_MAX),
        (kind::ACK, STREAM_SMALL_BYTES_MAX),
        (kind::ERROR, STREAM_SMALL_BYTES_MAX),
        (kind::USER, STREAM_BYTES_MAX),
        (kind::PUSH_PULL, PUSH_PULL_BYTES_MAX),
    ] {
        let head = |len: usize| {
            let len = u32::try_from(len).unwrap().to_be_bytes();
            [kind, len[0], len[1], len[2], len[3]]
        };
        assert_eq!(measure(&head(max)), Ok(Measure::Needs(5 + max)));
        assert_eq!(measure(&head(max + 1)), Err(DecodeError::TooLarge("stream message")));
    }
    for kind in [1, 3, 7, 9, 10, 11, 32, 244] {
        assert_eq!(measure(&[kind]), Err(DecodeError::UnknownKind(kind)));
    }
}

/// A million members are claimed and none is there: nothing is set aside for them.
#[test]
fn a_lying_count_is_refused_when_the_bytes_end() {
    let lie = unhex("06 00000005 00 808040 00");
    assert_eq!(decode_stream(&lie), Err(DecodeError::Truncated));
    let lie = unhex("06 00000004 00 808040");
    assert_eq!(decode_stream(&lie), Err(DecodeError::Truncated));
    let over = unhex("06 00000005 00 818040 00");
    assert_eq!(decode_stream(&over), Err(DecodeError::TooLarge("number of members")));
    assert_eq!(decode_stream(&unhex("02 00000001 2a 00")), Err(DecodeError::Trailing));
}

#[test]
fn a_long_error_text_is_cut_between_two_characters() {
    let text = format!("{}ä", "x".repeat(ERROR_TEXT_BYTES_MAX - 1));
    let bytes = encode_stream(&Stream::Error(Cow::Borrowed(&text)));
    let cut = Cow::Borrowed(&text[..ERROR_TEXT_BYTES_MAX - 1]);
    assert_eq!(decode_stream(&bytes), Ok(Stream::Error(cut)));
}
