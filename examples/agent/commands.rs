//! What is asked: one line, one reply.

mod parse;
mod reply;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use memberlist::Encryption;
use memberlist::Joined;
use memberlist::Keyring;
use memberlist::Member;
use memberlist::Memberlist;
use memberlist::Meta;
use memberlist::SecretKey;
use memberlist::node::JoinError;
use smol_str::SmolStr;

pub(crate) use parse::Command;
pub(crate) use parse::split;
pub(crate) use reply::Outcome;
pub(crate) use reply::Reply;
pub(crate) use reply::SeedFailure;

use crate::relay::Relay;

use parse::KeyAction;
use reply::MemberLine;

/// How long a goodbye may take when nobody says otherwise.
pub(crate) const LEAVE_TIMEOUT: Duration = Duration::from_secs(5);

/// What commands work on.
pub(crate) struct App {
    pub(crate) node: Memberlist,
    /// What passes broadcasts on, where the wire format does not.
    pub(crate) relay: Option<Arc<Relay>>,
}

/// Carries out everything but `quit`, which ends the program and not only a command.
pub(crate) async fn run(app: &App, command: &Command) -> Outcome {
    attempt(app, command).await.unwrap_or_else(Outcome::error)
}

async fn attempt(app: &App, command: &Command) -> Result<Outcome, String> {
    let node = &app.node;
    match command {
        Command::Members => Ok(members(node)),
        Command::Join(seeds) => join(node, seeds).await.map(Outcome::from),
        Command::Meta(text) => {
            let meta = Meta::try_from(text.as_str()).map_err(words)?;
            node.update_meta(meta).await.map(|_| Outcome::OK).map_err(words)
        }
        Command::Broadcast(text) => {
            let tagged = app.relay.as_ref().map(|relay| relay.tag(text.as_bytes()));
            let payload = tagged.unwrap_or_else(|| payload(text));
            node.broadcast(payload).await.map(|_| Outcome::OK).map_err(words)
        }
        Command::Send(name, text) => {
            node.send(name, payload(text)).await.map(|()| Outcome::OK).map_err(words)
        }
        Command::SendPacket(name, text) => {
            node.send_packet(name, payload(text)).await.map(|()| Outcome::OK).map_err(words)
        }
        Command::Ping(name) => ping(node, name).await,
        Command::KeyList => key_list(keyring(node)?),
        Command::Key(action, key) => change_key(keyring(node)?, *action, key),
        Command::Stats => Ok(stats(node)),
        Command::Leave(timeout) => {
            let timeout = timeout.unwrap_or(LEAVE_TIMEOUT);
            node.leave(timeout).await.map(|_| Outcome::OK).map_err(words)
        }
        Command::Quit => Ok(Outcome::OK),
    }
}

fn words(error: impl std::fmt::Display) -> String {
    error.to_string()
}

fn payload(text: &str) -> Bytes {
    Bytes::copy_from_slice(text.as_bytes())
}

/// Every member known, this one first, the others by name.
fn members(node: &Memberlist) -> Outcome {
    let own = node.local();
    let mut others = node.all_members();
    others.retain(|member| member.id() != own.id());
    others.sort_by(|a, b| a.id().cmp(b.id()));
    let line = |member: &Member<SmolStr, SocketAddr>| MemberLine::from(member);
    let members = std::iter::once(&own).chain(&others).map(|member| line(member)).collect();
    Outcome::Members { members }
}

/// Joins and tells what came of each seed; an error only when the node has ended.
pub(crate) async fn join(node: &Memberlist, seeds: &[String]) -> Result<JoinOutcome, String> {
    match node.join(seeds).await {
        Ok(joined) | Err(JoinError::Unreached(joined)) => Ok(JoinOutcome::from(&joined)),
        Err(error) => Err(error.to_string()),
    }
}

/// What came of a join.
pub(crate) struct JoinOutcome {
    pub(crate) reached: usize,
    pub(crate) errors: Vec<SeedFailure>,
}

impl From<&Joined<SocketAddr>> for JoinOutcome {
    fn from(joined: &Joined<SocketAddr>) -> Self {
        let failure = |(seed, error): (&memberlist::Seed<_>, &memberlist::node::SeedError)| {
            SeedFailure { seed: seed.to_string(), error: error.to_string() }
        };
        Self { reached: joined.reached(), errors: joined.errors().map(failure).collect() }
    }
}

impl From<JoinOutcome> for Outcome {
    fn from(JoinOutcome { reached, errors }: JoinOutcome) -> Self {
        let nobody = reached == 0 && !errors.is_empty();
        Self::Join { reached, errors, error: nobody.then_some("no seed answered") }
    }
}

fn keyring(node: &Memberlist) -> Result<&Keyring, String> {
    let none = || "this node has no keyring: start it with --key".to_owned();
    node.encryption().map(Encryption::keyring).ok_or_else(none)
}

fn change_key(keyring: &Keyring, action: KeyAction, key: &str) -> Result<Outcome, String> {
    let key = SecretKey::from_base64(key).map_err(words)?;
    match action {
        KeyAction::Add => keyring.install(key).map(|_| ()),
        KeyAction::Use => keyring.use_key(&key),
        KeyAction::Remove => keyring.remove(&key).map(|_| ()),
    }
    .map_err(words)?;
    key_list(keyring)
}

/// The keys themselves: whoever may write to this program may read them.
fn key_list(keyring: &Keyring) -> Result<Outcome, String> {
    let text = |key: &SecretKey| key.to_base64().to_string();
    let keys: Vec<_> = keyring.keys().iter().map(text).collect();
    let primary = keys.first().cloned().unwrap_or_default();
    Ok(Outcome::Keys { keys, primary })
}

async fn ping(node: &Memberlist, name: &SmolStr) -> Result<Outcome, String> {
    let pong = node.ping(name).await.map_err(words)?;
    let rtt_us = u64::try_from(pong.round_trip.as_micros()).unwrap_or(u64::MAX);
    Ok(Outcome::Ping { name: name.to_string(), rtt_us })
}

fn stats(node: &Memberlist) -> Outcome {
    // The contract has names of its own for these two.
    let is_counter = |(name, _): &(&str, u64)| !matches!(*name, "health" | "members");
    Outcome::Stats {
        health: node.health(),
        members: node.num_members(),
        counters: node.stats().iter().filter(is_counter).collect(),
    }
}
