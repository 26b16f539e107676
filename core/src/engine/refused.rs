//! What is wrong with what peers send: counted, and said aloud only where somebody should act.

use super::{Engine, StreamError};
use crate::delegate::Delegate;
use crate::frame::{OpenError, label_of, stranger};
use crate::time::Instant;
use crate::types::{Address, Id};
use crate::wire::Wire;

impl<I: Id, A: Address, W: Wire<I, A>, D: Delegate<I, A>> Engine<I, A, W, D> {
    /// Counts what is wrong with the stream that a peer opened, whose first bytes are `front`.
    pub fn count_stream_refused(
        &mut self,
        now: Instant,
        from: &A,
        error: &StreamError,
        front: &[u8],
    ) {
        match error {
            StreamError::Frame(error) => self.count_refused(now, from, *error, front),
            error => self.counters.count(stranger(front).unwrap_or(error.reason())),
        }
    }

    /// Counts what is wrong with the bytes that a peer sent, under the name of the reason, and says
    /// aloud now and then if they are of another cluster. `front`: the first bytes, as they came.
    pub(super) fn count_refused(&mut self, now: Instant, from: &A, error: OpenError, front: &[u8]) {
        let known = stranger(front);
        self.counters.add(known.unwrap_or(error.reason()), error.lost());
        if known.is_some() {
            return;
        }
        match error {
            OpenError::LabelOther | OpenError::LabelMissing => self.tell_label(now, from, front),
            OpenError::NotEncrypted | OpenError::Undecryptable | OpenError::NoKey => {
                self.tell_key(now, from, error);
            }
            _ => {}
        }
    }

    fn tell_label(&mut self, now: Instant, from: &A, front: &[u8]) {
        if self.labels.is_due(now) {
            let own = &self.framer.layers().label;
            let theirs = String::from_utf8_lossy(label_of(front).unwrap_or_default());
            tracing::warn!(
                %from, own = %own, theirs = %theirs.escape_debug(),
                "a node with another label is talking to this one: one of the two is wrong"
            );
        }
    }

    fn tell_key(&mut self, now: Instant, from: &A, error: OpenError) {
        if self.keys.is_due(now) {
            tracing::warn!(
                %from, %error,
                "somebody without a key of this cluster is talking to this node: a node with \
                 another key, or a stranger"
            );
        }
    }
}
