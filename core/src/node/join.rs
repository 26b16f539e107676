//! Joining: every seed at the same time, each within its limit.

use core::pin::pin;
use core::time::Duration;
use std::sync::Arc;

use agnostic_lite::RuntimeLite;
use futures_util::future::{Either, select};
use futures_util::stream::{self, StreamExt};

use super::clock::within;
use super::command::Reply;
use super::line::ExchangeError;
use super::links::Links;
use super::outgoing::exchange_within;
use super::seed::{Joined, Seed, SeedError, SeedOutcome};
use super::stack::Stack;
use crate::engine::StreamError;
use crate::time::Instant;
use crate::transport::{SeedResolver, Transport};
use crate::types::{Address, CheapClone};

/// Seeds that are contacted at the same time; a list of more is worked off in its order. A process
/// may open a thousand files by default.
const SEEDS_AT_ONCE: usize = 128;

/// Addresses of one seed that are contacted at the same time, and at all: a name with more is a
/// balancer's, and one answer is enough.
const ADDRESSES_MAX: usize = 32;

/// Tries per address while the seed drops the stream or is busy.
const TRIES_MAX: u32 = 4;

/// The time between them: longer than a crowd of hundreds takes.
const RETRY_AFTER: Duration = Duration::from_millis(200);

/// Contacts all `seeds`. Given up when nobody waits for `reply` any more.
pub(super) fn join<K: Stack>(
    links: &Arc<Links<K>>,
    seeds: Vec<Seed<K::Address>>,
    mut reply: Reply<Joined<K::Address>>,
) {
    let task_links = Arc::clone(links);
    links.spawn(async move {
        let joined = {
            let contact = pin!(contact_all(task_links, seeds));
            match select(contact, pin!(reply.cancellation())).await {
                Either::Left((joined, _)) => joined,
                Either::Right(_) => return,
            }
        };
        let _ = reply.send(joined);
    });
}

async fn contact_all<K: Stack>(
    links: Arc<Links<K>>,
    seeds: Vec<Seed<K::Address>>,
) -> Joined<K::Address> {
    let contact = |seed: Seed<K::Address>| {
        let links = Arc::clone(&links);
        async move {
            let outcome = contact_seed(&links, &seed).await;
            (seed, outcome)
        }
    };
    Joined::new(stream::iter(seeds).map(contact).buffered(SEEDS_AT_ONCE).collect().await)
}

async fn contact_seed<K: Stack>(
    links: &Links<K>,
    seed: &Seed<K::Address>,
) -> SeedOutcome<K::Address> {
    let deadline = links.shared().now() + links.timeout;
    let addresses = match resolve(links, seed).await {
        Ok(addresses) => addresses,
        Err(error) => return SeedOutcome::Failed(error),
    };
    let others: Vec<_> = addresses.into_iter().filter(|address| !is_own(links, address)).collect();
    if others.is_empty() {
        return SeedOutcome::Myself;
    }
    let contact = |address: K::Address| async move {
        let exchanged = exchange_patiently(links, &address, deadline).await;
        (address, exchanged)
    };
    let exchanged = stream::iter(others.into_iter().take(ADDRESSES_MAX)).map(contact);
    outcome(exchanged.buffered(ADDRESSES_MAX).collect().await)
}

/// A seed with a crowd at its door may drop a stream that it has not come to yet, or be busy; so a
/// few more tries are made. One that closes on purpose, say for another label, does so again.
async fn exchange_patiently<K: Stack>(
    links: &Links<K>,
    address: &K::Address,
    deadline: Instant,
) -> Result<(), ExchangeError> {
    let mut tries = 0;
    loop {
        let limit = deadline - links.shared().now();
        let exchanged = exchange_within(links, address, true, limit).await;
        tries += 1;
        if tries == TRIES_MAX || !exchanged.as_ref().is_err_and(ExchangeError::is_passing) {
            return exchanged;
        }
        K::Runtime::sleep(RETRY_AFTER.min(deadline - links.shared().now())).await;
    }
}

/// Reached if one address answered; otherwise the first error stands for all.
fn outcome<A>(exchanged: Vec<(A, Result<(), ExchangeError>)>) -> SeedOutcome<A> {
    let mut reached = Vec::new();
    let mut first_error = None;
    for (address, result) in exchanged {
        match result {
            Ok(()) => reached.push(address),
            Err(error) => first_error = first_error.or(Some(error)),
        }
    }
    match first_error {
        Some(error) if reached.is_empty() => SeedOutcome::Failed(seed_error(error)),
        _ => SeedOutcome::Reached(reached),
    }
}

async fn resolve<K: Stack>(
    links: &Links<K>,
    seed: &Seed<K::Address>,
) -> Result<Vec<K::Address>, SeedError> {
    let name = match seed {
        Seed::Address(address) => return Ok(vec![address.cheap_clone()]),
        Seed::Name(name) => name,
    };
    let resolved = within::<K::Runtime, _>(links.timeout, links.resolver.resolve(name)).await;
    let addresses = resolved.ok_or(SeedError::TimedOut)?.map_err(SeedError::Resolve)?;
    if addresses.is_empty() {
        return Err(SeedError::Resolve(std::io::ErrorKind::NotFound.into()));
    }
    Ok(addresses)
}

fn is_own<K: Stack>(links: &Links<K>, address: &K::Address) -> bool {
    links.transport.advertised().same_place(address)
        || links.transport.bound().iter().any(|bound| bound.same_place(address))
}

fn seed_error(error: ExchangeError) -> SeedError {
    match error {
        ExchangeError::Io(error) => SeedError::Stream(error),
        ExchangeError::TimedOut => SeedError::TimedOut,
        ExchangeError::Refused(refusal) => SeedError::Refused(refusal.to_string()),
        ExchangeError::Malformed(StreamError::Remote(words)) => SeedError::Answer(words),
        other => SeedError::Answer(other.to_string()),
    }
}
