//! What the builder makes of what it is told.

#![cfg(feature = "tokio")]

use std::io::ErrorKind;
use std::net::SocketAddr;

use memberlist::BuildError;
use memberlist::Cidrs;
use memberlist::Options;

fn kind(error: &BuildError) -> Option<ErrorKind> {
    match error {
        BuildError::Transport(cause) => Some(cause.kind()),
        _ => None,
    }
}

#[tokio::test]
async fn a_text_that_is_no_address_is_named() {
    let builder = memberlist::tokio::tcp("a").bind("127.0.0.1:0").bind("nowhere");
    let error = builder.start().await.unwrap_err();
    assert_eq!(kind(&error), Some(ErrorKind::InvalidInput));
    assert!(error.to_string().contains("`nowhere`"), "{error}");
}

#[tokio::test]
async fn a_port_in_use_is_told_by_its_kind() {
    let a = memberlist::tokio::tcp("a").bind("127.0.0.1:0").start().await.unwrap();
    let error = memberlist::tokio::tcp("b").bind(*a.advertised()).start().await.unwrap_err();
    assert_eq!(kind(&error), Some(ErrorKind::AddrInUse));
    a.shutdown().await;
    let again = memberlist::tokio::tcp("b").bind(*a.advertised()).start().await.unwrap();
    again.shutdown().await;
}

#[tokio::test]
async fn an_option_out_of_range_is_named_and_holds_no_port() {
    let mut options = Options::local();
    options.gossip_nodes = 65;
    let port = std::net::UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let builder = memberlist::tokio::tcp("a").bind(port).options(options);
    let error = builder.start().await.unwrap_err();
    assert!(error.to_string().contains("gossip_nodes"), "{error}");
    assert!(std::net::TcpListener::bind(port).is_ok());
}

#[tokio::test]
async fn what_is_told_is_what_holds() {
    let node = memberlist::tokio::tcp("a")
        .bind("127.0.0.1:0")
        .advertise("127.0.0.1:9".parse().unwrap())
        .meta("m".try_into().unwrap())
        .label("red".try_into().unwrap())
        .allowed(Cidrs::only(["127.0.0.0/8"]).unwrap())
        .seed(1)
        .start()
        .await
        .unwrap();
    assert_eq!(*node.advertised(), SocketAddr::from(([127, 0, 0, 1], 9)));
    assert_eq!(node.local().meta().as_bytes(), b"m");
    node.shutdown().await;
}

#[tokio::test]
async fn no_name_of_the_stats_is_used_twice() {
    let node = memberlist::tokio::tcp("a").bind("127.0.0.1:0").start().await.unwrap();
    let names: Vec<_> = node.stats().iter().map(|(name, _)| name).collect();
    let twice: Vec<_> = names.windows(2).filter(|pair| pair[0] == pair[1]).collect();
    assert_eq!(twice, Vec::<&[&str]>::new());
    node.shutdown().await;
}
