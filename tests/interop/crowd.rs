//! Full exchanges with a thousand members that were made up.

use std::borrow::Cow;

use memberlist::State;
use memberlist::wire::PushPull;
use memberlist::wire::RemoteState;
use memberlist::wire::StreamMessage;

use crate::client::claim;
use crate::client::encoded_stream;
use crate::client::exchange;
use crate::support::GO;
use crate::support::Kind;
use crate::support::OURS;
use crate::support::Ring;

const CROWD: usize = 1_000;

/// Nobody looks whether they are there.
const CREDULOUS: &[&str] = &[
    "--compress",
    "none",
    "--set",
    "probe_interval=1h",
    "--set",
    "gossip_interval=1h",
    "--set",
    "push_pull_interval=1h",
];

fn crowd() -> Vec<u8> {
    let state = |at: usize| {
        let mut claim = claim(&format!("member-{at}"), ([127, 0, 0, 1], 1).into(), 7);
        claim.meta = Cow::Owned(vec![b'm'; at % 512]);
        RemoteState { claim, state: State::Alive }
    };
    let states = (0..CROWD).map(state).collect();
    let user_state = Cow::Borrowed(&b""[..]);
    encoded_stream(&StreamMessage::PushPull(PushPull { join: false, states, user_state }))
}

/// `second` hears of the crowd from `first`, every member as it was told.
fn tells(first: Kind, second: Kind) {
    let mut ring = Ring::new(CREDULOUS);
    ring.add(first, &[]);
    exchange(ring.agent(0).addr(), &crowd()).expect("it answers and closes");
    let all = |reply: &serde_json::Value| {
        reply["members"].as_array().is_some_and(|members| members.len() > CROWD)
    };
    ring.agent(0).ask_within(crate::support::SPREAD, "members", all);
    ring.add(second, &[]);
    let reply = ring.agent(1).ask_within(crate::support::SPREAD, "members", all);
    let members = reply["members"].as_array().expect("it is a list");
    assert_eq!(members.len(), CROWD + 2);
    for at in 0..CROWD {
        let name = format!("member-{at}");
        let member = members.iter().find(|member| member["name"] == name.as_str());
        let member = member.expect("everybody is there");
        let meta = member["meta"].as_str().map(str::len);
        assert_eq!((&member["incarnation"], meta), (&7.into(), Some(at % 512)), "{name}");
        assert_eq!(member["versions"], serde_json::json!([1, 5, 2, 0, 0, 0]), "{name}");
    }
}

#[test]
fn go_tells_ours_of_a_thousand_members_within_10_s() {
    tells(GO, OURS);
}

#[test]
fn ours_tells_go_of_a_thousand_members_within_10_s() {
    tells(OURS, GO);
}
