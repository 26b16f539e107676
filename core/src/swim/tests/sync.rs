//! Full exchanges: the Go suite's `MergeState`, `PushPull` and `VerifyProtocol`, and what it leaves
//! out.

use core::time::Duration;

use smol_str::SmolStr;

use super::claims::{address, alive, claim, dead, left, remote, suspect};
use super::harness::{Deed, Lone, millis, secs};
use crate::config::Options;
use crate::time::Instant;
use crate::types::{State, Versions};
use crate::wire::{Alive, RemoteState};

fn merge(a: &mut Lone, states: &[RemoteState<'static, SmolStr, u64>]) {
    a.act(|swim, now| states.iter().for_each(|state| swim.handle_remote_state(now, state, false)));
}

/// Here: b suspect@1, c and d alive@1. There: b alive@2, c suspect@1, d dead@1, e alive@2. Result:
/// b alive@2, c suspect@1, d suspect@1 (a reported death is only a suspicion), e alive@2; of all
/// events one is a join, e's.
#[test]
fn merge_state() {
    let mut a = Lone::knowing(&["b", "c", "d"]);
    a.hear(suspect("b", 1, "z"));
    a.ignore();
    let there = [
        remote("b", 2, State::Alive),
        remote("c", 1, State::Suspect),
        remote("d", 1, State::Dead),
        remote("e", 2, State::Alive),
    ];
    merge(&mut a, &there);
    assert_eq!(
        a.events(),
        [
            "b: suspect@1 > alive@2",
            "c: alive@1 > suspect@1",
            "d: alive@1 > suspect@1",
            "e: unknown > alive@2"
        ]
    );
}

#[test]
fn a_reported_goodbye_is_believed_and_of_strangers_only_the_living_are() {
    let mut a = Lone::knowing(&["b"]);
    merge(&mut a, &[remote("b", 1, State::Left)]);
    assert_eq!(a.events(), ["b: alive@1 > left@1"]);
    assert_eq!(a.news(), [left("b", 1)]);
    merge(&mut a, &[remote("c", 1, State::Left), remote("d", 1, State::Dead)]);
    merge(&mut a, &[remote("e", 1, State::Suspect)]);
    a.expect_nothing();
}

/// Who comes back under its old name hears in the first exchange how it is remembered.
#[test]
fn what_is_reported_of_me_is_refuted() {
    for state in [State::Suspect, State::Dead, State::Left] {
        let mut a = Lone::quiet();
        merge(&mut a, &[remote("a", 6, state)]);
        assert_eq!(a.view("a"), Some((State::Alive, 7)), "{state}");
    }
}

fn push_pulls(a: &mut Lone) -> Vec<u64> {
    let partner = |deed: Deed| match deed {
        Deed::PushPull { to } => Some(*to.address()),
        _ => None,
    };
    a.actions().into_iter().filter_map(partner).collect()
}

/// First at a random moment of the interval, then once per interval, which is stretched: 30 s up to
/// 32 members, 60 s from 33, 90 s from 65.
#[test]
fn exchanges_come_at_their_interval() {
    for (members, period) in [(2, 30), (32, 30), (33, 60), (64, 60), (65, 90)] {
        let mut first = Vec::new();
        for seed in 1..=20 {
            let mut options = Options::lan();
            options.gossip_interval = Duration::ZERO;
            let mut a = Lone::start("a", options, seed, Instant::ZERO);
            let names: Vec<_> = (1..members).map(|i| format!("n{i}")).collect();
            for name in &names {
                a.hear(alive(name, 1));
            }
            let mut times = Vec::new();
            a = a.unprobing();
            for _ in 0..3 {
                a.step();
                times.extend(push_pulls(&mut a).iter().map(|_| a.now));
            }
            first.push(times[0]);
            assert!(times[0] < Instant::from_millis(30_000));
            assert_eq!(times[1] - times[0], secs(period), "{members}");
            assert_eq!(times[2] - times[1], secs(period), "{members}");
        }
        first.sort_unstable();
        first.dedup();
        assert_eq!(first.len(), 20, "each node has its own moment");
    }
}

/// One other that is alive, each as often as any other.
#[test]
fn exchanges_are_with_the_living_and_with_all_of_them() {
    let mut a = Lone::with(|options| options.push_pull_interval = millis(1_000))
        .and(&["b", "c", "d", "e", "f", "g"])
        .unprobing();
    a.hear(suspect("e", 1, "z"));
    a.hear(dead("f", 1, "z"));
    a.hear(left("g", 1));
    a.wait(millis(3_000));
    let early = push_pulls(&mut a);
    assert_eq!(early.len(), 3);
    let mut times = [0; 8];
    for _ in 0..3_000 {
        a.wait(millis(1_000));
        for partner in push_pulls(&mut a) {
            times[partner as usize] += 1;
        }
    }
    let living = [address("b"), address("c"), address("d")].map(|name| times[name as usize]);
    assert_eq!(living.iter().sum::<i32>(), 3_000, "{times:?}");
    assert!(living.iter().all(|n| (900..1_100).contains(n)), "{times:?}");
    assert!(early.iter().all(|&partner| partner <= address("d")));
}

#[test]
fn alone_there_is_nobody_to_exchange_with() {
    let mut a = Lone::with(|options| options.push_pull_interval = millis(100));
    a.wait(secs(10));
    assert_eq!(push_pulls(&mut a), []);
}

fn speaking(
    name: &str,
    protocol: [u8; 3],
    delegate: [u8; 3],
) -> RemoteState<'static, SmolStr, u64> {
    let [protocol_min, protocol_max, protocol] = protocol;
    let [delegate_min, delegate_max, delegate] = delegate;
    let versions =
        Versions { protocol_min, protocol_max, protocol, delegate_min, delegate_max, delegate };
    let claim = Alive { versions: Some(versions), ..claim(name, 1) };
    RemoteState { claim, state: State::Alive }
}

/// Five cases, each as every member of A judges B and every member of B judges A, for protocol and
/// for delegate versions: min, max, in use. In Go the fourth is refused, for a third party; here it
/// is only that one which cannot be believed where it does not fit.
#[test]
fn verify_protocol() {
    type Side = &'static [[u8; 3]];
    let cases: [(&str, Side, Side, bool); 5] = [
        ("identical", &[[1, 2, 2]], &[[1, 2, 2]], true),
        ("one wider", &[[1, 3, 2]], &[[1, 4, 3], [1, 3, 3]], true),
        ("one outside", &[[1, 3, 2]], &[[4, 5, 4]], false),
        ("outside by a third", &[[1, 5, 4], [1, 5, 3]], &[[1, 5, 4], [4, 5, 4]], true),
        ("mixed, overlapping", &[[1, 5, 3], [2, 4, 4]], &[[3, 5, 4], [1, 4, 3]], true),
    ];
    for (case, one, other, fits) in cases {
        for (here, there) in [(one, other), (other, one)] {
            for me in here {
                for delegate in [false, true] {
                    assert_eq!(verified(*me, there, delegate), fits, "{case} {me:?} {delegate}");
                }
            }
        }
    }
}

fn verified(me: [u8; 3], there: &[[u8; 3]], delegate: bool) -> bool {
    let wide = [1, 5, 4];
    let state = |name: &str, range| {
        if delegate { speaking(name, wide, range) } else { speaking(name, range, wide) }
    };
    let a = speaking_node(state("a", me).claim.versions);
    let there: Vec<_> =
        (50..).zip(there).map(|(i, &range)| state(&format!("n{i}"), range)).collect();
    a.swim.check_versions(&there).is_ok()
}

/// A node that speaks these.
fn speaking_node(versions: Option<Versions>) -> Lone {
    let mut a = Lone::quiet();
    let me = a.swim.cluster.me;
    a.swim.cluster.change(me, |member| member.versions = versions);
    a.ignore();
    a
}

/// Two made-up members that both fit this node, and not each other: in Go, and everywhere if all
/// had to fit all, nobody could join any more.
#[test]
fn members_that_do_not_fit_each_other_keep_nobody_out() {
    let ghosts = [speaking("g", [1, 5, 5], [0; 3]), speaking("h", [1, 2, 2], [0; 3])];
    let mut a = Lone::quiet();
    merge(&mut a, &ghosts);
    assert!(a.view("g").is_some() && a.view("h").is_some());
    let newcomer = speaking("e", [1, 5, 3], [0; 3]);
    assert_eq!(a.swim.check_versions(std::slice::from_ref(&newcomer)), Ok(()));
    merge(&mut a, std::slice::from_ref(&newcomer));
    assert!(a.view("e").is_some());

    let mut e = speaking_node(newcomer.claim.versions);
    for order in [[0, 1, 2], [1, 2, 0], [2, 0, 1]] {
        let told = [ghosts[0].clone(), ghosts[1].clone(), remote("b", 1, State::Alive)];
        let told = order.map(|at: usize| told[at].clone());
        assert_eq!(e.swim.check_versions(&told), Ok(()));
        merge(&mut e, &told);
    }
    assert!(e.view("b").is_some() && e.view("g").is_some());
    assert_eq!((e.view("h"), e.stat("claims_bad_versions")), (None, 3), "it does not know 3");
}

/// The other side is in its own table: if nobody there fits, it does not.
#[test]
fn one_that_does_not_fit_is_refused_in_words() {
    let a = Lone::quiet();
    let refused = Err("b speaks protocol 5 and understands 5 to 5, \
                       delegate protocol 9 and understands 9 to 9; \
                       this node speaks protocol 2 and understands 1 to 5, \
                       delegate protocol 0 and understands 0 to 0"
        .to_owned());
    let odd = speaking("b", [5, 5, 5], [9, 9, 9]);
    let also_odd = speaking("c", [1, 5, 2], [1, 1, 1]);
    let gone = remote("d", 1, State::Left);
    let me = remote("a", 1, State::Alive);
    assert_eq!(a.swim.check_versions(std::slice::from_ref(&odd)), refused);
    assert_eq!(a.swim.check_versions(&[me, gone, odd.clone(), also_odd]), refused);
    assert_eq!(a.swim.check_versions(&[odd, remote("c", 1, State::Alive)]), Ok(()));
}

/// In Go one that is dead, or never told its versions, makes every exchange fail until it is
/// forgotten.
#[test]
fn only_the_living_that_told_their_versions_have_a_say() {
    let a = Lone::quiet();
    let odd = speaking("b", [5, 5, 5], [9, 9, 9]);
    assert!(a.swim.check_versions(std::slice::from_ref(&odd)).is_err());
    for state in [State::Suspect, State::Dead, State::Left] {
        let odd = RemoteState { state, ..odd.clone() };
        assert!(a.swim.check_versions(&[odd]).is_ok());
    }
    let silent =
        RemoteState { claim: Alive { versions: None, ..odd.claim.clone() }, ..odd.clone() };
    assert!(a.swim.check_versions(&[silent]).is_ok());
}

/// One made-up claim by packet must not make every exchange fail: who does not fit is no member.
#[test]
fn a_member_whose_versions_do_not_fit_is_none() {
    let mut a = Lone::quiet();
    for (name, protocol, delegate) in
        [("b", [5, 5, 5], [0; 3]), ("c", [1, 5, 6], [0; 3]), ("d", [1, 5, 2], [9, 9, 9])]
    {
        merge(&mut a, &[speaking(name, protocol, delegate)]);
        assert_eq!(a.view(name), None);
    }
    assert_eq!(a.stat("claims_bad_versions"), 3);
    assert!(a.swim.check_versions(&[remote("e", 1, State::Alive)]).is_ok());
    merge(&mut a, &[speaking("e", [2, 4, 4], [0; 3])]);
    assert!(a.view("e").is_some());
}
