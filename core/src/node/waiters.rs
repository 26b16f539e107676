//! Who waits for the outcome of a command, and until when.

use std::collections::{BTreeSet, HashMap};

use futures_channel::oneshot;

use super::command::{Completion, Pong, Reply};
use super::error::{PingError, UpdateError};
use crate::swim::{Outcome, Token};
use crate::time::Instant;

/// Where the outcome of a command goes.
pub(super) enum Waiter {
    /// How many heard it; `None`: nobody confirmed it in time.
    Heard(Reply<Option<usize>>),
    /// The same for metadata that a hook gave.
    Refreshed(Reply<Result<usize, UpdateError>>),
    /// An answered ping.
    Pong(Reply<Result<Pong, PingError>>),
    /// A broadcast that is done.
    Broadcast(oneshot::Sender<Completion>),
}

/// Commands that wait for their outcome. Dropping it ends every wait.
#[derive(Default)]
pub(super) struct Waiters {
    last: u64,
    waiting: HashMap<Token, (Waiter, Option<Instant>)>,
    deadlines: BTreeSet<(Instant, Token)>,
}

impl Waiters {
    /// Names a new command.
    pub(super) const fn token(&mut self) -> Token {
        self.last += 1;
        Token(self.last)
    }

    /// `waiter` hears how `token` ends, or that nothing came before `deadline`.
    pub(super) fn insert(&mut self, token: Token, waiter: Waiter, deadline: Option<Instant>) {
        self.waiting.insert(token, (waiter, deadline));
        self.deadlines.extend(deadline.map(|deadline| (deadline, token)));
    }

    /// `token` has come to its end.
    pub(super) fn complete(&mut self, token: Token, outcome: Outcome) {
        let Some((waiter, deadline)) = self.waiting.remove(&token) else { return };
        if let Some(deadline) = deadline {
            self.deadlines.remove(&(deadline, token));
        }
        waiter.complete(outcome);
    }

    pub(super) fn next_deadline(&self) -> Option<Instant> {
        self.deadlines.first().map(|(deadline, _)| *deadline)
    }

    /// Ends one wait whose time is up, and says which.
    pub(super) fn expire(&mut self, now: Instant) -> Option<Token> {
        let (_, token) = *self.deadlines.first().filter(|(deadline, _)| *deadline <= now)?;
        self.complete(token, Outcome::NoAnswer);
        Some(token)
    }
}

impl Waiter {
    /// Whoever waited may be gone: then nobody hears it.
    fn complete(self, outcome: Outcome) {
        match self {
            Self::Heard(reply) => drop(reply.send(heard(&outcome))),
            Self::Refreshed(reply) => {
                drop(reply.send(heard(&outcome).ok_or(UpdateError::Unheard)));
            }
            Self::Pong(reply) => drop(reply.send(pong(outcome))),
            Self::Broadcast(done) => {
                let replaced = matches!(outcome, Outcome::Replaced);
                let how = if replaced { Completion::Replaced } else { Completion::Sent };
                let _ = done.send(how);
            }
        }
    }
}

const fn heard(outcome: &Outcome) -> Option<usize> {
    match outcome {
        Outcome::Heard(count) => Some(*count),
        _ => None,
    }
}

fn pong(outcome: Outcome) -> Result<Pong, PingError> {
    match outcome {
        Outcome::Pong { round_trip, payload } => Ok(Pong { round_trip, payload }),
        _ => Err(PingError::NoAnswer),
    }
}
