//! The DNS resolver against a server of a hundred lines.

use std::io::{self, Read, Write};
use std::net::{IpAddr, SocketAddr, TcpListener, UdpSocket};
use std::thread;

use agnostic::Runtime;
use memberlist_core::transport::SeedResolver;
use memberlist_net::resolve::DnsResolver;

use crate::support::{address, within};

const A: u16 = 1;
const AAAA: u16 = 28;
const SRV: u16 = 33;

enum Record {
    Ip(&'static str),
    Service { priority: u16, weight: u16, port: u16, target: &'static str },
}

use Record::{Ip, Service};

const fn service(priority: u16, weight: u16, port: u16, target: &'static str) -> Record {
    Service { priority, weight, port, target }
}

/// All that the server knows.
const ZONE: &[(&str, Record)] = &[
    ("two.example.org", Ip("fd00::2")),
    ("two.example.org", Ip("10.0.0.2")),
    ("two.example.org", Ip("10.0.0.3")),
    ("four.example.org", Ip("10.0.0.4")),
    ("six.example.org", Ip("fd00::6")),
    ("_m._udp.example.org", service(20, 0, 1_003, "two.example.org")),
    ("_m._udp.example.org", service(10, 1, 1_002, "six.example.org")),
    ("_m._udp.example.org", service(10, 9, 1_001, "four.example.org")),
    ("_m._udp.example.org", service(30, 0, 1_004, "gone.example.org")),
    ("_none._udp.example.org", service(1, 1, 1, "gone.example.org")),
];

/// Over UDP it answers this name with "too long, ask over TCP".
const LONG: &str = "four.example.org";

fn resolver<R: Runtime>() -> DnsResolver<R> {
    DnsResolver::new([serve()], 7946).unwrap()
}

fn addresses(texts: &[&str]) -> Vec<SocketAddr> {
    texts.iter().map(|text| address(text)).collect()
}

pub(crate) async fn a_name_gives_all_its_addresses<R: Runtime>() {
    let resolver = resolver::<R>();
    let all = addresses(&["10.0.0.2:7946", "10.0.0.3:7946", "[fd00::2]:7946"]);
    for name in ["two.example.org", "two.example.org.", "node/two.example.org."] {
        assert_eq!(within::<R, _>(resolver.resolve(name)).await.unwrap(), all, "{name}");
    }
    let other_port = addresses(&["10.0.0.2:1", "10.0.0.3:1", "[fd00::2]:1"]);
    assert_eq!(within::<R, _>(resolver.resolve("two.example.org:1")).await.unwrap(), other_port);
    let six = within::<R, _>(resolver.resolve("six.example.org.")).await.unwrap();
    assert_eq!(six, addresses(&["[fd00::6]:7946"]));
    assert_eq!(resolver.resolve("10.9.9.9:2").await.unwrap(), addresses(&["10.9.9.9:2"]));
}

pub(crate) async fn a_long_answer_comes_over_tcp<R: Runtime>() {
    let found = within::<R, _>(resolver::<R>().resolve("four.example.org.")).await.unwrap();
    assert_eq!(found, addresses(&["10.0.0.4:7946"]));
}

pub(crate) async fn a_service_gives_its_targets_best_first<R: Runtime>() {
    let resolver = resolver::<R>();
    let found = within::<R, _>(resolver.resolve("_m._udp.example.org.")).await.unwrap();
    let expected =
        ["10.0.0.4:1001", "[fd00::6]:1002", "10.0.0.2:1003", "10.0.0.3:1003", "[fd00::2]:1003"];
    assert_eq!(found, addresses(&expected));
    let found = within::<R, _>(resolver.resolve("_m._udp.example.org.:5")).await.unwrap();
    assert!(found.iter().all(|address| address.port() == 5));
}

pub(crate) async fn a_name_without_addresses_is_not_found<R: Runtime>() {
    let resolver = resolver::<R>();
    for name in ["gone.example.org.", "_none._udp.example.org.", "_gone._udp.example.org."] {
        let error = within::<R, _>(resolver.resolve(name)).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::NotFound, "{name}: {error}");
    }
    let error = DnsResolver::<R>::new([], 7946).err().unwrap();
    assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
}

/// Serves on both planes of one port for as long as the test program runs.
fn serve() -> SocketAddr {
    let (listener, udp) = loop {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        if let Ok(udp) = UdpSocket::bind(listener.local_addr().unwrap()) {
            break (listener, udp);
        }
    };
    let address = udp.local_addr().unwrap();
    thread::spawn(move || {
        let mut query = [0; 512];
        while let Ok((len, from)) = udp.recv_from(&mut query) {
            udp.send_to(&answer(&query[..len], true), from).unwrap();
        }
    });
    thread::spawn(move || {
        for stream in listener.incoming() {
            thread::spawn(move || serve_stream(&mut stream.unwrap()));
        }
    });
    address
}

fn serve_stream(stream: &mut (impl Read + Write)) {
    let mut len = [0; 2];
    while stream.read_exact(&mut len).is_ok() {
        let mut query = vec![0; u16::from_be_bytes(len).into()];
        stream.read_exact(&mut query).unwrap();
        let answer = answer(&query, false);
        let len = u16::try_from(answer.len()).unwrap();
        stream.write_all(&[&len.to_be_bytes()[..], &answer].concat()).unwrap();
    }
}

/// RFC 1035 section 4, no more of it than a resolver needs.
fn answer(query: &[u8], datagram: bool) -> Vec<u8> {
    let (mut labels, mut at) = (Vec::new(), 12);
    while query[at] != 0 {
        let end = at + 1 + usize::from(query[at]);
        labels.push(String::from_utf8(query[at + 1..end].to_vec()).unwrap());
        at = end;
    }
    let question = &query[12..at + 5];
    let kind = u16::from_be_bytes([query[at + 1], query[at + 2]]);
    let name = labels.join(".").to_lowercase();
    let known = ZONE.iter().any(|(owner, _)| *owner == name);
    let truncated = datagram && name == LONG;
    let records: Vec<_> = ZONE
        .iter()
        .filter(|(owner, _)| *owner == name && !truncated)
        .filter_map(|(_, record)| data(record, kind))
        .collect();
    // A response, recursion asked for and available; 3 is "no such name".
    let flags = 0x8180 | if truncated { 0x0200 } else { 0 } | if known { 0 } else { 3 };
    let count = u16::try_from(records.len()).unwrap();
    let mut out = query[..2].to_vec();
    for word in [flags, 1, count, 0, 0] {
        out.extend(word.to_be_bytes());
    }
    out.extend(question);
    for data in records {
        // The name of the question, class IN, a minute.
        out.extend([0xC0, 12]);
        out.extend(kind.to_be_bytes());
        out.extend([0, 1, 0, 0, 0, 60]);
        out.extend(u16::try_from(data.len()).unwrap().to_be_bytes());
        out.extend(data);
    }
    out
}

fn data(record: &Record, kind: u16) -> Option<Vec<u8>> {
    match record {
        Ip(text) => match (text.parse().unwrap(), kind) {
            (IpAddr::V4(ip), A) => Some(ip.octets().into()),
            (IpAddr::V6(ip), AAAA) => Some(ip.octets().into()),
            _ => None,
        },
        Service { priority, weight, port, target } if kind == SRV => {
            let words = [priority, weight, port].into_iter().flat_map(|word| word.to_be_bytes());
            let labels = target.split('.').flat_map(|label| {
                [&[u8::try_from(label.len()).unwrap()], label.as_bytes()].concat()
            });
            Some(words.chain(labels).chain([0]).collect())
        }
        Service { .. } => None,
    }
}
