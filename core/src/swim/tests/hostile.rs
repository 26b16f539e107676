//! Numbers, names and sizes that nobody means: dropped, counted, and nothing changes.

use super::claims::{Message, alive, claim};
use super::harness::Lone;
use crate::types::State;
use crate::wire::Alive;

/// In Go an alive@0 about an unknown name leaves a dead member behind.
#[test]
fn alive_at_zero_creates_nobody() {
    let mut a = Lone::quiet();
    a.hear(alive("b", 0));
    a.expect_nothing();
    assert_eq!((a.view("b"), a.stat("claims_bad_incarnation")), (None, 1));
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
