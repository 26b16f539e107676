//! Streams that this node opens: full exchanges, stream pings, messages of the application.

use core::pin::pin;
use core::time::Duration;
use std::borrow::Cow;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::future::{Either, select};

use super::clock::within;
use super::command::{Reply, StreamInput};
use super::error::SendError;
use super::line::{ExchangeError, Received};
use super::links::Links;
use super::metrics;
use super::stack::Stack;
use crate::engine::{Side, StreamError};
use crate::types::Node;
use crate::wire::{Ping, StreamMessage};

/// A full exchange that the machine asked for.
pub(super) fn push_pull<K: Stack>(links: &Arc<Links<K>>, to: Node<K::Id, K::Address>) {
    let Some(permit) = links.push_pulls.take(1) else {
        links.shared().counters.streams_put_off.one();
        return;
    };
    let task_links = Arc::clone(links);
    links.spawn(async move {
        let _permit = permit;
        let timer = metrics::Timer::start();
        let limit = task_links.timeout;
        if let Err(error) = exchange_within(&task_links, to.address(), false, limit).await {
            task_links.shared().counters.exchanges_failed.one();
            tracing::debug!(peer = %to.id(), %error, "a full exchange failed");
        }
        timer.push_pull_ended();
    });
}

/// Exchanges everything with whoever is at `to`.
pub(super) async fn exchange_within<K: Stack>(
    links: &Links<K>,
    to: &K::Address,
    join: bool,
    limit: Duration,
) -> Result<(), ExchangeError> {
    let exchange = pin!(exchange(links, to, join));
    let exchanged = within::<K::Runtime, _>(limit, exchange).await;
    exchanged.unwrap_or(Err(ExchangeError::TimedOut))
}

async fn exchange<K: Stack>(
    links: &Links<K>,
    to: &K::Address,
    join: bool,
) -> Result<(), ExchangeError> {
    let mut line = links.dial(to).await?;
    metrics::stream_connected();
    let bytes = links.seal_all(&mut line, join).await?;
    line.write(&bytes).await?;
    drop(bytes);
    match line.receive::<K::Runtime>().await? {
        Received::PushPull { claims, user_state, .. } => {
            links.merge(to, Side::Dialled, claims, user_state, join).await
        }
        Received::Error(words) => Err(ExchangeError::Malformed(StreamError::Remote(words))),
        _ => Err(ExchangeError::Unexpected),
    }
}

/// A ping over a stream that the machine asked for: the answer counts if it comes within `limit`.
pub(super) fn stream_ping<K: Stack>(
    links: &Arc<Links<K>>,
    to: Node<K::Id, K::Address>,
    ping: Ping<K::Id, K::Address>,
    limit: Duration,
) {
    let Some(permit) = links.stream_pings.take(1) else {
        links.shared().counters.streams_put_off.one();
        return;
    };
    let task_links = Arc::clone(links);
    links.spawn(async move {
        let _permit = permit;
        let pinged = within::<K::Runtime, _>(limit, ping_once(&task_links, to.address(), ping));
        if let Some(Err(error)) = pinged.await {
            tracing::debug!(peer = %to.id(), %error, "a stream ping failed");
        }
    });
}

async fn ping_once<K: Stack>(
    links: &Links<K>,
    to: &K::Address,
    ping: Ping<K::Id, K::Address>,
) -> Result<(), ExchangeError> {
    let mut line = links.dial(to).await?;
    let seq = ping.seq;
    line.send(&StreamMessage::Ping(ping)).await?;
    match line.receive::<K::Runtime>().await? {
        Received::Ack(ack) if ack.seq == seq => Ok(links.tell(StreamInput::Ack { ack }).await?),
        _ => Err(ExchangeError::Unexpected),
    }
}

/// A message of the application. Given up when nobody waits for `reply` any more.
pub(super) fn send<K: Stack>(
    links: &Arc<Links<K>>,
    to: K::Address,
    payload: Bytes,
    mut reply: Reply<Result<(), SendError>>,
) {
    let task_links = Arc::clone(links);
    links.spawn(async move {
        let written = {
            let send = pin!(send_within(&task_links, &to, &payload));
            let given_up = pin!(reply.cancellation());
            match select(send, given_up).await {
                Either::Left((written, _)) => written,
                Either::Right(_) => return,
            }
        };
        let _ = reply.send(written);
    });
}

async fn send_within<K: Stack>(
    links: &Links<K>,
    to: &K::Address,
    payload: &Bytes,
) -> Result<(), SendError> {
    let write = async {
        let mut line = links.dial(to).await?;
        line.send(&StreamMessage::User(Cow::Borrowed(payload))).await?;
        line.close().await
    };
    let written = within::<K::Runtime, _>(links.timeout, write).await;
    written.unwrap_or(Err(ExchangeError::TimedOut)).map_err(send_error)
}

fn send_error(error: ExchangeError) -> SendError {
    match error {
        ExchangeError::Io(error) => SendError::Stream(error),
        ExchangeError::Down(down) => SendError::Down(down),
        ExchangeError::TimedOut => SendError::TimedOut,
        other => SendError::Stream(std::io::Error::other(other.to_string())),
    }
}
