//! What every claim about a member has to pass before it is compared with what is known.

use core::ops::ControlFlow;

use super::cluster::Cluster;
use super::members::Slot;
use crate::types::{Address, Id, Incarnation};

/// Looks up the accused of an accusation and checks the number. `Break`: dropped, counted.
pub(super) fn accused<I: Id, A: Address>(
    cluster: &mut Cluster<I, A>,
    node: &I,
    incarnation: Incarnation,
) -> ControlFlow<(), Slot> {
    let Some(slot) = cluster.members.slot_of(node) else {
        cluster.counters.claims_unknown_member += 1;
        return ControlFlow::Break(());
    };
    let known = cluster.known(slot).map_or(Incarnation::default(), |(_, known)| known);
    // At the last number nobody can be accused: there would be none to answer with.
    if incarnation >= Incarnation::MAX_CLAIM || !plausible(known, incarnation) {
        cluster.counters.claims_bad_incarnation += 1;
        return ControlFlow::Break(());
    }
    ControlFlow::Continue(slot)
}

/// Whether an incarnation can be meant: an owner raises its own by one per refutation, so a jump of
/// a million is no accident, and the largest number could never be refuted. Of a stranger nothing
/// is known, which counts as 0: its number has the same bound, so that the true owner of a name
/// that somebody made up a claim for can still answer with a higher one.
pub(super) fn plausible(known: Incarnation, claimed: Incarnation) -> bool {
    let ahead = claimed.get().saturating_sub(known.get());
    claimed <= Incarnation::MAX_CLAIM && ahead <= INCARNATION_JUMP_MAX
}

/// How far a claim may be ahead of what is known of a member.
const INCARNATION_JUMP_MAX: u32 = 1 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_jump_of_a_million_is_refused_and_the_largest_number_always() {
        let at = Incarnation::new;
        assert!(plausible(at(5), at(5 + INCARNATION_JUMP_MAX)));
        assert!(!plausible(at(5), at(6 + INCARNATION_JUMP_MAX)));
        assert!(plausible(at(u32::MAX - 1), at(u32::MAX - 1)));
        assert!(!plausible(at(u32::MAX - 1), at(u32::MAX)));
        assert!(plausible(at(7), at(3)));
    }
}
