//! The fold from "what the reader has seen" to "now".

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::delegate::Reason;
use crate::types::{Address, Id, Member, State};

/// A net change of one member, with the reason for it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MemberEvent<I, A> {
    /// Why it is told.
    pub reason: Reason,
    /// What the reader knew until now; `None` if it knew nothing.
    pub old: Option<Arc<Member<I, A>>>,
    /// What is known now; `None` only if it failed or left and is already forgotten.
    pub new: Option<Arc<Member<I, A>>>,
}

impl<I, A> MemberEvent<I, A> {
    /// The newest record there is of the member.
    pub fn member(&self) -> &Arc<Member<I, A>> {
        self.new.as_ref().or(self.old.as_ref()).expect("a change has an old or a new record")
    }
}

/// Which kinds of event a reader wants beside those of members that come, change and go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct EventKinds {
    /// [`Reason::Suspected`] and [`Reason::Refuted`]. False by default.
    pub suspicions: bool,
}

impl EventKinds {
    /// Every kind there is.
    pub const fn all() -> Self {
        Self { suspicions: true }
    }
}

/// Changes that one reader has not been told of yet, at most one for each member: its size is
/// bounded by the members that the reader has seen plus those that are there now.
pub(super) struct Fold<I, A> {
    kinds: EventKinds,
    changes: BTreeMap<u64, Change<I, A>>,
    stamps: HashMap<I, u64>,
}

/// What lies between the record that the reader has seen and the one that holds.
struct Change<I, A> {
    old: Option<Arc<Member<I, A>>>,
    new: Option<Arc<Member<I, A>>>,
    away: Away,
}

/// Whether the member was gone in between, and how.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Away {
    Never,
    Dead,
    Left,
}

impl<I: Id, A: Address> Fold<I, A> {
    pub(super) fn new(kinds: EventKinds) -> Self {
        Self { kinds, changes: BTreeMap::new(), stamps: HashMap::new() }
    }

    /// Takes in one change of one record. `stamp` orders events: the first change of a member counts.
    pub(super) fn push(
        &mut self,
        stamp: u64,
        old: Option<&Arc<Member<I, A>>>,
        new: Option<&Arc<Member<I, A>>>,
    ) {
        let Some(id) = new.or(old).map(|member| member.id()) else { return };
        match self.stamps.get(id).copied() {
            Some(stamp) => self.extend(id, stamp, new),
            None => self.begin(id, stamp, old, new),
        }
    }

    /// The oldest event.
    pub(super) fn pop(&mut self) -> Option<MemberEvent<I, A>> {
        let (_, change) = self.changes.pop_first()?;
        let reason = change.reason(self.kinds)?;
        let event = MemberEvent { reason, old: change.old, new: change.new };
        self.stamps.remove(event.member().id());
        Some(event)
    }

    /// The stamp of the oldest event.
    pub(super) fn first(&self) -> Option<u64> {
        self.changes.first_key_value().map(|(stamp, _)| *stamp)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    fn begin(
        &mut self,
        id: &I,
        stamp: u64,
        old: Option<&Arc<Member<I, A>>>,
        new: Option<&Arc<Member<I, A>>>,
    ) {
        let mut change = Change { old: old.cloned(), new: None, away: Away::Never };
        change.pass(new);
        if change.reason(self.kinds).is_some() {
            self.stamps.insert(id.cheap_clone(), stamp);
            self.changes.insert(stamp, change);
        }
    }

    fn extend(&mut self, id: &I, stamp: u64, new: Option<&Arc<Member<I, A>>>) {
        let Some(change) = self.changes.get_mut(&stamp) else { return };
        change.pass(new);
        if change.reason(self.kinds).is_none() {
            self.changes.remove(&stamp);
            self.stamps.remove(id);
        }
    }
}

/// Why one change of one record is worth telling.
pub(super) fn reason<I: Id, A: Address>(
    old: Option<&Arc<Member<I, A>>>,
    new: Option<&Arc<Member<I, A>>>,
) -> Option<Reason> {
    let mut change = Change { old: old.cloned(), new: None, away: Away::Never };
    change.pass(new);
    change.reason(EventKinds::all())
}

impl<I: Id, A: Address> Change<I, A> {
    fn pass(&mut self, new: Option<&Arc<Member<I, A>>>) {
        let away = match new.map(|member| member.state()) {
            Some(State::Alive | State::Suspect) => Away::Never,
            Some(State::Left) => Away::Left,
            Some(State::Dead) | None => Away::Dead,
        };
        self.away = self.away.max(away);
        // Once it is forgotten, its last record still tells how it went.
        let is_gone = self.new.as_ref().is_some_and(|member| member.state().is_gone());
        if new.is_some() || !is_gone {
            self.new = new.cloned();
        }
    }

    /// Why the change is worth telling; `None` if nothing is left of it.
    fn reason(&self, kinds: EventKinds) -> Option<Reason> {
        let live = |member: &'_ &Arc<Member<I, A>>| member.state().is_live();
        match (self.old.as_ref().filter(live), self.new.as_ref().filter(live)) {
            (None, None) => None,
            (None, Some(_)) => Some(Reason::Joined),
            (Some(_), None) if self.away == Away::Left => Some(Reason::Left),
            (Some(_), None) => Some(Reason::Failed),
            (Some(old), Some(new)) if self.is_restart(old, new) => Some(Reason::Restarted),
            (Some(old), Some(new)) => difference(old, new, kinds),
        }
    }

    /// A goodbye in between is a restart, and so is another start id. Where start ids are not told, so
    /// is a death in between; where they are and agree, it was a false alarm.
    fn is_restart(&self, old: &Member<I, A>, new: &Member<I, A>) -> bool {
        let told = old.start().get() != 0 && new.start().get() != 0;
        match self.away {
            Away::Left => true,
            _ if told => old.start() != new.start(),
            Away::Dead => true,
            Away::Never => false,
        }
    }
}

fn difference<I, A: Address>(
    old: &Member<I, A>,
    new: &Member<I, A>,
    kinds: EventKinds,
) -> Option<Reason> {
    if !old.address().same_place(new.address()) {
        return Some(Reason::Moved);
    }
    if old.meta() != new.meta() || old.versions() != new.versions() {
        return Some(Reason::Updated);
    }
    match (old.state(), new.state()) {
        (State::Alive, State::Suspect) if kinds.suspicions => Some(Reason::Suspected),
        (State::Suspect, State::Alive) if kinds.suspicions => Some(Reason::Refuted),
        _ => None,
    }
}
