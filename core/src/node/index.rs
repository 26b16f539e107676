//! The read side: every member as of the last change, under a lock that is held only to copy
//! `Arc`s. Of the user's code only `Hash` and `Eq` of its ids run under it.

use core::hash::BuildHasher;
use std::hash::RandomState;
use std::sync::Arc;

use hashbrown::HashTable;
use hashbrown::hash_table::Entry;
use parking_lot::RwLock;

use crate::types::{Id, Member};

/// All members by id. Written by the driver alone, in O(1) per change.
pub(super) struct Index<I, A> {
    hasher: RandomState,
    local: I,
    table: RwLock<Table<I, A>>,
}

struct Table<I, A> {
    members: HashTable<Arc<Member<I, A>>>,
    local: Arc<Member<I, A>>,
    live: usize,
}

impl<I: Id, A> Index<I, A> {
    /// An index without members. `local` is what is known of this node before it has begun.
    pub(super) fn new(local: Arc<Member<I, A>>) -> Self {
        let id = local.id().cheap_clone();
        let table = Table { members: HashTable::new(), local, live: 0 };
        Self { hasher: RandomState::new(), local: id, table: RwLock::new(table) }
    }

    /// The record of `id` is now `new`; `None` forgets it.
    pub(super) fn set(&self, id: &I, new: Option<&Arc<Member<I, A>>>) {
        let hash = self.hasher.hash_one(id);
        let is_local = *id == self.local;
        let replaced = {
            let mut table = self.table.write();
            if let Some(local) = new.filter(|_| is_local) {
                table.local = Arc::clone(local);
            }
            table.replace(id, hash, new, |id| self.hasher.hash_one(id))
        };
        // The old record is freed after the lock is released.
        drop(replaced);
    }

    pub(super) fn get(&self, id: &I) -> Option<Arc<Member<I, A>>> {
        let hash = self.hasher.hash_one(id);
        self.table.read().members.find(hash, |member| member.id() == id).cloned()
    }

    pub(super) fn local(&self) -> Arc<Member<I, A>> {
        Arc::clone(&self.table.read().local)
    }

    /// Members that are alive or suspect.
    pub(super) fn live_count(&self) -> usize {
        self.table.read().live
    }

    pub(super) fn live(&self) -> Vec<Arc<Member<I, A>>> {
        let table = self.table.read();
        let mut members = Vec::with_capacity(table.live);
        members.extend(table.members.iter().filter(|member| member.state().is_live()).cloned());
        members
    }

    pub(super) fn all(&self) -> Vec<Arc<Member<I, A>>> {
        self.table.read().members.iter().cloned().collect()
    }
}

impl<I: Id, A> Table<I, A> {
    fn replace(
        &mut self,
        id: &I,
        hash: u64,
        new: Option<&Arc<Member<I, A>>>,
        rehash: impl Fn(&I) -> u64,
    ) -> Option<Arc<Member<I, A>>> {
        let same = |member: &Arc<Member<I, A>>| member.id() == id;
        let entry = self.members.entry(hash, same, |member| rehash(member.id()));
        let old = match (entry, new) {
            (Entry::Occupied(mut slot), Some(new)) => {
                Some(core::mem::replace(slot.get_mut(), Arc::clone(new)))
            }
            (Entry::Occupied(slot), None) => Some(slot.remove().0),
            (Entry::Vacant(slot), Some(new)) => {
                slot.insert(Arc::clone(new));
                None
            }
            (Entry::Vacant(_), None) => None,
        };
        let live = |member: Option<&Arc<Member<I, A>>>| {
            usize::from(member.is_some_and(|member| member.state().is_live()))
        };
        self.live = self.live + live(new) - live(old.as_ref());
        old
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Instant;
    use crate::types::{Incarnation, Meta, Node, StartId, State};

    fn member(id: u64, state: State) -> Arc<Member<u64, u64>> {
        Arc::new(Member {
            node: Node::new(id, id),
            meta: Meta::EMPTY,
            state,
            incarnation: Incarnation::new(1),
            start: StartId::new(1),
            versions: None,
            since: Instant::ZERO,
            round_trip: None,
        })
    }

    #[test]
    fn it_counts_and_finds_what_it_was_given() {
        let index = Index::new(member(0, State::Alive));
        for id in 0..1_000 {
            index.set(&id, Some(&member(id, State::Alive)));
        }
        index.set(&1, Some(&member(1, State::Suspect)));
        index.set(&2, Some(&member(2, State::Dead)));
        index.set(&3, None);
        index.set(&3, None);
        assert_eq!((index.live_count(), index.live().len(), index.all().len()), (998, 998, 999));
        assert_eq!(index.get(&2).unwrap().state(), State::Dead);
        assert!(index.get(&3).is_none());
        index.set(&2, None);
        assert_eq!(index.live_count(), 998);
        index.set(&0, Some(&member(0, State::Left)));
        assert_eq!(index.local().state(), State::Left);
    }
}
