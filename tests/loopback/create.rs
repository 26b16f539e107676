//! Starting and stopping one node.

use std::io::ErrorKind;
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::time::Duration;

use memberlist::{BuildError, State};

use crate::support::*;

pub(crate) async fn protocol_versions_have_a_range<C: Cell>() {
    for (version, allowed) in [(1, true), (5, true), (4, true), (6, false), (0, false)] {
        let mut options = quick();
        options.protocol_version = version;
        match builder::<C>("a").options(options).start().await {
            Ok(node) => {
                assert!(allowed, "{version} was taken");
                assert_eq!(node.local().versions().map(|v| v.protocol), Some(version));
                down::<C>([node]).await;
            }
            Err(error) => {
                assert!(!allowed, "{version} was refused: {error}");
                assert!(error.to_string().contains("protocol_version"), "{error}");
            }
        }
    }
}

pub(crate) async fn a_new_node_is_a_cluster_of_one<C: Cell>() {
    let mut options = quick();
    options.protocol_version = 1;
    options.delegate_protocol_min = 12;
    options.delegate_protocol_max = 24;
    options.delegate_protocol_version = 13;
    let node = builder::<C>("a").options(options).start().await.unwrap();
    assert_eq!(names(&node), ["a"]);
    let local = node.local();
    assert_eq!(local.state(), State::Alive);
    assert_eq!(local.versions().unwrap().to_bytes(), [1, 5, 1, 12, 24, 13]);
    assert_eq!(local.address(), node.advertised());
    down::<C>([node]).await;
}

pub(crate) async fn the_advertised_address_is_what_members_show<C: Cell>() {
    let advertised: SocketAddr = "127.0.1.100:8000".parse().unwrap();
    let a = builder::<C>("a").advertise(advertised).start().await.unwrap();
    assert_eq!(*a.advertised(), advertised);
    assert_eq!(*a.local().address(), advertised);
    let b = start::<C>("b").await;
    let joining = a.join([*b.advertised()]);
    within::<C, _>("the join", joining).await.unwrap();
    let seen = knows::<C>(&b, "a", |_| true).await;
    assert_eq!(*seen.address(), advertised);
    down::<C>([a, b]).await;
}

pub(crate) async fn shutdown_is_idempotent_and_frees_both_ports<C: Cell>() {
    let node = start::<C>("a").await;
    let at = *node.advertised();
    assert!(TcpListener::bind(at).is_err() && UdpSocket::bind(at).is_err());
    down::<C>([node.clone(), node.clone()]).await;
    assert!(node.is_shutdown());
    let ports = (TcpListener::bind(at).unwrap(), UdpSocket::bind(at).unwrap());
    drop(ports);
    let error = node.join([at]).await.unwrap_err();
    assert!(error.is_shutdown(), "{error}");
    assert!(node.leave(Duration::from_secs(1)).await.unwrap_err().is_shutdown());
    assert!(node.send(&"a".into(), "x".into()).await.unwrap_err().is_shutdown());
}

pub(crate) async fn dropping_the_last_handle_frees_the_ports<C: Cell>() {
    let node = start::<C>("a").await;
    let (at, weak, clone) = (*node.advertised(), node.downgrade(), node.clone());
    drop(node);
    assert!(weak.upgrade().is_some());
    drop(clone);
    assert!(weak.upgrade().is_none());
    let is_free = || TcpListener::bind(at).is_ok() && UdpSocket::bind(at).is_ok();
    until::<C>("the ports are free", is_free).await;
}

pub(crate) async fn a_port_in_use_is_an_error_and_harms_nobody<C: Cell>() {
    let (a, b) = pair::<C>().await;
    let again = builder::<C>("c").bind(*a.advertised()).start().await;
    match again.expect_err("the port is taken") {
        BuildError::Transport(error) => assert_eq!(error.kind(), ErrorKind::AddrInUse),
        other => panic!("{other}"),
    }
    let pong = within::<C, _>("an answer", b.ping(&"a".into())).await;
    pong.expect("the first one still answers");
    down::<C>([a, b]).await;
}

pub(crate) async fn alone_everything_is_done_at_once<C: Cell>() {
    let node = start::<C>("a").await;
    let updated = node.update_meta("m".try_into().unwrap());
    assert_eq!(within::<C, _>("the update", updated).await.unwrap().heard_by, 0);
    let broadcast = node.broadcast("x".into()).await.unwrap();
    within::<C, _>("the broadcast", broadcast).await.unwrap();
    let left = node.leave(BOUND);
    assert_eq!(within::<C, _>("the goodbye", left).await.unwrap().heard_by, 0);
    assert_eq!(node.local().state(), State::Left);
    assert_eq!(node.num_members(), 0);
    down::<C>([node]).await;
}
