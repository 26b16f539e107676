//! A member that hears no datagram: it is pinged over a stream, and what it says there counts.

use std::borrow::Cow;
use std::io::Read;
use std::io::Write;
use std::net::SocketAddr;
use std::net::TcpListener;
use std::net::TcpStream;
use std::net::UdpSocket;
use std::sync::Arc;
use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering;
use std::thread;

use memberlist::types::SequenceNumber;
use memberlist::wire::Ack;
use memberlist::wire::Message;
use memberlist::wire::Ping;
use memberlist::wire::StreamMessage;
use smol_str::SmolStr;

use crate::client::Client;
use crate::client::PATIENCE;
use crate::client::claim;
use crate::client::decoded_stream;
use crate::client::encoded_stream;
use crate::support::DETECTION;
use crate::support::GO;
use crate::support::OURS;
use crate::support::Ring;

/// Hears nothing on the one plane, and answers on the other.
struct Mute {
    addr: SocketAddr,
    /// What is added to the number of an ack.
    off_by: Arc<AtomicU32>,
    /// Pings that were answered.
    answered: Arc<AtomicU32>,
    /// So that nobody else gets the port.
    _datagrams: UdpSocket,
}

impl Mute {
    fn start() -> Self {
        let (listener, _datagrams) = (0..10).find_map(|_| both_planes()).expect("a port is free");
        let addr = listener.local_addr().expect("it is bound");
        let (off_by, answered) = <(Arc<AtomicU32>, Arc<AtomicU32>)>::default();
        let (off, count) = (Arc::clone(&off_by), Arc::clone(&answered));
        // It ends with the test.
        thread::spawn(move || {
            for stream in listener.incoming() {
                let done =
                    stream.ok().and_then(|stream| answer(stream, off.load(Ordering::SeqCst)));
                count.fetch_add(u32::from(done.is_some()), Ordering::SeqCst);
            }
        });
        Self { addr, off_by, answered, _datagrams }
    }

    fn answered(&self) -> u32 {
        self.answered.load(Ordering::SeqCst)
    }
}

fn both_planes() -> Option<(TcpListener, UdpSocket)> {
    let listener = TcpListener::bind("127.0.0.1:0").ok()?;
    let datagrams = UdpSocket::bind(listener.local_addr().ok()?).ok()?;
    Some((listener, datagrams))
}

/// Acks the ping that comes over a stream, if one does and is meant for this member.
fn answer(mut stream: TcpStream, off_by: u32) -> Option<()> {
    stream.set_read_timeout(Some(PATIENCE)).ok()?;
    let ping = ping_from(&mut stream)?;
    assert_eq!(ping.target.as_deref(), Some("mute"));
    let seq = SequenceNumber::new(ping.seq.get().wrapping_add(off_by));
    let ack = StreamMessage::Ack(Ack { seq, payload: Cow::Borrowed(b"") });
    stream.write_all(&encoded_stream(&ack)).ok()
}

/// `None` for a full exchange, and for whoever says nothing.
fn ping_from(stream: &mut TcpStream) -> Option<Ping<SmolStr, SocketAddr>> {
    let (mut bytes, mut buffer) = (Vec::new(), [0; 1024]);
    loop {
        match stream.read(&mut buffer).ok()? {
            0 => return None,
            len => bytes.extend_from_slice(&buffer[..len]),
        }
        match decoded_stream(&bytes) {
            Ok(StreamMessage::Ping(ping)) => return Some(ping),
            _ if bytes[0] != 0 => return None,
            _ => {}
        }
    }
}

/// An ack of the right number keeps it alive for ten probes; from then on they are of wrong ones,
/// and it is found dead within 15 s.
#[test]
fn an_ack_over_a_stream_counts_if_it_is_for_that_ping() {
    for kind in [GO, OURS] {
        let mut ring = Ring::new(&["--compress", "none", "--set", "push_pull_interval=1h"]);
        let peer = ring.add(kind, &[]);
        let mute = Mute::start();
        let client = Client::to(peer.agent.addr());
        client.send(&Message::Alive(claim("mute", mute.addr, 1)));
        peer.sees(PATIENCE, "mute", "alive");
        peer.agent.ask_within(PATIENCE, "stats", |_| mute.answered() >= 10);
        peer.sees(PATIENCE, "mute", "alive");
        assert!(peer.agent.unread("leave").is_empty(), "{}", peer.name);
        mute.off_by.store(1, Ordering::SeqCst);
        peer.sees(DETECTION, "mute", "dead");
    }
}
