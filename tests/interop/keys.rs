//! Encryption and compression.

use std::net::UdpSocket;

use crate::support::GO;
use crate::support::Kind;
use crate::support::Node;
use crate::support::OURS;
use crate::support::Ring;
use crate::support::SPREAD;
use crate::support::mixed;

const OLD: &str = "AAAAAAAAAAAAAAAAAAAAAA==";
const NEW: &str = "BBBBBBBBBBBBBBBBBBBBBA==";

/// AES-128, AES-192 and AES-256.
const OF_EACH_SIZE: &[&str] =
    &[OLD, "AAECAwQFBgcICQoLDA0ODxAREhMUFRYX", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="];

/// A broadcast of each reaches all others: packets and streams get through.
fn speaks(ring: &mut Ring, round: &str) {
    for at in 0..ring.nodes.len() {
        let text = format!("{round} {at}");
        assert_eq!(ring.agent(at).ask(&format!("broadcast {text}"))["ok"], true);
        for (other, node) in ring.nodes.iter_mut().enumerate() {
            if other != at {
                let holds = |line: &serde_json::Value| {
                    line["event"] == "message" && line["text"] == text.as_str()
                };
                node.agent.wait_within(SPREAD, &text, holds);
            }
        }
    }
}

#[test]
fn keys_of_each_size_work_within_10_s() {
    for key in OF_EACH_SIZE {
        for label in ["", "dc1"] {
            let mut ring = Ring::of(&mixed(4), &["--key", key, "--label", label]);
            speaks(&mut ring, "sealed");
        }
    }
}

/// Protocol version 1 writes the older form of encryption, and everybody reads both.
#[test]
fn the_older_form_of_encryption_works_both_ways() {
    let older = ["--set", "protocol_version=1"];
    let mut ring = Ring::new(&["--key", OLD]);
    ring.add(GO, &[]);
    ring.add(OURS, &older);
    ring.add(OURS, &[]);
    ring.meet();
    speaks(&mut ring, "ours is older");
    drop(ring);

    // With version 1 Go takes all ports to be its own: then only addresses can differ.
    let free = UdpSocket::bind("127.0.0.1:0").and_then(|socket| socket.local_addr());
    let port = free.expect("loopback has free ports").port();
    let mut ring = Ring::new(&[]);
    for (kind, name, at) in [(GO, "go", 2), (OURS, "ours", 3)] {
        let bind = format!("127.0.0.{at}:{port}");
        let mut flags = vec!["--key", OLD];
        flags.extend(if kind == GO { &older[..] } else { &[] });
        let agent = kind.start_at(&bind, name, &flags);
        ring.nodes.push(Node { kind, name: name.to_owned(), agent });
    }
    let seed = ring.agent(0).addr().to_owned();
    assert_eq!(ring.agent(1).ask(&format!("join {seed}"))["reached"], 1);
    ring.meet();
    speaks(&mut ring, "go is older");
}

/// Add, use, remove, on one node after the other, while all talk.
#[test]
fn keys_are_rotated_under_traffic_and_nobody_is_found_dead() {
    let mut ring = Ring::of(&mixed(4), &["--key", OLD]);
    let steps = [
        (format!("key add {NEW}"), vec![OLD, NEW], OLD),
        (format!("key use {NEW}"), vec![NEW, OLD], NEW),
        (format!("key remove {OLD}"), vec![NEW], NEW),
    ];
    for (step, keys, primary) in steps {
        for at in 0..ring.nodes.len() {
            let mut reply = ring.agent(at).ask(&step);
            assert_eq!(reply["primary"], primary, "{reply}");
            let mut told: Vec<String> =
                serde_json::from_value(reply["keys"].take()).expect("they are texts");
            told.sort_unstable_by_key(|key| keys.iter().position(|known| known == key));
            assert_eq!(told, keys);
            speaks(&mut ring, &step);
        }
    }
    ring.meet();
    assert!(ring.unread("leave").is_empty(), "nobody was found dead");
}

#[test]
fn another_key_and_no_key_keep_both_kinds_out() {
    for (first, second) in [(GO, OURS), (OURS, GO)] {
        for (theirs, own) in [(Some(OLD), Some(NEW)), (Some(OLD), None), (None, Some(NEW))] {
            let flags = |key: Option<&'static str>| {
                let key = key.map(|key| ["--key", key]);
                let quick = ["--set", "stream_timeout=2s"];
                key.into_iter().flatten().chain(quick).collect::<Vec<_>>()
            };
            let mut ring = Ring::new(&[]);
            ring.add(first, &flags(theirs));
            let seed = ring.agent(0).addr().to_owned();
            let mut stranger = second.start("stranger", &flags(own));
            let reply = stranger.ask(&format!("join {seed}"));
            assert_eq!(reply["reached"], 0, "{first:?} {theirs:?}, {second:?} {own:?}: {reply}");
            assert!(ring.nodes[0].knows("stranger").is_null());
        }
    }
}

/// How a plain cluster becomes an encrypted one: each stage understands the next.
const STAGES: &[&[&str]] = &[
    &[],
    &["--key", OLD, "--verify-incoming", "false", "--verify-outgoing", "false"],
    &["--key", OLD, "--verify-incoming", "false"],
    &["--key", OLD],
];

#[test]
fn a_plain_cluster_becomes_an_encrypted_one_in_stages() {
    for stages in STAGES.windows(2) {
        for kinds in [[GO, OURS], [OURS, GO]] {
            let mut ring = Ring::new(&[]);
            for (kind, flags) in kinds.iter().zip(stages) {
                ring.add(*kind, flags);
            }
            ring.meet();
            speaks(&mut ring, "staged");
        }
    }
}

fn compresses(first: (Kind, &str), second: (Kind, &str)) {
    let long = "again and again ".repeat(4_000);
    let mut ring = Ring::new(&["--local-state", &long]);
    for (kind, algorithm) in [first, second] {
        ring.add(kind, &["--compress", algorithm]);
    }
    ring.meet();
    speaks(&mut ring, "again and again and again and again and again");
    for at in [0, 1] {
        let holds = |line: &serde_json::Value| line["event"] == "state";
        assert_eq!(ring.agent(at).wait_within(SPREAD, "state", holds)["text"], long.as_str());
    }
}

#[test]
fn lzw_on_one_side_only_is_read_by_the_other() {
    compresses((GO, "lzw"), (OURS, "none"));
    compresses((GO, "none"), (OURS, "lzw"));
    compresses((OURS, "lzw"), (GO, "lzw"));
}
