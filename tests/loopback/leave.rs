//! Going: with a goodbye, and without.

use std::net::TcpListener;
use std::time::Duration;

use futures_util::future::join;
use memberlist::node::EventKinds;
use memberlist::{LeaveError, PingError, Reason, SendError, State, UpdateError};

use crate::support::*;

pub(crate) async fn who_leaves_is_known_as_left<C: Cell>() {
    let (a, b) = pair::<C>().await;
    let mut events = b.events();
    let left = within::<C, _>("the goodbye", a.leave(BOUND)).await.unwrap();
    assert_eq!(left.heard_by, 1);
    assert_eq!(names(&a), ["b"]);
    assert_eq!(a.local().state(), State::Left);
    let event = event_of::<C>(&mut events, "a").await;
    assert_eq!((event.reason, event.member().state()), (Reason::Left, State::Left));
    assert_eq!(names(&b), ["b"]);
    assert_eq!(b.member(&"a".into()).unwrap().state(), State::Left);
    assert_eq!(b.all_members().len(), 2);
    let pong = within::<C, _>("an answer", b.ping_to(*a.advertised())).await;
    pong.expect("who has left still answers");
    down::<C>([a, b]).await;
}

pub(crate) async fn the_same_handle_joins_again<C: Cell>() {
    let (a, b) = pair::<C>().await;
    let both = join(a.leave(BOUND), a.leave(BOUND));
    let (first, second) = within::<C, _>("both goodbyes", both).await;
    assert!(first.is_ok() && second.is_ok(), "{first:?} {second:?}");
    sees::<C>(&b, 1).await;
    let mut events = b.events();
    meet::<C>(&b, &a).await;
    assert_eq!(event_of::<C>(&mut events, "a").await.reason, Reason::Joined);
    assert_eq!((names(&a), names(&b)), (vec!["a".into(), "b".into()], names(&a)));
    down::<C>([a, b]).await;
}

pub(crate) async fn a_goodbye_that_nobody_hears_is_an_error<C: Cell>() {
    let mut options = quick();
    // Nobody is found dead before the goodbye.
    options.probe_interval = Duration::from_secs(600);
    let a = builder::<C>("a").options(options).start().await.unwrap();
    let b = start::<C>("b").await;
    meet::<C>(&a, &b).await;
    down::<C>([b]).await;
    let leaving = a.leave(Duration::from_millis(100));
    let error = within::<C, _>("the goodbye", leaving).await.unwrap_err();
    assert_eq!(error, LeaveError::Unheard);
    assert_eq!(a.local().state(), State::Left);
    down::<C>([a]).await;
}

/// Go's `JoinShutdown`.
pub(crate) async fn who_is_killed_is_found<C: Cell>() {
    let (a, b) = pair::<C>().await;
    let mut events = b.events_with(EventKinds::all());
    down::<C>([a]).await;
    // Members are the living and the suspect.
    let suspicion = event_of::<C>(&mut events, "a").await;
    if suspicion.reason == Reason::Suspected {
        assert_eq!(suspicion.old.unwrap().state(), State::Alive);
        assert_eq!(event_of::<C>(&mut events, "a").await.reason, Reason::Failed);
    } else {
        assert_eq!(suspicion.reason, Reason::Failed, "a slow reader gets the net change");
    }
    assert_eq!(names(&b), ["b"]);
    assert_eq!(b.member(&"a".into()).unwrap().state(), State::Dead);
    down::<C>([b]).await;
}

pub(crate) async fn leaving_while_a_probe_is_under_way<C: Cell>() {
    let (a, b) = pair::<C>().await;
    let c = start::<C>("c").await;
    meet::<C>(&a, &c).await;
    sees::<C>(&b, 3).await;
    down::<C>([c]).await;
    let failed = count(&a, "probes_failed");
    // From here on a waits for answers that never come, or for its helpers.
    until::<C>("a probe has failed", || count(&a, "probes_failed") > failed).await;
    let left = within::<C, _>("the goodbye", a.leave(BOUND)).await.unwrap();
    assert!(left.heard_by >= 1);
    sees::<C>(&b, 1).await;
    assert_eq!(b.member(&"a".into()).unwrap().state(), State::Left);
    assert_eq!(a.local().state(), State::Left);
    down::<C>([a, b]).await;
}

pub(crate) async fn the_survivor_of_two_goes_on<C: Cell>() {
    let mut options = quick();
    options.gossip_to_the_dead_time = Duration::from_millis(200);
    let a = builder::<C>("a").options(options).start().await.unwrap();
    let b = start::<C>("b").await;
    let gone = *b.advertised();
    meet::<C>(&a, &b).await;
    let mut events = a.events();
    down::<C>([b]).await;
    until::<C>("the dead one is forgotten", || a.member(&"b".into()).is_none()).await;
    assert_eq!(event_of::<C>(&mut events, "b").await.reason, Reason::Failed);
    reads_tell_of_one(&a);
    actions_find_nobody::<C>(&a, gone).await;

    let c = start::<C>("c").await;
    meet::<C>(&a, &c).await;
    assert_eq!(event_of::<C>(&mut events, "c").await.reason, Reason::Joined);
    down::<C>([c]).await;
    sees::<C>(&a, 1).await;
    let left = within::<C, _>("the goodbye", a.leave(BOUND)).await.unwrap();
    assert_eq!(left.heard_by, 0);
    down::<C>([a]).await;
}

fn reads_tell_of_one(a: &Node) {
    assert_eq!(names(a), ["a"]);
    assert_eq!((a.num_members(), a.all_members().len()), (1, 1));
    assert_eq!(a.local().id(), "a");
    assert_eq!(a.local().address(), a.advertised());
    assert!(a.now() > a.local().since());
    assert!(count(a, "reaped") > 0, "{:?}", a.stats());
    assert!(!a.is_shutdown() && a.downgrade().upgrade().is_some());
    let _ = (a.health(), a.events().try_next(), format!("{a:?}"));
}

async fn actions_find_nobody<C: Cell>(a: &Node, gone: std::net::SocketAddr) {
    let unknown = |outcome| matches!(outcome, Err(SendError::Unknown(_)));
    assert!(unknown(a.send(&"b".into(), "x".into()).await));
    assert!(unknown(a.send_packet(&"b".into(), "x".into()).await));
    a.send_packet_to(gone, "x".into()).await.expect("a packet may be lost");
    let sent = within::<C, _>("a send", a.send_to(gone, "x".into())).await;
    assert!(matches!(sent, Err(SendError::Stream(_) | SendError::TimedOut)), "{sent:?}");
    assert!(matches!(a.ping(&"b".into()).await, Err(PingError::Unknown(_))));
    let pinged = within::<C, _>("a ping", a.ping_to(gone)).await;
    assert_eq!(pinged, Err(PingError::NoAnswer));
    let broadcast = a.broadcast("x".into()).await.unwrap();
    within::<C, _>("a broadcast", broadcast).await.unwrap();
    let broadcast = a.broadcast_keyed("key".into(), "x".into()).await.unwrap();
    within::<C, _>("a broadcast", broadcast.completed()).await.unwrap();
    let updated = within::<C, _>("an update", a.update_meta("m".try_into().unwrap())).await;
    assert_eq!(updated.unwrap().heard_by, 0);
    assert_eq!(a.refresh_meta().await, Err(UpdateError::NoMeta));
    assert!(a.forget(&"b".into()).await.is_err());
    assert!(within::<C, _>("a join", a.join([gone])).await.is_err());
    sees::<C>(a, 1).await;
}

pub(crate) async fn who_restarts_at_once_is_taken_for_the_new_one<C: Cell>() {
    let a = start::<C>("a").await;
    let old = builder::<C>("b").meta("old".try_into().unwrap()).start().await.unwrap();
    let at = *old.advertised();
    let first = old.local().incarnation();
    meet::<C>(&a, &old).await;
    let mut events = a.events();
    old.shutdown().await;
    let new = builder_at::<C>("b", at).meta("new".try_into().unwrap()).start().await;
    let new = new.expect("the port is free");
    assert_eq!(new.local().incarnation(), first, "it remembers nothing");
    within::<C, _>("the join", new.join([*a.advertised()])).await.unwrap();

    let is_new = |member: &Record| member.meta().as_bytes() == b"new";
    let member = knows::<C>(&a, "b", is_new).await;
    assert_eq!(member.start(), new.local().start());
    assert_eq!(member.state(), State::Alive);
    let event = event_of::<C>(&mut events, "b").await;
    assert_eq!(event.reason, Reason::Restarted);
    assert_eq!(event.old.unwrap().meta().as_bytes(), b"old");
    assert_eq!((names(&a), names(&new)), (vec!["a".into(), "b".into()], names(&a)));
    down::<C>([a, new]).await;
}

pub(crate) async fn shutting_down_while_joining<C: Cell>() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut options = quick();
    // Only the shutdown can end the join in time.
    options.stream_timeout = 10 * BOUND;
    let a = builder::<C>("a").options(options).start().await.unwrap();
    let b = start::<C>("b").await;
    meet::<C>(&b, &a).await;
    let stop = async {
        until::<C>("the stream is open", || count(&a, "streams_dialled") >= 2).await;
        a.shutdown().await;
    };
    let both = join(a.join([silent.local_addr().unwrap()]), stop);
    let (joined, ()) = within::<C, _>("the end of both", both).await;
    assert!(joined.unwrap_err().is_shutdown());
    TcpListener::bind(a.advertised()).expect("the port is free");
    down::<C>([b]).await;
}
