//! What members tell each other: metadata, messages, states, pings.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use memberlist::delegate::{CompositeDelegate, Plane};
use memberlist::node::Completion;
use memberlist::wire::Wire;
use memberlist::{Lpe, Meta, Msgpack, Reason, SendError};
use smol_str::SmolStr;

use crate::hooks::*;
use crate::support::*;

fn meta(text: &str) -> Meta {
    text.try_into().expect("it is short")
}

pub(crate) async fn metadata_and_its_updates_reach_the_other<C: Cell>() {
    let a = builder::<C>("a").meta(meta("web")).start().await.unwrap();
    let b = builder::<C>("b").meta(meta("lb")).start().await.unwrap();
    meet::<C>(&a, &b).await;
    knows::<C>(&a, "b", |member| *member.meta() == meta("lb")).await;
    knows::<C>(&b, "a", |member| *member.meta() == meta("web")).await;

    let mut events = a.events();
    for (node, new) in [(&a, "api"), (&b, "db")] {
        let updated = within::<C, _>("the update", node.update_meta(meta(new))).await.unwrap();
        assert_eq!(updated.heard_by, 1);
        assert_eq!(*node.local().meta(), meta(new));
    }
    knows::<C>(&a, "b", |member| *member.meta() == meta("db")).await;
    knows::<C>(&b, "a", |member| *member.meta() == meta("api")).await;
    let event = event_of::<C>(&mut events, "b").await;
    assert_eq!(event.reason, Reason::Updated);
    assert_eq!(*event.old.unwrap().meta(), meta("lb"));
    assert_eq!(*event.new.unwrap().meta(), meta("db"));
    down::<C>([a, b]).await;
}

/// 256 messages, each as long as the others.
fn many() -> BTreeSet<Bytes> {
    (0..=255).map(|at| format!("message {at:03}").into()).collect()
}

/// Takes in as many messages as [`many`] gives; each must come once.
async fn all_of_them<C: Cell>(heard: &async_channel::Receiver<Heard>, plane: Plane) {
    let mut got = BTreeSet::new();
    while got.len() < many().len() {
        let message = message::<C>(heard).await;
        assert_eq!(message.plane, plane);
        assert!(plane != Plane::Broadcast || message.sender.as_deref() == Some("b"));
        assert!(got.insert(message.payload.clone()), "{:?} came twice", message.payload);
    }
    assert_eq!(got, many());
}

pub(crate) async fn broadcasts_arrive_as_a_set<C: Cell>() {
    let (delegate, heard) = listener();
    let a = builder::<C>("a").delegate(delegate).start().await.unwrap();
    let (b, c) = (start::<C>("b").await, start::<C>("c").await);
    meet::<C>(&a, &b).await;
    meet::<C>(&a, &c).await;
    sees::<C>(&b, 3).await;
    let mut last = None;
    for payload in many() {
        last = Some(b.broadcast(payload).await.unwrap());
    }
    all_of_them::<C>(&heard, Plane::Broadcast).await;
    let done = within::<C, _>("the last one is spent", last.unwrap()).await.unwrap();
    assert_eq!(done, Completion::Sent);
    // What comes late comes from somebody who passed it on: it must not be told again.
    assert!(heard.is_empty(), "{:?}", heard.try_recv());
    down::<C>([a, b, c]).await;
}

pub(crate) async fn what_a_hook_adds_to_gossip_arrives_as_a_set<C: Cell>() {
    let (delegate, heard) = listener();
    let a = builder::<C>("a").delegate(delegate).start().await.unwrap();
    let (say, said) = async_channel::unbounded();
    let talks = CompositeDelegate::new().with_node(Talks(said));
    let b = builder::<C>("b").delegate(talks).start().await.unwrap();
    meet::<C>(&a, &b).await;
    for payload in many() {
        say.try_send(payload).unwrap();
    }
    all_of_them::<C>(&heard, Plane::Packet).await;
    down::<C>([a, b]).await;
}

pub(crate) async fn states_are_exchanged_both_ways<C: Cell>() {
    let node = async |id, state: &'static str| {
        let (tell, heard) = async_channel::unbounded();
        let delegate =
            CompositeDelegate::new().with_node(HasState { state: state.into(), heard: tell });
        (builder::<C>(id).delegate(delegate).start().await.unwrap(), heard)
    };
    let (a, at_a) = node("a", "something").await;
    let (b, at_b) = node("b", "my state").await;
    meet::<C>(&a, &b).await;
    for (heard, state) in [(&at_a, "my state"), (&at_b, "something")] {
        let first = next::<C, _>("the state of a join", heard).await;
        assert_eq!(first, (state.into(), true));
        let second = next::<C, _>("the state of an exchange", heard).await;
        assert_eq!(second, (state.into(), false));
    }
    down::<C>([a, b]).await;
}

pub(crate) async fn messages_go_both_ways_on_both_planes<C: Cell>() {
    let ((to_a, at_a), (to_b, at_b)) = (listener(), listener());
    let a = builder::<C>("a").delegate(to_a).start().await.unwrap();
    let b = builder::<C>("b").delegate(to_b).start().await.unwrap();
    meet::<C>(&a, &b).await;
    for (from, to, heard, text) in [(&a, &b, &at_b, "ping"), (&b, &a, &at_a, "pong")] {
        let id = to.local().id().clone();
        let sending = from.send(&id, text.into());
        within::<C, _>("the send", sending).await.unwrap();
        let got = message::<C>(heard).await;
        assert_eq!((got.payload, got.plane), (text.into(), Plane::Stream));

        from.send_packet(&id, text.into()).await.unwrap();
        let got = message::<C>(heard).await;
        assert_eq!((got.payload, got.plane), (text.into(), Plane::Packet));
        assert_eq!(got.address.as_ref(), Some(from.advertised()));
    }
    assert!(at_a.is_empty() && at_b.is_empty(), "each came once");
    down::<C>([a, b]).await;
}

pub(crate) async fn an_empty_message_is_a_message_in_both_formats<C: Cell>() {
    an_empty_message_arrives::<C, Lpe>(Plane::Broadcast).await;
    // To the Go library a broadcast is a packet like any other.
    an_empty_message_arrives::<C, Msgpack>(Plane::Packet).await;
}

/// One on a stream, one in a packet, and one to all.
async fn an_empty_message_arrives<C: Cell, W: Wire<SmolStr, SocketAddr>>(broadcast: Plane) {
    let (delegate, heard) = listener();
    let a = builder::<C>("a").wire::<W>().start().await.unwrap();
    let b = builder::<C>("b").wire::<W>().delegate(delegate).start().await.unwrap();
    meet::<C>(&a, &b).await;
    let id = b.local().id().clone();
    within::<C, _>("the send", a.send(&id, Bytes::new())).await.unwrap();
    let got = message::<C>(&heard).await;
    assert_eq!((got.payload, got.plane), (Bytes::new(), Plane::Stream));
    a.send_packet(&id, Bytes::new()).await.unwrap();
    let got = message::<C>(&heard).await;
    assert_eq!((got.payload, got.plane), (Bytes::new(), Plane::Packet));
    drop(a.broadcast(Bytes::new()).await.unwrap());
    let got = message::<C>(&heard).await;
    assert_eq!((got.payload, got.plane), (Bytes::new(), broadcast));
    down::<C>([a, b]).await;
}

pub(crate) async fn what_is_too_large_is_refused_with_the_limit<C: Cell>() {
    let (delegate, heard) = listener();
    let a = start::<C>("a").await;
    let b = builder::<C>("b").delegate(delegate).start().await.unwrap();
    meet::<C>(&a, &b).await;
    let huge = Bytes::from(vec![7; 64 * 1024]);
    let SendError::TooLarge(limit) = a.send_packet(&"b".into(), huge.clone()).await.unwrap_err()
    else {
        panic!("another error")
    };
    a.send_packet(&"b".into(), huge.slice(..limit.max)).await.expect("the limit itself fits");
    assert_eq!(message::<C>(&heard).await.payload.len(), limit.max);
    assert!(matches!(a.broadcast(huge.clone()).await, Err(SendError::TooLarge(_))));
    let b_id = b.local().id().clone();
    let sending = a.send(&b_id, huge.clone());
    within::<C, _>("the send", sending).await.expect("a stream takes it");
    assert_eq!(message::<C>(&heard).await.payload, huge);
    let gone = a.send(&"nobody".into(), "x".into()).await;
    assert!(matches!(gone, Err(SendError::Unknown(id)) if id == "nobody"));
    down::<C>([a, b]).await;
}

pub(crate) async fn pings_bring_a_payload<C: Cell>() {
    let (tell, answered) = async_channel::bounded(1);
    let node = async |id, payload| {
        let pings = Pings { payload, answered: tell.clone() };
        let delegate = CompositeDelegate::new().with_pings(pings);
        builder::<C>(id).delegate(delegate).start().await.unwrap()
    };
    let (a, b) = (node("a", "whatever").await, start::<C>("b").await);
    let c = node("c", "more").await;
    meet::<C>(&a, &c).await;
    let (member, round_trip, payload) = next::<C, _>("an answered probe", &answered).await;
    let expected = if member.id() == "a" { "whatever" } else { "more" };
    assert_eq!(payload, expected);
    assert!(round_trip > Duration::ZERO);
    knows::<C>(&a, "c", |member| member.round_trip().is_some()).await;

    let pong = within::<C, _>("an answer", b.ping_to(*a.advertised())).await.unwrap();
    assert_eq!(pong.payload, "whatever");
    assert!(pong.round_trip > Duration::ZERO);
    assert_eq!(names(&b), ["b"], "a ping makes no member");
    down::<C>([a, b, c]).await;
}
