//! The datagram plane.

use core::future::poll_fn;
use core::task::Poll;
use std::io;
use std::net::UdpSocket;

use agnostic::Runtime;
use memberlist_core::transport::Transport;
use memberlist_core::types::Cidrs;
use memberlist_net::{MAX_DATAGRAM, NetOptions, NetTransport, Tcp};

use crate::support::{Net, address, count, net, receive, send, several, within};

pub(crate) async fn a_datagram_arrives_with_its_sender<R: Runtime>() {
    let (a, b) = (net::<R>(&["127.0.0.1:0"]).await, net::<R>(&["127.0.0.1:0"]).await);
    send(&a, b.advertised(), b"hello").await.unwrap();
    assert_eq!(receive(&b).await.unwrap(), (b"hello".to_vec(), *a.advertised()));
    send(&b, a.advertised(), b"you too").await.unwrap();
    assert_eq!(receive(&a).await.unwrap(), (b"you too".to_vec(), *b.advertised()));
}

pub(crate) async fn the_largest_datagram_arrives_and_a_larger_one_is_refused<R: Runtime>() {
    let (a, b) = (net::<R>(&["127.0.0.1:0"]).await, net::<R>(&["127.0.0.1:0"]).await);
    let largest = vec![7; a.max_datagram()];
    assert_eq!(largest.len(), MAX_DATAGRAM);
    send(&a, b.advertised(), &largest).await.unwrap();
    assert_eq!(receive(&b).await.unwrap().0, largest);
    let error = send(&a, b.advertised(), &[7; MAX_DATAGRAM + 1]).await.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
    assert!(error.to_string().contains("65507"), "{error}");
}

pub(crate) async fn a_shorter_limit_holds_both_ways<R: Runtime>() {
    let mut options = NetOptions::new([address("127.0.0.1:0")]);
    options.max_datagram = 1_400;
    let (a, b) = (Net::<R>::bind(options).await.unwrap(), net::<R>(&["127.0.0.1:0"]).await);
    assert!(send(&a, b.advertised(), &[0; 1_401]).await.is_err());
    send(&b, a.advertised(), &[0; 1_401]).await.unwrap();
    send(&b, a.advertised(), &[0; 1_400]).await.unwrap();
    assert_eq!(receive(&a).await.unwrap().0.len(), 1_400);
    assert_eq!(count(&a, "packets_too_long"), 1);
}

pub(crate) async fn empty_datagrams_are_dropped<R: Runtime>() {
    let (a, b) = (net::<R>(&["127.0.0.1:0"]).await, net::<R>(&["127.0.0.1:0"]).await);
    for _ in 0..200 {
        send(&a, b.advertised(), b"").await.unwrap();
    }
    send(&a, b.advertised(), b"full").await.unwrap();
    // After each 64 of them others have their turn, which must not look like an empty socket.
    let mut buf = [0; 16];
    for run in 1..=3 {
        let error = within::<R, _>(poll_fn(|cx| b.poll_recv(cx, &mut buf))).await.unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::Interrupted);
        assert_eq!(count(&b, "packets_empty"), 64 * run);
    }
    assert_eq!(receive(&b).await.unwrap().0, b"full");
    assert_eq!(count(&b, "packets_empty"), 200);
}

/// A runtime's budget must not look like an empty socket: timers would fire on stale knowledge.
pub(crate) async fn all_that_has_arrived_is_read_in_one_go<R: Runtime>() {
    let b = net::<R>(&["127.0.0.1:0"]).await;
    let plain = UdpSocket::bind("127.0.0.1:0").unwrap();
    for number in 0..500_u32 {
        plain.send_to(&number.to_be_bytes(), b.advertised()).unwrap();
    }
    let first = receive(&b).await.unwrap().0;
    assert_eq!(first, 0_u32.to_be_bytes());
    let rest = poll_fn(|cx| {
        let mut buf = [0; 16];
        let mut read = 0_u32;
        while let Poll::Ready(datagram) = b.poll_recv(cx, &mut buf) {
            read += 1;
            assert_eq!(datagram.unwrap().0, 4);
            assert_eq!(buf[..4], read.to_be_bytes());
        }
        Poll::Ready(read)
    });
    assert_eq!(within::<R, _>(rest).await, 499);
}

/// A runtime's budget must not look like a full socket: the datagrams would be dropped.
pub(crate) async fn more_than_a_task_budget_is_sent_in_one_go<R: Runtime>() {
    let (a, b) = (net::<R>(&["127.0.0.1:0"]).await, net::<R>(&["127.0.0.1:0"]).await);
    let sent = poll_fn(|cx| {
        let all =
            (0..500).all(|_| matches!(a.poll_send(cx, b.advertised(), b"x"), Poll::Ready(Ok(()))));
        Poll::Ready(all)
    });
    assert!(within::<R, _>(sent).await);
}

pub(crate) async fn a_busy_socket_does_not_silence_another<R: Runtime>() {
    let b = net::<R>(&several()).await;
    let Some(quiet) = b.bound().get(1).copied() else { return };
    let plain = UdpSocket::bind("127.0.0.1:0").unwrap();
    for _ in 0..100 {
        plain.send_to(b"busy", b.bound()[0]).unwrap();
    }
    plain.send_to(b"quiet", quiet).unwrap();
    let mut early = Vec::new();
    for _ in 0..50 {
        // The runtime has to see that the quiet socket has something.
        R::yield_now().await;
        early.push(receive(&b).await.unwrap().0);
    }
    assert!(early.contains(&b"quiet".to_vec()), "{early:?}");
}

pub(crate) async fn a_peer_that_is_gone_does_not_stop_the_plane<R: Runtime>() {
    let (a, b) = (net::<R>(&["127.0.0.1:0"]).await, net::<R>(&["127.0.0.1:0"]).await);
    let gone = *net::<R>(&["127.0.0.1:0"]).await.advertised();
    for _ in 0..100 {
        // Some systems report the refusal here, which concerns this datagram only.
        let _ = send(&a, &gone, b"anybody?").await;
    }
    send(&b, a.advertised(), b"here").await.unwrap();
    assert_eq!(receive(&a).await.unwrap().0, b"here");
}

pub(crate) async fn strangers_are_dropped_and_counted<R: Runtime>() {
    let Some(elsewhere) = several().get(1).copied() else { return };
    let allowed = Cidrs::only(["127.0.0.1/32"]).unwrap();
    let options = NetOptions::new([address("127.0.0.1:0")]).allowed(allowed);
    let a = NetTransport::<Tcp, R>::bind(options).await.unwrap();
    let stranger = UdpSocket::bind(elsewhere).unwrap();
    let known = UdpSocket::bind("127.0.0.1:0").unwrap();
    stranger.send_to(b"let me in", a.advertised()).unwrap();
    known.send_to(b"it is me", a.advertised()).unwrap();
    assert_eq!(receive(&a).await.unwrap().0, b"it is me");
    assert_eq!(count(&a, "packets_not_allowed"), 1);
}
