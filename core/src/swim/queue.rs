//! What still has to be gossiped: the transmit-limited queue (SWIM section 4.1, the Go library's
//! `TransmitLimitedQueue`).
//!
//! Fewest transmissions come first, among equals the longest that fits, among those the newest. An
//! item goes to members that have not had it from us before it goes to the same one twice, and a
//! newer item takes the place of an older one of the same name.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use smallvec::SmallVec;

use super::members::Slot;
use super::output::Token;
use crate::codec::Parts;

/// The order of the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Rank {
    transmits: u32,
    len: Reverse<usize>,
    id: Reverse<u64>,
}

/// One item.
#[derive(Clone, Debug)]
pub(super) struct Item<K> {
    /// What it replaces and is replaced by; `None`: nothing.
    pub(super) name: Option<K>,
    /// The encoded message.
    pub(super) bytes: Box<[u8]>,
    /// Who waits for its last send.
    pub(super) token: Option<Token>,
    /// It is sent at least once to each other member as long as there are at most so many of them.
    pub(super) reach: usize,
    /// Which of the living have had it from us, or said it first.
    pub(super) had: SmallVec<[Slot; 4]>,
    /// Which of the dead have had it.
    pub(super) told: SmallVec<[Slot; 1]>,
}

/// What a fetch is for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fetch {
    /// Whom the packet is for.
    pub(super) to: Slot,
    /// How many other members could have it.
    pub(super) peers: usize,
    /// The retransmit limit.
    pub(super) limit: u32,
    /// Only this item and later ones, and nothing twice to anybody. 0: everything.
    pub(super) from: u64,
    /// Whether the send counts. To the dead it does not: they must not use up the sends of the
    /// living.
    pub(super) counts: bool,
}

/// Room in a packet.
#[derive(Clone, Copy, Debug)]
pub(super) struct Room {
    /// Bytes, with what each part adds.
    pub(super) bytes: usize,
    /// Bytes that each part adds.
    pub(super) part: usize,
    /// Parts.
    pub(super) parts: usize,
}

/// The queue. `K` names what an item is about.
#[derive(Clone, Debug)]
pub(super) struct Queue<K> {
    items: BTreeMap<Rank, Item<K>>,
    names: BTreeMap<K, Rank>,
    bytes: usize,
}

impl<K: Ord + Clone> Queue<K> {
    /// An empty queue.
    pub(super) const fn new() -> Self {
        Self { items: BTreeMap::new(), names: BTreeMap::new(), bytes: 0 }
    }

    /// Adds an item; the one of the same name is removed and its waiter given back. `id` must be
    /// above all that came before, and above zero.
    pub(super) fn push(&mut self, id: u64, item: Item<K>) -> Option<Token> {
        let replaced = item.name.as_ref().and_then(|name| self.remove(name));
        self.insert(Rank { transmits: 0, len: Reverse(item.bytes.len()), id: Reverse(id) }, item);
        replaced.and_then(|old| old.token)
    }

    /// Adds to `parts` what fits into `room` and is for this member, each item at most once. The
    /// waiters of items whose sends are spent go to `spent`.
    pub(super) fn fetch(
        &mut self,
        fetch: Fetch,
        mut room: Room,
        parts: &mut Parts,
        spent: &mut Vec<Token>,
    ) {
        let mut sent = Vec::new();
        let mut cursor = Rank::before(0, usize::MAX);
        for _ in 0..EXAMINED_PER_FETCH {
            let free = room.bytes.saturating_sub(room.part);
            if free == 0 || room.parts == 0 {
                break;
            }
            let Some((&rank, item)) = self.items.range(cursor..).next() else { break };
            if rank.len.0 > free {
                cursor = Rank::before(rank.transmits, free);
                continue;
            }
            cursor = rank.after();
            if item.suits(fetch, rank) {
                parts.push(&item.bytes);
                room.bytes -= room.part + item.bytes.len();
                room.parts -= 1;
                sent.push(rank);
            }
        }
        // Only now, so that nothing goes out twice in one packet.
        sent.into_iter().for_each(|rank| self.mark(rank, fetch, spent));
    }

    /// Whether a fetch would find something, room aside.
    pub(super) fn has_for(&self, fetch: Fetch) -> bool {
        self.items.iter().take(EXAMINED_PER_FETCH).any(|(&rank, item)| item.suits(fetch, rank))
    }

    /// Drops what was sent most often until at most `depth` are left; gives back their waiters.
    pub(super) fn prune(&mut self, depth: usize) -> Vec<Token> {
        let mut dropped = Vec::new();
        while self.items.len() > depth {
            let Some((&rank, _)) = self.items.last_key_value() else { break };
            dropped.extend(self.take(rank).and_then(|item| item.token));
        }
        dropped
    }

    /// Removes the item that is about `name`.
    pub(super) fn remove(&mut self, name: &K) -> Option<Item<K>> {
        let rank = *self.names.get(name)?;
        self.take(rank)
    }

    /// Whether something has never been sent to anybody alive.
    pub(super) fn has_unsent(&self) -> bool {
        self.items.first_key_value().is_some_and(|(rank, _)| rank.transmits == 0)
    }

    /// How many items wait.
    pub(super) fn len(&self) -> usize {
        self.items.len()
    }

    /// Bytes of all items.
    pub(super) const fn bytes(&self) -> usize {
        self.bytes
    }

    fn mark(&mut self, rank: Rank, fetch: Fetch, spent: &mut Vec<Token>) {
        let Some(mut item) = self.take(rank) else { return };
        if !fetch.counts {
            item.told.push(fetch.to);
            return self.insert(rank, item);
        }
        if item.had.len() >= fetch.peers.max(1) {
            item.had.clear();
        }
        item.had.push(fetch.to);
        let transmits = rank.transmits + 1;
        if transmits >= item.limit(fetch) {
            spent.extend(item.token);
        } else {
            self.insert(Rank { transmits, ..rank }, item);
        }
    }

    fn insert(&mut self, rank: Rank, item: Item<K>) {
        self.bytes += item.bytes.len();
        if let Some(name) = item.name.clone() {
            self.names.insert(name, rank);
        }
        let before = self.items.insert(rank, item);
        debug_assert!(before.is_none(), "ids are never used twice");
    }

    fn take(&mut self, rank: Rank) -> Option<Item<K>> {
        let item = self.items.remove(&rank)?;
        self.bytes -= item.bytes.len();
        if let Some(name) = &item.name {
            self.names.remove(name);
        }
        Some(item)
    }
}

impl<K> Default for Item<K> {
    fn default() -> Self {
        let (had, told) = (SmallVec::new(), SmallVec::new());
        Self { name: None, bytes: Box::default(), token: None, reach: 0, had, told }
    }
}

impl<K> Item<K> {
    /// Sends after which it is done.
    fn limit(&self, fetch: Fetch) -> u32 {
        fetch.limit.max(fetch.peers.min(self.reach) as u32)
    }

    fn suits(&self, fetch: Fetch, rank: Rank) -> bool {
        let again = fetch.from == 0 && self.had.len() >= fetch.peers;
        let had = if fetch.counts { &self.had[..] } else { &self.told };
        rank.id.0 >= fetch.from && (again && fetch.counts || !had.contains(&fetch.to))
    }
}

impl Rank {
    /// Before all items of this tier that are at most `len` long.
    const fn before(transmits: u32, len: usize) -> Self {
        Self { transmits, len: Reverse(len), id: Reverse(u64::MAX) }
    }

    /// Directly behind this one.
    const fn after(self) -> Self {
        Self { id: Reverse(self.id.0.saturating_sub(1)), ..self }
    }
}

/// Items that one packet looks at. A full packet takes about fifty of the shortest; the others may
/// have been had by its receiver, and a queue of thousands of those must not be walked per packet.
const EXAMINED_PER_FETCH: usize = 512;

#[cfg(test)]
mod tests;
