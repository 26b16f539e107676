//! Going: with a goodbye, and without.

use std::net::TcpListener;
use std::time::Duration;

use agnostic::Runtime;
use futures_util::future::join;
use memberlist::node::EventKinds;
use memberlist::{LeaveError, PingError, Reason, SendError, State, UpdateError, agnostic};

use crate::support::*;

pub(crate) async fn who_leaves_is_known_as_left<R: Runtime>() {
    let (a, b) = pair::<R>().await;
    let mut events = b.events();
    let left = within::<R, _>("the goodbye", a.leave(BOUND)).await.unwrap();
    assert_eq!(left.heard_by, 1);
    assert_eq!(names(&a), ["b"]);
    assert_eq!(a.local().state(), State::Left);
    let event = event_of::<R>(&mut events, "a").await;
    assert_eq!((event.reason, event.member().state()), (Reason::Left, State::Left));
    assert_eq!(names(&b), ["b"]);
    assert_eq!(b.member(&"a".into()).unwrap().state(), State::Left);
    assert_eq!(b.all_members().len(), 2);
    let pong = within::<R, _>("an answer", b.ping_to(*a.advertised())).await;
    pong.expect("who has left still answers");
    down::<R>([a, b]).await;
}

pub(crate) async fn the_same_handle_joins_again<R: Runtime>() {
    let (a, b) = pair::<R>().await;
    let both = join(a.leave(BOUND), a.leave(BOUND));
    let (first, second) = within::<R, _>("both goodbyes", both).await;
    assert!(first.is_ok() && second.is_ok(), "{first:?} {second:?}");
    sees::<R>(&b, 1).await;
    let mut events = b.events();
    meet::<R>(&b, &a).await;
    assert_eq!(event_of::<R>(&mut events, "a").await.reason, Reason::Joined);
    assert_eq!((names(&a), names(&b)), (vec!["a".into(), "b".into()], names(&a)));
    down::<R>([a, b]).await;
}

pub(crate) async fn a_goodbye_that_nobody_hears_is_an_error<R: Runtime>() {
    let mut options = quick();
    // Nobody is found dead before the goodbye.
    options.probe_interval = Duration::from_secs(600);
    let a = builder::<R>("a").options(options).start().await.unwrap();
    let b = start::<R>("b").await;
    meet::<R>(&a, &b).await;
    down::<R>([b]).await;
    let leaving = a.leave(Duration::from_millis(100));
    let error = within::<R, _>("the goodbye", leaving).await.unwrap_err();
    assert_eq!(error, LeaveError::Unheard);
    assert_eq!(a.local().state(), State::Left);
    down::<R>([a]).await;
}

/// Go's `JoinShutdown`.
pub(crate) async fn who_is_killed_is_found<R: Runtime>() {
    let (a, b) = pair::<R>().await;
    let mut events = b.events_with(EventKinds::all());
    down::<R>([a]).await;
    // Members are the living and the suspect.
    let suspicion = event_of::<R>(&mut events, "a").await;
    if suspicion.reason == Reason::Suspected {
        assert_eq!(suspicion.old.unwrap().state(), State::Alive);
        assert_eq!(event_of::<R>(&mut events, "a").await.reason, Reason::Failed);
    } else {
        assert_eq!(suspicion.reason, Reason::Failed, "a slow reader gets the net change");
    }
    assert_eq!(names(&b), ["b"]);
    assert_eq!(b.member(&"a".into()).unwrap().state(), State::Dead);
    down::<R>([b]).await;
}

pub(crate) async fn leaving_while_a_probe_is_under_way<R: Runtime>() {
    let (a, b) = pair::<R>().await;
    let c = start::<R>("c").await;
    meet::<R>(&a, &c).await;
    sees::<R>(&b, 3).await;
    down::<R>([c]).await;
    let failed = count(&a, "probes_failed");
    // From here on a waits for answers that never come, or for its helpers.
    until::<R>("a probe has failed", || count(&a, "probes_failed") > failed).await;
    let left = within::<R, _>("the goodbye", a.leave(BOUND)).await.unwrap();
    assert!(left.heard_by >= 1);
    sees::<R>(&b, 1).await;
    assert_eq!(b.member(&"a".into()).unwrap().state(), State::Left);
    assert_eq!(a.local().state(), State::Left);
    down::<R>([a, b]).await;
}

pub(crate) async fn the_survivor_of_two_goes_on<R: Runtime>() {
    let mut options = quick();
    options.gossip_to_the_dead_time = Duration::from_millis(200);
    let a = builder::<R>("a").options(options).start().await.unwrap();
    let b = start::<R>("b").await;
    let gone = *b.advertised();
    meet::<R>(&a, &b).await;
    let mut events = a.events();
    down::<R>([b]).await;
    until::<R>("the dead one is forgotten", || a.member(&"b".into()).is_none()).await;
    assert_eq!(event_of::<R>(&mut events, "b").await.reason, Reason::Failed);
    reads_tell_of_one(&a);
    actions_find_nobody::<R>(&a, gone).await;

    let c = start::<R>("c").await;
    meet::<R>(&a, &c).await;
    assert_eq!(event_of::<R>(&mut events, "c").await.reason, Reason::Joined);
    down::<R>([c]).await;
    sees::<R>(&a, 1).await;
    let left = within::<R, _>("the goodbye", a.leave(BOUND)).await.unwrap();
    assert_eq!(left.heard_by, 0);
    down::<R>([a]).await;
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

async fn actions_find_nobody<R: Runtime>(a: &Node, gone: std::net::SocketAddr) {
    let unknown = |outcome| matches!(outcome, Err(SendError::Unknown(_)));
    assert!(unknown(a.send(&"b".into(), "x".into()).await));
    assert!(unknown(a.send_packet(&"b".into(), "x".into()).await));
    a.send_packet_to(gone, "x".into()).await.expect("a packet may be lost");
    let sent = within::<R, _>("a send", a.send_to(gone, "x".into())).await;
    assert!(matches!(sent, Err(SendError::Stream(_) | SendError::TimedOut)), "{sent:?}");
    assert!(matches!(a.ping(&"b".into()).await, Err(PingError::Unknown(_))));
    let pinged = within::<R, _>("a ping", a.ping_to(gone)).await;
    assert_eq!(pinged, Err(PingError::NoAnswer));
    let broadcast = a.broadcast("x".into()).await.unwrap();
    within::<R, _>("a broadcast", broadcast).await.unwrap();
    let broadcast = a.broadcast_keyed("key".into(), "x".into()).await.unwrap();
    within::<R, _>("a broadcast", broadcast.completed()).await.unwrap();
    let updated = within::<R, _>("an update", a.update_meta("m".try_into().unwrap())).await;
    assert_eq!(updated.unwrap().heard_by, 0);
    assert_eq!(a.refresh_meta().await, Err(UpdateError::NoMeta));
    assert!(a.forget(&"b".into()).await.is_err());
    assert!(within::<R, _>("a join", a.join([gone])).await.is_err());
    sees::<R>(a, 1).await;
}

pub(crate) async fn who_restarts_at_once_is_taken_for_the_new_one<R: Runtime>() {
    let a = start::<R>("a").await;
    let old = builder::<R>("b").meta("old".try_into().unwrap()).start().await.unwrap();
    let at = *old.advertised();
    let first = old.local().incarnation();
    meet::<R>(&a, &old).await;
    let mut events = a.events();
    old.shutdown().await;
    let builder = memberlist::Builder::<smol_str::SmolStr, R>::tcp("b".into()).bind(at);
    let new = builder.options(quick()).meta("new".try_into().unwrap()).start().await;
    let new = new.expect("the port is free");
    assert_eq!(new.local().incarnation(), first, "it remembers nothing");
    within::<R, _>("the join", new.join([*a.advertised()])).await.unwrap();

    let is_new = |member: &Record| member.meta().as_bytes() == b"new";
    let member = knows::<R>(&a, "b", is_new).await;
    assert_eq!(member.start(), new.local().start());
    assert_eq!(member.state(), State::Alive);
    let event = event_of::<R>(&mut events, "b").await;
    assert_eq!(event.reason, Reason::Restarted);
    assert_eq!(event.old.unwrap().meta().as_bytes(), b"old");
    assert_eq!((names(&a), names(&new)), (vec!["a".into(), "b".into()], names(&a)));
    down::<R>([a, new]).await;
}

pub(crate) async fn shutting_down_while_joining<R: Runtime>() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut options = quick();
    // Only the shutdown can end the join in time.
    options.stream_timeout = 10 * BOUND;
    let a = builder::<R>("a").options(options).start().await.unwrap();
    let b = start::<R>("b").await;
    meet::<R>(&b, &a).await;
    let stop = async {
        until::<R>("the stream is open", || count(&a, "streams_dialled") >= 2).await;
        a.shutdown().await;
    };
    let both = join(a.join([silent.local_addr().unwrap()]), stop);
    let (joined, ()) = within::<R, _>("the end of both", both).await;
    assert!(joined.unwrap_err().is_shutdown());
    TcpListener::bind(a.advertised()).expect("the port is free");
    down::<R>([b]).await;
}
