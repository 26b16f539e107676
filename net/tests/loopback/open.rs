//! Binding, what is told to others, and shutting down.

use std::io;
use std::net::{SocketAddr, TcpListener, UdpSocket};

use agnostic::Runtime;
use memberlist_core::transport::Transport;
use memberlist_net::{BindError, NetOptions, Plane};

use crate::support::{Net, address, has_ipv6, net, receive, send, several, within};

pub(crate) async fn port_zero_is_one_port_for_both_planes_and_all_addresses<R: Runtime>() {
    let addresses = several();
    let a = net::<R>(&addresses).await;
    let bound = a.bound();
    assert_eq!(bound.len(), addresses.len());
    assert_ne!(bound[0].port(), 0);
    assert!(bound.iter().all(|address| address.port() == bound[0].port()));
    assert_eq!(*a.advertised(), bound[0]);
    for address in bound {
        let error = TcpListener::bind(address).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::AddrInUse);
        let error = UdpSocket::bind(address).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::AddrInUse);
    }
}

async fn refused<R: Runtime>(addresses: &[SocketAddr]) -> BindError {
    Net::<R>::bind(NetOptions::new(addresses.iter().copied())).await.err().expect("must fail")
}

pub(crate) async fn a_port_in_use_is_named<R: Runtime>() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let place = taken.local_addr().unwrap();
    let error = refused::<R>(&[address("127.0.0.1:0"), place]).await;
    assert_eq!(error.kind(), io::ErrorKind::AddrInUse);
    assert!(error.to_string().contains(&place.to_string()), "{error}");
    assert!(matches!(error, BindError::Listen { plane: Plane::Streams, .. }), "{error}");
}

/// A port that is in use for datagrams and free for streams.
fn taken_for_datagrams() -> UdpSocket {
    let mut tries = (0..100).map(|_| UdpSocket::bind("127.0.0.1:0").unwrap());
    let is_free = |taken: &UdpSocket| TcpListener::bind(taken.local_addr().unwrap()).is_ok();
    tries.find(is_free).expect("one of a hundred ports is free for streams")
}

pub(crate) async fn a_port_in_use_for_datagrams_is_named<R: Runtime>() {
    let taken = taken_for_datagrams();
    let error = refused::<R>(&[taken.local_addr().unwrap()]).await;
    assert_eq!(error.kind(), io::ErrorKind::AddrInUse);
    assert!(error.to_string().contains(&taken.local_addr().unwrap().to_string()), "{error}");
    assert!(matches!(error, BindError::Listen { plane: Plane::Datagrams, .. }), "{error}");
}

pub(crate) async fn a_failed_bind_leaves_nothing_open<R: Runtime>() {
    let once = net::<R>(&["127.0.0.1:0"]).await;
    once.shutdown().await;
    let free = *once.advertised();
    let taken = taken_for_datagrams();
    refused::<R>(&[free, taken.local_addr().unwrap()]).await;
    net::<R>(&[&free.to_string()]).await;
}

pub(crate) async fn several_addresses_are_all_reached<R: Runtime>() {
    let a = net::<R>(&several()).await;
    let b = net::<R>(&["127.0.0.1:0"]).await;
    for place in a.bound() {
        send(&b, &place, place.to_string().as_bytes()).await.unwrap();
        assert_eq!(receive(&a).await.unwrap().0, place.to_string().as_bytes());
        let dialled = within::<R, _>(b.dial(&place)).await.unwrap();
        within::<R, _>(a.accept()).await.unwrap();
        drop(dialled);
    }
}

pub(crate) async fn ipv6_works<R: Runtime>() {
    if !has_ipv6() {
        return;
    }
    let (a, b) = (net::<R>(&["[::1]:0"]).await, net::<R>(&["[::1]:0", "127.0.0.1:0"]).await);
    send(&a, b.advertised(), b"six").await.unwrap();
    assert_eq!(receive(&b).await.unwrap(), (b"six".to_vec(), *a.advertised()));
    within::<R, _>(a.dial(b.advertised())).await.unwrap();
    assert!(within::<R, _>(b.accept()).await.unwrap().1.is_ipv6());
    let error = send(&a, &b.bound()[1], b"four").await.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::AddrNotAvailable);
}

pub(crate) async fn dual_stack_hears_ipv4_as_ipv4<R: Runtime>() {
    if !has_ipv6() {
        return;
    }
    let options = NetOptions::new([address("[::]:0")]).advertise(address("[::1]:0"));
    let dual = Net::<R>::bind(options).await.unwrap();
    let port = dual.advertised().port();
    let four = net::<R>(&["127.0.0.1:0"]).await;
    let six = net::<R>(&["[::1]:0"]).await;
    send(&four, &SocketAddr::new("127.0.0.1".parse().unwrap(), port), b"four").await.unwrap();
    assert_eq!(receive(&dual).await.unwrap(), (b"four".to_vec(), *four.advertised()));
    send(&dual, four.advertised(), b"back").await.unwrap();
    assert_eq!(receive(&four).await.unwrap().0, b"back");
    send(&six, dual.advertised(), b"six").await.unwrap();
    assert_eq!(receive(&dual).await.unwrap(), (b"six".to_vec(), *six.advertised()));
    let to = SocketAddr::new("127.0.0.1".parse().unwrap(), port);
    let _dialled = within::<R, _>(four.dial(&to)).await.unwrap();
    assert!(within::<R, _>(dual.accept()).await.unwrap().1.is_ipv4());
}

pub(crate) async fn dual_stack_steps_back_for_an_ipv4_address<R: Runtime>() {
    if !has_ipv6() {
        return;
    }
    let options = NetOptions::new([address("[::]:0"), address("127.0.0.1:0")]);
    let both = Net::<R>::bind(options.advertise(address("127.0.0.1:0"))).await.unwrap();
    let four = net::<R>(&["127.0.0.1:0"]).await;
    send(&four, both.advertised(), b"four").await.unwrap();
    assert_eq!(receive(&both).await.unwrap(), (b"four".to_vec(), *four.advertised()));
}

pub(crate) async fn what_is_told_to_others_is_never_unspecified<R: Runtime>() {
    match Net::<R>::bind(NetOptions::new([address("0.0.0.0:0")])).await {
        Ok(a) => {
            assert!(!a.advertised().ip().is_unspecified());
            assert_eq!(a.advertised().port(), a.bound()[0].port());
        }
        Err(error) => assert!(error.to_string().contains("`advertise`"), "{error}"),
    }
    let options = NetOptions::new([address("0.0.0.0:0")]);
    let a = Net::<R>::bind(options.clone().advertise(address("10.1.2.3:0"))).await.unwrap();
    assert_eq!(*a.advertised(), SocketAddr::new("10.1.2.3".parse().unwrap(), a.bound()[0].port()));
    let error = Net::<R>::bind(options.advertise(address("0.0.0.0:7"))).await.err().unwrap();
    assert!(matches!(error, BindError::AdvertiseUnspecified(_)), "{error}");
}

pub(crate) async fn options_out_of_range_are_refused<R: Runtime>() {
    assert!(matches!(refused::<R>(&[]).await, BindError::NoAddress));
    let twice = refused::<R>(&["127.0.0.1:0", "[::1]:0", "127.0.0.1:0"].map(address)).await;
    assert!(matches!(twice, BindError::Twice(place) if place == address("127.0.0.1:0")));
    for bytes in [0, 1_231, 65_508] {
        let mut options = NetOptions::new([address("127.0.0.1:0")]);
        options.max_datagram = bytes;
        let error = Net::<R>::bind(options).await.err().unwrap();
        assert!(error.to_string().contains("`max_datagram`"), "{error}");
        assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
    }
}

pub(crate) async fn shutdown_frees_the_ports_at_once<R: Runtime>() {
    let a = net::<R>(&several()).await;
    let (bound, b) = (a.bound(), net::<R>(&["127.0.0.1:0"]).await);
    // Streams that outlive the transport, one taken and one not, must not keep the port.
    let _dialled = within::<R, _>(b.dial(a.advertised())).await.unwrap();
    let _accepted = within::<R, _>(a.accept()).await.unwrap();
    let _waiting = within::<R, _>(b.dial(a.advertised())).await.unwrap();
    within::<R, _>(a.shutdown()).await;
    let again = NetOptions::new(bound.iter().copied());
    let again = Net::<R>::bind(again).await.unwrap();
    assert_eq!(again.bound(), bound);
    within::<R, _>(a.shutdown()).await;
}

pub(crate) async fn shutdown_ends_whoever_waits<R: Runtime>() {
    let a = net::<R>(&["127.0.0.1:0"]).await;
    let waiting = futures_util::future::join(a.accept(), receive(&a));
    let shutdown = async {
        R::yield_now().await;
        a.shutdown().await;
    };
    let ((accepted, received), ()) =
        within::<R, _>(async { futures_util::join!(waiting, shutdown) }).await;
    assert_eq!(accepted.err().unwrap().kind(), io::ErrorKind::NotConnected);
    assert_eq!(received.unwrap_err().kind(), io::ErrorKind::NotConnected);
    let to = address("127.0.0.1:9");
    assert_eq!(send(&a, &to, b"x").await.unwrap_err().kind(), io::ErrorKind::NotConnected);
    assert_eq!(
        within::<R, _>(a.dial(&to)).await.err().unwrap().kind(),
        io::ErrorKind::NotConnected
    );
}

pub(crate) async fn dropping_frees_the_ports<R: Runtime>() {
    let a = net::<R>(&["127.0.0.1:0"]).await;
    let place = a.bound()[0];
    drop(a);
    within::<R, _>(async {
        while Net::<R>::bind(NetOptions::new([place])).await.is_err() {
            R::yield_now().await;
        }
    })
    .await;
}
