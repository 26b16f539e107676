//! Members that crash, freeze and come back.

use serde_json::Value;

use crate::harness::Agent;

#[test]
fn a_crash_is_found() {
    let mut a = Agent::start("a", &[]);
    let mut b = Agent::join("b", &mut a, &[]);
    let c = Agent::join("c", &mut a, &["--meta", "last words"]);
    b.event_of("join", "c");
    let addr = c.addr().to_owned();
    c.crash();
    for survivor in [&mut a, &mut b] {
        let leave = survivor.event_of("leave", "c");
        assert_eq!((&leave["state"], &leave["addr"]), (&"dead".into(), &addr.as_str().into()));
        assert_eq!(leave["meta"], "last words");
    }
}

#[test]
fn a_restart_under_the_same_name_and_port_is_a_member_with_its_new_meta() {
    let mut a = Agent::start("a", &[]);
    let mut b = Agent::join("b", &mut a, &["--meta", "first"]);
    // Its incarnation is now above that of a new start.
    assert_eq!(b.ask("meta second")["ok"], true);
    a.event_of("update", "b");
    let addr = b.addr().to_owned();
    b.crash();
    let _b = Agent::start_at(&addr, "b", &["--meta", "third", "--join", a.addr()]);
    a.wait("b with its new meta", |line| {
        let kind = &line["event"];
        (kind == "update" || kind == "join") && line["name"] == "b" && line["meta"] == "third"
    });
    let reply = a.ask("members");
    assert_eq!(reply["members"][1]["state"], "alive", "{reply}");
}

#[test]
fn two_of_one_name_are_a_conflict() {
    let mut a = Agent::start("a", &[]);
    let b = Agent::join("b", &mut a, &[]);
    let other = Agent::start("b", &["--join", a.addr()]);
    let conflict = a.event_of("conflict", "b");
    assert_eq!(conflict["addr"], b.addr());
    assert_eq!(conflict["other"], other.addr());
}

/// The pipe, the agent's own lines and the node's queue for the hook fill up one after the other;
/// what comes then is dropped and counted. The node itself goes on.
#[test]
fn a_member_whose_output_nobody_reads_stays_in_the_ring() {
    let (mut mute, read_on) = Agent::start_unread("mute", &[]);
    let mut a = Agent::start("a", &["--join", mute.addr()]);
    let mut b = Agent::start("b", &["--join", mute.addr()]);
    a.event_of("join", "mute");
    a.event_of("join", "b");
    b.event_of("join", "mute");
    let text = "x".repeat(200);
    for number in 0..3_000 {
        assert_eq!(a.ask(&format!("send-packet mute {number} {text}"))["ok"], true);
        if number % 100 == 99 {
            // The answer shows that what was sent before has been taken out of its socket.
            a.ask_until("ping mute", |pong| pong["name"] == "mute");
        }
    }
    let probes = |stats: &Value| stats["probes"].as_u64().expect("it is a number");
    for survivor in [&mut a, &mut b] {
        let before = probes(&survivor.ask("stats"));
        survivor.ask_until("stats", |stats| probes(stats) >= before + 10);
        survivor.ask_until("ping mute", |pong| pong["name"] == "mute");
        assert_eq!(survivor.unread("leave"), Vec::<Value>::new());
    }

    drop(read_on);
    for number in 0..1_000 {
        let message = mute.event("message");
        assert_eq!(message["text"], format!("{number} {text}"));
    }
    let dropped = mute.ask("stats")["hook_messages_dropped"].as_u64();
    assert!(dropped.is_some_and(|dropped| dropped > 0), "{dropped:?}: it was never held up");
}

#[cfg(unix)]
#[test]
fn a_frozen_member_is_declared_dead_comes_back_and_has_judged_nobody() {
    let mut a = Agent::start("a", &[]);
    let mut b = Agent::join("b", &mut a, &[]);
    let mut c = Agent::join("c", &mut a, &[]);
    b.event_of("join", "c");
    c.event_of("join", "b");
    c.signal("STOP");
    for other in [&mut a, &mut b] {
        assert_eq!(other.event_of("leave", "c")["state"], "dead");
    }
    c.signal("CONT");
    for other in [&mut a, &mut b] {
        other.event_of("join", "c");
    }
    assert_eq!(c.unread("leave"), Vec::<Value>::new());
}
