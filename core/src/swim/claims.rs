//! What every accusation of a member has to pass before it is compared with what is known.

use core::ops::ControlFlow;

use super::cluster::Cluster;
use super::members::Slot;
use crate::types::{Address, Id, Incarnation};

/// Looks up the accused of an accusation and checks the number. `Break`: dropped, counted.
///
/// How far a number is ahead of what is known says nothing: a member that is driven up refutes, and
/// whoever missed the steps has to believe it. But a claim at the last number cannot be refuted, so
/// only one that is known to be there is accused at it. When that one has started over, whoever
/// still holds it for gone cannot say so again to those who know it back.
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
    if incarnation == Incarnation::LAST && known != Incarnation::LAST {
        cluster.counters.claims_bad_incarnation += 1;
        return ControlFlow::Break(());
    }
    ControlFlow::Continue(slot)
}
