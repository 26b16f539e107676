//! Broadcasts over the Go library's format, where only the origin of a user message sends it.
//!
//! ```text
//! b1 │ 16 hex digits of a random id │ text
//! ```
//!
//! Whoever sees an id for the first time queues the message again, so that it reaches all.

use std::collections::HashSet;
use std::collections::VecDeque;
use std::hash::BuildHasher;
use std::hash::RandomState;
use std::sync::Mutex;
use std::sync::PoisonError;

use async_channel::Receiver;
use async_channel::Sender;
use bytes::Bytes;
use memberlist::WeakMemberlist;
use memberlist::agnostic::RuntimeLite;

const MARK: u8 = 0xb1;
const ID_LEN: usize = 16;

/// Ids that are remembered: those of an hour at 18 messages a second, for 2 MB.
const SEEN_MAX: usize = 65_536;

/// Messages that wait to be queued again; what comes while so many wait is not passed on.
const PENDING_MAX: usize = 1_024;

type Id = [u8; ID_LEN];

/// Tags what leaves and passes on what arrives.
pub(crate) struct Relay {
    seen: Mutex<Seen>,
    onward: Sender<Bytes>,
}

/// What a user message is.
pub(crate) enum Heard {
    /// No broadcast.
    Plain,
    /// A broadcast that is new: its text.
    First(Bytes),
    /// A broadcast that was heard before.
    Again,
}

#[derive(Default)]
struct Seen {
    ids: HashSet<Id>,
    order: VecDeque<Id>,
}

impl Relay {
    /// A relay, and what it wants to be queued again.
    pub(crate) fn new() -> (Self, Receiver<Bytes>) {
        let (onward, pending) = async_channel::bounded(PENDING_MAX);
        (Self { seen: Mutex::default(), onward }, pending)
    }

    /// `text` as a broadcast of this node.
    pub(crate) fn tag(&self, text: &[u8]) -> Bytes {
        let id = format!("{:016x}", RandomState::new().hash_one(()));
        let tagged = [&[MARK], id.as_bytes(), text].concat();
        if let Some((id, _)) = split(&tagged) {
            self.is_first(id);
        }
        Bytes::from(tagged)
    }

    /// Looks at a message, and has it passed on if it is a broadcast that is new.
    pub(crate) fn hear(&self, payload: &Bytes) -> Heard {
        let Some((id, text)) = split(payload) else {
            return Heard::Plain;
        };
        if !self.is_first(id) {
            return Heard::Again;
        }
        let _ = self.onward.try_send(payload.clone());
        Heard::First(payload.slice_ref(text))
    }

    fn is_first(&self, id: Id) -> bool {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if !seen.ids.insert(id) {
            return false;
        }
        seen.order.push_back(id);
        if seen.order.len() > SEEN_MAX
            && let Some(oldest) = seen.order.pop_front()
        {
            seen.ids.remove(&oldest);
        }
        true
    }
}

fn split(payload: &[u8]) -> Option<(Id, &[u8])> {
    let (id, text) = payload.strip_prefix(&[MARK])?.split_first_chunk::<ID_LEN>()?;
    id.iter().all(u8::is_ascii_hexdigit).then_some((*id, text))
}

/// Queues again what the relay wants, each by itself: a broadcast takes until its sends are spent.
pub(crate) async fn pass_on<R: RuntimeLite>(node: WeakMemberlist, pending: Receiver<Bytes>) {
    while let Ok(payload) = pending.recv().await {
        let Some(node) = node.upgrade() else {
            return;
        };
        R::spawn_detach(async move {
            // Only a node that has ended gives an error, and a message that fitted here fits there.
            let _ = node.broadcast(payload).await;
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(heard: Heard) -> Option<Bytes> {
        match heard {
            Heard::First(text) => Some(text),
            Heard::Plain | Heard::Again => None,
        }
    }

    #[test]
    fn a_broadcast_is_heard_once_and_passed_on_once() {
        let (origin, _) = Relay::new();
        let (relay, pending) = Relay::new();
        let message = origin.tag(b"hello");
        assert_eq!((message[0], message.len()), (0xb1, 17 + 5));
        assert!(matches!(origin.hear(&message), Heard::Again), "its own");
        assert_eq!(texts(relay.hear(&message)), Some(Bytes::from("hello")));
        assert!(matches!(relay.hear(&message), Heard::Again));
        assert_eq!(pending.try_recv(), Ok(message));
        assert!(pending.is_empty());
    }

    #[test]
    fn any_other_message_is_what_it_is() {
        let (relay, pending) = Relay::new();
        for plain in [&b""[..], b"hello", b"\xb10123", b"\xb1no hex digits..text"] {
            assert!(matches!(relay.hear(&Bytes::from_static(plain)), Heard::Plain));
        }
        assert!(pending.is_empty());
    }

    #[test]
    fn the_oldest_ids_are_forgotten() {
        let (relay, _pending) = Relay::new();
        let first = relay.tag(b"");
        (0..SEEN_MAX).for_each(|_| {
            relay.tag(b"");
        });
        assert!(matches!(relay.hear(&first), Heard::First(_)));
    }
}
