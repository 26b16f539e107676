//! Told hooks that do what hooks should not, and may all the same.

use std::time::Duration;

use futures_util::future::join;
use memberlist::agnostic::RuntimeLite;
use memberlist::{Reason, State};

use crate::hooks::*;
use crate::support::*;

pub(crate) async fn a_hook_that_sleeps_a_minute_holds_up_nothing<C: Cell>() {
    let (begin, begun) = async_channel::unbounded();
    let sleeps = on_message(move |_| {
        let begin = begin.clone();
        async move {
            begin.try_send(()).expect("the test listens");
            C::Runtime::sleep(Duration::from_secs(60)).await;
        }
    });
    let a = start::<C>("a").await;
    let mut options = quick();
    options.handoff_queue_depth = 100;
    let b = builder::<C>("b").options(options).delegate(sleeps).start().await.unwrap();
    meet::<C>(&a, &b).await;
    let mut events = b.events();
    let mut all_of_a = a.events();
    a.send(&"b".into(), "sleep".into()).await.unwrap();
    next::<C, _>("the hook is called", &begun).await;

    let probes = count(&a, "probes") + 15;
    let traffic = async {
        while count(&a, "probes") < probes || count(&b, "hook_messages_dropped") == 0 {
            a.send_packet(&"b".into(), "traffic".into()).await.unwrap();
            C::Runtime::yield_now().await;
        }
    };
    within::<C, _>("many probes and too many messages", traffic).await;
    assert_eq!(names(&a), ["a", "b"]);
    assert!(all_of_a.try_next().is_none(), "b was there all the time");

    let updated = within::<C, _>("an update", a.update_meta("new".try_into().unwrap())).await;
    assert_eq!(updated.unwrap().heard_by, 1);
    let event = event_of::<C>(&mut events, "a").await;
    assert_eq!(event.member().meta().as_bytes(), b"new", "reads see what the hook does not");
    let pong = within::<C, _>("an answer", a.ping(&"b".into())).await;
    pong.expect("it still answers");
    assert!(begun.is_empty(), "the hook still sleeps");
    down::<C>([b, a]).await;
}

pub(crate) async fn a_hook_may_call_its_own_node<C: Cell>() {
    let (to_a, at_a) = listener();
    let a = builder::<C>("a").delegate(to_a).start().await.unwrap();
    let (tell, outcome) = async_channel::bounded(1);
    let b = builder::<C>("b").delegate_with(|weak| {
        on_message(move |_| {
            let (node, tell) = (weak.upgrade().expect("the test holds it"), tell.clone());
            async move {
                let before = names(&node);
                node.send(&"a".into(), "from the hook".into()).await.unwrap();
                node.update_meta("hook".try_into().unwrap()).await.unwrap();
                node.ping(&"a".into()).await.unwrap();
                let left = node.leave(BOUND).await.unwrap();
                tell.try_send((before, left.heard_by, names(&node))).expect("the test listens");
                node.shutdown().await;
            }
        })
    });
    let b = b.start().await.unwrap();
    meet::<C>(&a, &b).await;
    a.send(&"b".into(), "call".into()).await.unwrap();
    let (before, heard_by, after) = next::<C, _>("the hook is done", &outcome).await;
    assert_eq!((before, heard_by), (vec!["a".into(), "b".into()], 1));
    assert_eq!(after, ["a"]);
    assert_eq!(message::<C>(&at_a).await.payload, "from the hook");
    knows::<C>(&a, "b", |member| member.state() == State::Left).await;
    until::<C>("the node has ended", || b.is_shutdown()).await;
    down::<C>([a, b]).await;
}

pub(crate) async fn a_slow_reader_of_events_gets_the_net_change<C: Cell>() {
    let a = start::<C>("a").await;
    let mut events = a.events();
    let (b, c) = (start::<C>("b").await, start::<C>("c").await);
    let (joined, same) = (b.join([*a.advertised()]), c.join([*a.advertised()]));
    let (joined, same) = within::<C, _>("the joins", join(joined, same)).await;
    assert!(joined.is_ok() && same.is_ok());
    sees::<C>(&a, 3).await;
    for text in ["1", "2", "3"] {
        let updated = within::<C, _>("an update", b.update_meta(text.try_into().unwrap())).await;
        updated.expect("somebody hears it");
    }
    within::<C, _>("the goodbye", c.leave(BOUND)).await.unwrap();
    knows::<C>(&a, "c", |member| member.state() == State::Left).await;
    knows::<C>(&a, "b", |member| member.meta().as_bytes() == b"3").await;
    let event = events.try_next().expect("b is there");
    assert_eq!((event.reason, event.member().id().as_str()), (Reason::Joined, "b"));
    assert_eq!(event.member().meta().as_bytes(), b"3");
    assert!(events.try_next().is_none(), "c came and went unseen");
    down::<C>([a, b, c]).await;
}
