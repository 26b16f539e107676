use smol_str::{SmolStr, format_smolstr};

use super::*;
use crate::time::Instant;
use crate::types::{Incarnation, Meta, Node, StartId, State};

fn member(name: &str, state: State) -> Arc<Member<SmolStr, u64>> {
    Arc::new(Member {
        node: Node::new(name.into(), 1),
        meta: Meta::EMPTY,
        state,
        incarnation: Incarnation::new(1),
        start: StartId::default(),
        versions: None,
        since: Instant::ZERO,
        round_trip: None,
    })
}

fn table(n: usize, state: impl Fn(usize) -> State) -> (Members<SmolStr, u64>, Rng) {
    let mut rng = Rng::new(5);
    let mut members = Members::new(&mut rng);
    for i in 0..n {
        members.insert(member(&format_smolstr!("test{i}"), state(i)), &mut rng).unwrap();
    }
    (members, rng)
}

#[test]
fn a_slot_is_found_by_name_and_given_on_once_it_is_free() {
    let (mut members, mut rng) = table(100, |_| State::Alive);
    let slot = members.slot_of(&"test42".into()).unwrap();
    assert!(members.insert(member("test42", State::Alive), &mut rng).is_none(), "taken");
    assert_eq!(members.remove(slot).unwrap().id(), "test42");
    assert_eq!((members.len(), members.live()), (99, 99));
    assert_eq!(members.slot_of(&"test42".into()), None);
    assert_eq!(members.insert(member("new", State::Dead), &mut rng), Some(slot));
    assert_eq!((members.len(), members.live()), (100, 99));
    assert!(members.remove(1000).is_none());
}

#[test]
fn live_members_are_counted_through_every_change() {
    let (mut members, _) = table(3, |_| State::Alive);
    members.replace(1, member("test1", State::Dead)).unwrap();
    assert_eq!(members.live(), 2);
    members.replace(1, member("test1", State::Suspect)).unwrap();
    assert_eq!(members.live(), 3);
    members.remove(1).unwrap();
    assert_eq!(members.live(), 2);
}

/// Go's tests, KRandomNodes: 90 nodes, a third each alive, suspect and dead.
#[test]
fn picks_are_different_and_fit() {
    let states = [State::Alive, State::Suspect, State::Dead];
    let (members, mut rng) = table(90, |i| states[i % 3]);
    let fits = |slot, member: &Member<SmolStr, u64>| slot != 0 && member.state() == State::Alive;
    let picks: Vec<_> = (0..3).map(|_| members.pick(3, &mut rng, fits)).collect();
    assert!(picks[0] != picks[1] && picks[1] != picks[2] && picks[0] != picks[2], "{picks:?}");
    for mut pick in picks {
        assert!(pick.iter().all(|&slot| slot != 0 && slot % 3 == 0), "{pick:?}");
        pick.sort_unstable();
        pick.dedup();
        assert_eq!(pick.len(), 3);
    }
}

/// With eight nodes and only two that fit, exactly those two.
#[test]
fn all_that_fit_are_picked_when_there_are_few() {
    let states = [State::Alive, State::Suspect, State::Dead];
    let (members, mut rng) = table(8, |i| states[i % 3]);
    let fits = |slot, member: &Member<SmolStr, u64>| slot != 0 && member.state() == State::Alive;
    let mut pick = members.pick(3, &mut rng, fits);
    pick.sort_unstable();
    assert_eq!(pick, [3, 6]);
}

/// In a small ring each pair is as likely as any other.
#[test]
fn small_rings_are_picked_from_evenly() {
    let (members, mut rng) = table(5, |_| State::Alive);
    let mut times = [0u32; 5];
    for _ in 0..4_000 {
        for slot in members.pick(2, &mut rng, |slot, _| slot != 0) {
            times[slot as usize] += 1;
        }
    }
    assert_eq!(times[0], 0);
    assert!(times[1..].iter().all(|n| (1_850..2_150).contains(n)), "{times:?}");
}
