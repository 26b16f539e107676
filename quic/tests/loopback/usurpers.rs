//! Peers that connect again, or in the name of another one.

use core::pin::pin;
use std::net::SocketAddr;

use agnostic::RuntimeLite;
use futures_util::future::{Either, select};
use memberlist_core::transport::Transport;
use memberlist_quic::{QuicOptions, TlsConfig};
use quinn::{Connection, Endpoint, RecvStream, SendStream};

use crate::certificates::{Authority, CLUSTER};
use crate::hostile::{client, config};
use crate::support::*;

/// A port of 127.0.0.1 that nobody in these tests has.
const NOWHERE: u16 = 1;

/// A connection that was let in, and a stream over it that stays open.
type Held = (Connection, SendStream, RecvStream);

/// What the node has of such a stream.
type Stream<C> = <Quic<C> as Transport>::Stream;

/// Connects to `to` and says that it listens at that port of 127.0.0.1.
async fn greet<C: Cell>(from: &Endpoint, tls: &TlsConfig, to: SocketAddr, port: u16) -> Connection {
    let greeting = async {
        let connecting = from.connect_with(config(tls), to, CLUSTER).unwrap();
        let connection = connecting.await.unwrap();
        let (mut send, mut receive) = connection.open_bi().await.unwrap();
        let [high, low] = port.to_be_bytes();
        send.write_all(&[1, 4, 127, 0, 0, 1, high, low]).await.unwrap();
        // Who is refused may hear of that before the answer.
        let _ = receive.read_exact(&mut [0]).await;
        connection
    };
    within::<C, _>("a greeting", greeting).await
}

/// The same, and opens a stream, which the node has when this returns.
async fn hold<C: Cell>(from: &Endpoint, tls: &TlsConfig, at: &Quic<C>) -> (Held, Stream<C>) {
    let connection = greet::<C>(from, tls, *at.advertised(), NOWHERE).await;
    let opened = async {
        let (mut send, receive) = connection.open_bi().await.unwrap();
        send.write_all(b"busy").await.unwrap();
        (send, receive)
    };
    let (send, receive) = within::<C, _>("a stream", opened).await;
    let (accepted, _) = within::<C, _>("the stream", at.accept()).await.unwrap();
    ((connection, send, receive), accepted)
}

/// Options under which nothing ends for being late.
fn patient() -> QuicOptions {
    let mut options = options();
    options.handshake_timeout = 2 * BOUND;
    options
}

pub(crate) async fn who_connects_again_and_again_holds_two<C: Cell>() {
    let authority = Authority::new();
    let a = bind::<C>(&authority, anywhere(), patient()).await;
    let tls = authority.sign(&[CLUSTER]);
    let client = client::<C>(&tls);
    let mut held = Vec::new();
    for _ in 0..8 {
        held.push(hold::<C>(&client, &tls, &a).await);
    }
    counted::<C>(&a, "connections_open", 2).await;
    assert_eq!((count(&a, "connections_accepted"), count(&a, "connections_twice")), (8, 7));
    for ((connection, ..), _) in &held[..6] {
        within::<C, _>("the end of an old one", connection.closed()).await;
    }
    assert!(held[6..].iter().all(|((connection, ..), _)| connection.close_reason().is_none()));
}

pub(crate) async fn what_was_replaced_ends_with_its_streams_or_without<C: Cell>() {
    let authority = Authority::new();
    let a = bind::<C>(&authority, anywhere(), options()).await;
    let tls = authority.sign(&[CLUSTER]);
    let client = client::<C>(&tls);
    let ((old, _send, _receive), _accepted) = hold::<C>(&client, &tls, &a).await;
    let new = greet::<C>(&client, &tls, *a.advertised(), NOWHERE).await;
    within::<C, _>("the end of the old one", old.closed()).await;
    counted::<C>(&a, "connections_open", 1).await;
    assert!(new.close_reason().is_none());
}

pub(crate) async fn who_names_the_port_of_another_is_refused<C: Cell>() {
    let authority = Authority::new();
    let a = bind::<C>(&authority, anywhere(), options()).await;
    let b = bind::<C>(&authority, anywhere(), options()).await;
    meet::<C>(&a, &b).await;
    let tls = authority.sign(&[CLUSTER, "usurper.test"]);
    let client = client::<C>(&tls);
    for refused in 1..=3 {
        let connection = greet::<C>(&client, &tls, *a.advertised(), b.advertised().port()).await;
        within::<C, _>("the refusal", connection.closed()).await;
        assert_eq!(count(&a, "connections_contested"), refused);
    }
    assert_eq!(a.peers().carries(b.advertised(), "usurper.test"), Some(false));
    meet::<C>(&a, &b).await;
    assert_eq!((count(&a, "connections_open"), count(&a, "connections_twice")), (1, 0));
}

/// Nobody but the owner of a port sends from it.
pub(crate) async fn who_holds_the_port_may_change_its_certificate<C: Cell>() {
    let authority = Authority::new();
    let a = bind::<C>(&authority, anywhere(), patient()).await;
    let (old, new) = (authority.sign(&[CLUSTER]), authority.sign(&[CLUSTER, "new.test"]));
    let client = client::<C>(&old);
    let own = client.local_addr().unwrap();
    let shows_new = || a.peers().carries(&own, "new.test");
    let _first = greet::<C>(&client, &old, *a.advertised(), own.port()).await;
    until::<C>("the first is in", || shows_new() == Some(false)).await;
    let _second = greet::<C>(&client, &new, *a.advertised(), own.port()).await;
    until::<C>("the second is in its place", || shows_new() == Some(true)).await;
    assert_eq!(count(&a, "connections_contested"), 0);
}

pub(crate) async fn what_was_replaced_takes_no_streams<C: Cell>() {
    let authority = Authority::new();
    let a = bind::<C>(&authority, anywhere(), patient()).await;
    let tls = authority.sign(&[CLUSTER]);
    let client = client::<C>(&tls);
    let ((old, _send, _receive), _accepted) = hold::<C>(&client, &tls, &a).await;
    let _new = greet::<C>(&client, &tls, *a.advertised(), NOWHERE).await;
    let refused = async {
        loop {
            let (mut send, mut receive) = old.open_bi().await.unwrap();
            send.write_all(b"more").await.unwrap();
            let (taken, mut answer) = (pin!(a.accept()), [0]);
            match select(taken, pin!(receive.read(&mut answer))).await {
                // It was under way when the other one came.
                Either::Left(_) => {
                    C::Runtime::sleep(LOOK).await;
                }
                Either::Right((answer, _)) => return answer,
            }
        }
    };
    let answer = within::<C, _>("a refusal", refused).await;
    assert!(!matches!(answer, Ok(Some(_))), "{answer:?}");
    assert!(old.close_reason().is_none(), "the stream from before goes on");
}
