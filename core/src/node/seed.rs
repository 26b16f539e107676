//! Where to join, and what came of it.

use core::fmt;
use std::io;
use std::str::FromStr;

use crate::transport::SeedResolver;
use crate::types::Address;

/// Somebody to join by.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Seed<A> {
    /// An address of the transport.
    Address(A),
    /// A text for the node's resolver: for socket addresses `host`, `host:port`, `ip:port`. All the
    /// addresses behind it are contacted.
    Name(String),
}

impl<A: Address> From<A> for Seed<A> {
    fn from(address: A) -> Self {
        Self::Address(address)
    }
}

impl<A: Address> From<&str> for Seed<A> {
    fn from(name: &str) -> Self {
        Self::Name(name.to_owned())
    }
}

impl<A: Address> From<&String> for Seed<A> {
    fn from(name: &String) -> Self {
        Self::Name(name.clone())
    }
}

impl<A: Address> From<String> for Seed<A> {
    fn from(name: String) -> Self {
        Self::Name(name)
    }
}

impl<A: fmt::Display> fmt::Display for Seed<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(address) => address.fmt(f),
            Self::Name(name) => name.fmt(f),
        }
    }
}

/// What came of one seed.
#[derive(Debug)]
#[non_exhaustive]
pub enum SeedOutcome<A> {
    /// These addresses of it answered, and everything was exchanged with each.
    Reached(Vec<A>),
    /// It is this node itself: neither a success nor an error.
    Myself,
    /// None of its addresses answered.
    Failed(SeedError),
}

/// Why a seed was not reached. Nothing was learned from it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SeedError {
    /// Its name could not be turned into an address.
    #[error("its name could not be resolved: {0}")]
    Resolve(#[source] io::Error),
    /// The stream could not be opened, or broke.
    #[error("{0}")]
    Stream(#[source] io::Error),
    /// It did not answer within `stream_timeout`.
    #[error("no answer in time")]
    TimedOut,
    /// What it answered makes no sense, or is an error of its own.
    #[error("{0}")]
    Answer(String),
    /// It answered, and the merge was refused here: versions that do not fit, or the application.
    #[error("the merge was refused: {0}")]
    Refused(String),
}

/// What came of a join, seed by seed.
#[derive(Debug)]
pub struct Joined<A> {
    seeds: Vec<(Seed<A>, SeedOutcome<A>)>,
}

impl<A> Joined<A> {
    pub(super) const fn new(seeds: Vec<(Seed<A>, SeedOutcome<A>)>) -> Self {
        Self { seeds }
    }

    /// How many seeds answered.
    pub fn reached(&self) -> usize {
        self.iter().filter(|(_, outcome)| matches!(outcome, SeedOutcome::Reached(_))).count()
    }

    /// The seeds that did not answer, and why.
    pub fn errors(&self) -> impl Iterator<Item = (&Seed<A>, &SeedError)> {
        self.iter().filter_map(|(seed, outcome)| match outcome {
            SeedOutcome::Failed(error) => Some((seed, error)),
            _ => None,
        })
    }

    /// All seeds, in the order they were given.
    pub fn iter(&self) -> impl Iterator<Item = (&Seed<A>, &SeedOutcome<A>)> {
        self.seeds.iter().map(|(seed, outcome)| (seed, outcome))
    }

    /// Whether somebody failed and nobody answered.
    pub(super) fn is_failure(&self) -> bool {
        self.reached() == 0 && self.errors().next().is_some()
    }
}

impl<A: fmt::Display> fmt::Display for Joined<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {} seeds reached", self.reached(), self.seeds.len())?;
        for (seed, error) in self.errors() {
            write!(f, "; {seed}: {error}")?;
        }
        Ok(())
    }
}

/// Turns no name into an address: joins need [`Seed::Address`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NoResolver;

impl<A: Address> SeedResolver<A> for NoResolver {
    async fn resolve(&self, name: &str) -> io::Result<Vec<A>> {
        let words = format!("`{name}` is a name, and this node has no resolver");
        Err(io::Error::new(io::ErrorKind::Unsupported, words))
    }
}

/// Reads an address from its text (`10.0.0.7:7946`) and looks nothing up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ParseResolver;

impl<A: Address + FromStr> SeedResolver<A> for ParseResolver {
    async fn resolve(&self, name: &str) -> io::Result<Vec<A>> {
        let address = name.parse().map_err(|_| {
            io::Error::new(io::ErrorKind::InvalidInput, format!("`{name}` is no address"))
        })?;
        Ok(vec![address])
    }
}
