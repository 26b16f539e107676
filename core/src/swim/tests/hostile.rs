//! Numbers, names and sizes that nobody means: dropped, counted, and nothing changes.

use super::claims::{Message, alive, claim, dead, suspect};
use super::harness::Lone;
use crate::types::State;
use crate::wire::Alive;

const JUMP: u32 = 1 << 20;

/// In Go an alive@0 about an unknown name leaves a dead member behind.
#[test]
fn alive_at_zero_creates_nobody() {
    let mut a = Lone::quiet();
    a.hear(alive("b", 0));
    a.expect_nothing();
    assert_eq!((a.view("b"), a.stat("claims_bad_incarnation")), (None, 1));
}

#[test]
fn numbers_far_ahead_of_what_is_known_are_refused() {
    let mut a = Lone::knowing(&["b"]);
    for claim in [alive("b", JUMP + 2), suspect("b", JUMP + 2, "z"), dead("b", JUMP + 2, "z")] {
        a.hear(claim);
    }
    for claim in [alive("a", JUMP + 2), suspect("a", JUMP + 2, "z"), dead("a", u32::MAX, "z")] {
        a.hear(claim);
    }
    assert_eq!(a.events(), [""; 0]);
    assert_eq!(a.stat("claims_bad_incarnation"), 6);
    a.hear(suspect("b", JUMP + 1, "z"));
    assert_eq!(a.view("b"), Some((State::Suspect, JUMP + 1)));
}

/// In Go a refutation of 2^32 - 1 comes out as 0, and nothing can be refuted after it. Here the
/// last number but one is the highest that an owner uses, and nobody can be accused at it.
#[test]
fn numbers_end_without_wrapping() {
    let mut a = Lone::quiet();
    let mut accused = 1;
    while accused < u32::MAX - 2 {
        accused = accused.saturating_add(JUMP).min(u32::MAX - 2);
        a.hear(suspect("a", accused, "z"));
        assert_eq!(a.view("a"), Some((State::Alive, accused + 1)));
        accused += 1;
    }
    a.ignore();
    for last in [suspect("a", u32::MAX - 1, "z"), dead("a", u32::MAX, "z")] {
        a.hear(last);
    }
    assert_eq!(a.view("a"), Some((State::Alive, u32::MAX - 1)));
    a.act(|swim, now| swim.update_meta(now, crate::swim::Token(1), crate::types::Meta::EMPTY));
    assert_eq!(a.view("a"), Some((State::Alive, u32::MAX - 1)));
}

/// Metadata has 512 bytes at most; Go takes 5,000.
#[test]
fn metadata_over_its_limit_is_refused() {
    let mut a = Lone::knowing(&["b"]);
    for (name, incarnation) in [("b", 2), ("c", 1)] {
        let meta = vec![7; 513].into();
        a.hear(Message::Alive(Alive { meta, ..claim(name, incarnation) }));
    }
    a.expect_nothing();
    assert_eq!((a.view("b"), a.view("c")), (Some((State::Alive, 1)), None));
    assert_eq!(a.stat("claims_bad_meta"), 2);
    a.hear(Message::Alive(Alive { meta: vec![7; 512].into(), ..claim("c", 1) }));
    assert_eq!(a.view("c"), Some((State::Alive, 1)));
}

/// A stranger's number has the same bound, so that whoever the name belongs to can answer.
#[test]
fn strangers_are_taken_at_numbers_that_can_be_answered() {
    let mut a = Lone::quiet();
    a.hear(alive("b", JUMP));
    a.hear(alive("c", JUMP + 1));
    assert_eq!(a.view("b"), Some((State::Alive, JUMP)));
    assert_eq!(a.view("c"), None);
}
