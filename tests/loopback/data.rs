//! What members tell each other: metadata, messages, states, pings.

use std::collections::BTreeSet;
use std::time::Duration;

use agnostic::Runtime;
use bytes::Bytes;
use memberlist::delegate::{CompositeDelegate, Plane};
use memberlist::node::Completion;
use memberlist::{Meta, Reason, SendError, agnostic};

use crate::hooks::*;
use crate::support::*;

fn meta(text: &str) -> Meta {
    text.try_into().expect("it is short")
}

pub(crate) async fn metadata_and_its_updates_reach_the_other<R: Runtime>() {
    let a = builder::<R>("a").meta(meta("web")).start().await.unwrap();
    let b = builder::<R>("b").meta(meta("lb")).start().await.unwrap();
    meet::<R>(&a, &b).await;
    knows::<R>(&a, "b", |member| *member.meta() == meta("lb")).await;
    knows::<R>(&b, "a", |member| *member.meta() == meta("web")).await;

    let mut events = a.events();
    for (node, new) in [(&a, "api"), (&b, "db")] {
        let updated = within::<R, _>("the update", node.update_meta(meta(new))).await.unwrap();
        assert_eq!(updated.heard_by, 1);
        assert_eq!(*node.local().meta(), meta(new));
    }
    knows::<R>(&a, "b", |member| *member.meta() == meta("db")).await;
    knows::<R>(&b, "a", |member| *member.meta() == meta("api")).await;
    let event = event_of::<R>(&mut events, "b").await;
    assert_eq!(event.reason, Reason::Updated);
    assert_eq!(*event.old.unwrap().meta(), meta("lb"));
    assert_eq!(*event.new.unwrap().meta(), meta("db"));
    down::<R>([a, b]).await;
}

/// 256 messages, each as long as the others.
fn many() -> BTreeSet<Bytes> {
    (0..=255).map(|at| format!("message {at:03}").into()).collect()
}

/// Takes in as many messages as [`many`] gives; each must come once.
async fn all_of_them<R: Runtime>(heard: &async_channel::Receiver<Heard>, plane: Plane) {
    let mut got = BTreeSet::new();
    while got.len() < many().len() {
        let message = message::<R>(heard).await;
        assert_eq!(message.plane, plane);
        assert!(plane != Plane::Broadcast || message.sender.as_deref() == Some("b"));
        assert!(got.insert(message.payload.clone()), "{:?} came twice", message.payload);
    }
    assert_eq!(got, many());
}

pub(crate) async fn broadcasts_arrive_as_a_set<R: Runtime>() {
    let (delegate, heard) = listener();
    let a = builder::<R>("a").delegate(delegate).start().await.unwrap();
    let (b, c) = (start::<R>("b").await, start::<R>("c").await);
    meet::<R>(&a, &b).await;
    meet::<R>(&a, &c).await;
    sees::<R>(&b, 3).await;
    let mut last = None;
    for payload in many() {
        last = Some(b.broadcast(payload).await.unwrap());
    }
    all_of_them::<R>(&heard, Plane::Broadcast).await;
    let done = within::<R, _>("the last one is spent", last.unwrap()).await.unwrap();
    assert_eq!(done, Completion::Sent);
    // What comes late comes from somebody who passed it on: it must not be told again.
    assert!(heard.is_empty(), "{:?}", heard.try_recv());
    down::<R>([a, b, c]).await;
}

pub(crate) async fn what_a_hook_adds_to_gossip_arrives_as_a_set<R: Runtime>() {
    let (delegate, heard) = listener();
    let a = builder::<R>("a").delegate(delegate).start().await.unwrap();
    let (say, said) = async_channel::unbounded();
    let talks = CompositeDelegate::new().with_node(Talks(said));
    let b = builder::<R>("b").delegate(talks).start().await.unwrap();
    meet::<R>(&a, &b).await;
    for payload in many() {
        say.try_send(payload).unwrap();
    }
    all_of_them::<R>(&heard, Plane::Packet).await;
    down::<R>([a, b]).await;
}

pub(crate) async fn states_are_exchanged_both_ways<R: Runtime>() {
    let node = async |id, state| {
        let (tell, heard) = async_channel::unbounded();
        let delegate = CompositeDelegate::new().with_node(HasState { state, heard: tell });
        (builder::<R>(id).delegate(delegate).start().await.unwrap(), heard)
    };
    let (a, at_a) = node("a", "something").await;
    let (b, at_b) = node("b", "my state").await;
    meet::<R>(&a, &b).await;
    for (heard, state) in [(&at_a, "my state"), (&at_b, "something")] {
        let first = next::<R, _>("the state of a join", heard).await;
        assert_eq!(first, (state.into(), true));
        let second = next::<R, _>("the state of an exchange", heard).await;
        assert_eq!(second, (state.into(), false));
    }
    down::<R>([a, b]).await;
}

pub(crate) async fn messages_go_both_ways_on_both_planes<R: Runtime>() {
    let ((to_a, at_a), (to_b, at_b)) = (listener(), listener());
    let a = builder::<R>("a").delegate(to_a).start().await.unwrap();
    let b = builder::<R>("b").delegate(to_b).start().await.unwrap();
    meet::<R>(&a, &b).await;
    for (from, to, heard, text) in [(&a, &b, &at_b, "ping"), (&b, &a, &at_a, "pong")] {
        let id = to.local().id().clone();
        let sending = from.send(&id, text.into());
        within::<R, _>("the send", sending).await.unwrap();
        let got = message::<R>(heard).await;
        assert_eq!((got.payload, got.plane), (text.into(), Plane::Stream));

        from.send_packet(&id, text.into()).await.unwrap();
        let got = message::<R>(heard).await;
        assert_eq!((got.payload, got.plane), (text.into(), Plane::Packet));
        assert_eq!(got.address.as_ref(), Some(from.advertised()));
    }
    assert!(at_a.is_empty() && at_b.is_empty(), "each came once");
    down::<R>([a, b]).await;
}

pub(crate) async fn what_is_too_large_is_refused_with_the_limit<R: Runtime>() {
    let (delegate, heard) = listener();
    let a = start::<R>("a").await;
    let b = builder::<R>("b").delegate(delegate).start().await.unwrap();
    meet::<R>(&a, &b).await;
    let huge = Bytes::from(vec![7; 64 * 1024]);
    let SendError::TooLarge(limit) = a.send_packet(&"b".into(), huge.clone()).await.unwrap_err()
    else {
        panic!("another error")
    };
    a.send_packet(&"b".into(), huge.slice(..limit.max)).await.expect("the limit itself fits");
    assert_eq!(message::<R>(&heard).await.payload.len(), limit.max);
    assert!(matches!(a.broadcast(huge.clone()).await, Err(SendError::TooLarge(_))));
    let b_id = b.local().id().clone();
    let sending = a.send(&b_id, huge.clone());
    within::<R, _>("the send", sending).await.expect("a stream takes it");
    assert_eq!(message::<R>(&heard).await.payload, huge);
    let gone = a.send(&"nobody".into(), "x".into()).await;
    assert!(matches!(gone, Err(SendError::Unknown(id)) if id == "nobody"));
    down::<R>([a, b]).await;
}

pub(crate) async fn pings_bring_a_payload<R: Runtime>() {
    let (tell, answered) = async_channel::bounded(1);
    let node = async |id, payload| {
        let pings = Pings { payload, answered: tell.clone() };
        let delegate = CompositeDelegate::new().with_pings(pings);
        builder::<R>(id).delegate(delegate).start().await.unwrap()
    };
    let (a, b) = (node("a", "whatever").await, start::<R>("b").await);
    let c = node("c", "more").await;
    meet::<R>(&a, &c).await;
    let (member, round_trip, payload) = next::<R, _>("an answered probe", &answered).await;
    let expected = if member.id() == "a" { "whatever" } else { "more" };
    assert_eq!(payload, expected);
    assert!(round_trip > Duration::ZERO);
    knows::<R>(&a, "c", |member| member.round_trip().is_some()).await;

    let pong = within::<R, _>("an answer", b.ping_to(*a.advertised())).await.unwrap();
    assert_eq!(pong.payload, "whatever");
    assert!(pong.round_trip > Duration::ZERO);
    assert_eq!(names(&b), ["b"], "a ping makes no member");
    down::<R>([a, b, c]).await;
}
