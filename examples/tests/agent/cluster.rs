//! Members that come, change and go.

use serde_json::Value;

use crate::harness::Agent;

fn two_meet_and_part(runtime: &str) {
    let flags = ["--runtime", runtime];
    let mut a = Agent::start("a", &[&flags[..], &["--meta", "old"]].concat());
    let mut b = Agent::start("b", &[&flags[..], &["--join", a.addr()]].concat());
    let joined = b.event("joined");
    assert_eq!(
        joined,
        serde_json::json!({
            "event": "joined", "requested": 1, "reached": 1, "errors": []
        })
    );
    let seen = b.event_of("join", "a");
    assert_eq!((&seen["addr"], &seen["meta"]), (&a.addr().into(), &"old".into()));
    assert!(seen["at_ms"].is_u64(), "{seen}");
    assert_eq!(a.event_of("join", "b")["addr"], b.addr());

    assert_eq!(a.ask("meta new and longer")["ok"], true);
    assert_eq!(b.event_of("update", "a")["meta"], "new and longer");

    assert_eq!(b.ask("leave 10")["ok"], true);
    assert_eq!(a.event_of("leave", "b")["state"], "left");
    let own = &b.ask("members")["members"][0];
    assert_eq!((&own["name"], &own["state"]), (&"b".into(), &"left".into()));

    assert_eq!(b.ask(&format!("join {}", a.addr()))["reached"], 1);
    a.event_of("join", "b");
    b.tell("quit");
    assert_eq!(a.event_of("leave", "b")["state"], "left");
    let (status, stopped) = b.end();
    assert!(status.success() && stopped, "{status}");
}

#[test]
fn two_meet_and_part_on_tokio() {
    two_meet_and_part("tokio");
}

#[test]
fn two_meet_and_part_on_smol() {
    two_meet_and_part("smol");
}

#[test]
fn two_meet_and_part_on_async_std() {
    two_meet_and_part("async-std");
}

#[test]
fn five_know_one_another_and_hear_a_broadcast_once() {
    let names = ["a", "b", "c", "d", "e"];
    let first = Agent::start("a", &[]);
    let seed = first.addr().to_owned();
    let mut agents = vec![first];
    let rest = names[1..].iter().map(|name| Agent::start(name, &["--join", &seed]));
    agents.extend(rest);
    for (agent, own) in agents.iter_mut().zip(names) {
        for other in names.iter().filter(|name| **name != own) {
            agent.event_of("join", other);
        }
    }

    assert_eq!(agents[2].ask("broadcast hello  world")["ok"], true);
    for (agent, own) in agents.iter_mut().zip(names) {
        if own != "c" {
            assert_eq!(agent.event("message")["text"], "hello  world");
        }
    }
    // A second broadcast shows that the first came once: whoever passes it on again does so before.
    assert_eq!(agents[3].ask("broadcast again")["ok"], true);
    for (agent, own) in agents.iter_mut().zip(names) {
        if own != "d" {
            assert_eq!(agent.event("message")["text"], "again");
        }
        assert_eq!(agent.unread("message"), Vec::<Value>::new(), "{own}");
    }
}

#[test]
fn members_lists_itself_first_then_the_others_by_name() {
    let mut c = Agent::start("c", &["--meta", "caf\u{e9}"]);
    let mut a = Agent::join("a", &mut c, &[]);
    let _b = Agent::join("b", &mut c, &[]);
    a.event_of("join", "b");
    let reply = c.ask("members");
    let members = reply["members"].as_array().expect("it is a list");
    let names: Vec<_> = members.iter().map(|member| member["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["c", "a", "b"]);
    assert_eq!(
        members[0],
        serde_json::json!({
            "name": "c", "addr": c.addr(), "meta": "café", "state": "alive", "incarnation": 1,
            "versions": [1, 5, 2, 0, 0, 0]
        })
    );
}

#[test]
fn another_label_keeps_clusters_apart() {
    let a = Agent::start("a", &["--label", "red"]);
    let mut b = Agent::start("b", &["--label", "blue", "--join", a.addr()]);
    let joined = b.event("joined");
    assert_eq!(joined["reached"], 0);
    assert_eq!(joined["errors"][0]["seed"], a.addr());
    let error = joined["errors"][0]["error"].as_str().unwrap_or_default();
    assert!(error.contains("`blue` is not `red`"), "{joined}");
}
