//! Somebody is wrong about this node: raise the incarnation and say so (SWIM section 4.2).

use std::sync::Arc;

use super::cluster::Cluster;
use crate::types::{Address, Id, Incarnation, Member};
use crate::wire::{Accusation, Alive, Message};

/// Answers a wrong claim about this node at `accused` with an alive of a higher incarnation. Costs
/// one point of health (Lifeguard section IV.A): who must refute is slow or badly connected. A
/// claim at the last number costs nothing, for it comes again and again until it is forgotten.
pub(super) fn refute<I: Id, A: Address>(cluster: &mut Cluster<I, A>, accused: Incarnation) {
    cluster.counters.refutations += 1;
    if accused < Incarnation::LAST {
        cluster.health(1);
    }
    renew(cluster, accused, |_| {});
}

/// Raises the own incarnation above its present value and above `floor`, changes the own record and
/// gossips it. `false`: there is no number above, so nobody can be told of the change yet.
pub(super) fn renew<I: Id, A: Address>(
    cluster: &mut Cluster<I, A>,
    floor: Incarnation,
    change: impl FnOnce(&mut Member<I, A>),
) -> bool {
    let Some(above) = cluster.local().incarnation().max(floor).next() else {
        start_over(cluster, change);
        return false;
    };
    cluster.change(cluster.me, |member| {
        member.incarnation = above;
        change(member);
    });
    let local = Arc::clone(cluster.local());
    cluster.spread(local.id().cheap_clone(), &Message::Alive(Alive::from(&*local)));
    true
}

/// What is believed at the last number stays until it is forgotten. So this node says goodbye at
/// it, which wins over all, and whoever has forgotten it learns of it anew in a full exchange: at a
/// number that it had before, or, if the last one is its own, at the first.
fn start_over<I: Id, A: Address>(
    cluster: &mut Cluster<I, A>,
    change: impl FnOnce(&mut Member<I, A>),
) {
    let id = cluster.local().id().cheap_clone();
    let (node, from) = (id.cheap_clone(), id.cheap_clone());
    let goodbye = Accusation { incarnation: Incarnation::LAST, node, from };
    cluster.change(cluster.me, |member| {
        if member.incarnation == Incarnation::LAST {
            member.incarnation = Incarnation::FIRST;
        }
        change(member);
    });
    cluster.spread(id, &Message::Dead(goodbye));
}
