//! The table of members. A slot names a member as long as it is in the table; the hash index has no
//! iterator, so nothing can depend on its order.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use hashbrown::HashTable;
use hashbrown::hash_table::Entry;
use siphasher::sip::SipHasher13;

use super::ring::Ring;
use super::rng::Rng;
use crate::types::limits::MEMBERS_MAX;
use crate::types::{Id, Member};

/// Where a member sits in the table. Given to another member once this one is forgotten.
pub(super) type Slot = u32;

/// The members in any state, and the two rounds that walk them.
pub(super) struct Members<I, A> {
    slots: Vec<Option<Arc<Member<I, A>>>>,
    free: Vec<Slot>,
    index: HashTable<Slot>,
    key: (u64, u64),
    live: usize,
    probe_ring: Ring,
    gossip_ring: Ring,
}

impl<I: Id, A: Clone> Members<I, A> {
    /// Nobody yet. The index is keyed from the seed: names that collide on purpose cannot be made
    /// up.
    pub(super) fn new(rng: &mut Rng) -> Self {
        Self {
            slots: Vec::new(),
            free: Vec::new(),
            index: HashTable::new(),
            key: (rng.next_u64(), rng.next_u64()),
            live: 0,
            probe_ring: Ring::default(),
            gossip_ring: Ring::default(),
        }
    }

    /// What the index is keyed with.
    pub(super) const fn key(&self) -> (u64, u64) {
        self.key
    }

    /// Adds a member at a random place of both rounds. `None` when the table is full or the name is
    /// taken.
    pub(super) fn insert(&mut self, member: Arc<Member<I, A>>, rng: &mut Rng) -> Option<Slot> {
        if self.len() >= MEMBERS_MAX {
            return None;
        }
        let slot = self.free.last().copied().unwrap_or(self.slots.len() as Slot);
        let (slots, key) = (&self.slots, self.key);
        let same = |&other: &Slot| id_at(slots, other) == Some(member.id());
        let rehash = |&other: &Slot| id_at(slots, other).map_or(0, |id| hash(key, id));
        match self.index.entry(hash(key, member.id()), same, rehash) {
            Entry::Occupied(_) => return None,
            Entry::Vacant(vacant) => vacant.insert(slot),
        };
        self.live += usize::from(member.state().is_live());
        if self.free.pop().is_some() {
            self.slots[slot as usize] = Some(member);
        } else {
            self.slots.push(Some(member));
        }
        self.probe_ring.insert(slot, rng);
        self.gossip_ring.insert(slot, rng);
        Some(slot)
    }

    /// Puts a new record in the place of the old one, which is given back.
    pub(super) fn replace(
        &mut self,
        slot: Slot,
        new: Arc<Member<I, A>>,
    ) -> Option<Arc<Member<I, A>>> {
        let place = self.slots.get_mut(slot as usize)?.as_mut()?;
        debug_assert!(place.id() == new.id(), "a slot keeps its member");
        self.live += usize::from(new.state().is_live());
        self.live -= usize::from(place.state().is_live());
        Some(core::mem::replace(place, new))
    }

    /// Forgets a member.
    pub(super) fn remove(&mut self, slot: Slot) -> Option<Arc<Member<I, A>>> {
        let member = self.slots.get_mut(slot as usize)?.take()?;
        let hash = hash(self.key, member.id());
        if let Ok(entry) = self.index.find_entry(hash, |&other| other == slot) {
            entry.remove();
        }
        self.live -= usize::from(member.state().is_live());
        self.probe_ring.remove(slot);
        self.gossip_ring.remove(slot);
        self.free.push(slot);
        Some(member)
    }

    /// Who may be probed next; everybody comes once per round.
    pub(super) fn next_to_probe(&mut self, rng: &mut Rng) -> Option<Slot> {
        self.probe_ring.next(rng)
    }

    /// Who may be gossiped to next; everybody comes once per round.
    pub(super) fn next_to_gossip(&mut self, rng: &mut Rng) -> Option<Slot> {
        self.gossip_ring.next(rng)
    }

    /// Where the member of this name sits.
    pub(super) fn slot_of(&self, id: &I) -> Option<Slot> {
        let same = |&slot: &Slot| id_at(&self.slots, slot) == Some(id);
        self.index.find(hash(self.key, id), same).copied()
    }

    /// The member in a slot.
    pub(super) fn at(&self, slot: Slot) -> Option<&Arc<Member<I, A>>> {
        self.slots.get(slot as usize)?.as_ref()
    }

    /// All members, in the order of their slots.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Arc<Member<I, A>>> {
        self.slots.iter().flatten()
    }

    /// How many are known, in any state: the "n" of all formulas, as in Go.
    pub(super) fn len(&self) -> usize {
        self.slots.len() - self.free.len()
    }

    /// How many are alive or suspect.
    pub(super) const fn live(&self) -> usize {
        self.live
    }

    /// Up to `k` different members that `fits`, by chance. Draws first, so that a large table is
    /// not walked; walks, from a random place, only when the draws found too few.
    pub(super) fn pick(
        &self,
        k: usize,
        rng: &mut Rng,
        fits: impl Fn(Slot, &Member<I, A>) -> bool,
    ) -> Vec<Slot> {
        let slots = self.slots.len();
        if self.len() < 3 * k {
            let mut all: Vec<Slot> = (0..slots as Slot).collect();
            rng.shuffle(&mut all);
            return self.choose(k, all.into_iter(), fits);
        }
        let start = rng.below(slots);
        let walk = (start..slots).chain(0..start).map(|slot| slot as Slot);
        let draws = (0..DRAWS_PER_PICK * k).map(|_| rng.below(slots) as Slot);
        self.choose(k, draws.chain(walk), fits)
    }

    /// The first `k` different ones that `fits`.
    fn choose(
        &self,
        k: usize,
        candidates: impl Iterator<Item = Slot>,
        fits: impl Fn(Slot, &Member<I, A>) -> bool,
    ) -> Vec<Slot> {
        let mut chosen = Vec::with_capacity(k);
        for slot in candidates {
            if chosen.len() == k {
                break;
            }
            if !chosen.contains(&slot) && self.at(slot).is_some_and(|member| fits(slot, member)) {
                chosen.push(slot);
            }
        }
        chosen
    }
}

fn id_at<I, A>(slots: &[Option<Arc<Member<I, A>>>], slot: Slot) -> Option<&I> {
    slots.get(slot as usize)?.as_ref().map(|member| member.id())
}

/// Where a name goes in a table that is keyed like this.
pub(super) fn hash<I: Hash>((one, two): (u64, u64), id: &I) -> u64 {
    let mut hasher = SipHasher13::new_with_keys(one, two);
    id.hash(&mut hasher);
    hasher.finish()
}

/// How many draws a pick makes per wanted member before it walks the table: with nine in ten not
/// fitting, a walk is still the exception.
const DRAWS_PER_PICK: usize = 8;

#[cfg(test)]
mod tests;
