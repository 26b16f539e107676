//! One line for each change of a member's state.

use std::sync::Arc;

use super::fold::reason;
use crate::delegate::Reason;
use crate::types::{Address, Id, Member, Node};

/// The record of a member was replaced.
pub(super) fn member_changed<I: Id, A: Address>(
    old: Option<&Arc<Member<I, A>>>,
    new: Option<&Arc<Member<I, A>>>,
) {
    let (Some(reason), Some(member)) = (reason(old, new), new.or(old)) else { return };
    let (id, address) = (member.id(), member.address());
    let incarnation = member.incarnation();
    match reason {
        Reason::Joined => tracing::info!(member = %id, %address, %incarnation, "a member joined"),
        Reason::Failed => tracing::info!(member = %id, %address, %incarnation, "a member failed"),
        Reason::Left => tracing::info!(member = %id, %address, %incarnation, "a member left"),
        Reason::Restarted => {
            tracing::info!(member = %id, %address, %incarnation, "a member restarted");
        }
        Reason::Moved => tracing::info!(member = %id, %address, %incarnation, "a member moved"),
        Reason::Updated => {
            tracing::debug!(member = %id, %address, %incarnation, "a member changed its metadata");
        }
        Reason::Suspected => {
            tracing::info!(member = %id, %address, %incarnation, "a member is suspected");
        }
        Reason::Refuted => {
            tracing::info!(member = %id, %address, %incarnation, "a member refuted the suspicion");
        }
    }
}

/// Somebody claims the name of a live member from another address.
pub(super) fn conflict<I: Id, A: Address>(existing: &Member<I, A>, other: &Node<I, A>) {
    tracing::warn!(
        member = %existing.id(), address = %existing.address(), other = %other.address(),
        "two nodes have one name"
    );
}
