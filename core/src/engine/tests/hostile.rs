//! Bad input: dropped and counted by reason, existing members untouched.

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;
use crate::wire::Accusation;

#[test]
fn what_is_wrong_with_a_packet_is_counted_by_reason() {
    let mut engine = node_a();
    let good = datagram(&[ping(1, "a")]);
    let mut damaged = good.clone();
    damaged[7] ^= 1;
    for (bytes, reason) in [
        (&damaged[..], "frame_checksum"),
        (&good[..4], "frame_checksum_truncated"),
        (&[244, 1, 7, 0, 1], "frame_label_other"),
        (&[], "frame_empty"),
        (&[7, 9, 0], "frame_compound_truncated"),
        (&[9, 1], "frame_compression_invalid"),
        (&[7, 1, 0, 2, 9, 1], "frame_compressed"),
        (b"GET / HTTP/1.1\r\n", "stranger_http"),
        (&[22, 3, 1, 2, 0], "stranger_tls"),
        (&[99, 1], "wire_unknown_kind"),
        (&[6, 0, 0, 0, 0], "wire_unknown_kind"),
        (&[4, 1, 0], "wire_invalid"),
        (&[4, 1], "wire_truncated"),
    ] {
        let before = stat(&engine, reason);
        engine.handle_datagram(NOW, at(2), bytes);
        assert_eq!(stat(&engine, reason), before + 1, "{reason}");
    }
    assert_eq!(drain(&mut engine), []);
    assert_eq!(stat(&engine, "packets_received"), 13);
}

#[test]
fn the_good_messages_of_a_bad_packet_are_taken_in() {
    let mut engine = node_a();
    let (b, c) = (Packet::Alive(alive("b", 2)), Packet::Alive(alive("c", 3)));
    let bytes = datagram(&[b, Packet::Alive(alive("", 4)), c.clone(), c]);
    let plain = &bytes[5..];
    engine.handle_datagram(NOW, at(2), &plain[..plain.len() - 1]);
    assert!(knows(&engine, "b") && knows(&engine, "c"));
    assert_eq!(stat(&engine, "wire_invalid"), 1, "an empty name");
    assert_eq!(stat(&engine, "frame_parts_lost"), 1);
}

fn hostile() -> impl Strategy<Value = Vec<u8>> {
    let accusation = |(kind, incarnation): (bool, u32)| {
        let accusation = Accusation {
            incarnation: Incarnation::new(incarnation),
            node: SmolStr::new("nobody"),
            from: SmolStr::new("nobody else"),
        };
        datagram(&[if kind { Packet::Dead(accusation) } else { Packet::Suspect(accusation) }])
    };
    prop_oneof![
        vec(any::<u8>(), 0..100),
        any::<(bool, u32)>().prop_map(accusation),
        (vec(any::<u8>(), 1..60), 0u8..33).prop_map(|(mut bytes, kind)| {
            bytes[0] = kind;
            bytes
        }),
    ]
}

/// Nothing is written to disk: a failure prints what it takes to see it again.
fn cases(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..Default::default() }
}

proptest! {
    #![proptest_config(cases(64))]

    #[test]
    fn strangers_with_random_bytes_change_nothing(packets in vec(hostile(), 1..50)) {
        let mut engine = node_a();
        take(&mut engine, 2, Packet::Alive(alive("b", 2)));
        let before = engine.swim.member(&"b".into()).cloned();
        for bytes in packets {
            engine.handle_datagram(NOW, at(666), &bytes);
            drain(&mut engine);
            notices(&mut engine);
        }
        prop_assert_eq!(engine.swim.member(&"b".into()), before.as_ref());
        prop_assert_eq!(engine.local().id(), "a");
    }
}
