use bytes::Bytes;
use futures_util::io::{AsyncReadExt, AsyncWriteExt};

use super::*;
use crate::delegate::{CompositeDelegate, NodeDelegate};
use crate::engine::StreamCodec;
use crate::frame::Framer;
use crate::node::seats::STREAMS_MAX;
use crate::transport::Transport as _;
use crate::transport::memory::MemoryStream;
use crate::wire::{Lpe, PushPull, StreamMessage};

/// `a`, and so many streams to it that say nothing.
async fn besieged(network: &Network, count: usize) -> (Node, Transport, Vec<MemoryStream>) {
    let a = start(network, "a").await;
    let stranger: Transport = network.bind("stranger".into()).unwrap();
    let mut streams = Vec::new();
    for _ in 0..count {
        streams.push(soon(stranger.dial(&"a".into())).await.unwrap());
        tokio::task::yield_now().await;
    }
    (a, stranger, streams)
}

#[tokio::test(start_paused = true)]
async fn silent_streams_keep_nobody_out() {
    let network = network();
    let (a, _stranger, streams) = besieged(&network, 1_500).await;
    let b = start(&network, "b").await;
    meet(&a, &b).await;
    let evicted = a.stats().get("streams_evicted").unwrap();
    assert!(evicted >= (1_500 - STREAMS_MAX) as u64, "{evicted}");
    drop(streams);
}

#[tokio::test(start_paused = true)]
async fn a_crowd_larger_than_the_room_is_served_in_turn() {
    let network = network();
    let seed = start(&network, "seed").await;
    let mut nodes = Vec::new();
    for number in 0..2 * STREAMS_MAX {
        nodes.push(start(&network, &format!("n{number}")).await);
    }
    let joins = nodes.iter().map(|node| node.join(["seed"]));
    for joined in soon(futures_util::future::join_all(joins)).await {
        assert_eq!(joined.unwrap().reached(), 1);
    }
    soon(seed.wait_for(|members| members.len() == 1 + nodes.len())).await.unwrap();
    assert_eq!(seed.stats().get("streams_evicted"), Some(0));
}

#[tokio::test(start_paused = true)]
async fn dripping_streams_keep_nobody_out() {
    let network = network();
    let (a, _stranger, mut streams) = besieged(&network, STREAMS_MAX).await;
    for stream in &mut streams {
        // The beginning of a user message, and no more.
        stream.write_all(&[8, 0, 0]).await.unwrap();
    }
    passes(Duration::from_millis(10)).await;
    let b = start(&network, "b").await;
    meet(&a, &b).await;
    assert!(a.stats().get("streams_evicted").unwrap() >= 1);
    drop(streams);
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_says_nothing_is_closed() {
    let network = network();
    let (a, _stranger, mut streams) = besieged(&network, 1).await;
    let mut answer = Vec::new();
    assert_eq!(soon(streams[0].read_to_end(&mut answer)).await.unwrap(), 0);
    assert_eq!(a.stats().get("streams_timed_out"), Some(1));
}

#[tokio::test(start_paused = true)]
async fn nonsense_is_answered_with_an_error_and_counted() {
    let network = network();
    let (a, _stranger, mut streams) = besieged(&network, 1).await;
    streams[0].write_all(&[0xEE; 100]).await.unwrap();
    let mut answer = Vec::new();
    soon(streams[0].read_to_end(&mut answer)).await.unwrap();
    assert!(String::from_utf8_lossy(&answer).contains("kind 238"), "{answer:?}");
    drop(streams);
    counted(&a, "streams_malformed", 1).await;
}

#[tokio::test(start_paused = true)]
async fn thousands_that_connect_and_go_do_no_harm() {
    let network = network();
    let (a, stranger, _) = besieged(&network, 0).await;
    for _ in 0..3_000 {
        let stream = soon(stranger.dial(&"a".into())).await.unwrap();
        tokio::task::yield_now().await;
        drop(stream);
    }
    let b = start(&network, "b").await;
    meet(&a, &b).await;
    assert_eq!(a.stats().get("streams_evicted"), Some(0));
    assert!(a.stats().get("streams_accepted").unwrap() > 3_000);
}

/// Bytes that the application adds to what a node says in a full exchange.
const STATE: usize = 400_000;

/// Its exchanges are large.
struct HasMuchToSay;

impl NodeDelegate<Name, Name> for HasMuchToSay {
    fn local_state(&self, _: bool) -> Bytes {
        vec![7; STATE].into()
    }
}

/// A node whose streams may hold so much together, and somebody who dials it.
async fn short_of_memory(network: &Network, memory: usize) -> (Node, Transport) {
    let delegate = CompositeDelegate::new().with_node(HasMuchToSay);
    let mut builder = builder(network, "a").resolver(ParseResolver).delegate(delegate);
    builder.settings.stream_memory = memory;
    (builder.start().await.unwrap(), network.bind("stranger".into()).unwrap())
}

/// What asks for a full exchange and says nothing.
fn request() -> Vec<u8> {
    let exchange = PushPull { join: true, states: vec![], user_state: Vec::new().into() };
    let codec = StreamCodec::<Name, Name, Lpe>::new(Framer::default());
    codec.seal(&StreamMessage::PushPull(exchange), true).unwrap()
}

async fn ask(stranger: &Transport, request: &[u8]) -> MemoryStream {
    let mut stream = soon(stranger.dial(&"a".into())).await.unwrap();
    soon(stream.write_all(request)).await.unwrap();
    stream
}

#[tokio::test(start_paused = true)]
async fn who_does_not_read_keeps_nobody_out() {
    let network = network();
    let (a, stranger) = short_of_memory(&network, 5 * STATE).await;
    let mut streams = Vec::new();
    for _ in 0..10 {
        streams.push(ask(&stranger, &request()).await);
    }
    passes(Duration::from_millis(10)).await;
    assert_eq!(a.stats().get("streams_evicted"), Some(0));
    let b = start(&network, "b").await;
    meet(&a, &b).await;
    assert!(a.stats().get("streams_evicted").unwrap() >= 1);
    drop(streams);
}

#[tokio::test(start_paused = true)]
async fn half_sent_exchanges_keep_nobody_out() {
    let network = network();
    let (a, stranger) = short_of_memory(&network, 5 * STATE).await;
    // The beginning of a user message of 16 MB.
    let mut half = vec![8, 1, 0, 0, 0];
    half.resize(STATE, 0);
    for _ in 0..10 {
        let mut stream = soon(stranger.dial(&"a".into())).await.unwrap();
        let half = half.clone();
        tokio::spawn(async move {
            let _ = stream.write_all(&half).await;
            core::future::pending::<()>().await;
        });
    }
    passes(Duration::from_millis(10)).await;
    assert_eq!(a.stats().get("streams_evicted"), Some(0));
    let b = start(&network, "b").await;
    meet(&a, &b).await;
    assert!(a.stats().get("streams_evicted").unwrap() >= 1);
}

/// Nobody has to go for an answer that would not fit anyway; whoever asked for it hears why there
/// is none.
#[tokio::test(start_paused = true)]
async fn who_finds_no_memory_is_told_to_try_again() {
    let network = network();
    let (a, stranger) = short_of_memory(&network, STATE / 2).await;
    let mut stream = ask(&stranger, &request()).await;
    let mut answer = Vec::new();
    soon(stream.read_to_end(&mut answer)).await.unwrap();
    let mut codec = StreamCodec::<Name, Name, Lpe>::new(Framer::default());
    let error = codec.open(&mut answer, true, &mut |_| true).unwrap_err();
    assert_eq!(error.to_string(), "the peer answered: busy, try again");
    drop(stream);
    counted(&a, "streams_over_memory", 1).await;
    assert_eq!(a.stats().get("streams_evicted"), Some(0));
}

/// A seed that is busy is asked again.
#[tokio::test(start_paused = true)]
async fn a_busy_seed_is_asked_again() {
    let network = network();
    let seed: Transport = network.bind("seed".into()).unwrap();
    let b = start(&network, "b").await;
    let codec = StreamCodec::<Name, Name, Lpe>::new(Framer::default());
    let busy = codec.seal(&StreamMessage::Error("busy, try again".into()), false).unwrap();
    let served = async {
        let mut asked = 0;
        while asked < 4 {
            let (mut stream, _) = soon(seed.accept()).await.unwrap();
            soon(stream.write_all(&busy)).await.unwrap();
            stream.close().await.unwrap();
            asked += 1;
        }
        asked
    };
    let (joined, asked) = soon(futures_util::future::join(b.join(["seed"]), served)).await;
    assert_eq!(asked, 4);
    assert!(joined.unwrap_err().to_string().contains("busy, try again"));
}

/// As many as fill all places three times, who come again as often as they have to go.
#[tokio::test(start_paused = true)]
async fn a_crowd_that_comes_again_keeps_nobody_out() {
    let network = network();
    let (a, stranger, _) = besieged(&network, 0).await;
    let stranger = Arc::new(stranger);
    for _ in 0..1_500 {
        let stranger = Arc::clone(&stranger);
        tokio::spawn(async move {
            while let Ok(mut stream) = stranger.dial(&"a".into()).await {
                // The beginning of a user message, and no more.
                let _ = stream.write_all(&[8, 0, 0]).await;
                let _ = stream.read_to_end(&mut Vec::new()).await;
            }
        });
        tokio::task::yield_now().await;
    }
    passes(Duration::from_millis(10)).await;
    let b = start(&network, "b").await;
    let before = tokio::time::Instant::now();
    meet(&a, &b).await;
    let took = before.elapsed();
    assert!(took < Duration::from_millis(350), "{took:?}");
}
