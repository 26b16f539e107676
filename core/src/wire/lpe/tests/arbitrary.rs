//! Any message, for property tests.

use std::borrow::Cow;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use super::*;
use crate::types::{Incarnation, Node, SequenceNumber, StartId, State, Versions};
use crate::wire::{
    Accusation, Ack, Alive, Broadcast, IndirectPing, Nack, Ping, PushPull, RemoteState,
};

fn id() -> impl Strategy<Value = SmolStr> {
    prop_oneof!["[a-z0-9.-]{1,30}", "[a-zä€]{1,85}"].prop_map(SmolStr::from)
}

fn address() -> impl Strategy<Value = SocketAddr> {
    let mapped = any::<([u8; 4], u16)>().prop_map(|(ip, port)| {
        SocketAddr::from((std::net::Ipv4Addr::from(ip).to_ipv6_mapped(), port))
    });
    prop_oneof![
        any::<([u8; 4], u16)>().prop_map(SocketAddr::from),
        any::<([u8; 16], u16)>().prop_map(SocketAddr::from),
        mapped,
    ]
}

fn bytes(max: usize) -> impl Strategy<Value = Cow<'static, [u8]>> {
    vec(any::<u8>(), 0..=max).prop_map(Cow::Owned)
}

fn seq() -> impl Strategy<Value = SequenceNumber> {
    any::<u32>().prop_map(SequenceNumber::new)
}

fn node() -> impl Strategy<Value = Node<SmolStr, SocketAddr>> {
    (id(), address()).prop_map(Node::from)
}

fn ping() -> impl Strategy<Value = Ping<SmolStr, SocketAddr>> {
    (seq(), option::of(id()), option::of(id()), option::of(address()))
        .prop_map(|(seq, target, source, reply_to)| Ping { seq, target, source, reply_to })
}

fn indirect_ping() -> impl Strategy<Value = IndirectPing<SmolStr, SocketAddr>> {
    (ping(), node(), any::<bool>()).prop_map(|(ping, target, nack)| {
        let Ping { seq, source, reply_to, .. } = ping;
        IndirectPing { seq, target, nack, source, reply_to }
    })
}

fn ack() -> impl Strategy<Value = Ack<'static>> {
    (seq(), bytes(300)).prop_map(|(seq, payload)| Ack { seq, payload })
}

fn accusation() -> impl Strategy<Value = Accusation<SmolStr>> {
    (any::<u32>(), id(), id()).prop_map(|(incarnation, node, from)| Accusation {
        incarnation: Incarnation::new(incarnation),
        node,
        from,
    })
}

fn alive() -> impl Strategy<Value = Alive<'static, SmolStr, SocketAddr>> {
    let versions = prop_oneof![
        Just(None),
        Just(Some(Versions::DEFAULT)),
        any::<[u8; 6]>().prop_map(|bytes| Some(Versions::from_bytes(bytes))),
    ];
    (any::<u32>(), node(), bytes(512), versions, any::<u32>()).prop_map(
        |(incarnation, node, meta, versions, start)| Alive {
            incarnation: Incarnation::new(incarnation),
            node,
            meta,
            versions,
            start: StartId::new(start),
        },
    )
}

fn broadcast() -> impl Strategy<Value = Broadcast<'static, SmolStr>> {
    (id(), any::<u32>(), any::<u64>(), bytes(20), bytes(300)).prop_map(
        |(origin, start, number, key, payload)| Broadcast {
            origin,
            start: StartId::new(start),
            number,
            key,
            payload,
        },
    )
}

pub(in crate::wire) fn packet() -> impl Strategy<Value = Packet<'static>> {
    prop_oneof![
        ping().prop_map(Packet::Ping),
        indirect_ping().prop_map(Packet::IndirectPing),
        ack().prop_map(Packet::Ack),
        seq().prop_map(|seq| Packet::Nack(Nack { seq })),
        accusation().prop_map(Packet::Suspect),
        accusation().prop_map(Packet::Dead),
        alive().prop_map(Packet::Alive),
        bytes(300).prop_map(Packet::User),
        broadcast().prop_map(Packet::Broadcast),
    ]
}

fn push_pull() -> impl Strategy<Value = PushPull<'static, SmolStr, SocketAddr>> {
    let state = (alive(), 0u8..4)
        .prop_map(|(claim, state)| RemoteState { claim, state: State::from_u8(state).unwrap() });
    (any::<bool>(), vec(state, 0..5), bytes(300)).prop_map(|(join, states, user_state)| PushPull {
        join,
        states,
        user_state,
    })
}

pub(in crate::wire) fn stream() -> impl Strategy<Value = Stream<'static>> {
    prop_oneof![
        ping().prop_map(Stream::Ping),
        ack().prop_map(Stream::Ack),
        push_pull().prop_map(Stream::PushPull),
        bytes(300).prop_map(Stream::User),
        "\\PC{0,200}".prop_map(|text| Stream::Error(Cow::Owned(text))),
    ]
}
