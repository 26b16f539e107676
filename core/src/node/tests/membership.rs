use std::sync::Arc;

use futures_util::future::join3;

use super::rigged::Rigged;
use super::*;
use crate::delegate::Reason;
use crate::transport::memory::Cut;
use crate::types::{Meta, State};

#[tokio::test(start_paused = true)]
async fn two_nodes_meet_and_see_each_other() {
    let network = network();
    let (a, b) = pair(&network).await;
    for node in [&a, &b] {
        assert_eq!(names(&node.members()), ["a", "b"]);
        assert_eq!(node.num_members(), 2);
        assert_eq!(node.health(), 0);
    }
    assert_eq!(a.member(&"b".into()).unwrap().address(), "b");
    assert_eq!(a.local().id(), "a");
    assert!(a.stats().get("exchanges_merged").unwrap() >= 1);
}

#[tokio::test(start_paused = true)]
async fn a_node_alone_is_a_member_at_once() {
    let a = start(&network(), "a").await;
    assert_eq!(names(&a.members()), ["a"]);
    assert_eq!(a.local().state(), State::Alive);
    assert!(a.local().incarnation().get() > 0);
    soon(a.update_meta(Meta::try_from("m").unwrap())).await.unwrap();
    assert_eq!(a.local().meta().as_bytes(), b"m");
    assert_eq!(soon(a.leave(BOUND)).await.unwrap().heard_by, 0);
}

#[tokio::test(start_paused = true)]
async fn each_seed_has_its_outcome() {
    let network = network();
    let (a, b) = (start(&network, "a").await, start(&network, "b").await);
    let joined = soon(b.join(["nobody", "a", "b"])).await.unwrap();
    assert_eq!(joined.reached(), 1);
    let errors: Vec<_> = joined.errors().map(|(seed, _)| seed.to_string()).collect();
    assert_eq!(errors, ["nobody"]);
    assert!(matches!(joined.iter().nth(2), Some((_, SeedOutcome::Myself))));

    let error = soon(b.join(["nobody"])).await.unwrap_err();
    assert!(matches!(error, JoinError::Unreached(_)) && !error.is_shutdown(), "{error}");
    assert_eq!(soon(b.join(["b"])).await.unwrap().reached(), 0);
    drop(a);
}

#[tokio::test(start_paused = true)]
async fn a_seed_that_swallows_everything_takes_its_limit_and_no_more() {
    let network = network();
    let (_a, b) = (start(&network, "a").await, start(&network, "b").await);
    network.cut_both(&"a".into(), &"b".into(), Cut::All);
    let began = tokio::time::Instant::now();
    let error = soon(b.join(["a"])).await.unwrap_err();
    assert!(error.to_string().contains("in time"), "{error}");
    assert_eq!(began.elapsed().as_secs(), Options::local().stream_timeout.as_secs());
}

#[tokio::test(start_paused = true)]
async fn a_crash_is_found_and_told_with_both_records() {
    let network = network();
    let (a, b) = pair(&network).await;
    let mut events = a.events();
    soon(b.shutdown()).await;
    let event = soon(events.next()).await.unwrap();
    assert_eq!(event.reason, Reason::Failed);
    assert_eq!(event.old.unwrap().id(), "b");
    assert_eq!(event.new.unwrap().state(), State::Dead);
    assert_eq!(names(&a.members()), ["a"]);
    assert_eq!(names(&a.all_members()), ["a", "b"]);
}

/// The case that panics in other ports: nobody is left, and the dead one is forgotten.
#[tokio::test(start_paused = true)]
async fn every_call_works_for_the_last_one_after_the_other_is_forgotten() {
    let network = network();
    let (a, b) = pair(&network).await;
    soon(b.shutdown()).await;
    let gone: Name = "b".into();
    soon(async {
        while a.member(&gone).is_some() {
            passes(Options::local().gossip_to_the_dead_time).await;
        }
    })
    .await;
    assert_eq!(names(&a.all_members()), ["a"]);
    assert!(matches!(soon(a.ping(&gone)).await, Err(PingError::Unknown(_))));
    assert!(matches!(soon(a.send(&gone, "x".into())).await, Err(SendError::Unknown(_))));
    assert!(matches!(soon(a.forget(&gone)).await, Err(ForgetError::Unknown(_))));
    assert_eq!(soon(soon(a.broadcast("x".into())).await.unwrap()).await, Ok(Completion::Sent));
    assert!(soon(a.join(["b"])).await.is_err());
    soon(a.update_meta(Meta::EMPTY)).await.unwrap();
    assert_eq!(soon(a.leave(BOUND)).await.unwrap().heard_by, 0);
    assert_eq!(soon(a.update_meta(Meta::EMPTY)).await.unwrap().heard_by, 0);
    assert_eq!(soon(a.forget(&"a".into())).await, Err(ForgetError::Itself("a".into())));
}

/// The loop that joins the seeds now and then has not been stopped.
#[tokio::test(start_paused = true)]
async fn a_join_ends_a_leave_that_nobody_has_heard() {
    let network = network();
    let (a, _b) = pair(&network).await;
    network.cut(&"a".into(), &"b".into(), Cut::Datagrams);
    let healed = async {
        passes(Duration::from_millis(10)).await;
        network.heal(&"a".into(), &"b".into());
    };
    let (left, joined, ()) = soon(join3(a.leave(BOUND), a.join(["b"]), healed)).await;
    assert_eq!((left, joined.unwrap().reached()), (Err(LeaveError::Unheard), 1));
    assert_eq!(a.local().state(), State::Alive);
}

#[tokio::test(start_paused = true)]
async fn who_leaves_has_left_and_comes_back_by_a_join() {
    let network = network();
    let (a, b) = pair(&network).await;
    let mut events = a.events();
    assert!(soon(b.leave(BOUND)).await.unwrap().heard_by >= 1);
    let event = soon(events.next()).await.unwrap();
    assert_eq!(event.reason, Reason::Left);
    assert_eq!(event.member().state(), State::Left);
    let before = b.local().incarnation();

    assert_eq!(soon(b.join(["a"])).await.unwrap().reached(), 1);
    let event = soon(events.next()).await.unwrap();
    assert_eq!(event.reason, Reason::Joined);
    assert!(event.new.unwrap().incarnation() > before);
    assert_eq!(names(&b.members()), ["a", "b"]);
}

#[tokio::test(start_paused = true)]
async fn leave_and_rejoin_before_the_reader_looks_is_one_event() {
    let network = network();
    let (a, b) = pair(&network).await;
    let mut events = a.events();
    let old = a.member(&"b".into()).unwrap();
    soon(b.leave(BOUND)).await.unwrap();
    soon(a.wait_for(|members| members.len() == 1)).await.unwrap();
    soon(b.join(["a"])).await.unwrap();
    soon(a.wait_for(|members| members.len() == 2)).await.unwrap();
    let event = soon(events.next()).await.unwrap();
    assert_eq!(event.reason, Reason::Restarted);
    assert_eq!(event.old.unwrap().incarnation(), old.incarnation());
    assert!(event.new.unwrap().incarnation() > old.incarnation());
    assert!(events.try_next().is_none());
}

#[tokio::test(start_paused = true)]
async fn nobody_hears_a_goodbye_into_the_void() {
    let network = network();
    let (a, b) = pair(&network).await;
    network.cut_both(&"a".into(), &"b".into(), Cut::All);
    let error = soon(b.leave(Duration::from_millis(300))).await.unwrap_err();
    assert_eq!(error, LeaveError::Unheard);
    assert_eq!(b.local().state(), State::Left);
    drop(a);
}

#[tokio::test(start_paused = true)]
async fn new_metadata_is_heard_before_the_call_returns() {
    let network = network();
    let (a, b) = pair(&network).await;
    let mut events = b.events();
    let meta = Meta::try_from("role=web").unwrap();
    assert_eq!(soon(a.update_meta(meta.clone())).await.unwrap().heard_by, 1);
    let event = soon(events.next()).await.unwrap();
    assert_eq!(event.reason, Reason::Updated);
    assert_eq!(event.new.unwrap().meta(), &meta);
    assert_eq!(soon(a.refresh_meta()).await, Err(UpdateError::NoMeta));
}

#[tokio::test(start_paused = true)]
async fn the_suspect_are_told_of_only_on_request() {
    let network = network();
    let (a, b) = pair(&network).await;
    let (mut all, mut usual) = (a.events_with(EventKinds::all()), a.events());
    soon(b.shutdown()).await;
    assert_eq!(soon(all.next()).await.unwrap().reason, Reason::Suspected);
    assert_eq!(soon(all.next()).await.unwrap().reason, Reason::Failed);
    assert_eq!(soon(usual.next()).await.unwrap().reason, Reason::Failed);
}

#[tokio::test(start_paused = true)]
async fn a_crash_and_restart_under_the_same_name_is_a_restart() {
    let network = network();
    let (a, b) = pair(&network).await;
    let mut events = a.events();
    soon(b.shutdown()).await;
    let again = builder(&network, "b").meta(Meta::try_from("second").unwrap());
    let again = again.resolver(ParseResolver).start().await.unwrap();
    soon(again.join(["a"])).await.unwrap();
    let event = soon(events.next()).await.unwrap();
    assert_eq!(event.reason, Reason::Restarted);
    let second = |member: &Arc<Member<Name, Name>>| member.meta().as_bytes() == b"second";
    soon(a.wait_for(|members| members.iter().any(second))).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_member_that_is_gone_can_be_forgotten() {
    let network = network();
    let (a, b) = pair(&network).await;
    assert_eq!(soon(a.forget(&"b".into())).await, Err(ForgetError::Alive("b".into())));
    soon(b.shutdown()).await;
    soon(a.wait_for(|members| members.len() == 1)).await.unwrap();
    soon(a.forget(&"b".into())).await.unwrap();
    assert!(a.member(&"b".into()).is_none());
}

/// A process that was stopped wakes to a clock that ran on, and to answers that wait in its socket.
/// It is stopped here each time right after it has sent a ping.
#[tokio::test(start_paused = true)]
async fn a_node_that_was_stopped_judges_nobody_when_it_wakes() {
    let network = network();
    let (transport, rig) = Rigged::new(network.bind("a".into()).unwrap());
    let a = Builder::new(Name::new("a"), transport).options(Options::local());
    let a = a.start().await.unwrap();
    let b = start(&network, "b").await;
    meet(&a, &b).await;
    let mut events = a.events_with(EventKinds::all());
    let reader = tokio::spawn(async move { events.next().await });
    // The machine forgives long stops by itself; short ones are the driver's to get right.
    for stop in 1..=40 {
        passes(Duration::from_secs(2)).await;
        rig.set_deaf(true);
        let sent = rig.sent();
        while rig.sent() == sent {
            passes(Duration::from_millis(10)).await;
        }
        rig.set_deaf(false);
        rig.drop_runs(stop);
        let absent = if stop % 2 == 0 { 350 } else { 30_000 };
        tokio::time::advance(Duration::from_millis(absent)).await;
        rig.wake_reader();
    }
    assert_eq!((a.health(), names(&b.members())), (0, vec!["a", "b"]));
    assert!(a.stats().get("late_wakeups").unwrap() >= 20);
    for nothing in ["probes_indirect", "probes_stream", "datagram_receive_errors"] {
        assert_eq!(a.stats().get(nothing), Some(0), "{nothing}");
    }
    soon(a.shutdown()).await;
    assert_eq!(soon(reader).await.unwrap(), None);
}

#[tokio::test(start_paused = true)]
async fn a_hundred_join_one_seed_at_once() {
    let network = network();
    let seed = start(&network, "seed").await;
    let mut nodes = Vec::new();
    for number in 0..99 {
        nodes.push(start(&network, &format!("n{number}")).await);
    }
    let joins = nodes.iter().map(|node| node.join(["seed"]));
    for joined in soon(futures_util::future::join_all(joins)).await {
        assert_eq!(joined.unwrap().reached(), 1);
    }
    for node in nodes.iter().chain([&seed]) {
        soon(node.wait_for(|members| members.len() == 100)).await.unwrap();
    }
    assert_eq!(seed.stats().get("streams_evicted"), Some(0));
}

/// On real time and two threads: nothing deadlocks when everything happens at once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_nodes_on_two_threads_come_together_and_apart() {
    let network = network();
    let seed = start(&network, "seed").await;
    // What gossip leaves over, now and then, comes soon.
    let mut options = Options::local();
    options.push_pull_interval = Duration::from_millis(500);
    let busy = (0..16).map(|number| {
        let (network, seed, options) = (network.clone(), seed.clone(), options.clone());
        tokio::spawn(async move {
            let builder = builder(&network, &format!("n{number}")).options(options);
            let node = builder.resolver(ParseResolver).start().await.unwrap();
            node.join(["seed"]).await.unwrap();
            node.update_meta(Meta::try_from("here").unwrap()).await.unwrap();
            node.wait_for(|members| members.len() == 17).await.unwrap();
            seed.wait_for(|members| members.len() == 17).await.unwrap();
            seed.send(node.local().id(), "hello".into()).await.unwrap();
            node
        })
    });
    let busy: Vec<_> = busy.collect();
    for node in soon(futures_util::future::join_all(busy)).await {
        let node = node.unwrap();
        soon(node.leave(BOUND)).await.unwrap();
        let name = node.local().id().clone();
        soon(seed.wait_for(|members| members.iter().all(|member| *member.id() != name)))
            .await
            .unwrap();
        soon(node.shutdown()).await;
    }
    assert_eq!(names(&seed.members()), ["seed"]);
}
