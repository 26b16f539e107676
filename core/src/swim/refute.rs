//! Somebody is wrong about this node: raise the incarnation and say so (SWIM section 4.2).

use std::sync::Arc;

use super::cluster::Cluster;
use crate::types::{Address, Id, Incarnation, Member};
use crate::wire::{Alive, Message};

/// Answers a wrong claim about this node at `accused` with an alive of a higher incarnation. Costs
/// one point of health (Lifeguard section IV.A): who must refute is slow or badly connected.
pub(super) fn refute<I: Id, A: Address>(cluster: &mut Cluster<I, A>, accused: Incarnation) {
    cluster.counters.refutations += 1;
    cluster.health(1);
    renew(cluster, accused, |_| {});
}

/// Raises the own incarnation above its present value and above `floor`, changes the own record and
/// gossips it.
pub(super) fn renew<I: Id, A: Address>(
    cluster: &mut Cluster<I, A>,
    floor: Incarnation,
    change: impl FnOnce(&mut Member<I, A>),
) {
    cluster.change(cluster.me, |member| {
        member.incarnation = member.incarnation.max(floor).next();
        change(member);
    });
    let local = Arc::clone(cluster.local());
    cluster.spread(local.id().cheap_clone(), &Message::Alive(Alive::from(&*local)));
}
