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
use crate::types::StartId;

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
    /// Among items of one name and one start of their origin, the one with the higher number is
    /// newer.
    pub(super) edition: (StartId, u64),
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
    places: Vec<Option<Placed<K>>>,
    free: Vec<usize>,
    order: BTreeMap<Rank, usize>,
    names: BTreeMap<K, usize>,
    bytes: usize,
}

/// An item in its place. It stays there while its rank changes with each send.
#[derive(Clone, Debug)]
struct Placed<K> {
    rank: Rank,
    item: Item<K>,
}

impl<K: Ord + Clone> Queue<K> {
    /// An empty queue.
    pub(super) const fn new() -> Self {
        Self {
            places: Vec::new(),
            free: Vec::new(),
            order: BTreeMap::new(),
            names: BTreeMap::new(),
            bytes: 0,
        }
    }

    /// Adds an item; the one of the same name is removed and its waiter given back. Of a newer one
    /// of the same name it is the item itself that is dropped. `id` must be above all that came
    /// before, and above zero.
    pub(super) fn push(&mut self, id: u64, item: Item<K>) -> Option<Token> {
        if self.namesake(&item).is_some_and(|old| old.is_newer_than(&item)) {
            return item.token;
        }
        let replaced = item.name.as_ref().and_then(|name| self.remove(name));
        let rank = Rank { transmits: 0, len: Reverse(item.bytes.len()), id: Reverse(id) };
        let place = self.free.pop().unwrap_or_else(|| {
            self.places.push(None);
            self.places.len() - 1
        });
        self.bytes += item.bytes.len();
        if let Some(name) = item.name.clone() {
            self.names.insert(name, place);
        }
        let before = self.order.insert(rank, place);
        debug_assert!(before.is_none(), "ids are never used twice");
        self.places[place] = Some(Placed { rank, item });
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
        let mut sent: SmallVec<[usize; 64]> = SmallVec::new();
        let mut rest = self.order.range(..);
        for _ in 0..EXAMINED_PER_FETCH {
            let free = room.bytes.saturating_sub(room.part);
            if free == 0 || room.parts == 0 {
                break;
            }
            let Some((&rank, &place)) = rest.next() else { break };
            if rank.len.0 > free {
                rest = self.order.range(Rank::before(rank.transmits, free)..);
                continue;
            }
            let Some(Placed { item, .. }) = &self.places[place] else { continue };
            if item.suits(fetch, rank) {
                parts.push(&item.bytes);
                room.bytes -= room.part + item.bytes.len();
                room.parts -= 1;
                sent.push(place);
            }
        }
        // Only now, so that nothing goes out twice in one packet.
        sent.into_iter().for_each(|place| self.mark(place, fetch, spent));
    }

    /// Whether a fetch would find something, room aside.
    pub(super) fn has_for(&self, fetch: Fetch) -> bool {
        self.order.iter().take(EXAMINED_PER_FETCH).any(|(&rank, &place)| {
            self.places[place].as_ref().is_some_and(|placed| placed.item.suits(fetch, rank))
        })
    }

    /// Drops what was sent most often until at most `depth` are left; gives back their waiters.
    pub(super) fn prune(&mut self, depth: usize) -> Vec<Token> {
        let mut dropped = Vec::new();
        while self.order.len() > depth {
            let Some((_, &place)) = self.order.last_key_value() else { break };
            dropped.extend(self.take(place).and_then(|item| item.token));
        }
        dropped
    }

    /// Nobody waits for the sends of any item any more; gives back who did.
    pub(super) fn release(&mut self) -> Vec<Token> {
        self.items_mut().filter_map(|item| item.token.take()).collect()
    }

    /// Whoever waits as `token` has gone.
    pub(super) fn cancel(&mut self, token: Token) {
        for item in self.items_mut() {
            item.token = item.token.filter(|waiting| *waiting != token);
        }
    }

    /// Whoever has this slot from now on has had nothing.
    pub(super) fn forget(&mut self, slot: Slot) {
        for item in self.items_mut() {
            item.had.retain(|had| *had != slot);
            item.told.retain(|told| *told != slot);
        }
    }

    /// Removes the item that is about `name`.
    pub(super) fn remove(&mut self, name: &K) -> Option<Item<K>> {
        let place = *self.names.get(name)?;
        self.take(place)
    }

    /// Whether something has never been sent to anybody alive.
    pub(super) fn has_unsent(&self) -> bool {
        self.order.first_key_value().is_some_and(|(rank, _)| rank.transmits == 0)
    }

    /// How many items wait.
    pub(super) fn len(&self) -> usize {
        self.order.len()
    }

    /// Bytes of all items.
    pub(super) const fn bytes(&self) -> usize {
        self.bytes
    }

    fn mark(&mut self, place: usize, fetch: Fetch, spent: &mut Vec<Token>) {
        let Some(Placed { rank, item }) = &mut self.places[place] else { return };
        if !fetch.counts {
            return item.told.push(fetch.to);
        }
        if item.had.len() >= fetch.peers.max(1) {
            item.had.clear();
        }
        item.had.push(fetch.to);
        self.order.remove(rank);
        rank.transmits += 1;
        if rank.transmits < item.limit(fetch) {
            self.order.insert(*rank, place);
        } else {
            spent.extend(self.take(place).and_then(|item| item.token));
        }
    }

    fn items_mut(&mut self) -> impl Iterator<Item = &mut Item<K>> {
        self.places.iter_mut().flatten().map(|placed| &mut placed.item)
    }

    fn namesake(&self, item: &Item<K>) -> Option<&Item<K>> {
        let place = *self.names.get(item.name.as_ref()?)?;
        self.places[place].as_ref().map(|placed| &placed.item)
    }

    fn take(&mut self, place: usize) -> Option<Item<K>> {
        let Placed { rank, item } = self.places[place].take()?;
        self.order.remove(&rank);
        self.bytes -= item.bytes.len();
        if let Some(name) = &item.name {
            self.names.remove(name);
        }
        self.free.push(place);
        if self.order.is_empty() {
            // A burst must not leave its memory behind.
            (self.places, self.free) = (Vec::new(), Vec::new());
        }
        Some(item)
    }
}

impl<K> Default for Item<K> {
    fn default() -> Self {
        let (had, told) = (SmallVec::new(), SmallVec::new());
        let edition = (StartId::default(), 0);
        Self { name: None, edition, bytes: Box::default(), token: None, reach: 0, had, told }
    }
}

impl<K> Item<K> {
    fn is_newer_than(&self, other: &Self) -> bool {
        self.edition.0 == other.edition.0 && self.edition.1 > other.edition.1
    }

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
}

/// Items that one packet looks at. A full packet takes about fifty of the shortest; the others may
/// have been had by its receiver, and a queue of thousands of those must not be walked per packet.
const EXAMINED_PER_FETCH: usize = 256;

#[cfg(test)]
mod tests;
