//! What Go's own tests check on the wire, asked of both kinds by a socket: both must answer alike.

use std::borrow::Cow;
use std::net::TcpListener;
use std::net::TcpStream;
use std::time::Duration;
use std::time::Instant;

use memberlist::State;
use memberlist::types::Node;
use memberlist::types::SequenceNumber;
use memberlist::types::Versions;
use memberlist::wire::IndirectPing;
use memberlist::wire::Message;
use memberlist::wire::Ping;
use memberlist::wire::PushPull;
use memberlist::wire::RemoteState;
use memberlist::wire::StreamMessage;

use crate::client::Client;
use crate::client::PATIENCE;
use crate::client::Packet;
use crate::client::ack;
use crate::client::checked;
use crate::client::claim;
use crate::client::compound;
use crate::client::decoded_stream;
use crate::client::encoded;
use crate::client::encoded_stream;
use crate::client::exchange;
use crate::client::is_checked;
use crate::client::parts;
use crate::client::ping;
use crate::support::GO;
use crate::support::Node as Peer;
use crate::support::OURS;
use crate::support::Ring;

/// Nothing is sent by itself, so that what comes is the answer.
const QUIET: &[&str] = &[
    "--compress",
    "none",
    "--set",
    "probe_interval=1h",
    "--set",
    "gossip_interval=1h",
    "--set",
    "push_pull_interval=1h",
    "--set",
    "stream_timeout=2s",
];

/// Asks one node of each kind.
fn both(mut ask: impl FnMut(&mut Peer)) {
    for kind in [GO, OURS] {
        let mut ring = Ring::new(QUIET);
        ask(ring.add(kind, &[]));
    }
}

#[test]
fn a_ping_is_answered_by_an_ack_without_payload() {
    both(|peer| {
        let client = Client::to(peer.agent.addr());
        client.send(&ping(42, Some(&peer.name)));
        let answer = client.receive_bytes(PATIENCE).expect("a ping is answered");
        let hex = b"\x02\x82\xa7Payload\xc0\xa5SeqNo\x2a";
        assert_eq!(parts(&answer).first(), Some(&&hex[..]), "{}", peer.name);
    });
}

#[test]
fn each_ping_of_a_compound_is_answered() {
    both(|peer| {
        let client = Client::to(peer.agent.addr());
        let pings: Vec<_> = (1..=3).map(|seq| encoded(&ping(seq, None))).collect();
        client.send_bytes(&compound(&pings));
        assert_eq!(client.acks_until(4), [1, 2, 3, 4], "{}", peer.name);
    });
}

#[test]
fn a_ping_to_another_name_is_not_answered() {
    both(|peer| {
        let client = Client::to(peer.agent.addr());
        client.send(&ping(1, Some("somebody-else")));
        assert_eq!(client.acks_until(2), [2], "{}", peer.name);
    });
}

/// The helper pings the target in its own name, and passes the ack on under the asker's number.
#[test]
fn an_indirect_ping_is_relayed() {
    both(|peer| {
        let (client, target) = (Client::to(peer.agent.addr()), Client::to(peer.agent.addr()));
        client.send(&Message::IndirectPing(indirect(100, &target, false)));
        let relayed = target.receive(PATIENCE).into_iter().find_map(|message| match message {
            Message::Ping(ping) => Some(ping),
            _ => None,
        });
        let relayed = relayed.expect("the target is pinged");
        assert_eq!(relayed.target.as_deref(), Some("target"), "{}", peer.name);
        assert_eq!(relayed.source.as_deref(), Some(&*peer.name));
        let ack_of = memberlist::wire::Ack { seq: relayed.seq, payload: Cow::Borrowed(b"") };
        target.send(&Message::Ack(ack_of));
        assert_eq!(client.receive(PATIENCE).iter().find_map(ack), Some(100), "{}", peer.name);
    });
}

fn indirect(
    seq: u32,
    target: &Client,
    nack: bool,
) -> IndirectPing<smol_str::SmolStr, std::net::SocketAddr> {
    let (seq, target) = (SequenceNumber::new(seq), Node::new("target".into(), target.addr()));
    IndirectPing { seq, target, nack, source: None, reply_to: None }
}

#[test]
fn a_nack_comes_when_it_is_wanted_and_the_target_is_silent() {
    both(|peer| {
        let (client, target) = (Client::to(peer.agent.addr()), Client::to(peer.agent.addr()));
        client.send(&Message::IndirectPing(indirect(100, &target, false)));
        let wanted = encoded(&Message::IndirectPing(indirect(101, &target, true)));
        let nack = client.ask(&wanted, |message| match message {
            Message::Nack(nack) => Some(nack.seq.get()),
            _ => None,
        });
        assert_eq!(nack, Some(101), "{}", peer.name);
    });
}

/// A helper of Go says that it could not when its own time-out ends, which is too late for an asker
/// with the same one; ours says so within it. Of the two nacks ours comes first.
#[test]
fn our_nack_comes_within_the_time_out() {
    let mut ring = Ring::new(&[QUIET, &["--set", "probe_timeout=5s"]].concat());
    let [go, ours] = [GO, OURS].map(|kind| ring.add(kind, &[]).agent.addr().to_owned());
    let (mut client, target) = (Client::to(&go), Client::to(&go));
    client.send(&Message::IndirectPing(indirect(100, &target, true)));
    client.turn_to(&ours);
    let wanted = encoded(&Message::IndirectPing(indirect(101, &target, true)));
    let nack = client.ask(&wanted, |message| match message {
        Message::Nack(nack) => Some(nack.seq.get()),
        _ => None,
    });
    assert_eq!(nack, Some(101));
}

#[test]
fn a_full_exchange_gives_and_takes_all() {
    both(|peer| {
        let state = |name: &str, port: u16, state: State| RemoteState {
            claim: claim(name, ([127, 0, 0, 1], port).into(), 1),
            state,
        };
        let states = vec![
            state("alive", 1001, State::Alive),
            state("suspect", 1002, State::Suspect),
            state("dead", 1003, State::Dead),
            state("left", 1004, State::Left),
        ];
        let user_state = Cow::Borrowed(&b""[..]);
        let told = StreamMessage::PushPull(PushPull { join: true, states, user_state });
        let reply = exchange(peer.agent.addr(), &encoded_stream(&told)).expect("it closes");
        let Ok(StreamMessage::PushPull(known)) = decoded_stream(&reply) else {
            panic!("{}: {:?}", peer.name, decoded_stream(&reply));
        };
        assert!(known.join && known.states.len() == 1, "{}: {known:?}", peer.name);
        assert_eq!(known.states[0].claim.node.id().as_str(), peer.name);
        peer.sees(PATIENCE, "alive", "alive");
        for unknown in ["suspect", "dead", "left"] {
            assert!(peer.knows(unknown).is_null(), "{}: {unknown}", peer.name);
        }
    });
}

/// News rides on the answer to a member; ours gives a stranger nothing to pass on.
#[test]
fn an_ack_carries_news() {
    both(|peer| {
        let client = Client::to(peer.agent.addr());
        client.send(&Message::Alive(claim("asker", client.addr(), 1)));
        let nobody = ([127, 0, 0, 1], 1).into();
        client.send(&Message::Alive(claim("news", nobody, 1)));
        for name in ["asker", "news"] {
            peer.sees(PATIENCE, name, "alive");
        }
        let (source, reply_to) = (Some("asker".into()), Some(client.addr()));
        let ping = Ping { seq: SequenceNumber::new(1), target: None, source, reply_to };
        client.send(&Message::Ping(ping));
        let end = Instant::now() + PATIENCE;
        let is_news = |message: &Packet| match message {
            Message::Alive(alive) => alive.node.id() == "news",
            _ => false,
        };
        loop {
            let messages = client.receive(end.saturating_duration_since(Instant::now()));
            assert!(!messages.is_empty(), "{}: no answer with news", peer.name);
            if messages.iter().any(|message| ack(message) == Some(1)) {
                break assert!(messages.iter().any(is_news), "{}: {messages:?}", peer.name);
            }
        }
    });
}

#[test]
fn a_wrong_checksum_drops_the_packet_and_a_right_one_does_not() {
    both(|peer| {
        let client = Client::to(peer.agent.addr());
        let mut wrong = checked(&encoded(&ping(1, None)));
        wrong[1] ^= 1;
        client.send_bytes(&wrong);
        client.send_bytes(&checked(&encoded(&ping(2, None))));
        assert_eq!(client.acks_until(3), [2, 3], "{}", peer.name);
    });
}

/// A checksum is for those who say that they know it (version 5).
#[test]
fn a_checksum_goes_to_those_who_know_it() {
    for (version, expected) in [(5, true), (4, false)] {
        for kind in [GO, OURS] {
            let mut ring = Ring::new(&[]);
            let peer = ring.add(kind, &[]);
            let client = Client::to(peer.agent.addr());
            let mut told = claim("known", client.addr(), 1);
            told.versions = Some(Versions { protocol_max: version, ..Versions::DEFAULT });
            client.send(&Message::Alive(told));
            peer.sees(PATIENCE, "known", "alive");
            // Gossip is what is sent to a member itself; an answer goes to an address.
            let gossip = |bytes: &Vec<u8>| {
                crate::client::messages(bytes).iter().all(|message| {
                    matches!(message, Message::Alive(_) | Message::Suspect(_) | Message::Dead(_))
                })
            };
            let end = Instant::now() + PATIENCE;
            let sent = std::iter::from_fn(|| client.receive_bytes(end - Instant::now()));
            let packet = sent.take_while(|_| Instant::now() < end).find(gossip);
            let packet = packet.expect("news of the newcomer goes to it");
            assert_eq!(is_checked(&packet), expected, "{} {version}", peer.name);
        }
    }
}

/// Counts and lengths that nobody has: the stream is closed long before its time is over, and the
/// node lives on. Go has no limit for a message of the application, and waits for its bytes.
#[test]
fn claimed_lengths_over_the_limit_close_the_stream() {
    let header = |nodes: &[u8], user_state: &[u8]| {
        let fields = [b"\x83\xa4Join\xc2\xa5Nodes", nodes, b"\xacUserStateLen", user_state];
        [&[6], fields.concat().as_slice()].concat()
    };
    let user = |len: &[u8]| [b"\x08\x81\xaaUserMsgLen", len].concat();
    let long = user(b"\xd2\x02\x80\x00\x01");
    for kind in [GO, OURS] {
        let mut ring = Ring::new(&[QUIET, &["--set", "stream_timeout=30s"]].concat());
        let addr = ring.add(kind, &[]).agent.addr().to_owned();
        let mut all = vec![
            header(b"\xd2\x00\x10\x00\x01", b"\x00"),
            header(b"\xff", b"\x00"),
            header(b"\x00", b"\xd2\x01\x40\x00\x01"),
            header(b"\x00", b"\xff"),
            user(b"\xff"),
        ];
        all.extend((kind == OURS).then(|| long.clone()));
        for bytes in all {
            let shown = bytes.escape_ascii();
            let reply = exchange(&addr, &bytes);
            let reply = reply.unwrap_or_else(|| panic!("{kind:?} waits: {shown}"));
            assert!(reply.is_empty() || reply[0] == 13, "{kind:?}: {shown}: {reply:02x?}");
        }
        assert_eq!(Client::to(&addr).acks_until(1), [1]);
    }
}

#[test]
fn a_ping_over_a_stream_is_answered_if_it_is_meant() {
    both(|peer| {
        let ask = |target: Option<&str>| match ping(9, target) {
            Message::Ping(ping) => {
                exchange(peer.agent.addr(), &encoded_stream(&StreamMessage::Ping(ping)))
            }
            _ => None,
        };
        let ack = b"\x02\x82\xa7Payload\xc0\xa5SeqNo\x09";
        assert_eq!(ask(Some(&peer.name)).as_deref(), Some(&ack[..]), "{}", peer.name);
        assert_eq!(ask(None).as_deref(), Some(&ack[..]), "{}", peer.name);
        assert_eq!(ask(Some("somebody-else")).as_deref(), Some(&b""[..]), "{}", peer.name);
    });
}

#[test]
fn streams_that_say_nothing_or_nonsense_do_no_harm() {
    both(|peer| {
        let addr = peer.agent.addr().to_owned();
        drop(TcpStream::connect(&addr).expect("it listens"));
        for nonsense in [&[4, 0x80][..], &[244, 0], &[255], &[13, 0x80], &[6, 0xc1]] {
            let reply = exchange(&addr, nonsense).expect("it closes");
            assert!(reply.is_empty() || reply[0] == 13, "{}: {reply:02x?}", peer.name);
        }
        assert_eq!(Client::to(&addr).acks_until(1), [1]);
    });
}

/// A seed that takes the stream and says nothing: the join ends with the stream's time.
#[test]
fn a_join_of_a_silent_seed_ends_in_time() {
    both(|peer| {
        let mute = TcpListener::bind("127.0.0.1:0").expect("loopback has free ports");
        let seed = mute.local_addr().expect("it is bound");
        let start = Instant::now();
        let reply = peer.agent.ask(&format!("join {seed}"));
        assert_eq!(reply["reached"], 0, "{}: {reply}", peer.name);
        assert!(start.elapsed() < Duration::from_secs(20), "{}", peer.name);
    });
}
