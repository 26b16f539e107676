use bytes::Bytes;

use super::*;
use crate::delegate::{ChannelDelegate, Plane, Told, UserMessage};
use crate::types::limits::STREAM_BYTES_MAX;

type Channel = async_channel::Receiver<Told<Name, Name>>;

/// `a`, and `b` with what it is told.
async fn listening(network: &Network) -> (Node, Node, Channel) {
    let (delegate, channel) = ChannelDelegate::new(1_024);
    let (a, b) = (start(network, "a").await, start_with(network, "b", delegate).await);
    meet(&a, &b).await;
    (a, b, channel)
}

async fn message(channel: &Channel) -> UserMessage<Name, Name> {
    loop {
        if let Told::Message(message) = soon(channel.recv()).await.expect("the node is up") {
            return message;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_message_arrives_on_each_plane() {
    let network = network();
    let (a, b, channel) = listening(&network).await;
    soon(a.send(&"b".into(), "stream".into())).await.unwrap();
    let told = message(&channel).await;
    assert_eq!((&told.payload[..], told.plane), (&b"stream"[..], Plane::Stream));

    soon(a.send_packet(&"b".into(), "packet".into())).await.unwrap();
    let told = message(&channel).await;
    assert_eq!((&told.payload[..], told.plane), (&b"packet"[..], Plane::Packet));
    assert_eq!(told.address, Some("a".into()));

    let broadcast = soon(a.broadcast("all".into())).await.unwrap();
    let told = message(&channel).await;
    assert_eq!((&told.payload[..], told.plane), (&b"all"[..], Plane::Broadcast));
    assert_eq!(told.sender, Some("a".into()));
    assert_eq!(soon(broadcast.completed()).await, Ok(Completion::Sent));

    drop(b);
}

#[tokio::test(start_paused = true)]
async fn an_empty_message_is_a_message_on_each_plane() {
    let network = network();
    let (a, b, channel) = listening(&network).await;
    soon(a.send_to("b".into(), Bytes::new())).await.unwrap();
    let told = message(&channel).await;
    assert_eq!((&told.payload[..], told.plane), (&b""[..], Plane::Stream));
    soon(a.send_packet(&"b".into(), Bytes::new())).await.unwrap();
    let told = message(&channel).await;
    assert_eq!((&told.payload[..], told.plane), (&b""[..], Plane::Packet));
    let broadcast = soon(a.broadcast(Bytes::new())).await.unwrap();
    let told = message(&channel).await;
    assert_eq!((&told.payload[..], told.plane), (&b""[..], Plane::Broadcast));
    assert_eq!(soon(broadcast.completed()).await, Ok(Completion::Sent));
    assert_eq!(b.stats().get("hook_messages_dropped"), Some(0));
}

#[tokio::test(start_paused = true)]
async fn a_large_message_arrives_whole() {
    let network = network();
    let (a, _b, channel) = listening(&network).await;
    let payload = Bytes::from(vec![7; 3_000_000]);
    soon(a.send(&"b".into(), payload.clone())).await.unwrap();
    assert_eq!(message(&channel).await.payload, payload);
}

#[tokio::test(start_paused = true)]
async fn what_is_too_large_is_refused_with_the_limit() {
    let network = network();
    let (a, _b) = pair(&network).await;
    let too_large = |error: SendError| match error {
        SendError::TooLarge(error) => error,
        other => panic!("{other}"),
    };
    let large = Bytes::from(vec![0; 1_401]);
    let error = too_large(soon(a.send_packet(&"b".into(), large.clone())).await.unwrap_err());
    assert_eq!(error.len, 1_401);
    soon(a.send_packet(&"b".into(), large.slice(..error.max))).await.unwrap();
    let error = too_large(soon(a.broadcast(large)).await.unwrap_err());
    assert!(error.max < 1_401);
    let huge = Bytes::from(vec![0; STREAM_BYTES_MAX + 1]);
    let error = too_large(soon(a.send(&"b".into(), huge)).await.unwrap_err());
    assert_eq!(error.max, STREAM_BYTES_MAX);
}

#[tokio::test(start_paused = true)]
async fn a_newer_broadcast_with_the_same_key_replaces_the_older() {
    let network = network();
    let (a, _b) = pair(&network).await;
    let key = Bytes::from_static(b"load");
    let first = soon(a.broadcast_keyed(key.clone(), "1".into())).await.unwrap();
    let second = soon(a.broadcast_keyed(key, "2".into())).await.unwrap();
    assert_eq!(soon(first).await, Ok(Completion::Replaced));
    assert_eq!(soon(second).await, Ok(Completion::Sent));
}

#[tokio::test(start_paused = true)]
async fn a_ping_is_answered_or_not() {
    let network = network();
    let (a, b) = pair(&network).await;
    soon(a.ping(&"b".into())).await.unwrap();
    soon(a.ping_to("b".into())).await.unwrap();
    assert!(matches!(soon(a.ping(&"c".into())).await, Err(PingError::Unknown(_))));
    assert_eq!(soon(a.ping_to("nowhere".into())).await, Err(PingError::NoAnswer));
    drop(b);
}

#[tokio::test(start_paused = true)]
async fn sending_to_nobody_fails_with_the_reason() {
    let network = network();
    let a = start(&network, "a").await;
    let error = soon(a.send_to("nowhere".into(), "x".into())).await.unwrap_err();
    assert!(matches!(error, SendError::Stream(_)), "{error}");
    assert_eq!(a.stats().get("stream_dial_errors"), Some(1));
}

#[tokio::test(start_paused = true)]
async fn garbage_is_counted_and_changes_nothing() {
    let network = network();
    let (a, _b) = pair(&network).await;
    let dropped = |node: &Node| node.stats().iter().map(|(_, n)| n).sum::<u64>();
    let before = dropped(&a);
    for len in 1..200 {
        network.inject("x".into(), &"a".into(), &vec![0xEE; len]);
    }
    soon(a.ping(&"b".into())).await.unwrap();
    assert!(dropped(&a) > before + 199);
    assert_eq!(names(&a.members()), ["a", "b"]);
}
