//! What outsiders may send at a live pair: noise, damaged packets, streams that hang.

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::future::join;
use memberlist::agnostic::RuntimeLite;
use memberlist::{Events, Options, Reason};
use smol_str::SmolStr;
use socket2::SockRef;

use crate::support::*;

/// Datagrams in a row: what a socket's buffer holds, so that none of them displaces an honest one.
const BATCH: usize = 32;

/// More streams than a node has places for.
const STREAMS: usize = 600;

/// Options under which the noise itself costs no probe, and no stream runs out of time.
fn patient() -> Options {
    let mut options = quick();
    options.probe_interval = Duration::from_secs(1);
    options.probe_timeout = Duration::from_millis(900);
    options.stream_timeout = Duration::from_secs(20);
    options
}

async fn patient_node<C: Cell>(id: &str) -> Node {
    builder::<C>(id).options(patient()).start().await.expect("the node starts")
}

/// A pair that is to be left as it is, and what happens at its first.
struct Victims {
    a: Node,
    b: Node,
    events: Events<SmolStr, SocketAddr>,
}

impl Victims {
    async fn start<C: Cell>() -> Self {
        let (a, b) = (patient_node::<C>("a").await, patient_node::<C>("b").await);
        meet::<C>(&a, &b).await;
        Self { events: a.events(), a, b }
    }

    /// Sends datagrams at the first one; both serve each other meanwhile.
    async fn bear<C: Cell>(&self, datagrams: impl IntoIterator<Item = Vec<u8>>) {
        let outsider = UdpSocket::bind("127.0.0.1:0").unwrap();
        let datagrams: Vec<_> = datagrams.into_iter().collect();
        for batch in datagrams.chunks(BATCH) {
            for datagram in batch {
                outsider.send_to(datagram, self.a.advertised()).unwrap();
            }
            let pinging = self.b.ping_to(*self.a.advertised());
            let pong = within::<C, _>("an answer", pinging).await;
            pong.expect("others are served meanwhile");
        }
    }

    /// Nothing has changed, and a newcomer gets in.
    async fn are_untouched<C: Cell>(mut self) {
        assert_eq!(
            (names(&self.a), names(&self.b)),
            (vec!["a".into(), "b".into()], names(&self.a))
        );
        assert!(self.events.try_next().is_none(), "somebody came, changed or went");
        let c = patient_node::<C>("c").await;
        meet::<C>(&self.a, &c).await;
        let event = self.events.try_next().expect("the newcomer is there");
        assert_eq!((event.reason, event.member().id().as_str()), (Reason::Joined, "c"));
        assert_eq!(count(&self.a, "hook_panics"), 0);
        down::<C>([self.a, self.b, c]).await;
    }

    /// Waits until all of these counters of the first one have risen.
    async fn count<C: Cell>(&self, reasons: &[&str]) {
        for reason in reasons {
            until::<C>(reason, || count(&self.a, reason) > 0).await;
        }
    }
}

/// A stream of bytes without a pattern, the same each time (xorshift).
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn bytes(&mut self, len: usize) -> Vec<u8> {
        (0..len).map(|_| (self.next() >> 32) as u8).collect()
    }

    /// A datagram of any length that begins with that byte.
    fn datagram(&mut self, kind: u8) -> Vec<u8> {
        let len = self.next() as usize % 1400;
        let mut datagram = self.bytes(len + 1);
        datagram[0] = kind;
        datagram
    }
}

pub(crate) async fn noise_in_packets_changes_nothing<C: Cell>() {
    let victims = Victims::start::<C>().await;
    let mut noise = Noise(0x5eed);
    let datagrams = (0..3 * 256).map(|at| noise.datagram(at as u8)).chain([vec![]]);
    victims.bear::<C>(datagrams).await;
    let reasons = [
        "packets_empty",
        "frame_checksum",
        "frame_parts_lost",
        "frame_label_other",
        "wire_unknown_kind",
        "wire_truncated",
    ];
    victims.count::<C>(&reasons).await;
    victims.are_untouched::<C>().await;
}

pub(crate) async fn damaged_packets_change_nothing<C: Cell>() {
    let mut victims = Victims::start::<C>().await;
    let packets = caught::<C>(&victims).await;
    victims.events = victims.a.events();
    let cut = packets.iter().flat_map(|all| (1..all.len()).map(|len| all[..len].to_vec()));
    victims.bear::<C>(cut).await;
    let flipped = packets.iter().flat_map(|all| (0..8 * all.len()).map(|bit| flip(all, bit)));
    victims.bear::<C>(flipped).await;
    victims.count::<C>(&["frame_checksum", "frame_checksum_truncated"]).await;
    victims.are_untouched::<C>().await;
}

fn flip(bytes: &[u8], bit: usize) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    bytes[bit / 8] ^= 1 << (bit % 8);
    bytes
}

/// Some packets that the pair sends: a member that is told to be at our socket gets them, and is
/// gone again afterwards.
async fn caught<C: Cell>(victims: &Victims) -> BTreeSet<Vec<u8>> {
    let trap = UdpSocket::bind("127.0.0.1:0").unwrap();
    trap.set_nonblocking(true).unwrap();
    let decoy = builder::<C>("decoy").options(patient()).advertise(trap.local_addr().unwrap());
    let decoy = decoy.start().await.unwrap();
    within::<C, _>("the join", decoy.join([*victims.a.advertised()])).await.unwrap();
    sees::<C>(&victims.b, 3).await;
    let mut packets = BTreeSet::new();
    let mut buf = vec![0; 65_535];
    until::<C>("some packets are caught", || {
        while let Ok((len, _)) = trap.recv_from(&mut buf) {
            packets.insert(buf[..len.min(200)].to_vec());
        }
        packets.len() >= 6
    })
    .await;
    within::<C, _>("the goodbye", decoy.leave(BOUND)).await.unwrap();
    down::<C>([decoy]).await;
    sees::<C>(&victims.a, 2).await;
    sees::<C>(&victims.b, 2).await;
    packets.into_iter().take(6).collect()
}

pub(crate) async fn streams_that_hang_or_drip_keep_nobody_out<C: Cell>() {
    make_room_for(4 * STREAMS as u64);
    let victims = Victims::start::<C>().await;
    let request = request_of_a_join::<C>().await;
    let at = *victims.a.advertised();
    let open = |_| TcpStream::connect(at).expect("there is room in the queue");
    let streams: Vec<_> = (0..STREAMS).map(open).collect();
    streams.iter().for_each(|stream| stream.set_nonblocking(true).unwrap());

    let d = patient_node::<C>("d").await;
    let drips = drip::<C>(&streams[STREAMS / 2..], &request[..request.len() - 1]);
    let comes = async {
        within::<C, _>("the newcomer is in", d.join([at])).await.expect("the seed answers");
        within::<C, _>("an answer", victims.b.ping_to(at)).await.expect("packets are served");
        until::<C>("some gave way", || count(&victims.a, "streams_evicted") > 0).await;
        within::<C, _>("the goodbye", d.leave(BOUND)).await.unwrap();
    };
    join(drips, comes).await;
    for node in [&victims.a, &victims.b] {
        sees::<C>(node, 2).await;
    }
    down::<C>([d]).await;
    let mut victims = victims;
    assert!(victims.events.try_next().is_none_or(|event| event.member().id() == "d"));
    drop(streams);
    victims.are_untouched::<C>().await;
}

/// Writes one byte after the other to each of them, slower than anybody who means it.
async fn drip<C: Cell>(streams: &[TcpStream], bytes: &[u8]) {
    for byte in bytes {
        for mut stream in streams {
            // Those that had to give way are closed.
            let _ = stream.write(&[*byte]);
        }
        C::Runtime::sleep(Duration::from_millis(20)).await;
    }
}

pub(crate) async fn damaged_streams_change_nothing<C: Cell>() {
    let victims = Victims::start::<C>().await;
    let request = request_of_a_join::<C>().await;
    let cut = (1..request.len()).map(|len| request[..len].to_vec());
    let kinds = (0..8).map(|bit| flip(&request, bit));
    let mut noise = Noise(0xbad);
    let noise = (0..=255).map(|kind| noise.datagram(kind));
    for bytes in cut.chain(kinds).chain(noise) {
        let mut stream = TcpStream::connect(victims.a.advertised()).unwrap();
        // It may have been closed in the middle.
        let _ = stream.write_all(&bytes);
    }
    until::<C>("all are served", || count(&victims.a, "streams_accepted") > 256).await;
    victims.count::<C>(&["streams_malformed", "wire_unknown_kind"]).await;
    victims.are_untouched::<C>().await;
}

/// What a node writes first when it joins.
async fn request_of_a_join<C: Cell>() -> Vec<u8> {
    let trap = TcpListener::bind("127.0.0.1:0").unwrap();
    trap.set_nonblocking(true).unwrap();
    let decoy = start::<C>("decoy").await;
    let catch = async {
        let mut caught = None;
        until::<C>("it has dialled", || {
            caught = trap.accept().ok();
            caught.is_some()
        })
        .await;
        let (mut stream, _) = caught.expect("it was just there");
        stream.set_nonblocking(true).unwrap();
        let mut buf = vec![0; 1024];
        let mut len = 0;
        until::<C>("it has written", || {
            len = stream.read(&mut buf).unwrap_or_default();
            len > 0
        })
        .await;
        buf.truncate(len);
        buf
    };
    let (joined, request) = join(decoy.join([trap.local_addr().unwrap()]), catch).await;
    assert!(joined.is_err(), "nobody answered");
    down::<C>([decoy]).await;
    request
}

/// Connections that are reset at once, one after the other.
const RESETS: usize = 2_000;

pub(crate) async fn thousands_that_connect_and_reset_keep_nobody_out<C: Cell>() {
    let mut victims = Victims::start::<C>().await;
    let at = *victims.a.advertised();
    let (made, is_in) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
    let resetting = std::thread::spawn({
        let (made, is_in) = (Arc::clone(&made), Arc::clone(&is_in));
        move || {
            while made.load(Ordering::Acquire) < RESETS || !is_in.load(Ordering::Acquire) {
                connect_and_reset(at);
                made.fetch_add(1, Ordering::AcqRel);
            }
        }
    });
    until::<C>("it has begun", || made.load(Ordering::Acquire) > RESETS / 10).await;
    let d = patient_node::<C>("d").await;
    let joined = within::<C, _>("the newcomer is in", d.join([at])).await;
    is_in.store(true, Ordering::Release);
    joined.expect("the seed answers");
    within::<C, _>("an answer", victims.b.ping_to(at)).await.expect("packets are served");
    until::<C>("all were reset", || resetting.is_finished()).await;
    resetting.join().expect("each was let in as far as the kernel");
    // Other systems forget a connection that was reset before it was accepted.
    let noticed = if cfg!(target_os = "linux") { RESETS as u64 } else { 1 };
    let seen = || count(&victims.a, "connections_accepted") + count(&victims.a, "streams_aborted");
    until::<C>("they were noticed", || seen() >= noticed).await;
    within::<C, _>("the goodbye", d.leave(BOUND)).await.unwrap();
    for node in [&victims.a, &victims.b] {
        sees::<C>(node, 2).await;
    }
    down::<C>([d]).await;
    assert!(victims.events.try_next().is_none_or(|event| event.member().id() == "d"));
    victims.events = victims.a.events();
    victims.are_untouched::<C>().await;
}

/// Closing a socket that lingers for no time sends a reset instead of a goodbye.
fn connect_and_reset(at: SocketAddr) {
    let stream = TcpStream::connect(at).expect("there is room in the queue");
    SockRef::from(&stream).set_linger(Some(Duration::ZERO)).expect("every system can");
}

/// Sees to it that so many files more may be open, where that has to be asked for.
fn make_room_for(files: u64) {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, getrlimit, setrlimit};
        let mut limit = getrlimit(Resource::Nofile);
        // The other tests that run at the same time want some too.
        let wanted = 3 * files;
        if limit.current.is_some_and(|current| current < wanted) {
            limit.current = Some(limit.maximum.map_or(wanted, |maximum| maximum.min(wanted)));
            let _ = setrlimit(Resource::Nofile, limit);
        }
        let current = getrlimit(Resource::Nofile).current;
        assert!(
            current.is_none_or(|current| current >= wanted),
            "this test needs {wanted} open files, {current:?} are allowed: raise the hard limit \
             (`ulimit -Hn {wanted}` as root)"
        );
    }
    #[cfg(not(unix))]
    let _ = files;
}
