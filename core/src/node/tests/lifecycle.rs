use super::rigged::Rigged;
use super::*;
use crate::transport::memory::Cut;
use crate::types::{Cidrs, Label};

#[tokio::test(start_paused = true)]
async fn the_ports_are_free_when_shutdown_returns() {
    let network = network();
    let (a, b) = pair(&network).await;
    for _ in 0..2 {
        soon(a.shutdown()).await;
        assert!(a.is_shutdown());
    }
    let again = start(&network, "a").await;
    assert_eq!(names(&again.members()), ["a"]);
    drop(b);
}

#[tokio::test(start_paused = true)]
async fn dropping_the_last_handle_shuts_down() {
    let network = network();
    let (a, b) = pair(&network).await;
    let (clone, weak) = (a.clone(), a.downgrade());
    drop(a);
    assert!(weak.upgrade().is_some_and(|node| !node.is_shutdown()));
    drop(clone);
    assert!(weak.upgrade().is_none());
    soon(async {
        while network.bind::<TokioRuntime>("a".into()).is_err() {
            tokio::task::yield_now().await;
        }
    })
    .await;
    soon(b.wait_for(|members| members.len() == 1)).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_weak_handle_and_a_reader_keep_nothing_alive() {
    let a = start(&network(), "a").await;
    let mut events = a.events();
    drop(a);
    assert_eq!(soon(events.next()).await, None);
}

#[tokio::test(start_paused = true)]
async fn every_call_that_waits_ends_with_the_node() {
    let network = network();
    let (a, _b) = pair(&network).await;
    network.cut_both(&"a".into(), &"b".into(), Cut::All);
    let calls = {
        let (join, ping, send, wait) = (a.clone(), a.clone(), a.clone(), a.clone());
        tokio::join!(
            tokio::spawn(async move { join.join(["b"]).await.unwrap_err().is_shutdown() }),
            tokio::spawn(async move { ping.ping(&"b".into()).await.unwrap_err().is_shutdown() }),
            tokio::spawn(async move {
                send.send(&"b".into(), "x".into()).await.unwrap_err().is_shutdown()
            }),
            tokio::spawn(async move { wait.wait_for(|_| false).await.unwrap_err().is_shutdown() }),
            async {
                passes(Duration::from_millis(10)).await;
                a.shutdown().await;
            },
        )
    };
    assert!(calls.0.unwrap() && calls.1.unwrap() && calls.2.unwrap() && calls.3.unwrap());
    assert!(soon(a.join(["b"])).await.unwrap_err().is_shutdown());
    assert!(soon(a.leave(BOUND)).await.unwrap_err().is_shutdown());
    assert!(soon(a.broadcast("x".into())).await.unwrap_err().is_shutdown());
    assert_eq!(soon(a.events().next()).await, None);
    assert_eq!(names(&a.members()), ["a", "b"]);
}

#[tokio::test(start_paused = true)]
async fn a_dropped_join_gives_up() {
    let network = network();
    let (a, b) = (start(&network, "a").await, start(&network, "b").await);
    network.cut_both(&"a".into(), &"b".into(), Cut::All);
    let joined = tokio::time::timeout(Duration::from_millis(100), b.join(["a"])).await;
    assert!(joined.is_err());
    network.heal_all();
    passes(Duration::from_secs(5)).await;
    assert_eq!(names(&a.members()), ["a"]);
}

#[tokio::test(start_paused = true)]
async fn what_makes_no_sense_is_refused_and_frees_the_port() {
    let network = network();
    let mut options = Options::local();
    options.gossip_nodes = 65;
    let error = builder(&network, "a").options(options).start().await.unwrap_err();
    assert!(matches!(error, BuildError::Options(_)) && error.to_string().contains("gossip_nodes"));
    let long = Name::new("n".repeat(256));
    let error = Builder::new(long, network.bind::<TokioRuntime>("b".into()).unwrap()).start().await;
    assert!(matches!(error, Err(BuildError::Setup(_))));
    start(&network, "a").await;
    start(&network, "b").await;
}

#[tokio::test(start_paused = true)]
async fn another_cluster_stays_apart() {
    let network = network();
    let a = start(&network, "a").await;
    let other = builder(&network, "b").label(Label::try_from("other").unwrap());
    let other = other.allowed(Cidrs::any()).resolver(ParseResolver).start().await.unwrap();
    assert!(soon(other.join(["a"])).await.is_err());
    assert_eq!(names(&a.members()), ["a"]);
    assert_eq!(a.stats().get("streams_malformed"), Some(1));
}

#[tokio::test(start_paused = true)]
async fn a_panic_in_the_driver_ends_the_node_with_an_error_to_every_waiter() {
    let network = network();
    let (transport, rig) = Rigged::new(network.bind("a".into()).unwrap());
    let a = Builder::new(Name::new("a"), transport).options(Options::local());
    let a = a.start().await.unwrap();
    let waits = tokio::spawn({
        let a = a.clone();
        async move { a.wait_for(|_| false).await }
    });
    passes(Duration::from_millis(10)).await;
    rig.make_sending_panic();
    assert_eq!(soon(a.ping_to("b".into())).await, Err(PingError::Down(Down::Crashed)));
    assert_eq!(soon(waits).await.unwrap(), Err(Down::Crashed));
    assert_eq!(soon(a.leave(BOUND)).await, Err(LeaveError::Down(Down::Crashed)));
    soon(a.shutdown()).await;
    start(&network, "a").await;
}

#[test]
fn a_runtime_that_goes_away_ends_every_wait() {
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (first, second) = (runtime(), runtime());
    let a = first.block_on(start(&network(), "a"));
    drop(first);
    second.block_on(async {
        assert!(soon(a.ping_to("b".into())).await.unwrap_err().is_shutdown());
        soon(a.shutdown()).await;
    });
}
