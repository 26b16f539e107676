//! Resolvers on each runtime.

use std::io;
use std::net::SocketAddr;

use agnostic::Runtime;
use memberlist_core::transport::SeedResolver;
use memberlist_net::resolve::{HostResolver, NodecraftResolver};
use nodecraft::resolver::AddressResolver;
use nodecraft::resolver::socket_addr::SocketAddrResolver;

use crate::support::{address, within};

pub(crate) async fn addresses_need_no_look_up<R: Runtime>() {
    let resolver = HostResolver::<R>::new(7946);
    for (name, expected) in [
        ("127.0.0.1", "127.0.0.1:7946"),
        ("127.0.0.1:80", "127.0.0.1:80"),
        ("node/127.0.0.1:80", "127.0.0.1:80"),
        ("::1", "[::1]:7946"),
        ("[::1]", "[::1]:7946"),
        ("[2001:db8::1]:80", "[2001:db8::1]:80"),
    ] {
        assert_eq!(resolver.resolve(name).await.unwrap(), [address(expected)], "{name}");
    }
}

pub(crate) async fn a_host_name_gives_each_of_its_addresses_once<R: Runtime>() {
    let resolver = HostResolver::<R>::new(7946);
    let found = within::<R, _>(resolver.resolve("localhost")).await.unwrap();
    assert!(found.iter().all(|address| address.ip().is_loopback() && address.port() == 7946));
    let again = within::<R, _>(resolver.resolve("localhost:80")).await.unwrap();
    let expected: Vec<_> = found.iter().map(|a| SocketAddr::new(a.ip(), 80)).collect();
    assert_eq!(again, expected, "another port is another answer");
    let mut distinct = found.clone();
    distinct.sort();
    distinct.dedup();
    assert_eq!(distinct.len(), found.len());
}

pub(crate) async fn a_name_that_nobody_knows_is_an_error<R: Runtime>() {
    let resolver = HostResolver::<R>::new(7946);
    assert!(within::<R, _>(resolver.resolve("no such host")).await.is_err());
    for name in ["", ":80", "host:80000", "/127.0.0.1"] {
        let error = resolver.resolve(name).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidInput, "{name}");
    }
}

pub(crate) async fn a_nodecraft_resolver_plugs_in<R: Runtime>() {
    let inner = SocketAddrResolver::<R>::new(()).await.unwrap();
    let resolver = NodecraftResolver::new(inner).default_port(7946);
    for (name, expected) in [("127.0.0.1:80", "127.0.0.1:80"), ("::1", "[::1]:7946")] {
        assert_eq!(resolver.resolve(name).await.unwrap(), [address(expected)]);
    }
    let error = resolver.resolve("localhost").await.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
}
