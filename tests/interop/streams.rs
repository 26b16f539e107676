//! Thousands of damaged streams at both kinds: both must give the same answers, hear the same
//! messages and the same states, and know the same members in the end.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::collections::BTreeSet;

use memberlist::Msgpack;
use memberlist::State;
use memberlist::frame::StreamHead;
use memberlist::types::Versions;
use memberlist::wire::Measure;
use memberlist::wire::Progress;
use memberlist::wire::PushPull;
use memberlist::wire::RemoteState;
use memberlist::wire::StreamMessage;
use memberlist::wire::Wire;
use serde_json::Value;

use crate::client::Packet;
use crate::client::Stream;
use crate::client::claim;
use crate::client::decoded_stream;
use crate::client::encoded_stream;
use crate::client::ping;
use crate::client::try_exchange;
use crate::damage::KEYED;
use crate::damage::Rng;
use crate::damage::framers;
use crate::damage::harm;
use crate::support::GO;
use crate::support::Kind;
use crate::support::OURS;
use crate::support::Ring;

const STREAMS: u32 = 3_000;

/// Streams that a node may take while it is ending.
const ENDING: u32 = 16;

/// Nothing is sent by itself, and nobody waits long for what does not come.
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
    "--log",
    "off",
];

/// What comes back over a stream. An error in words is no answer: only ours gives one to whatever
/// it cannot read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    Nothing,
    Ack(u32),
    Members,
}

/// A message of every sort, with `n` wherever there is room.
fn whole(rng: &mut Rng, n: u32) -> Vec<u8> {
    let text = format!("message {n} and again message {n}");
    let state = |name: String, state| RemoteState {
        claim: claim(&name, ([127, 0, 0, 1], 1).into(), n),
        state,
    };
    let message = match (rng.below(4), ping(n, None)) {
        (0, Packet::Ping(ping)) => StreamMessage::Ping(ping),
        (0 | 1, _) => StreamMessage::User(Cow::Owned(text.into_bytes())),
        _ => StreamMessage::PushPull(PushPull {
            join: n.is_multiple_of(2),
            states: vec![
                state(format!("member-{}", n % 7), State::Alive),
                state(format!("member-{}", n % 5), State::Left),
            ],
            user_state: Cow::Owned(text.into_bytes()),
        }),
    };
    encoded_stream(&message)
}

/// All streams by number: in each way of wrapping, damaged within or without.
fn streams() -> BTreeMap<u32, Vec<u8>> {
    let (mut rng, framers) = (Rng(0xd1b5_4a32_d192_ed03), framers());
    let mut damaged = |n| {
        let bytes = whole(&mut rng, n);
        let within = rng.below(2) == 0;
        let bytes = if within { harm(&mut rng, bytes) } else { bytes };
        let mut sealed = Vec::new();
        let framer = &framers[rng.below(framers.len())];
        let put = |out: &mut Vec<u8>| out.extend_from_slice(&bytes);
        framer.seal_stream(true, &mut sealed, put).expect("it is one short message");
        if within { sealed } else { harm(&mut rng, sealed) }
    };
    (0..STREAMS).map(|n| (n, damaged(n))).collect()
}

/// The message in a stream; `dialled`: it is a reply.
fn opened<'a>(bytes: &'a mut [u8], inflated: &'a mut Vec<u8>, dialled: bool) -> Option<Stream<'a>> {
    let framer = framers().pop().expect("the last one has the key");
    let message = match framer.open_stream(bytes, dialled).ok()? {
        StreamHead::Wrapped(range) => {
            let wrapped = bytes.get_mut(range)?;
            framer.unwrap_stream(wrapped, inflated, &mut |_| true).ok()?
        }
        StreamHead::Ends(start) => &bytes[start..],
        StreamHead::Needs(_) => return None,
    };
    // What stands behind it is not looked at.
    match Msgpack::measure_stream(message, &mut Progress::default()) {
        Ok(Measure::Complete(len)) => decoded_stream(&message[..len]).ok(),
        _ => None,
    }
}

fn answer(mut reply: Vec<u8>) -> Answer {
    match opened(&mut reply, &mut Vec::new(), true) {
        Some(StreamMessage::Ack(ack)) => Answer::Ack(ack.seq.get()),
        Some(StreamMessage::PushPull(_)) => Answer::Members,
        _ => Answer::Nothing,
    }
}

fn peer(kind: Kind) -> Ring {
    let mut ring = Ring::new(QUIET);
    ring.add(kind, KEYED);
    ring
}

/// Streams that end a node of Go's: it is started again. A node that ends may take some more first,
/// so those before are among them.
fn fatal(streams: &BTreeMap<u32, Vec<u8>>) -> BTreeSet<u32> {
    let (mut ring, mut fatal, mut ends) = (peer(GO), BTreeSet::new(), 0);
    for (n, bytes) in streams {
        if try_exchange(ring.agent(0).addr(), bytes).is_none() {
            fatal.extend(n.saturating_sub(ENDING)..=*n);
            ends += 1;
            drop(ring);
            ring = peer(GO);
        }
    }
    println!("{ends} of {} streams end a node of Go's", streams.len());
    fatal
}

/// What a node made of it all.
#[derive(Debug, PartialEq, Eq)]
struct Outcome {
    answers: BTreeMap<u32, Answer>,
    messages: BTreeSet<String>,
    states: BTreeSet<String>,
    members: BTreeSet<String>,
}

fn run(kind: Kind, streams: &BTreeMap<u32, Vec<u8>>) -> Outcome {
    let mut ring = peer(kind);
    let addr = ring.agent(0).addr().to_owned();
    let ask = |bytes: &Vec<u8>| match try_exchange(&addr, bytes) {
        Some(reply) => answer(reply),
        None => panic!("{kind:?} ended, or left open: {}", bytes.escape_ascii()),
    };
    let answers = streams.iter().map(|(n, bytes)| (*n, ask(bytes))).collect();
    let mut said = |event: &str| texts(&ring.unread(event), "text");
    let (messages, states) = (said("message"), said("state"));
    let reply = ring.agent(0).ask("members");
    let known = reply["members"].as_array().expect("it is a list");
    Outcome { answers, messages, states, members: texts(&known[1..], "name") }
}

fn texts(lines: &[Value], field: &str) -> BTreeSet<String> {
    lines.iter().filter_map(|line| line[field].as_str()).map(str::to_owned).collect()
}

/// States of the application in exchanges that Go drops because of what one of the members has for
/// versions, though it is not alive or tells none: here such a one has no say, or is left out.
fn with_odd_versions(streams: &BTreeMap<u32, Vec<u8>>) -> BTreeSet<String> {
    let state = |bytes: &Vec<u8>| match opened(&mut bytes.clone(), &mut Vec::new(), false)? {
        StreamMessage::PushPull(told) => {
            let is_odd =
                |state: &RemoteState<_, _>| state.claim.versions != Some(Versions::DEFAULT);
            let odd = told.states.len() < 2 || told.states.iter().any(is_odd);
            odd.then(|| shown(&told.user_state))
        }
        _ => None,
    };
    streams.values().filter_map(state).collect()
}

/// As the agents show bytes that need not be a text.
fn shown(bytes: &[u8]) -> String {
    let chunks = bytes.utf8_chunks().map(|chunk| {
        let odd: String = chunk.invalid().iter().map(|byte| char::from(*byte)).collect();
        chunk.valid().to_owned() + &odd
    });
    chunks.collect()
}

/// In some seconds. What differs is what `docs/go-interop.md` lists.
#[test]
fn damaged_streams_are_answered_and_heard_alike() {
    let all = streams();
    let fatal = fatal(&all);
    let (ends, streams): (BTreeMap<_, _>, _) =
        all.into_iter().partition(|(n, _)| fatal.contains(n));
    assert_eq!(run(OURS, &ends).answers.len(), ends.len(), "nothing ends this node");
    let (go, mut ours) = (run(GO, &streams), run(OURS, &streams));
    // A close that overtakes the answer looks like a difference: those are sent once more.
    let differs = |n: &u32| go.answers[n] != ours.answers[n];
    let again: BTreeMap<_, _> = streams.clone().into_iter().filter(|(n, _)| differs(n)).collect();
    assert!(again.len() < 10, "{again:?}");
    assert_eq!(run(GO, &again).answers, run(OURS, &again).answers, "{again:?}");
    // Go's application hears no message without bytes.
    ours.messages.remove("");
    assert_eq!(go.messages, ours.messages);
    let only = |a: &BTreeSet<String>, b: &BTreeSet<String>| a.difference(b).cloned().collect();
    let (unheard, more): (BTreeSet<_>, BTreeSet<_>) =
        (only(&go.states, &ours.states), only(&ours.states, &go.states));
    assert_eq!(unheard, BTreeSet::new());
    assert_eq!(only(&more, &with_odd_versions(&streams)), BTreeSet::new());
    // A name that is empty or no text is none here.
    let is_name = |name: &String| !name.is_empty() && !name.contains(char::REPLACEMENT_CHARACTER);
    let named: BTreeSet<_> = go.members.iter().filter(|name| is_name(name)).cloned().collect();
    assert_eq!(named, ours.members);
    let answered = |answer| go.answers.values().filter(|given| **given == answer).count();
    let counts = (answered(Answer::Nothing), answered(Answer::Members));
    println!("{counts:?} of {} without an answer, with members", streams.len());
    assert!(go.messages.len() > 100 && go.states.len() > 100 && counts.1 > 100);
}
