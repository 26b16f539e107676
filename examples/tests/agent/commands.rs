//! One line in, one reply out.

use crate::harness::Agent;

#[test]
fn messages_go_to_one_member_over_either_plane() {
    let mut a = Agent::start("a", &[]);
    let mut b = Agent::join("b", &mut a, &[]);
    assert_eq!(a.ask("send b over a stream")["ok"], true);
    assert_eq!(b.event("message")["text"], "over a stream");
    // One packet may be lost, on loopback it is not.
    assert_eq!(b.ask("send-packet a in a packet")["ok"], true);
    let message = a.event("message");
    assert_eq!(message["text"], "in a packet");
    assert!(message["at_ms"].is_u64(), "{message}");
}

fn an_empty_text_is_printed_however_it_goes(wire: &str) {
    let mut a = Agent::start("a", &["--wire", wire]);
    let mut b = Agent::join("b", &mut a, &["--wire", wire]);
    for line in ["send b", "send-packet b", "broadcast"] {
        assert_eq!(a.ask(line)["ok"], true, "{line}");
        assert_eq!(b.event("message")["text"], "", "{line}");
    }
}

#[test]
fn an_empty_text_is_a_message() {
    an_empty_text_is_printed_however_it_goes("lpe");
}

#[test]
fn an_empty_text_is_a_message_in_the_go_format() {
    an_empty_text_is_printed_however_it_goes("msgpack");
}

#[test]
fn a_ping_tells_the_round_trip_time() {
    let mut a = Agent::start("a", &[]);
    let _b = Agent::join("b", &mut a, &[]);
    let pong = a.ask("ping b");
    assert_eq!(pong["name"], "b");
    assert!(pong["rtt_us"].as_u64().is_some_and(|rtt| rtt > 0), "{pong}");
}

#[test]
fn what_fails_says_why() {
    let mut a = Agent::start("a", &[]);
    for (line, expected) in [
        ("send nobody x", "nobody"),
        ("send-packet nobody x", "nobody"),
        ("ping nobody", "nobody"),
        ("join", "join ADDR"),
        ("leave soon", "leave [SECONDS]"),
        ("key list", "--key"),
        ("key turn", "key add|use|remove"),
        ("jump", "members, join ADDR"),
    ] {
        let reply = a.ask(line);
        let error = reply["error"].as_str().unwrap_or_default();
        assert!(error.contains(expected) && reply["ok"].is_null(), "{line}: {reply}");
    }
    let meta = format!("meta {}", "x".repeat(513));
    assert!(a.ask(&meta)["error"].as_str().is_some_and(|error| error.contains("512")));
    let packet = format!("broadcast {}", "x".repeat(2_000));
    assert!(a.ask(&packet)["error"].is_string());
    assert_eq!(a.ask("members")["members"][0]["meta"], "", "nothing of this has changed it");
}

/// Such a line is not the end of the input.
#[test]
fn a_line_that_is_no_text_is_a_line() {
    let mut a = Agent::start("a", &[]);
    a.tell_bytes(b"meta gr\xfcn");
    assert_eq!(a.wait("meta", |line| line["reply"] == "meta")["ok"], true);
    assert_eq!(a.ask("members")["members"][0]["meta"], "gr\u{fffd}n");
}

#[test]
fn a_seed_that_nobody_answers_at_is_named() {
    let mut a = Agent::start("a", &[]);
    let gone = Agent::start("gone", &[]);
    let addr = gone.addr().to_owned();
    gone.crash();
    let reply = a.ask(&format!("join {addr}"));
    assert_eq!(reply["reached"], 0);
    assert_eq!(reply["errors"][0]["seed"], addr.as_str());
    assert!(reply["errors"][0]["error"].is_string() && reply["error"].is_string(), "{reply}");
}

#[test]
fn names_of_hosts_are_looked_up() {
    let mut a = Agent::start("a", &[]);
    let port = a.addr().rsplit_once(':').expect("it has a port").1.to_owned();
    let mut b = Agent::start("b", &["--join", &format!("localhost:{port}")]);
    assert_eq!(b.event("joined")["reached"], 1);
    a.event_of("join", "b");
}

#[test]
fn stats_tell_the_health_score_and_counters() {
    let mut a = Agent::start("a", &[]);
    let _b = Agent::join("b", &mut a, &[]);
    let stats = a.ask_until("stats", |stats| stats["packets_received"].as_u64() > Some(0));
    assert_eq!((&stats["health"], &stats["members"]), (&0.into(), &2.into()));
}
