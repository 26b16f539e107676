//! Thousands of damaged packets at both kinds, each followed by a ping whose ack proves that it was
//! handled: both must have answered the same ones. All that is said goes to this machine: the Go
//! program reaches no other, and ours is told to allow no other.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::time::Duration;

use memberlist::Msgpack;
use memberlist::codec::Parts;
use memberlist::frame::Framer;
use memberlist::frame::Scratch;
use memberlist::types::Incarnation;
use memberlist::types::SequenceNumber;
use memberlist::wire::Accusation;
use memberlist::wire::Ack;
use memberlist::wire::DecodeError;
use memberlist::wire::IndirectPing;
use memberlist::wire::Message;
use memberlist::wire::Nack;
use memberlist::wire::Ping;
use memberlist::wire::Wire;

use crate::client::Client;
use crate::client::Packet;
use crate::client::checked;
use crate::client::claim;
use crate::client::compound;
use crate::client::encoded;
use crate::client::owned;
use crate::damage::KEYED;
use crate::damage::Rng;
use crate::damage::framers;
use crate::damage::harm;
use crate::support::GO;
use crate::support::Kind;
use crate::support::Node;
use crate::support::OURS;
use crate::support::Ring;

const PACKETS: u32 = 10_000;

/// Packets that are compressed or encrypted.
const WRAPPED: u32 = 4_000;

/// So many are answered at least in either trial; about 1,760 are.
const ANSWERED_LEAST: usize = 1_500;

/// So many are excused at most in either trial; about 200 and 60 are.
const EXCUSED_MOST: u32 = 300;

/// Numbers of pings that prove that what came before was handled.
const PROOF: u32 = 0x4000_0000;

/// Numbers of acks and nacks that nobody waits for.
const FOREIGN: u32 = 0x6000_0000;

/// How long an answer of a helper may be in coming.
const LATE: Duration = Duration::from_secs(2);

/// A packet of every sort, with `seq` wherever there is a number.
fn whole(rng: &mut Rng, seq: u32, client: &Client) -> Vec<u8> {
    let number = SequenceNumber::new(seq);
    // Nobody waits for it: the Go library counts from 1.
    let foreign = SequenceNumber::new(FOREIGN + seq);
    let nobody = "127.0.0.1:1".parse().expect("it is an address");
    let full = Ping {
        seq: number,
        target: None,
        source: Some("asker".into()),
        reply_to: Some(client.addr()),
    };
    let accusation = Accusation {
        incarnation: Incarnation::new(1),
        node: format!("node-{}", seq % 7).into(),
        from: "asker".into(),
    };
    let message: Packet = match rng.below(9) {
        0 => crate::client::ping(seq, None),
        1 | 2 => Message::Ping(full),
        3 => Message::IndirectPing(IndirectPing {
            seq: number,
            target: memberlist::types::Node::new("nobody".into(), nobody),
            nack: true,
            source: full.source,
            reply_to: full.reply_to,
        }),
        4 => Message::Ack(Ack { seq: foreign, payload: b"payload"[..].into() }),
        5 => Message::Nack(Nack { seq: foreign }),
        6 => Message::Suspect(accusation),
        7 => Message::Dead(accusation),
        _ => Message::Alive(claim(&format!("node-{}", seq % 7), nobody, seq)),
    };
    let bytes = encoded(&message);
    match rng.below(8) {
        0 => compound(&[bytes, encoded(&crate::client::ping(seq, None))]),
        1 => checked(&bytes),
        2 => b"\x08a message of the application".to_vec(),
        _ => bytes,
    }
}

/// What came of it.
struct Outcome {
    /// Numbers that were acked or nacked, without the proofs, and the packet that was last sent.
    answered: BTreeMap<u32, BTreeSet<u8>>,
    /// How often it had to be started again.
    restarts: u32,
}

impl Outcome {
    fn of(&self, seq: u32) -> Option<&BTreeSet<u8>> {
        self.answered.get(&seq)
    }
}

/// Packets, each under the number that it asks with, and the ring that they are thrown at.
struct Trial {
    flags: &'static [&'static str],
    framer: Framer,
    packets: BTreeMap<u32, Vec<u8>>,
}

/// Plain ones.
fn plain(client: &Client) -> Trial {
    let mut rng = Rng(0x2545_f491_4f6c_dd1d);
    let mut damaged = |seq| {
        let bytes = whole(&mut rng, seq, client);
        harm(&mut rng, bytes)
    };
    let packets = (0..PACKETS).map(|seq| (seq, damaged(seq))).collect();
    Trial { flags: &[], framer: framers().remove(0), packets }
}

/// Ones with layers around them, damaged within or without. What is plain is taken, too: so what
/// cannot be decrypted is read as it stands.
fn wrapped(client: &Client) -> Trial {
    let (mut rng, framers) = (Rng(0x9e37_79b9_7f4a_7c15), framers());
    let mut damaged = |seq| {
        let bytes = compound(&[0; 4].map(|_| whole(&mut rng, seq, client)));
        let within = rng.below(2) == 0;
        let bytes = if within { harm(&mut rng, bytes) } else { bytes };
        let sealed = sealed(&framers[rng.below(framers.len())], &bytes);
        if within { sealed } else { harm(&mut rng, sealed) }
    };
    let packets = (0..WRAPPED).map(|seq| (seq, damaged(seq))).collect();
    Trial { flags: KEYED, framer: framers.last().expect("there are some").clone(), packets }
}

fn sealed(framer: &Framer, bytes: &[u8]) -> Vec<u8> {
    let (mut parts, mut out) = (Parts::new(), Vec::new());
    parts.push(bytes);
    framer.seal(&parts, &mut out).expect("it is one short message");
    out
}

/// The messages in a packet, as far as there are any.
fn opened<T>(framer: &Framer, packet: &[u8], mut each: impl FnMut(&[u8]) -> Option<T>) -> Vec<T> {
    let mut scratch = Scratch::default();
    let Ok(opened) = framer.open(packet, &mut scratch) else {
        return Vec::new();
    };
    opened.messages().filter_map(|message| each(message.ok()?)).collect()
}

/// The same packets to both, from the same port: some of them say it.
fn run(kind: Kind, client: &mut Client, trial: &Trial) -> Outcome {
    let quiet = ["--set", "probe_interval=1h", "--set", "push_pull_interval=1h", "--log", "error"];
    let mut ring = Ring::new(&quiet);
    let own: &[&str] = if kind == GO { &[] } else { &["--allow", "127.0.0.0/8"] };
    let flags = [trial.flags, own].concat();
    ring.add(kind, &flags);
    client.turn_to(ring.agent(0).addr());
    let mut outcome = Outcome { answered: BTreeMap::new(), restarts: 0 };
    for (seq, bytes) in &trial.packets {
        client.send_bytes(bytes);
        if !is_handled(client, *seq, trial, &mut outcome) {
            restart(&mut ring.nodes[0], &flags, client);
            outcome.restarts += 1;
        }
    }
    // Helpers answer when their own ping has failed.
    while let Some(packet) = client.receive_bytes(LATE) {
        note(&packet, trial, &mut outcome);
    }
    outcome
}

/// Whether the node says so, asked as often as a datagram may get lost.
fn is_handled(client: &Client, seq: u32, trial: &Trial, outcome: &mut Outcome) -> bool {
    let proof = PROOF + seq;
    (0..3).any(|_| {
        client.send(&crate::client::ping(proof, None));
        while let Some(packet) = client.receive_bytes(Duration::from_secs(1)) {
            if note(&packet, trial, outcome).contains(&proof) {
                return true;
            }
        }
        false
    })
}

/// Notes what a packet answers; gives the numbers.
fn note(packet: &[u8], trial: &Trial, outcome: &mut Outcome) -> Vec<u32> {
    let messages = opened(&trial.framer, packet, |part| owned(Msgpack::decode(part)));
    let answers = messages.into_iter().filter_map(|message| match message {
        Message::Ack(ack) => Some((ack.seq.get(), 2)),
        Message::Nack(nack) => Some((nack.seq.get(), 11)),
        _ => None,
    });
    let answers: Vec<(u32, u8)> = answers.collect();
    for (seq, kind) in answers.iter().filter(|(seq, _)| *seq < PROOF || *seq >= PROOF + PACKETS) {
        outcome.answered.entry(*seq).or_default().insert(*kind);
    }
    answers.into_iter().map(|(seq, _)| seq).collect()
}

fn restart(node: &mut Node, flags: &[&str], client: &mut Client) {
    node.agent = node.kind.start(&node.name, flags);
    client.turn_to(node.agent.addr());
}

/// Where the two differ on purpose; `docs/go-interop.md` says why.
fn excuse(part: &[u8], from: SocketAddr, go: bool) -> Option<&'static str> {
    match Msgpack::decode(part) {
        // Go answers wherever it is told to, ours where the packet came from.
        Ok(Message::Ping(Ping { reply_to: Some(address), .. }))
        | Ok(Message::IndirectPing(IndirectPing { reply_to: Some(address), .. }))
            if address != from =>
        {
            Some("the answer is to go elsewhere")
        }
        Ok(Message::IndirectPing(ping)) if go && !is_reachable(ping.target.address()) => {
            Some("the target cannot be reached")
        }
        Err(DecodeError::Invalid("id")) if go => Some("a name is no text"),
        Err(DecodeError::Invalid("address")) if go => Some("an address is none"),
        _ => None,
    }
}

/// Go takes port 0 for its own, and tries the addresses of others in vain.
fn is_reachable(address: &SocketAddr) -> bool {
    address.port() != 0 && address.ip().is_loopback()
}

/// Packets that the two answered differently though no excuse holds, and how many ours answered.
fn differing(
    client: &mut Client,
    trial: &Trial,
    excused: &mut BTreeMap<&'static str, u32>,
) -> (BTreeMap<u32, Vec<u8>>, usize) {
    let (go, ours) = (run(GO, client, trial), run(OURS, client, trial));
    assert_eq!(ours.restarts, 0, "nothing ends this node");
    println!(
        "{} packets, {} answered, Go was started again {} times",
        trial.packets.len(),
        ours.answered.len(),
        go.restarts
    );
    let mut differing = BTreeMap::new();
    for (seq, packet) in trial.packets.iter().filter(|(seq, _)| go.of(**seq) != ours.of(**seq)) {
        let (from, told) = (client.addr(), go.of(*seq).is_some());
        match opened(&trial.framer, packet, |part| excuse(part, from, told)).first() {
            Some(excuse) => *excused.entry(excuse).or_default() += 1,
            None => drop(differing.insert(*seq, packet.clone())),
        }
    }
    (differing, ours.answered.len())
}

/// Answers to numbers that were damaged, and datagrams that were lost, look like differences: what
/// differs is sent a second time, alone.
fn are_answered_alike(mut client: Client, mut trial: Trial) {
    let mut excused = BTreeMap::new();
    let (first, answered) = differing(&mut client, &trial, &mut excused);
    assert!(answered >= ANSWERED_LEAST, "{answered}");
    assert!(excused.values().sum::<u32>() <= EXCUSED_MOST, "{excused:#?}");
    trial.packets = first;
    assert!(trial.packets.len() < 50, "{:?}", trial.packets);
    println!("excused: {excused:#?}, again: {}", trial.packets.len());
    let (second, _) = differing(&mut client, &trial, &mut excused);
    let shown = |(seq, bytes): (&u32, &Vec<u8>)| format!("{seq}: {}", bytes.escape_ascii());
    assert!(second.is_empty(), "{:#?}", second.iter().map(shown).collect::<Vec<_>>());
}

#[test]
fn ten_thousand_damaged_packets_are_answered_alike() {
    let client = Client::to("127.0.0.1:1");
    let trial = plain(&client);
    are_answered_alike(client, trial);
}

#[test]
fn damaged_packets_in_layers_are_answered_alike() {
    let client = Client::to("127.0.0.1:1");
    let trial = wrapped(&client);
    are_answered_alike(client, trial);
}
