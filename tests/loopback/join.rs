//! Joining.

use std::net::TcpListener;
use std::time::Duration;

use futures_util::future::join_all;
use memberlist::agnostic::RuntimeLite;
use memberlist::node::JoinError;
use memberlist::{Label, Reason};

use crate::support::*;

pub(crate) async fn a_join_makes_two_members_on_both_sides<C: Cell>() {
    let (a, b) = (start::<C>("a").await, start::<C>("b").await);
    let mut events = a.events();
    let joining = b.join([*a.advertised()]);
    assert_eq!(within::<C, _>("the join", joining).await.unwrap().reached(), 1);
    // The joiner knows everybody as soon as its join is done, without waiting for gossip.
    assert_eq!(names(&b), ["a", "b"]);
    assert_eq!(b.num_members(), 2);
    let event = event_of::<C>(&mut events, "b").await;
    assert_eq!(event.reason, Reason::Joined);
    assert_eq!(*event.member().address(), *b.advertised());
    assert_eq!(names(&a), ["a", "b"]);
    down::<C>([a, b]).await;
}

pub(crate) async fn one_seed_that_answers_is_enough<C: Cell>() {
    let (a, b) = (start::<C>("a").await, start::<C>("b").await);
    let seeds = [NOBODY.into(), a.advertised().to_string(), b.advertised().to_string()];
    let joined = within::<C, _>("the join", b.join(seeds)).await.unwrap();
    assert_eq!(joined.reached(), 1);
    let failed: Vec<_> = joined.errors().map(|(seed, _)| seed.to_string()).collect();
    assert_eq!(failed, [NOBODY], "and oneself is no failure");
    assert_eq!(names(&b), ["a", "b"]);
    down::<C>([a, b]).await;
}

pub(crate) async fn a_seed_that_never_answers_is_an_error_in_time<C: Cell>() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut options = quick();
    options.stream_timeout = Duration::from_millis(50);
    let node = builder::<C>("a").options(options).start().await.unwrap();
    let joining = node.join([silent.local_addr().unwrap()]);
    match within::<C, _>("the join", joining).await {
        Err(JoinError::Unreached(joined)) => {
            assert_eq!(joined.reached(), 0);
            assert_eq!(joined.errors().count(), 1);
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(names(&node), ["a"]);
    down::<C>([node]).await;
}

pub(crate) async fn only_those_with_the_same_label_meet<C: Cell>() {
    let labelled = async |id: &str, label: &str| {
        let label = Label::try_from(label).unwrap();
        builder::<C>(id).label(label).start().await.unwrap()
    };
    let (a, b) = (labelled("a", "blah").await, labelled("b", "blah").await);
    meet::<C>(&a, &b).await;
    for (id, label) in [("c", ""), ("d", "not-blah")] {
        let stranger = labelled(id, label).await;
        let joining = stranger.join([*a.advertised()]);
        let error = within::<C, _>("the refusal", joining).await.expect_err("another label");
        assert!(!error.is_shutdown(), "{error}");
        assert_eq!(names(&stranger), [id]);
        down::<C>([stranger]).await;
    }
    // A stranger may know before the one that refused it has counted it.
    until::<C>("both are counted", || count(&a, "streams_malformed") == 2).await;
    assert_eq!((names(&a), names(&b)), (vec!["a".into(), "b".into()], names(&a)));
    down::<C>([a, b]).await;
}

pub(crate) async fn protocol_versions_that_overlap_meet<C: Cell>() {
    for (first, second) in [(2, 1), (2, 3), (3, 2), (3, 1), (2, 5)] {
        let node = async |id: &str, version| {
            let mut options = quick();
            options.protocol_version = version;
            builder::<C>(id).options(options).start().await.unwrap()
        };
        let (a, b) = (node("a", first).await, node("b", second).await);
        meet::<C>(&a, &b).await;
        assert_eq!(a.member(&"b".into()).unwrap().versions().unwrap().protocol, second);
        down::<C>([a, b]).await;
    }
}

pub(crate) async fn ipv6_nodes_meet<C: Cell>() {
    if !has_ipv6() {
        return;
    }
    let node = async |id: &str| {
        let at = "[::1]:0".parse().unwrap();
        builder_at::<C>(id, at).start().await.unwrap()
    };
    let (a, b) = (node("a").await, node("b").await);
    assert!(a.advertised().is_ipv6());
    meet::<C>(&a, &b).await;
    let pong = within::<C, _>("an answer", a.ping(&"b".into())).await;
    pong.expect("packets go over IPv6 too");
    down::<C>([a, b]).await;
}

/// Go's `Integ`: each joins the one before it.
pub(crate) async fn sixteen_in_a_row_all_see_all<C: Cell>() {
    let mut nodes = vec![start::<C>("0").await];
    for at in 1..16 {
        let node = start::<C>(&at.to_string()).await;
        let joining = node.join([*nodes[at - 1].advertised()]);
        within::<C, _>("the join", joining).await.unwrap();
        nodes.push(node);
    }
    for node in &nodes {
        sees::<C>(node, 16).await;
    }
    down::<C>(nodes).await;
}

pub(crate) async fn a_hundred_join_one_seed_at_once<C: Cell>() {
    let mut options = quick();
    // As at its default: a hundred nodes on two cores need the time.
    options.probe_interval = Duration::from_secs(1);
    options.probe_timeout = Duration::from_millis(500);
    options.stream_timeout = Duration::from_secs(10);
    let starting = (0..=100).map(|at| {
        let builder = builder::<C>(&at.to_string()).options(options.clone());
        async move { builder.start().await.expect("the node starts") }
    });
    let nodes = join_all(starting).await;
    let seed = *nodes[0].advertised();
    let joining = nodes[1..].iter().map(|node| node.join([seed]));
    for joined in within::<C, _>("all joins", join_all(joining)).await {
        joined.expect("the seed answers everybody");
    }
    for node in &nodes {
        sees::<C>(node, 101).await;
    }
    down::<C>(nodes).await;
}

pub(crate) async fn a_join_that_is_dropped_is_given_up<C: Cell>() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let (a, b) = pair::<C>().await;
    let joining = a.join([silent.local_addr().unwrap()]);
    let given_up = C::Runtime::timeout(Duration::from_millis(20), joining).await;
    assert!(given_up.is_err(), "nobody answers");
    let pong = within::<C, _>("an answer", a.ping(&"b".into())).await;
    pong.expect("the node goes on");
    down::<C>([a, b]).await;
}
