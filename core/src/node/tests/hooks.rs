use core::future::pending;
use core::sync::atomic::{AtomicUsize, Ordering};
use std::sync::Arc;

use super::*;
use crate::delegate::{
    AliveDelegate, Candidate, CompositeDelegate, EventDelegate, MergeDelegate, NodeDelegate,
    PingDelegate, Refused, UserMessage, VoidDelegate,
};
use crate::types::Meta;

/// What a test does when it is told of a message.
struct OnMessage<F>(F);

impl<F, G> NodeDelegate<Name, Name> for OnMessage<F>
where
    F: Fn(UserMessage<Name, Name>) -> G + Send + Sync + 'static,
    G: Future<Output = ()> + Send,
{
    fn notify_message(&self, message: UserMessage<Name, Name>) -> impl Future<Output = ()> + Send {
        (self.0)(message)
    }
}

type NodeOnly<N> = CompositeDelegate<VoidDelegate, VoidDelegate, N>;

fn on_message<F, G>(hook: F) -> NodeOnly<OnMessage<F>>
where
    F: Fn(UserMessage<Name, Name>) -> G + Send + Sync + 'static,
    G: Future<Output = ()> + Send,
{
    CompositeDelegate::new().with_node(OnMessage(hook))
}

#[tokio::test(start_paused = true)]
async fn a_hook_that_never_returns_delays_no_probe_and_loses_no_net_change() {
    let network = network();
    let stuck = on_message(|_| pending());
    let (a, b) = (start(&network, "a").await, start_with(&network, "b", stuck).await);
    meet(&a, &b).await;
    let mut events = b.events();
    for _ in 0..2 * Options::local().handoff_queue_depth {
        soon(a.send_packet(&"b".into(), "traffic".into())).await.unwrap();
        tokio::task::yield_now().await;
    }
    passes(Duration::from_secs(60)).await;
    assert_eq!(names(&a.members()), ["a", "b"]);
    assert!(b.stats().get("hook_messages_dropped").unwrap() > 0);

    soon(a.update_meta(Meta::try_from("new").unwrap())).await.unwrap();
    assert_eq!(soon(events.next()).await.unwrap().member().meta().as_bytes(), b"new");
    soon(b.shutdown()).await;
}

#[tokio::test(start_paused = true)]
async fn a_hook_that_panics_is_skipped_and_counted() {
    let network = network();
    let calls = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&calls);
    let panics = on_message(move |_| {
        assert!(
            count.fetch_add(1, Ordering::SeqCst) != 0,
            "the first call panics, as this test wants"
        );
        async {}
    });
    let (a, b) = (start(&network, "a").await, start_with(&network, "b", panics).await);
    meet(&a, &b).await;
    soon(a.send(&"b".into(), "1".into())).await.unwrap();
    soon(a.send(&"b".into(), "2".into())).await.unwrap();
    soon(async {
        while calls.load(Ordering::SeqCst) < 2 {
            tokio::task::yield_now().await;
        }
    })
    .await;
    assert_eq!(b.stats().get("hook_panics"), Some(1));
    assert!(!b.is_shutdown());
}

#[tokio::test(start_paused = true)]
async fn a_hook_calls_everything_on_its_own_handle() {
    let network = network();
    let (done, outcome) = async_channel::bounded(1);
    let a = start(&network, "a").await;
    let b = builder(&network, "b").resolver(ParseResolver).delegate_with(|node| {
        on_message(move |_| {
            let (node, done) = (node.upgrade().expect("the test holds it"), done.clone());
            async move {
                assert_eq!(names(&node.members()), ["a", "b"]);
                node.send(&"a".into(), "hello".into()).await.unwrap();
                node.ping(&"a".into()).await.unwrap();
                node.update_meta(Meta::try_from("x").unwrap()).await.unwrap();
                node.wait_for(|members| members.len() == 2).await.unwrap();
                node.leave(BOUND).await.unwrap();
                node.shutdown().await;
                done.send(node.is_shutdown()).await.unwrap();
            }
        })
    });
    let b = b.start().await.unwrap();
    meet(&a, &b).await;
    soon(a.send(&"b".into(), "go".into())).await.unwrap();
    assert_eq!(soon(outcome.recv()).await, Ok(true));
}

/// Believes nobody but the two it knows, by panicking.
struct Picky;

impl AliveDelegate<Name, Name> for Picky {
    fn notify_alive(&self, candidate: &Candidate<'_, Name, Name>) -> Result<(), Refused> {
        assert!(["a", "b"].contains(&candidate.node.id().as_str()), "as this test wants");
        Ok(())
    }
}

#[tokio::test(start_paused = true)]
async fn a_panic_in_an_asked_hook_is_a_refusal() {
    let network = network();
    let picky = CompositeDelegate::new().with_alive(Picky);
    let (a, b) = (start_with(&network, "a", picky).await, start(&network, "b").await);
    meet(&a, &b).await;
    let c = start(&network, "c").await;
    soon(c.join(["b"])).await.unwrap();
    soon(b.wait_for(|members| members.len() == 3)).await.unwrap();
    counted(&a, "hook_panics", 1).await;
    assert_eq!(names(&a.members()), ["a", "b"]);
}

struct NoMerge;

impl MergeDelegate<Name, Name> for NoMerge {
    fn notify_merge(&self, peers: &[Candidate<'_, Name, Name>]) -> Result<(), Refused> {
        Err(Refused(format!("{} strangers", peers.len())))
    }
}

#[tokio::test(start_paused = true)]
async fn a_refused_merge_is_a_failed_seed() {
    let network = network();
    let refuses = CompositeDelegate::new().with_merge(NoMerge);
    let (_a, b) = (start(&network, "a").await, start_with(&network, "b", refuses).await);
    let error = soon(b.join(["a"])).await.unwrap_err().to_string();
    assert!(error.contains("refused by the application: 1 strangers"), "{error}");
    assert_eq!(b.stats().get("exchanges_refused"), Some(1));
}

/// Waits for a sign before each call.
struct Slow {
    go: async_channel::Receiver<()>,
    told: async_channel::Sender<&'static str>,
}

impl EventDelegate<Name, Name> for Slow {
    async fn notify_join(&self, _: Arc<Member<Name, Name>>) {
        self.go.recv().await.unwrap();
        self.told.send("join").await.unwrap();
    }

    async fn notify_leave(&self, _: Arc<Member<Name, Name>>) {
        self.go.recv().await.unwrap();
        self.told.send("leave").await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn told_hooks_hear_the_net_change_in_order() {
    let network = network();
    let (sign, go) = async_channel::unbounded();
    let (tell, told) = async_channel::unbounded();
    let slow = CompositeDelegate::new().with_events(Slow { go, told: tell });
    let (a, b) = (start_with(&network, "a", slow).await, start(&network, "b").await);
    meet(&a, &b).await;
    soon(b.shutdown()).await;
    soon(a.wait_for(|members| members.len() == 1)).await.unwrap();
    // Itself, at which the hook waits all the time; `b` came and went meanwhile.
    sign.send(()).await.unwrap();
    assert_eq!(soon(told.recv()).await, Ok("join"));
    let c = start(&network, "c").await;
    meet(&a, &c).await;
    sign.send(()).await.unwrap();
    assert_eq!(soon(told.recv()).await, Ok("join"));
    assert!(told.is_empty());
}

/// The hook that any shutdown interrupts at the worst moment.
#[tokio::test(start_paused = true)]
async fn metadata_comes_from_the_hook_at_the_start_and_on_request() {
    struct Counts(AtomicUsize);
    impl NodeDelegate<Name, Name> for Counts {
        fn node_meta(&self) -> Option<Meta> {
            let call = self.0.fetch_add(1, Ordering::SeqCst);
            Meta::try_from(call.to_string().as_str()).ok()
        }
    }
    let counts = CompositeDelegate::new().with_node(Counts(AtomicUsize::new(0)));
    let a = start_with(&network(), "a", counts).await;
    assert_eq!(a.local().meta().as_bytes(), b"0");
    soon(a.refresh_meta()).await.unwrap();
    assert_eq!(a.local().meta().as_bytes(), b"1");
}

/// Told of answered probes, if it wants to be.
struct OnPong<const WANTS: bool>(Arc<AtomicUsize>);

impl<const WANTS: bool> PingDelegate<Name, Name> for OnPong<WANTS> {
    const COMPLETIONS: bool = WANTS;

    async fn notify_ping_complete(&self, _: Arc<Member<Name, Name>>, _: Duration, _: bytes::Bytes) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

async fn pongs<const WANTS: bool>() -> usize {
    let (network, calls) = (network(), Arc::new(AtomicUsize::new(0)));
    let hooks = CompositeDelegate::new().with_pings(OnPong::<WANTS>(Arc::clone(&calls)));
    let (a, b) = (start_with(&network, "a", hooks).await, start(&network, "b").await);
    meet(&a, &b).await;
    counted(&a, "probes", 10).await;
    calls.load(Ordering::SeqCst)
}

#[tokio::test(start_paused = true)]
async fn who_does_not_want_to_hear_of_answered_probes_does_not() {
    assert!(pongs::<true>().await >= 9);
    assert_eq!(pongs::<false>().await, 0);
    const { assert!(!<VoidDelegate as PingDelegate<u64, u64>>::COMPLETIONS) };
    const { assert!(!<CompositeDelegate as PingDelegate<u64, u64>>::COMPLETIONS) };
}
