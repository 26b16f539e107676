//! Streams that peers open: accepted in a loop, served by one bounded task each.

use core::time::Duration;
use std::collections::BTreeMap;
use std::sync::Arc;

use agnostic_lite::RuntimeLite;
use futures_util::future::{AbortHandle, AbortRegistration, Abortable};
use parking_lot::Mutex;

use super::clock::within;
use super::command::StreamInput;
use super::line::{ExchangeError, Progress, Received};
use super::links::{LineOf, Links, StreamOf};
use super::metrics;
use super::stack::Stack;
use crate::transport::Transport;
use crate::types::CheapClone;
use crate::wire::StreamMessage;

/// Streams of peers that are open at the same time, as in the Go library (there only push/pulls
/// count). When one more comes, the oldest that has said nothing gives way, so that those who open
/// streams and say nothing, or say it slowly, never keep others out.
pub(super) const STREAMS_MAX: usize = 1024;

/// After so many errors in a row the accept loop rests between tries: the process may be out of
/// file descriptors.
const ACCEPT_ERRORS_MAX: u32 = 8;

/// How long it rests.
const ACCEPT_REST: Duration = Duration::from_millis(10);

/// Accepts streams until the node ends.
pub(super) async fn accept<K: Stack>(links: Arc<Links<K>>) {
    let seats = Arc::new(Seats::default());
    let mut errors = 0;
    loop {
        match links.transport.accept().await {
            Ok((stream, from)) => {
                errors = 0;
                admit(&links, &seats, stream, from);
            }
            Err(error) => {
                errors += 1;
                links.shared().counters.stream_accept_errors.one();
                tracing::debug!(%error, "a stream could not be accepted");
                if errors > ACCEPT_ERRORS_MAX {
                    K::Runtime::sleep(ACCEPT_REST).await;
                }
            }
        }
    }
}

fn admit<K: Stack>(
    links: &Arc<Links<K>>,
    seats: &Arc<Seats>,
    stream: StreamOf<K>,
    from: K::Address,
) {
    links.shared().counters.streams_accepted.one();
    metrics::stream_accepted();
    let (seat, registration, evicted) = seats.take();
    if evicted {
        links.shared().counters.streams_evicted.one();
    }
    let line = links.line(stream, false).watched_by(Arc::clone(&seat.progress));
    let served = Abortable::new(serve(Arc::clone(links), line, from), registration);
    links.spawn(async move {
        let _seat = seat;
        let _ = served.await;
    });
}

/// Serves one stream within its deadline.
async fn serve<K: Stack>(links: Arc<Links<K>>, mut line: LineOf<K>, from: K::Address) {
    let served = within::<K::Runtime, _>(links.timeout, answer(&links, &mut line, &from)).await;
    match served.unwrap_or(Err(ExchangeError::TimedOut)) {
        Ok(()) | Err(ExchangeError::Silent | ExchangeError::Down(_)) => {}
        Err(error) => {
            tracing::debug!(%from, %error, "a peer's stream came to nothing");
            count(&links, &error).await;
        }
    }
}

async fn count<K: Stack>(links: &Links<K>, error: &ExchangeError) {
    let counters = &links.shared().counters;
    match error {
        ExchangeError::TimedOut => counters.streams_timed_out.one(),
        ExchangeError::Unexpected => counters.streams_malformed.one(),
        ExchangeError::Malformed(error) => {
            counters.streams_malformed.one();
            // If the node is down, nobody reads it any more.
            let _ = links.tell(StreamInput::Count { reason: error.reason() }).await;
        }
        _ => {}
    }
}

async fn answer<K: Stack>(
    links: &Links<K>,
    line: &mut LineOf<K>,
    from: &K::Address,
) -> Result<(), ExchangeError> {
    match line.receive_first::<K::Runtime>().await {
        Ok(Received::PushPull { claims, user_state, join }) => {
            let state = links.ask(|reply| StreamInput::LocalState { join, reply }).await?;
            line.send(&StreamMessage::PushPull(state.message())).await?;
            line.close().await?;
            links.merge(from, claims, user_state, join).await
        }
        Ok(Received::Ping(ping)) => {
            let ack = links.ask(|reply| StreamInput::Ping { ping, reply }).await?;
            let ack = ack.ok_or(ExchangeError::Unexpected)?;
            line.send(&StreamMessage::Ack(ack)).await?;
            line.close().await
        }
        Ok(Received::User(payload)) => {
            let from = from.cheap_clone();
            Ok(links.tell(StreamInput::User { from, payload }).await?)
        }
        Ok(Received::Ack(_) | Received::Error(_)) => Err(ExchangeError::Unexpected),
        Err(ExchangeError::Malformed(error)) => {
            line.refuse(&error.to_string()).await?;
            Err(error.into())
        }
        Err(error) => Err(error),
    }
}

/// Who is served.
#[derive(Default)]
struct Seats {
    taken: Mutex<Taken>,
}

#[derive(Default)]
struct Taken {
    next: u64,
    /// In the order of their coming.
    streams: BTreeMap<u64, (Arc<Progress>, AbortHandle)>,
}

/// The place of one stream; dropping it frees it.
struct Seat {
    number: u64,
    progress: Arc<Progress>,
    seats: Arc<Seats>,
}

impl Seats {
    /// A place for a new stream, and whether another one had to give way for it.
    fn take(self: &Arc<Self>) -> (Seat, AbortRegistration, bool) {
        let (abort, registration) = AbortHandle::new_pair();
        let progress = Arc::new(Progress::default());
        let mut taken = self.taken.lock();
        let evicted = if taken.streams.len() < STREAMS_MAX { None } else { taken.give_way() };
        let number = taken.next;
        taken.next += 1;
        taken.streams.insert(number, (Arc::clone(&progress), abort));
        drop(taken);
        let was_full = evicted.is_some();
        if let Some(evicted) = evicted {
            evicted.abort();
        }
        (Seat { number, progress, seats: Arc::clone(self) }, registration, was_full)
    }
}

impl Taken {
    /// The oldest of those that are least far.
    fn give_way(&mut self) -> Option<AbortHandle> {
        let (_, number) =
            self.streams.iter().map(|(number, (progress, _))| (progress.get(), *number)).min()?;
        self.streams.remove(&number).map(|(_, abort)| abort)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.seats.taken.lock().streams.remove(&self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_silent_stream_gives_way_then_the_oldest_that_drips() {
        let seats = Arc::new(Seats::default());
        let held: Vec<_> = (0..STREAMS_MAX).map(|_| seats.take()).collect();
        assert!(held.iter().all(|(_, _, evicted)| !evicted));
        held[0].0.progress.set(Progress::READING);
        held[1].0.progress.set(Progress::SERVING);

        let newcomer = seats.take();
        assert!(newcomer.2);
        assert!(held[2].1.handle().is_aborted(), "the oldest silent one gives way");
        assert!(!held[0].1.handle().is_aborted());

        for (seat, ..) in held.iter().chain([&newcomer]).skip(2) {
            seat.progress.set(Progress::SERVING);
        }
        let next = seats.take();
        assert!(held[0].1.handle().is_aborted(), "then the oldest that drips");
        assert!(!held[1].1.handle().is_aborted());

        drop((held, newcomer, next));
        assert!(seats.taken.lock().streams.is_empty());
    }
}
