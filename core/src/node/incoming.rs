//! Streams that peers open: accepted in a loop, served by one bounded task each.

use core::pin::pin;
use core::time::Duration;
use std::sync::Arc;

use agnostic_lite::RuntimeLite;
use bytes::Bytes;
use futures_util::future::{AbortRegistration, Abortable};

use super::clock::within;
use super::command::StreamInput;
use super::line::{ExchangeError, Received};
use super::links::{LineOf, Links, StreamOf};
use super::metrics;
use super::seats::Seat;
use super::stack::Stack;
use crate::engine::Side;
use crate::transport::Transport;
use crate::types::CheapClone;
use crate::wire::StreamMessage;

/// After so many errors in a row the accept loop rests between tries: the process may be out of
/// file descriptors.
const ACCEPT_ERRORS_MAX: u32 = 8;

/// How long it rests.
const ACCEPT_REST: Duration = Duration::from_millis(10);

/// Accepts streams until the node ends.
pub(super) async fn accept<K: Stack>(links: Arc<Links<K>>) {
    let mut errors = 0;
    loop {
        match links.transport.accept().await {
            Ok((stream, from)) => {
                errors = 0;
                let seat = links.seats.wait::<K::Runtime>().await;
                admit(&links, seat, stream, from);
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
    (seat, registration): (Seat, AbortRegistration),
    stream: StreamOf<K>,
    from: K::Address,
) {
    links.shared().counters.streams_accepted.one();
    metrics::stream_accepted();
    let line = links.line(stream, false, Arc::clone(&seat.progress));
    let served = Box::pin(serve(Arc::clone(links), line, from));
    links.spawn(async move {
        let _seat = seat;
        let _ = Abortable::new(served, registration).await;
    });
}

/// Serves one stream within its deadline.
async fn serve<K: Stack>(links: Arc<Links<K>>, mut line: LineOf<K>, from: K::Address) {
    let served = {
        let answered = pin!(answer(&links, &mut line, &from));
        within::<K::Runtime, _>(links.timeout, answered).await
    };
    match served.unwrap_or(Err(ExchangeError::TimedOut)) {
        Ok(()) | Err(ExchangeError::Silent | ExchangeError::Down(_)) => {}
        Err(error) => {
            tracing::debug!(%from, %error, "a peer's stream came to nothing");
            let front = Bytes::copy_from_slice(line.front());
            count(&links, from, front, error).await;
        }
    }
}

async fn count<K: Stack>(links: &Links<K>, from: K::Address, front: Bytes, error: ExchangeError) {
    let counters = &links.shared().counters;
    match error {
        ExchangeError::TimedOut => counters.streams_timed_out.one(),
        ExchangeError::Io(_) => counters.streams_broken.one(),
        ExchangeError::Unexpected => counters.streams_malformed.one(),
        ExchangeError::Malformed(error) => {
            counters.streams_malformed.one();
            // If the node is down, nobody reads it any more.
            let _ = links.tell(StreamInput::Refused { from, error, front }).await;
        }
        _ => {}
    }
}

/// Answers what the stream was opened for; if that cannot be, the peer is told why.
async fn answer<K: Stack>(
    links: &Links<K>,
    line: &mut LineOf<K>,
    from: &K::Address,
) -> Result<(), ExchangeError> {
    let answered = match line.receive_first::<K::Runtime>().await {
        Ok(request) => answer_request(links, line, from, request).await,
        Err(ExchangeError::Malformed(error)) => {
            // Whoever is gone already is counted all the same.
            let _ = line.refuse(&error).await;
            return Err(error.into());
        }
        Err(error) => Err(error),
    };
    if matches!(answered, Err(ExchangeError::OverMemory)) {
        let _ = line.put_off().await;
    }
    answered
}

async fn answer_request<K: Stack>(
    links: &Links<K>,
    line: &mut LineOf<K>,
    from: &K::Address,
    request: Received<K::Id, K::Address>,
) -> Result<(), ExchangeError> {
    match request {
        Received::PushPull { claims, user_state, join } => {
            links.answer_all(line, join).await?;
            line.close().await?;
            line.note_answered();
            links.merge(from, Side::Accepted, claims, user_state, join).await
        }
        Received::Ping(ping) => {
            let ack = links.ask(|reply| StreamInput::Ping { ping, reply }).await?;
            let ack = ack.ok_or(ExchangeError::Unexpected)?;
            line.send(&StreamMessage::Ack(ack)).await?;
            line.close().await
        }
        Received::User(payload) => {
            let from = from.cheap_clone();
            Ok(links.tell(StreamInput::User { from, payload }).await?)
        }
        Received::Ack(_) | Received::Error(_) => Err(ExchangeError::Unexpected),
    }
}
