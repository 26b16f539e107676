//! Packets at full speed, a few of them under way at a time.

use std::net::{SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

use memberlist_benches::{BenchMessage, packet, ping};
use memberlist_core::wire::{Alive, Message};

use crate::Failure;
use crate::node::Node;
use crate::peer;

/// What each packet carries besides its ping.
#[derive(Clone, Copy)]
pub(crate) struct Load {
    /// Known claims that somebody is alive.
    claims: u32,
}

/// Pings alone.
pub(crate) const PINGS: Load = Load { claims: 0 };

/// Forty claims in each packet, as in a busy cluster.
pub(crate) const CLAIMS: Load = Load { claims: 40 };

/// Members that the claims are about.
const MEMBERS: u32 = 1_000;

/// Packets under way.
const WINDOW: usize = 64;

/// How long is measured, after as long a warm-up.
const SPAN: Duration = Duration::from_secs(2);

/// Pings, or claims if there are any, per second of the node's CPU time.
pub(crate) fn run(node: &Node, load: Load) -> Result<f64, Failure> {
    let socket = UdpSocket::bind("127.0.0.1:0")?;
    socket.connect(node.handle.advertised())?;
    socket.set_read_timeout(Some(Duration::from_secs(1)))?;
    let packets = packets(socket.local_addr()?, load);
    drive(&socket, &packets, SPAN)?;
    let before = node.cpu()?;
    let answered = drive(&socket, &packets, SPAN)?;
    let spent = node.cpu()?.saturating_sub(before).as_secs_f64();
    Ok(answered as f64 * f64::from(load.claims.max(1)) / spent)
}

/// The members are announced by the packets of the warm-up.
fn packets(from: SocketAddr, load: Load) -> Vec<Vec<u8>> {
    let ping = || {
        let mut ping = ping(7, 1);
        ping.reply_to = Some(from);
        Message::Ping(ping)
    };
    let claims: Vec<Alive<'static, _, _>> = (1..=MEMBERS).map(peer::alive).collect();
    let rounds = MEMBERS.checked_div(load.claims).unwrap_or(1);
    let packet_of = |round: u32| {
        let first = (round * load.claims) as usize;
        let claims = claims[first..first + load.claims as usize].iter().cloned();
        let all: Vec<BenchMessage<'_>> =
            claims.map(Message::Alive).chain(core::iter::once(ping())).collect();
        packet(&all)
    };
    (0..rounds).map(packet_of).collect()
}

/// Keeps the window full for `span`; gives the number of answers.
fn drive(socket: &UdpSocket, packets: &[Vec<u8>], span: Duration) -> Result<u64, Failure> {
    let (mut sent, mut answered) = (0, 0);
    let mut buffer = [0; 2048];
    let end = Instant::now() + span;
    while Instant::now() < end {
        while sent < answered + WINDOW {
            socket.send(&packets[sent % packets.len()])?;
            sent += 1;
        }
        match socket.recv(&mut buffer) {
            Ok(_) => answered += 1,
            // Lost: begin a new window.
            Err(_) => answered = sent,
        }
    }
    while answered < sent && socket.recv(&mut buffer).is_ok() {
        answered += 1;
    }
    Ok(answered as u64)
}
