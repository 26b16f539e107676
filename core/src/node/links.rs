//! What the tasks of streams work with.

use core::ops::Range;
use core::sync::atomic::{AtomicUsize, Ordering};
use core::time::Duration;
use std::sync::Arc;

use bytes::Bytes;

use super::budget::Budget;
use super::command::{Claims, Input, Reply, StreamInput};
use super::error::Down;
use super::line::{ExchangeError, Line};
use super::progress::Progress;
use super::seats::Seats;
use super::share::Share;
use super::shared::{Guard, Shared};
use super::stack::Stack;
use crate::engine::{Side, StreamCodec};
use crate::transport::Transport;
use crate::types::CheapClone;
use crate::types::limits::MERGE_SLICE;
use crate::wire::StreamMessage;

/// Bytes that all streams of a node may hold together, as bytes and then as claims: the largest
/// full exchange, a million members, takes some 200 MB while it is decoded; or thousands of
/// ordinary ones. When they are spent, streams that are stuck give way.
pub(super) const MEMORY_MAX: usize = 384 * 1024 * 1024;

/// An answer may be larger than the last one by this part of it.
const ANSWER_GROWS: usize = 8;

/// Push/pulls that this node may have under way at its own initiative. One begins every 30 s; more
/// than a few means that the partners do not answer.
const PUSH_PULLS_MAX: usize = 8;

/// Stream pings that may be under way. At most one probe runs at a time; each lasts one interval at
/// most.
const STREAM_PINGS_MAX: usize = 32;

/// The transport's stream.
pub(super) type StreamOf<K> = <<K as Stack>::Transport as Transport>::Stream;

/// The transport's stream as messages.
pub(super) type LineOf<K> =
    Line<StreamOf<K>, <K as Stack>::Id, <K as Stack>::Address, <K as Stack>::Wire>;

/// What the tasks of streams work with.
pub(super) struct Links<K: Stack> {
    pub(super) transport: Arc<K::Transport>,
    pub(super) resolver: K::Resolver,
    pub(super) codec: StreamCodec<K::Id, K::Address, K::Wire>,
    pub(super) guard: Guard<K::Id, K::Address>,
    /// How long one exchange may take: the option `stream_timeout`.
    pub(super) timeout: Duration,
    pub(super) seats: Arc<Seats>,
    /// Bytes of the last answer that said everything: so many are set aside before the next is
    /// made.
    answer: AtomicUsize,
    pub(super) push_pulls: Budget,
    pub(super) stream_pings: Budget,
}

impl<K: Stack> Links<K> {
    pub(super) fn new(
        transport: Arc<K::Transport>,
        resolver: K::Resolver,
        codec: StreamCodec<K::Id, K::Address, K::Wire>,
        guard: Guard<K::Id, K::Address>,
        timeout: Duration,
        memory: usize,
    ) -> Arc<Self> {
        let (push_pulls, stream_pings) =
            (Budget::new(PUSH_PULLS_MAX), Budget::new(STREAM_PINGS_MAX));
        let shared = Arc::clone(guard.shared());
        let counters = Arc::clone(&shared.counters);
        let seats = Seats::new(memory, timeout, counters, move || shared.now());
        Arc::new(Self {
            transport,
            resolver,
            codec,
            guard,
            timeout,
            seats,
            answer: AtomicUsize::new(0),
            push_pulls,
            stream_pings,
        })
    }

    pub(super) fn shared(&self) -> &Arc<Shared<K::Id, K::Address>> {
        self.guard.shared()
    }

    /// Runs a stream's task until it ends or the node is to end.
    pub(super) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.guard.spawn::<K::Runtime>(task);
    }

    /// Asks the driver and waits for its answer.
    pub(super) async fn ask<R>(
        &self,
        input: impl FnOnce(Reply<R>) -> StreamInput<K::Id, K::Address>,
    ) -> Result<R, Down> {
        self.shared().ask(|reply| Input::Stream(input(reply))).await
    }

    /// Hands the driver something that has no answer.
    pub(super) async fn tell(&self, input: StreamInput<K::Id, K::Address>) -> Result<(), Down> {
        self.shared().tell(Input::Stream(input)).await
    }

    /// Opens a stream. The caller sets the deadline.
    pub(super) async fn dial(&self, to: &K::Address) -> Result<LineOf<K>, ExchangeError> {
        match self.transport.dial(to).await {
            Ok(stream) => {
                self.shared().counters.streams_dialled.one();
                Ok(self.line(stream, true, Arc::default()))
            }
            Err(error) => {
                self.shared().counters.stream_dial_errors.one();
                Err(error.into())
            }
        }
    }

    /// A stream as messages. `dialled`: this side opened it.
    pub(super) fn line(
        &self,
        stream: StreamOf<K>,
        dialled: bool,
        progress: Arc<Progress>,
    ) -> LineOf<K> {
        let share = Share::new(Arc::clone(&self.seats), progress);
        Line::new(stream, self.codec.clone(), dialled, share)
    }

    /// Answers with everything that this node knows. The peer may be slow on purpose: while it
    /// reads, the answer is there as bytes alone, and they count.
    pub(super) async fn answer_all(
        &self,
        line: &mut LineOf<K>,
        join: bool,
    ) -> Result<(), ExchangeError> {
        loop {
            let last = self.answer.load(Ordering::Relaxed);
            let aside = last + last / ANSWER_GROWS;
            line.take_memory::<K::Runtime>(aside).await?;
            let bytes = self.seal_all(line, join).await?;
            self.answer.store(bytes.len(), Ordering::Relaxed);
            if line.settle_memory(aside, bytes.len()) {
                line.write(&bytes).await?;
                line.give_back(bytes.len());
                return Ok(());
            }
            // It has grown, or is the first. Once more, when there is room for it.
            line.give_back(aside);
        }
    }

    /// A full exchange's message with everything that this node knows, as bytes.
    pub(super) async fn seal_all(
        &self,
        line: &mut LineOf<K>,
        join: bool,
    ) -> Result<Vec<u8>, ExchangeError> {
        let state = self.ask(|reply| StreamInput::LocalState { join, reply }).await?;
        line.seal(&StreamMessage::PushPull(state.message()))
    }

    /// Merges what the other side of a push/pull said, slice by slice, so that the driver looks at
    /// its sockets in between.
    pub(super) async fn merge(
        &self,
        from: &K::Address,
        side: Side,
        claims: Claims<K::Id, K::Address>,
        user_state: Bytes,
        join: bool,
    ) -> Result<(), ExchangeError> {
        let offered = Arc::clone(&claims);
        let from = from.cheap_clone();
        let begin = |reply| StreamInput::BeginMerge { claims: offered, from, side, join, reply };
        let admitted = self.ask(begin).await?.map_err(|refusal| {
            self.shared().counters.exchanges_refused.one();
            ExchangeError::Refused(refusal)
        })?;
        for slice in slices(claims.len()) {
            let (admitted, claims) = (admitted.clone(), Arc::clone(&claims));
            let merge = |reply| StreamInput::Merge { admitted, claims, slice, reply };
            self.ask(merge).await?;
        }
        self.tell(StreamInput::EndMerge { admitted, user_state }).await?;
        self.shared().counters.exchanges_merged.one();
        Ok(())
    }
}

fn slices(len: usize) -> impl Iterator<Item = Range<usize>> {
    (0..len).step_by(MERGE_SLICE).map(move |from| from..len.min(from + MERGE_SLICE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slices_cover_everything_once() {
        assert_eq!(slices(0).count(), 0);
        assert_eq!(slices(MERGE_SLICE).next(), Some(0..MERGE_SLICE));
        let more = MERGE_SLICE + 1;
        assert_eq!(slices(more).collect::<Vec<_>>(), [0..MERGE_SLICE, MERGE_SLICE..more]);
    }
}
