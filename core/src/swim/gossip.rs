//! Gossip: which updates ride in which packet (SWIM section 4.1, Lifeguard section III).
//!
//! Two queues share each packet: claims about members, and messages of applications. The
//! applications are sure of a share, so that a storm of claims does not silence them. What this
//! node has never sent does not wait for the tick: it leaves at once, as long as there are tokens.

use std::collections::VecDeque;
use std::hash::Hash;

use super::members::Slot;
use super::output::{Action, Outcome, Token};
use super::queue::{Fetch, Item, Queue, Room, Terms};
use crate::codec::Parts;

/// How much fits a packet: the frame's numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// Bytes that messages and what packs them may take together.
    pub bytes: usize,
    /// Bytes that a compound adds once.
    pub head: usize,
    /// Bytes that a compound adds per part.
    pub part: usize,
    /// Parts that fit a compound.
    pub parts: usize,
}

impl Budget {
    /// What is left beside `parts`, counted as parts of a compound.
    fn room(&self, parts: &Parts) -> Room {
        let used = self.head + parts.byte_len() + self.part * parts.len();
        Room {
            bytes: self.bytes.saturating_sub(used),
            part: self.part,
            parts: self.parts.saturating_sub(parts.len()),
        }
    }

    /// The longest message that can still be a part of a compound.
    pub const fn part_max(&self) -> usize {
        self.bytes.saturating_sub(self.head + self.part)
    }
}

/// What a message of an application is named by: its origin and its key.
pub(super) type UserName<I> = (I, Box<[u8]>);

/// Both queues and the tokens of eager rounds.
pub(super) struct Gossip<I> {
    updates: Queue<I>,
    user: Queue<UserName<I>>,
    last_id: u64,
    /// The first item that no eager round has begun with.
    unsent: u64,
    tokens: u32,
    /// Since the last tick no eager round was asked for.
    ticked: bool,
    eager: bool,
    share_percent: usize,
    /// Bytes that messages may take before claims do.
    credit: usize,
    depth: usize,
}

impl<I: Hash + Eq> Gossip<I> {
    /// Nothing to say. `share_percent` of each packet are the applications'; `depth` of their
    /// messages are kept.
    /// `key` is that of the table of members.
    pub(super) fn new(key: (u64, u64), eager: bool, share_percent: u8, depth: usize) -> Self {
        Self {
            updates: Queue::new(key),
            user: Queue::new(key),
            last_id: 0,
            unsent: 1,
            tokens: TOKENS_MAX,
            ticked: false,
            eager,
            share_percent: usize::from(share_percent),
            credit: 0,
            depth,
        }
    }

    /// Queues a claim about `subject`; an older one about it is replaced. It reaches each of at
    /// most `reach` others.
    pub(super) fn update(&mut self, subject: I, bytes: Box<[u8]>, reach: usize, had: Option<Slot>) {
        let id = self.next_id();
        let item = Item::new(Some(subject), bytes, had);
        let item = if reach > 0 { item.on(Terms { reach, ..Terms::default() }) } else { item };
        let waiter = self.updates.push(id, item);
        debug_assert!(waiter.is_none(), "nobody waits for a claim's sends");
    }

    /// Queues a message of an application and gives back the waiters of those that it, or the full
    /// queue, has displaced.
    pub(super) fn message(&mut self, item: Item<UserName<I>>) -> Vec<Token> {
        let id = self.next_id();
        let replaced = self.user.push(id, item);
        let mut displaced = self.user.prune(self.depth);
        displaced.extend(replaced);
        displaced
    }

    /// Nobody is left who could hear anything: gives the waiters of messages.
    pub(super) fn release(&mut self) -> Vec<Token> {
        self.user.release()
    }

    /// The member of this slot is gone: what it has had counts for nobody.
    pub(super) fn forget(&mut self, slot: Slot) {
        self.updates.forget(slot);
        self.user.forget(slot);
    }

    /// The waiter of a message has gone.
    pub(super) fn cancel(&mut self, token: Token) {
        self.user.cancel(token);
    }

    /// So many ticks are past: as many eager rounds may go on.
    pub(super) fn refill(&mut self, ticks: u32) {
        self.tokens = self.tokens.saturating_add(ticks).min(TOKENS_MAX);
        self.ticked = true;
    }

    /// If something was never sent and a token is left: takes it, and gives the first item of the
    /// round. Called once the packets of a tick have been filled: what they have carried needs no
    /// round.
    pub(super) fn begin_eager(&mut self) -> Option<u64> {
        if core::mem::take(&mut self.ticked) && !self.has_unsent() {
            self.unsent = self.last_id + 1;
        }
        if !self.eager || self.tokens == 0 || self.unsent > self.last_id {
            return None;
        }
        self.tokens -= 1;
        Some(core::mem::replace(&mut self.unsent, self.last_id + 1))
    }

    /// An eager round found nobody to talk to.
    pub(super) const fn give_back(&mut self) {
        self.tokens += 1;
    }

    /// Whether a packet to this member would carry something.
    pub(super) fn has_for(&mut self, fetch: Fetch) -> bool {
        self.updates.has_for(fetch) || self.user.has_for(fetch)
    }

    /// Adds to `parts` what fits and gives the waiters of messages whose sends are spent.
    pub(super) fn fill(&mut self, fetch: Fetch, parts: &mut Parts, budget: Budget) -> Vec<Token> {
        let mut spent = Vec::new();
        let mut room = budget.room(parts);
        room.bytes -= self.reserve(budget).min(room.bytes);
        self.updates.fetch(fetch, room, parts, &mut spent);
        let before = budget.room(parts);
        self.user.fetch(fetch, before, parts, &mut spent);
        let used = before.bytes - budget.room(parts).bytes;
        self.credit = self.credit.saturating_sub(used);
        spent
    }

    /// How many items wait: claims and messages.
    pub(super) fn len(&self) -> (usize, usize) {
        (self.updates.len(), self.user.len())
    }

    /// Whether nothing waits.
    pub(super) fn is_empty(&self) -> bool {
        self.len() == (0, 0)
    }

    /// Bytes of all that waits.
    pub(super) const fn bytes(&self) -> usize {
        self.updates.bytes() + self.user.bytes()
    }

    fn has_unsent(&self) -> bool {
        self.updates.has_unsent() || self.user.has_unsent()
    }

    /// Bytes that claims must leave to messages. What a packet's share was too small for is saved
    /// up for a later packet, so that long messages come through, too.
    fn reserve(&mut self, budget: Budget) -> usize {
        let waits = self.user.bytes() + self.user.len() * budget.part;
        let share = budget.bytes * self.share_percent / 100;
        self.credit = (self.credit + share).min(waits).min(budget.bytes);
        self.credit
    }

    const fn next_id(&mut self) -> u64 {
        self.last_id += 1;
        self.last_id
    }
}

/// Tells the waiters of broadcasts how they ended.
pub(super) fn complete_all<I, A>(
    tokens: Vec<Token>,
    outcome: &Outcome,
    actions: &mut VecDeque<Action<I, A>>,
) {
    let complete = |token| Action::Complete { token, outcome: outcome.clone() };
    actions.extend(tokens.into_iter().map(complete));
}

/// A fetch that counts, for everything that waits.
pub(super) const fn everything(to: Slot, peers: usize, limit: u32) -> Fetch {
    Fetch { to, peers, limit, from: 0, counts: true }
}

/// Eager rounds that may come at once; each tick allows one more.
const TOKENS_MAX: u32 = 2;

#[cfg(test)]
mod tests {
    use super::*;

    const BUDGET: Budget = Budget { bytes: 1_000, head: 2, part: 2, parts: 255 };

    fn text(name: &str, len: usize) -> Item<UserName<&str>> {
        Item::new(Some((name, Box::from(*b""))), vec![b'u'; len].into(), None)
    }

    fn filled(gossip: &mut Gossip<&'static str>) -> (usize, usize) {
        let mut parts = Parts::new();
        gossip.fill(everything(1, 9, 8), &mut parts, BUDGET);
        let users = parts.iter().filter(|part| part[0] == b'u').count();
        let bytes = 2 + parts.byte_len() + 2 * parts.len();
        assert!(bytes <= BUDGET.bytes, "{bytes}");
        (parts.len() - users, users)
    }

    const NAMES: [&str; 26] = [
        "a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o", "p", "q", "r",
        "s", "t", "u", "v", "w", "x", "y", "z",
    ];

    fn full(share_percent: u8, updates: usize, messages: usize) -> Gossip<&'static str> {
        let mut gossip = Gossip::new((1, 2), true, share_percent, 100);
        for &name in &NAMES[..updates] {
            gossip.update(name, vec![b'm'; 48].into(), 0, None);
        }
        for &name in &NAMES[..messages] {
            gossip.message(text(name, 48));
        }
        gossip
    }

    /// 998 bytes hold 19 parts of 50. A quarter of 1,000 bytes is 250: 14 claims leave it free.
    #[test]
    fn messages_are_sure_of_their_share_and_of_no_more() {
        assert_eq!(filled(&mut full(25, 26, 26)), (14, 5));
        assert_eq!(filled(&mut full(0, 26, 26)), (19, 0));
        assert_eq!(filled(&mut full(25, 26, 0)), (19, 0), "nobody's share stays empty");
        assert_eq!(filled(&mut full(25, 26, 2)), (17, 2));
        assert_eq!(filled(&mut full(25, 4, 26)), (4, 15), "what claims leave is the messages'");
    }

    #[test]
    fn a_message_longer_than_its_share_comes_through() {
        let mut gossip = full(25, 26, 0);
        gossip.message(text("a", 700));
        let sent: Vec<_> = (0..4).map(|_| filled(&mut gossip)).collect();
        assert_eq!(sent, [(14, 0), (9, 0), (3, 1), (0, 0)], "750 bytes are saved up by the third");
    }

    #[test]
    fn only_what_is_new_starts_an_eager_round_and_two_fit_between_ticks() {
        let mut gossip = full(25, 2, 0);
        assert_eq!(gossip.begin_eager(), Some(1));
        assert_eq!(gossip.begin_eager(), None, "nothing new");
        gossip.update("c", Box::from(*b"m"), 0, None);
        assert_eq!(gossip.begin_eager(), Some(3));
        gossip.update("d", Box::from(*b"m"), 0, None);
        assert_eq!(gossip.begin_eager(), None, "no token");
        gossip.refill(1);
        assert_eq!(gossip.begin_eager(), Some(4));
        let mut off: Gossip<&str> = Gossip::new((1, 2), false, 25, 9);
        off.update("a", Box::from(*b"m"), 0, None);
        assert_eq!(off.begin_eager(), None);
    }

    #[test]
    fn a_full_queue_displaces_and_tells() {
        let mut gossip = Gossip::new((1, 2), true, 25, 2);
        for (number, name) in ["a", "b", "c"].into_iter().enumerate() {
            let token = Some(Token(number as u64));
            let item = text(name, 5).on(Terms { token, ..Terms::default() });
            let displaced = gossip.message(item);
            assert_eq!(displaced, if number == 2 { vec![Token(0)] } else { vec![] });
        }
    }
}
