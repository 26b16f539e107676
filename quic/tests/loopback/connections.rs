//! How many connections there are, and for how long.

use std::io::ErrorKind;
use std::net::UdpSocket;
use std::time::Duration;

use agnostic::RuntimeLite;
use futures_util::future::{join, join3};
use futures_util::io::{AsyncReadExt, AsyncWriteExt};
use memberlist_core::transport::Transport;
use memberlist_net::NetOptions;
use memberlist_quic::QuicTransport;

use crate::certificates::{Authority, CLUSTER};
use crate::support::*;

pub(crate) async fn two_that_dial_at_once_end_with_one_connection<C: Cell>() {
    let (a, b) = pair::<C>().await;
    let work = async {
        let (to_b, to_a) = join(a.dial(b.advertised()), b.dial(a.advertised())).await;
        let (mut to_b, mut to_a) = (to_b.unwrap(), to_a.unwrap());
        to_b.write_all(b"to b").await.unwrap();
        to_a.write_all(b"to a").await.unwrap();
        for (at, expected) in [(&a, b"to a"), (&b, b"to b")] {
            let (mut stream, _) = at.accept().await.unwrap();
            let mut heard = [0; 4];
            stream.read_exact(&mut heard).await.unwrap();
            assert_eq!(&heard, expected);
        }
    };
    within::<C, _>("both talk", work).await;
    counted::<C>(&a, "connections_open", 1).await;
    counted::<C>(&b, "connections_open", 1).await;
    meet::<C>(&a, &b).await;
    let made = count(&a, "connections_dialled") + count(&b, "connections_dialled");
    assert!(made <= 2, "{made} were opened");
    assert_eq!((count(&a, "connections_open"), count(&b, "connections_open")), (1, 1));
}

pub(crate) async fn an_idle_connection_is_closed_and_opened_again<C: Cell>() {
    let authority = Authority::new();
    let mut brief = options();
    brief.idle_timeout = Duration::from_millis(300);
    let a = bind::<C>(&authority, anywhere(), brief).await;
    let b = bind::<C>(&authority, anywhere(), options()).await;
    meet::<C>(&a, &b).await;
    for at in [&a, &b] {
        counted::<C>(at, "connections_open", 0).await;
        assert_eq!(count(at, "connections_closed"), 1);
    }
    meet::<C>(&a, &b).await;
    assert_eq!(count(&a, "connections_dialled"), 2);
}

pub(crate) async fn a_peer_that_restarts_is_met_again_at_once<C: Cell>() {
    let authority = Authority::new();
    let a = bind::<C>(&authority, anywhere(), options()).await;
    let mut b = bind::<C>(&authority, anywhere(), options()).await;
    let place = *b.advertised();
    for _ in 0..3 {
        meet::<C>(&a, &b).await;
        within::<C, _>("the shutdown", b.shutdown()).await;
        b = bind::<C>(&authority, NetOptions::new([place]), options()).await;
        counted::<C>(&a, "connections_open", 0).await;
    }
    meet::<C>(&a, &b).await;
}

pub(crate) async fn the_idlest_gives_way<C: Cell>() {
    let authority = Authority::new();
    let mut few = options();
    few.max_connections = 1;
    let a = bind::<C>(&authority, anywhere(), few).await;
    let b = bind::<C>(&authority, anywhere(), options()).await;
    let c = bind::<C>(&authority, anywhere(), options()).await;
    meet::<C>(&a, &b).await;
    meet::<C>(&a, &c).await;
    assert_eq!(count(&a, "connections_evicted"), 1);
    counted::<C>(&b, "connections_open", 0).await;
    // While a stream runs, nobody gives way.
    let mut stream = within::<C, _>("a dial", a.dial(c.advertised())).await.unwrap();
    within::<C, _>("a word", stream.write_all(b"word")).await.unwrap();
    let error = within::<C, _>("a refusal", a.dial(b.advertised())).await.err().unwrap();
    assert!(error.to_string().contains("max_connections"), "{error}");
    drop(stream);
    let (stream, _) = within::<C, _>("the stream", c.accept()).await.unwrap();
    drop(stream);
    meet::<C>(&b, &a).await;
}

pub(crate) async fn shutdown_frees_the_port_whoever_holds_a_stream<C: Cell>() {
    let (a, b) = pair::<C>().await;
    let mut stream = within::<C, _>("a dial", a.dial(b.advertised())).await.unwrap();
    within::<C, _>("a word", stream.write_all(b"word")).await.unwrap();
    let (mut accepted, _) = within::<C, _>("the stream", b.accept()).await.unwrap();
    for at in [&a, &b] {
        within::<C, _>("the shutdown", at.shutdown()).await;
        UdpSocket::bind(at.advertised()).expect("the port is free");
        within::<C, _>("a second shutdown", at.shutdown()).await;
    }
    let mut heard = Vec::new();
    assert!(within::<C, _>("an error", accepted.read_to_end(&mut heard)).await.is_err());
}

pub(crate) async fn who_waits_hears_of_the_shutdown<C: Cell>() {
    let (a, b) = pair::<C>().await;
    let ending = async {
        C::Runtime::yield_now().await;
        a.shutdown().await;
    };
    let waiting = join3(a.accept(), receive::<C>(&a), ending);
    let (stream, datagram, ()) = within::<C, _>("the end", waiting).await;
    assert_eq!(stream.err().unwrap().kind(), ErrorKind::NotConnected);
    assert_eq!(datagram.unwrap_err().kind(), ErrorKind::NotConnected);
    let error = within::<C, _>("a dial", a.dial(b.advertised())).await.err().unwrap();
    assert_eq!(error.kind(), ErrorKind::NotConnected);
    let error = send::<C>(&a, *b.advertised(), b"late").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotConnected);
}

pub(crate) async fn nobody_there_is_told_in_time<C: Cell>() {
    let authority = Authority::new();
    let silent = UdpSocket::bind("127.0.0.1:0").unwrap();
    let mut hasty = options();
    hasty.handshake_timeout = Duration::from_millis(200);
    let a = bind::<C>(&authority, anywhere(), hasty).await;
    let to = silent.local_addr().unwrap();
    send::<C>(&a, to, b"lost").await.unwrap();
    let error = within::<C, _>("an error", a.dial(&to)).await.err().unwrap();
    assert_eq!(error.kind(), ErrorKind::TimedOut);
    assert!(error.to_string().contains(&to.to_string()), "{error}");
    counted::<C>(&a, "datagrams_undelivered", 1).await;
    assert_eq!(count(&a, "connections_failed"), 1);
}

pub(crate) async fn options_that_let_nobody_in_are_refused<C: Cell>() {
    let authority = Authority::new();
    let (mut none, mut never) = (options(), options());
    none.max_connections = 0;
    never.handshake_timeout = Duration::ZERO;
    for (zero, name) in [(none, "max_connections"), (never, "handshake_timeout")] {
        let layer = C::layer(authority.sign(&[CLUSTER]));
        let error = QuicTransport::bind(layer, anywhere(), zero).await.err().unwrap();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(error.to_string().contains(name), "{error}");
    }
}
