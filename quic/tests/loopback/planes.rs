//! Datagrams and streams.

use std::collections::HashMap;
use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use agnostic::RuntimeLite;
use futures_util::io::{AsyncReadExt, AsyncWriteExt};
use memberlist_core::transport::Transport;
use memberlist_quic::MAX_DATAGRAM;

use crate::certificates::Authority;
use crate::support::*;

pub(crate) async fn datagrams_and_streams_share_one_connection<C: Cell>() {
    let (a, b) = pair::<C>().await;
    meet::<C>(&a, &b).await;
    for (from, to) in [(&a, &b), (&b, &a)] {
        let mut stream = within::<C, _>("a dial", from.dial(to.advertised())).await.unwrap();
        within::<C, _>("a word", stream.write_all(b"word")).await.unwrap();
        let (mut accepted, sender) = within::<C, _>("a stream", to.accept()).await.unwrap();
        assert_eq!(sender, *from.advertised());
        let mut heard = [0; 4];
        within::<C, _>("the word", accepted.read_exact(&mut heard)).await.unwrap();
        assert_eq!(&heard, b"word");
    }
    for at in [&a, &b] {
        assert_eq!(count(at, "connections_open"), 1);
    }
    assert_eq!((count(&a, "connections_dialled"), count(&b, "connections_dialled")), (1, 0));
}

pub(crate) async fn a_datagram_may_have_so_many_bytes_and_no_more<C: Cell>() {
    let (a, b) = pair::<C>().await;
    let longest: Vec<_> = (0..MAX_DATAGRAM).map(|at| at as u8).collect();
    // The first waits for the handshake, the second goes at once.
    for _ in 0..2 {
        send::<C>(&a, *b.advertised(), &longest).await.unwrap();
        assert_eq!(receive::<C>(&b).await.unwrap(), (longest.clone(), *a.advertised()));
    }
    let error = send::<C>(&a, *b.advertised(), &[0; MAX_DATAGRAM + 1]).await.unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::InvalidInput);
}

pub(crate) async fn each_side_ends_a_stream_on_its_own<C: Cell>() {
    let (a, b) = pair::<C>().await;
    let mut dialled = within::<C, _>("a dial", a.dial(b.advertised())).await.unwrap();
    let talk = async {
        dialled.write_all(b"a question").await.unwrap();
        dialled.close().await.unwrap();
        let (mut accepted, _) = b.accept().await.unwrap();
        let mut heard = Vec::new();
        accepted.read_to_end(&mut heard).await.unwrap();
        assert_eq!(heard, b"a question");
        // The dialling side has ended, the accepting one still answers, with more than buffers
        // hold.
        let answer = vec![9; 8 << 20];
        let write = async {
            accepted.write_all(&answer).await.unwrap();
            accepted.close().await.unwrap();
            accepted.close().await.unwrap();
        };
        let mut got = Vec::new();
        let (read, ()) = futures_util::join!(dialled.read_to_end(&mut got), write);
        assert_eq!(read.unwrap(), answer.len());
        assert_eq!(got, answer);
    };
    within::<C, _>("both ends", talk).await;
}

pub(crate) async fn nothing_is_readable_on_the_wire<C: Cell>() {
    let authority = Authority::new();
    let b = bind::<C>(&authority, anywhere(), options()).await;
    let proxy = Proxy::start(*b.advertised());
    let a = bind::<C>(&authority, anywhere(), options()).await;
    let secret = b"an open secret that nobody may read on the way";
    send::<C>(&a, proxy.address, secret).await.unwrap();
    assert_eq!(receive::<C>(&b).await.unwrap().0, secret);
    let mut stream = within::<C, _>("a dial", a.dial(&proxy.address)).await.unwrap();
    within::<C, _>("a word", stream.write_all(secret)).await.unwrap();
    let (mut accepted, _) = within::<C, _>("a stream", b.accept()).await.unwrap();
    let mut heard = vec![0; secret.len()];
    within::<C, _>("the word", accepted.read_exact(&mut heard)).await.unwrap();
    assert_eq!(heard, secret);
    let seen = C::Runtime::spawn_blocking(move || proxy.stop());
    let seen = within::<C, _>("the end of the proxy", seen).await.ok().unwrap();
    assert!(seen.len() > 4, "the proxy was passed by");
    let readable =
        |packet: &Vec<u8>| packet.windows(8).any(|part| secret.windows(8).any(|s| s == part));
    assert!(!seen.iter().any(readable));
}

/// Passes datagrams on and keeps what it has seen.
struct Proxy {
    address: SocketAddr,
    stop: Arc<AtomicBool>,
    thread: std::thread::JoinHandle<Vec<Vec<u8>>>,
}

impl Proxy {
    fn start(to: SocketAddr) -> Self {
        let front = UdpSocket::bind("127.0.0.1:0").unwrap();
        front.set_read_timeout(Some(Duration::from_millis(20))).unwrap();
        let address = front.local_addr().unwrap();
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = stop.clone();
        let thread = std::thread::spawn(move || {
            let (mut seen, mut last) = (Vec::new(), None);
            let mut names = HashMap::new();
            let mut buf = [0; 65_535];
            while !stopped.load(Ordering::Relaxed) {
                let Ok((len, from)) = front.recv_from(&mut buf) else { continue };
                seen.push(buf[..len].to_vec());
                *names.entry(from).or_insert(0) += 1;
                if from != to {
                    last = Some(from);
                }
                let target = if from == to { last } else { Some(to) };
                if let Some(target) = target {
                    let _ = front.send_to(&buf[..len], target);
                }
            }
            assert_eq!(names.len(), 2, "both sides have spoken");
            seen
        });
        Self { address, stop, thread }
    }

    fn stop(self) -> Vec<Vec<u8>> {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().unwrap()
    }
}
