//! What still has to be gossiped: the transmit-limited queue (SWIM section 4.1, the Go library's
//! `TransmitLimitedQueue`).
//!
//! Fewest transmissions come first, among equals the longest that fits, among those the newest. An
//! item goes to members that have not had it from us before it goes to the same one twice, and a
//! newer item takes the place of an older one of the same name.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::hash::Hash;

use hashbrown::HashTable;
use smallvec::SmallVec;

use super::members::{Slot, hash};
use super::output::Token;
use crate::codec::Parts;
use crate::types::StartId;

/// The order of the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Rank {
    transmits: u32,
    len: Reverse<u32>,
    id: Reverse<u64>,
}

/// One item. After hundreds have joined, each node holds one about each of them for a while: what
/// most of these do not need is not in it.
#[derive(Clone, Debug)]
pub(super) struct Item<K> {
    /// What it replaces and is replaced by; `None`: nothing.
    name: Option<K>,
    /// The encoded message.
    bytes: Box<[u8]>,
    /// What is special about it.
    terms: Option<Box<Terms>>,
    /// Which of the living have had it from us, or said it first.
    had: SmallVec<[Slot; 4]>,
    /// Which of the dead have had it.
    told: Box<[Slot]>,
}

/// What is special about some items.
#[derive(Clone, Debug, Default)]
pub(super) struct Terms {
    /// Among items of one name and one start of their origin, the one with the higher number is
    /// newer.
    pub(super) edition: (StartId, u64),
    /// Who waits for its last send.
    pub(super) token: Option<Token>,
    /// It is sent at least once to each other member as long as there are at most so many of them.
    pub(super) reach: usize,
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
    free: Vec<Place>,
    order: BTreeMap<Rank, Place>,
    /// Where the item of a name is. Keyed from the seed, as the table of members.
    names: HashTable<Place>,
    key: (u64, u64),
    bytes: usize,
    /// The id of the newest item that there was.
    newest: u64,
    /// How many wait for the last send of an item.
    waiting: usize,
    /// Slots whose members have gone, and the newest item of then.
    gone: BTreeMap<Slot, u64>,
}

/// Where in the queue an item is.
type Place = u32;

/// An item in its place. It stays there while its rank changes with each send.
#[derive(Clone, Debug)]
struct Placed<K> {
    rank: Rank,
    item: Item<K>,
}

impl<K: Hash + Eq> Queue<K> {
    /// An empty queue. `key` keeps others from making up names that collide.
    pub(super) const fn new(key: (u64, u64)) -> Self {
        Self {
            places: Vec::new(),
            free: Vec::new(),
            order: BTreeMap::new(),
            names: HashTable::new(),
            key,
            bytes: 0,
            newest: 0,
            waiting: 0,
            gone: BTreeMap::new(),
        }
    }

    /// Adds an item; the one of the same name is removed and its waiter given back. Of a newer one
    /// of the same name it is the item itself that is dropped. `id` must be above all that came
    /// before, and above zero.
    pub(super) fn push(&mut self, id: u64, item: Item<K>) -> Option<Token> {
        if self.namesake(&item).is_some_and(|old| old.is_newer_than(&item)) {
            return item.token();
        }
        let replaced = item.name.as_ref().and_then(|name| self.remove(name));
        let rank = Rank { transmits: 0, len: Reverse(item.bytes.len() as u32), id: Reverse(id) };
        let place = self.free.pop().unwrap_or_else(|| {
            self.places.push(None);
            self.places.len() as Place - 1
        });
        self.bytes += item.bytes.len();
        self.newest = id;
        self.waiting += usize::from(item.token().is_some());
        let named = item.name.as_ref().map(|name| hash(self.key, name));
        let before = self.order.insert(rank, place);
        debug_assert!(before.is_none(), "ids are never used twice");
        self.places[place as usize] = Some(Placed { rank, item });
        if let Some(named) = named {
            let (places, key) = (&self.places, self.key);
            let rehash = |&other: &Place| name_at(places, other).map_or(0, |name| hash(key, name));
            self.names.insert_unique(named, place, rehash);
        }
        replaced.and_then(|old| old.token())
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
        self.settle();
        let mut sent: SmallVec<[Place; 64]> = SmallVec::new();
        let mut rest = self.order.range(..);
        for _ in 0..EXAMINED_PER_FETCH {
            let free = room.bytes.saturating_sub(room.part);
            if free == 0 || room.parts == 0 {
                break;
            }
            let Some((&rank, &place)) = rest.next() else { break };
            if rank.len.0 as usize > free {
                rest = self.order.range(Rank::before(rank.transmits, free)..);
                continue;
            }
            let Some(Placed { item, .. }) = &self.places[place as usize] else { continue };
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
    pub(super) fn has_for(&mut self, fetch: Fetch) -> bool {
        self.settle();
        self.order.iter().take(EXAMINED_PER_FETCH).any(|(&rank, &place)| {
            let placed = self.places[place as usize].as_ref();
            placed.is_some_and(|placed| placed.item.suits(fetch, rank))
        })
    }

    /// Drops what was sent most often until at most `depth` are left; gives back their waiters.
    pub(super) fn prune(&mut self, depth: usize) -> Vec<Token> {
        let mut dropped = Vec::new();
        while self.order.len() > depth {
            let Some((_, &place)) = self.order.last_key_value() else { break };
            dropped.extend(self.take(place).and_then(|item| item.token()));
        }
        dropped
    }

    /// Nobody waits for the sends of any item any more; gives back who did.
    pub(super) fn release(&mut self) -> Vec<Token> {
        if core::mem::take(&mut self.waiting) == 0 {
            return Vec::new();
        }
        self.terms_mut().filter_map(|terms| terms.token.take()).collect()
    }

    /// Whoever waits as `token` has gone.
    pub(super) fn cancel(&mut self, token: Token) {
        let waits = |terms: &&mut Terms| terms.token == Some(token);
        let cancelled = self.terms_mut().filter(waits).map(|terms| terms.token = None).count();
        self.waiting -= cancelled;
    }

    /// Whoever has this slot from now on has had nothing. Items hear of it before the next fetch,
    /// of all that have gone at once: a thousand deaths must not walk them a thousand times.
    pub(super) fn forget(&mut self, slot: Slot) {
        if !self.order.is_empty() {
            self.gone.insert(slot, self.newest);
        }
    }

    /// Removes the item that is about `name`.
    pub(super) fn remove(&mut self, name: &K) -> Option<Item<K>> {
        let place = self.place_of(name)?;
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

    fn mark(&mut self, place: Place, fetch: Fetch, spent: &mut Vec<Token>) {
        let Some(Placed { rank, item }) = &mut self.places[place as usize] else { return };
        if !fetch.counts {
            item.told = item.told.iter().copied().chain([fetch.to]).collect();
            return;
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
            spent.extend(self.take(place).and_then(|item| item.token()));
        }
    }

    fn settle(&mut self) {
        let gone = core::mem::take(&mut self.gone);
        if gone.is_empty() {
            return;
        }
        for Placed { rank, item } in self.places.iter_mut().flatten() {
            let stays = |slot: &Slot| gone.get(slot).is_none_or(|&newest| rank.id.0 > newest);
            item.had.retain(|had| stays(had));
            if !item.told.iter().all(stays) {
                item.told = item.told.iter().copied().filter(stays).collect();
            }
        }
    }

    fn terms_mut(&mut self) -> impl Iterator<Item = &mut Terms> {
        let items = self.places.iter_mut().flatten().map(|placed| &mut placed.item);
        items.filter_map(|item| item.terms.as_deref_mut())
    }

    fn place_of(&self, name: &K) -> Option<Place> {
        let same = |&place: &Place| name_at(&self.places, place) == Some(name);
        self.names.find(hash(self.key, name), same).copied()
    }

    fn namesake(&self, item: &Item<K>) -> Option<&Item<K>> {
        let place = self.place_of(item.name.as_ref()?)?;
        self.places[place as usize].as_ref().map(|placed| &placed.item)
    }

    fn take(&mut self, place: Place) -> Option<Item<K>> {
        let Placed { rank, item } = self.places[place as usize].take()?;
        self.order.remove(&rank);
        self.bytes -= item.bytes.len();
        self.waiting -= usize::from(item.token().is_some());
        if let Some(name) = &item.name {
            let named = hash(self.key, name);
            if let Ok(entry) = self.names.find_entry(named, |&other| other == place) {
                entry.remove();
            }
        }
        self.free.push(place);
        if self.order.is_empty() {
            // A burst must not leave its memory behind.
            (self.places, self.free, self.names) = (Vec::new(), Vec::new(), HashTable::new());
            self.gone.clear();
        }
        Some(item)
    }
}

fn name_at<K>(places: &[Option<Placed<K>>], place: Place) -> Option<&K> {
    places.get(place as usize)?.as_ref()?.item.name.as_ref()
}

impl<K> Item<K> {
    /// An item that nobody has had, but for whoever said it first.
    pub(super) fn new(name: Option<K>, bytes: Box<[u8]>, had: Option<Slot>) -> Self {
        Self { name, bytes, terms: None, had: SmallVec::from_iter(had), told: Box::default() }
    }

    /// The same with something special about it.
    pub(super) fn on(self, terms: Terms) -> Self {
        Self { terms: Some(Box::new(terms)), ..self }
    }

    fn token(&self) -> Option<Token> {
        self.terms.as_ref()?.token
    }

    fn is_newer_than(&self, other: &Self) -> bool {
        let edition = |item: &Self| item.terms.as_ref().map(|terms| terms.edition);
        match (edition(self), edition(other)) {
            (Some(this), Some(that)) => this.0 == that.0 && this.1 > that.1,
            _ => false,
        }
    }

    /// Sends after which it is done.
    fn limit(&self, fetch: Fetch) -> u32 {
        let reach = self.terms.as_ref().map_or(0, |terms| terms.reach);
        fetch.limit.max(fetch.peers.min(reach) as u32)
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
        let len = if len > u32::MAX as usize { u32::MAX } else { len as u32 };
        Self { transmits, len: Reverse(len), id: Reverse(u64::MAX) }
    }
}

/// Items that one packet looks at. A full packet takes about fifty of the shortest; the others may
/// have been had by its receiver, and a queue of thousands of those must not be walked per packet.
const EXAMINED_PER_FETCH: usize = 256;

#[cfg(test)]
mod tests;
