use futures_util::io::{AsyncReadExt, AsyncWriteExt};

use super::*;
use crate::node::incoming::STREAMS_MAX;
use crate::transport::Transport as _;
use crate::transport::memory::MemoryStream;

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
