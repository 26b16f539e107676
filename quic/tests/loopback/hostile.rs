//! Peers that mean no good.

use std::collections::BTreeMap;
use std::net::UdpSocket;
use std::sync::Arc;
use std::time::Duration;

use agnostic::{Runtime, RuntimeLite};
use memberlist_core::transport::Transport;
use memberlist_quic::TlsConfig;
use quinn::crypto::rustls::QuicClientConfig;
use quinn::{ClientConfig, Endpoint, EndpointConfig};

use crate::certificates::{Authority, CLUSTER};
use crate::support::*;

/// Clients that begin a handshake and never go on.
const SILENT: usize = 500;

/// What a client shows and speaks.
pub(crate) fn config(tls: &TlsConfig) -> ClientConfig {
    let mut client = rustls::ClientConfig::clone(tls.client());
    client.alpn_protocols = vec![b"memberlist".to_vec()];
    ClientConfig::new(Arc::new(QuicClientConfig::try_from(client).unwrap()))
}

/// A client that knows QUIC and nothing of memberlist.
pub(crate) fn client<C: Cell>(tls: &TlsConfig) -> Endpoint {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.set_nonblocking(true).unwrap();
    let runtime = Arc::new(C::Runtime::quinn());
    let mut endpoint = Endpoint::new(EndpointConfig::default(), None, socket, runtime).unwrap();
    endpoint.set_default_client_config(config(tls));
    endpoint
}

/// The first packets of as many handshakes, by their connection id.
async fn first_packets<C: Cell>(
    authority: &Authority,
    trap: &UdpSocket,
) -> BTreeMap<Vec<u8>, Vec<u8>> {
    trap.set_nonblocking(true).unwrap();
    let client = client::<C>(&authority.sign(&[CLUSTER]));
    let (mut caught, mut buf) = (BTreeMap::new(), [0; 2_048]);
    let mut under_way = Vec::new();
    until::<C>("all have begun", || {
        for _ in 0..10.min(SILENT - under_way.len()) {
            under_way.push(client.connect(trap.local_addr().unwrap(), CLUSTER).unwrap());
        }
        while let Ok(len) = trap.recv(&mut buf) {
            // A long header: flags, version, then the length of the id and the id.
            let id = buf[6..6 + usize::from(buf[5])].to_vec();
            caught.entry(id).or_insert_with(|| buf[..len].to_vec());
        }
        caught.len() == SILENT
    })
    .await;
    caught
}

pub(crate) async fn five_hundred_that_begin_and_fall_silent<C: Cell>() {
    let authority = Authority::new();
    let trap = UdpSocket::bind("127.0.0.1:0").unwrap();
    let packets = first_packets::<C>(&authority, &trap).await;
    // None of them runs out of time before the end.
    let mut patient = options();
    patient.handshake_timeout = 2 * BOUND;
    let a = bind::<C>(&authority, anywhere(), patient.clone()).await;
    let b = bind::<C>(&authority, anywhere(), options()).await;
    for packet in packets.values() {
        trap.send_to(packet, a.advertised()).unwrap();
        C::Runtime::yield_now().await;
    }
    meet::<C>(&b, &a).await;
    let room = patient.max_handshakes as u64;
    until::<C>("some had to prove their address", || {
        count(&a, "handshakes_retried") > 0 || C::TERSE
    })
    .await;
    assert_eq!(count(&a, "handshakes_timed_out"), 0);
    assert!(count(&a, "handshakes_evicted") <= SILENT as u64 - room / 2);
    assert_eq!((count(&a, "connections_open"), count(&a, "connections_accepted")), (1, 1));
}

pub(crate) async fn noise_is_dropped<C: Cell>() {
    let (a, b) = pair::<C>().await;
    let outsider = UdpSocket::bind("127.0.0.1:0").unwrap();
    for len in 0..1_400 {
        // Long and short headers, of known and unknown versions.
        let noise: Vec<_> = (0..len).map(|at| (at * 31 + len) as u8 ^ 0xc0).collect();
        outsider.send_to(&noise, a.advertised()).unwrap();
    }
    meet::<C>(&a, &b).await;
    meet::<C>(&b, &a).await;
    assert_eq!(count(&a, "connections_accepted") + count(&a, "connections_dialled"), 1);
}

pub(crate) async fn who_greets_badly_is_cut_off<C: Cell>() {
    let authority = Authority::new();
    let mut patient = options();
    patient.handshake_timeout = 2 * BOUND;
    let a = bind::<C>(&authority, anywhere(), patient).await;
    let client = client::<C>(&authority.sign(&[CLUSTER]));
    let bad: [&[u8]; 3] = [&[9, 4, 127, 0, 0, 1, 0, 1], &[1, 5], &[1, 4, 127]];
    for (at, greeting) in bad.into_iter().enumerate() {
        let talk = async {
            let connection = client.connect(*a.advertised(), CLUSTER).unwrap().await.unwrap();
            let (mut send, _receive) = connection.open_bi().await.unwrap();
            send.write_all(greeting).await.unwrap();
            send.finish().unwrap();
            connection.closed().await
        };
        within::<C, _>("the end of the connection", talk).await;
        counted::<C>(&a, "handshakes_failed", at as u64 + 1).await;
    }
    let b = bind::<C>(&authority, anywhere(), options()).await;
    meet::<C>(&b, &a).await;
}

/// One that finishes the handshake and says nothing has as long as for a handshake.
pub(crate) async fn who_does_not_greet_is_cut_off<C: Cell>() {
    let authority = Authority::new();
    let mut hasty = options();
    hasty.handshake_timeout = Duration::from_millis(500);
    let a = bind::<C>(&authority, anywhere(), hasty).await;
    let client = client::<C>(&authority.sign(&[CLUSTER]));
    let connecting = client.connect(*a.advertised(), CLUSTER).unwrap();
    // On a busy machine the time may be over before the handshake is.
    if let Ok(silent) = within::<C, _>("a handshake", connecting).await {
        within::<C, _>("the end of the connection", silent.closed()).await;
    }
    counted::<C>(&a, "handshakes_timed_out", 1).await;
    assert_eq!(count(&a, "connections_accepted"), 0);
}
