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

/// Names that there is room for while nothing happens.
const STAMPS_KEPT: usize = 16;

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

    /// Takes in one change of one record. `stamp` orders events: the first change of a member
    /// counts.
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
        self.forget(event.member().id());
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
            self.forget(id);
        }
    }

    fn forget(&mut self, id: &I) {
        self.stamps.remove(id);
        if self.changes.is_empty() && self.stamps.capacity() > STAMPS_KEPT {
            // A crowd that joined must not leave its table behind.
            self.stamps = HashMap::new();
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

    /// A goodbye in between is a restart, and so is another start id. Where start ids are not told,
    /// so is a death in between; where they are and agree, it was a false alarm.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Instant;
    use crate::types::{Incarnation, Meta, Node, StartId};

    type Record = Arc<Member<u64, u64>>;

    /// The record of member 1, as `describe` gives it: state, start id, address, metadata.
    fn record((state, start, address, meta): (State, u32, u64, &str)) -> Record {
        Arc::new(Member {
            node: Node::new(1, address),
            meta: Meta::try_from(meta).unwrap(),
            state,
            incarnation: Incarnation::new(1),
            start: StartId::new(start),
            versions: None,
            since: Instant::ZERO,
            round_trip: None,
        })
    }

    const UP: Option<(State, u32, u64, &str)> = Some((State::Alive, 7, 1, ""));
    const SUSPECT: Option<(State, u32, u64, &str)> = Some((State::Suspect, 7, 1, ""));
    const DEAD: Option<(State, u32, u64, &str)> = Some((State::Dead, 7, 1, ""));
    const LEFT: Option<(State, u32, u64, &str)> = Some((State::Left, 7, 1, ""));
    const OTHER_START: Option<(State, u32, u64, &str)> = Some((State::Alive, 8, 1, ""));
    const MOVED: Option<(State, u32, u64, &str)> = Some((State::Alive, 7, 2, ""));
    const META: Option<(State, u32, u64, &str)> = Some((State::Alive, 7, 1, "m"));
    const UP_UNTOLD: Option<(State, u32, u64, &str)> = Some((State::Alive, 0, 1, ""));
    const DEAD_UNTOLD: Option<(State, u32, u64, &str)> = Some((State::Dead, 0, 1, ""));
    const NONE: Option<(State, u32, u64, &str)> = None;

    /// What a reader gets that has seen the first of `records` and looks when the last one holds.
    fn fold(
        records: &[Option<(State, u32, u64, &str)>],
        kinds: EventKinds,
    ) -> Option<MemberEvent<u64, u64>> {
        let records: Vec<_> = records.iter().map(|text| text.map(record)).collect();
        let mut fold = Fold::new(kinds);
        for (stamp, pair) in records.windows(2).enumerate() {
            fold.push(stamp as u64, pair[0].as_ref(), pair[1].as_ref());
        }
        let event = fold.pop();
        assert!(fold.is_empty() && fold.stamps.is_empty());
        event
    }

    #[test]
    fn the_net_change_is_told_with_its_reason() {
        for (records, reason) in [
            (&[NONE, UP][..], Some(Reason::Joined)),
            (&[DEAD, UP], Some(Reason::Joined)),
            (&[LEFT, UP], Some(Reason::Joined)),
            (&[NONE, UP, SUSPECT, DEAD], None),
            (&[NONE, UP, DEAD, NONE], None),
            (&[NONE, UP, DEAD, UP], Some(Reason::Joined)),
            (&[NONE, DEAD], None),
            (&[DEAD, LEFT, NONE], None),
            (&[DEAD, UP, DEAD], None),
            (&[UP, SUSPECT], None),
            (&[UP, SUSPECT, DEAD], Some(Reason::Failed)),
            (&[UP, DEAD, NONE], Some(Reason::Failed)),
            (&[UP, NONE], Some(Reason::Failed)),
            (&[UP, LEFT], Some(Reason::Left)),
            (&[UP, LEFT, NONE], Some(Reason::Left)),
            (&[UP, DEAD, LEFT], Some(Reason::Left)),
            (&[UP, LEFT, UP], Some(Reason::Restarted)),
            (&[UP, LEFT, NONE, OTHER_START], Some(Reason::Restarted)),
            (&[UP, OTHER_START], Some(Reason::Restarted)),
            (&[UP, DEAD, OTHER_START], Some(Reason::Restarted)),
            (&[UP_UNTOLD, DEAD_UNTOLD, UP_UNTOLD], Some(Reason::Restarted)),
            (&[UP_UNTOLD, UP], None),
            (&[UP, DEAD, UP], None),
            (&[UP, MOVED], Some(Reason::Moved)),
            (&[UP, DEAD, MOVED], Some(Reason::Moved)),
            (&[UP, MOVED, UP], None),
            (&[UP, META], Some(Reason::Updated)),
            (&[UP, SUSPECT, META], Some(Reason::Updated)),
            (&[UP, META, UP], None),
            (&[UP, META, DEAD], Some(Reason::Failed)),
            (&[UP, UP], None),
        ] {
            let event = fold(records, EventKinds::default());
            assert_eq!(event.map(|event| event.reason), reason, "{records:?}");
        }
    }

    #[test]
    fn suspicions_are_told_to_those_who_asked() {
        for (records, reason) in [
            (&[UP, SUSPECT][..], Some(Reason::Suspected)),
            (&[SUSPECT, UP], Some(Reason::Refuted)),
            (&[UP, SUSPECT, UP], None),
            (&[UP, SUSPECT, DEAD], Some(Reason::Failed)),
        ] {
            let event = fold(records, EventKinds::all());
            assert_eq!(event.map(|event| event.reason), reason, "{records:?}");
        }
    }

    #[test]
    fn the_old_record_is_what_the_reader_knew_and_the_new_one_what_holds() {
        let event = fold(&[UP, MOVED, META], EventKinds::default()).unwrap();
        assert_eq!((event.old, event.new), (UP.map(record), META.map(record)));
        let forgotten = fold(&[UP, DEAD, NONE], EventKinds::default()).unwrap();
        assert_eq!((forgotten.old, forgotten.new), (UP.map(record), DEAD.map(record)));
        let rejoined = fold(&[UP, LEFT, NONE, UP], EventKinds::default()).unwrap();
        assert_eq!((rejoined.old, rejoined.new), (UP.map(record), UP.map(record)));
    }

    #[test]
    fn one_that_flaps_for_ever_takes_one_place() {
        let mut fold = Fold::new(EventKinds::default());
        let (up, dead) = (UP.map(record), DEAD.map(record));
        fold.push(0, None, up.as_ref());
        for stamp in 1..1_000 {
            fold.push(2 * stamp, up.as_ref(), dead.as_ref());
            fold.push(2 * stamp + 1, dead.as_ref(), up.as_ref());
            assert!(fold.changes.len() == 1 && fold.stamps.len() == 1);
        }
    }

    #[test]
    fn a_crowd_leaves_no_table_behind() {
        let mut fold = Fold::new(EventKinds::default());
        for number in 0..1_000 {
            let mut member = Member::clone(&UP.map(record).unwrap());
            member.node = Node::new(number, 1);
            fold.push(number, None, Some(&Arc::new(member)));
        }
        assert_eq!(core::iter::from_fn(|| fold.pop()).count(), 1_000);
        assert!(fold.stamps.capacity() <= STAMPS_KEPT, "{}", fold.stamps.capacity());
    }
}
