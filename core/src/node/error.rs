//! Why a call did not do what it was asked for. Each variant says whether something has changed.

use core::fmt;
use std::io;

use super::seed::Joined;
use crate::config::OptionsError;
use crate::engine::{SetupError, TooLarge};

/// The node has ended. Nothing was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Down {
    /// It was shut down, or its runtime was.
    #[error("the node is shut down")]
    Shutdown,
    /// One of its own tasks panicked. That is a bug in this crate or in a custom part of the node.
    #[error("the node has ended: one of its tasks panicked")]
    Crashed,
}

impl Down {
    /// Whether the node has ended: always true, so that all errors can be asked alike.
    pub const fn is_shutdown(&self) -> bool {
        true
    }
}

/// Why a node was not started. Nothing runs and no port is held.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// An option is out of its range.
    #[error(transparent)]
    Options(#[from] OptionsError),
    /// The parts do not fit together.
    #[error(transparent)]
    Setup(#[from] SetupError),
    /// The transport guards streams, but nothing guards datagrams.
    #[error(
        "the transport guards streams only, so packets could be read and forged: give the node a \
         key (`encryption`; `--key` of the agent) with both checks on, or allow it on purpose \
         (`allow_plain_datagrams`; `--allow-plain-datagrams` of the agent)"
    )]
    PlainDatagrams,
    /// Nothing is to leave or be taken unencrypted, and there is no key.
    #[error(
        "the keyring is empty and plain text is refused, so nobody could be talked to: give it a \
         key, or switch both checks off until one is installed (`verify_incoming`, \
         `verify_outgoing`)"
    )]
    NoKey,
    /// The transport could not be set up, for example because a port is in use.
    #[error("the transport could not be set up: {0}")]
    Transport(#[from] io::Error),
}

impl BuildError {
    /// Whether the node has ended: always false, it never began.
    pub const fn is_shutdown(&self) -> bool {
        false
    }
}

/// Why [`join`](super::Memberlist::join) reached nobody.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JoinError<A: fmt::Debug + fmt::Display> {
    /// No seed answered. Nothing has changed, except that a node that had left is alive again.
    #[error("no seed answered: {0}")]
    Unreached(Joined<A>),
    /// The node has ended. What was learned until then stays known.
    #[error(transparent)]
    Down(#[from] Down),
}

impl<A: fmt::Debug + fmt::Display> JoinError<A> {
    /// Whether the reason is that the node has ended.
    pub const fn is_shutdown(&self) -> bool {
        matches!(self, Self::Down(_))
    }
}

/// Why a [`leave`](super::Memberlist::leave) is not known to have been heard.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LeaveError {
    /// No live member confirmed it in time. The node **has left**: it says so on and on, and is no
    /// member any more in its own eyes. The others may find out later, or by its silence. Or a
    /// `join` has made it a member again before anybody confirmed it.
    #[error("no live member confirmed in time that it knows that the node has left")]
    Unheard,
    /// The node has ended. It has said nothing.
    #[error(transparent)]
    Down(#[from] Down),
}

impl LeaveError {
    /// Whether the reason is that the node has ended.
    pub const fn is_shutdown(&self) -> bool {
        matches!(self, Self::Down(_))
    }
}

/// Why new metadata is not known to have been heard.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UpdateError {
    /// No live member confirmed it within `stream_timeout`, or before the node left. The metadata
    /// **has changed** and is gossiped on.
    #[error("the metadata has changed, but no live member confirmed that it knows")]
    Unheard,
    /// The delegate's `node_meta` hook gave none. Nothing has changed.
    #[error("the `node_meta` hook gave no metadata")]
    NoMeta,
    /// The node has ended. Nothing has changed.
    #[error(transparent)]
    Down(#[from] Down),
}

impl UpdateError {
    /// Whether the reason is that the node has ended.
    pub const fn is_shutdown(&self) -> bool {
        matches!(self, Self::Down(_))
    }
}

/// Why bytes of the application were not sent. Nothing here changes the node's state.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SendError {
    /// No such member is known. Nothing was sent.
    #[error("`{0}` is no member")]
    Unknown(String),
    /// It fits no packet, or no stream message. Nothing was sent.
    #[error(transparent)]
    TooLarge(#[from] TooLarge),
    /// The stream could not be opened or written; a part may have arrived.
    #[error("the stream failed: {0}")]
    Stream(#[from] io::Error),
    /// It was not written within `stream_timeout`; a part may have arrived.
    #[error("not written in time")]
    TimedOut,
    /// The node has ended; a part may have arrived.
    #[error(transparent)]
    Down(#[from] Down),
}

impl SendError {
    /// Whether the reason is that the node has ended.
    pub const fn is_shutdown(&self) -> bool {
        matches!(self, Self::Down(_))
    }
}

/// Why a ping gave no round-trip time. Nothing has changed: nobody is suspected for it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PingError {
    /// No such member is known.
    #[error("`{0}` is no member")]
    Unknown(String),
    /// No answer within `probe_timeout`.
    #[error("no answer in time")]
    NoAnswer,
    /// The node has ended.
    #[error(transparent)]
    Down(#[from] Down),
}

impl PingError {
    /// Whether the reason is that the node has ended.
    pub const fn is_shutdown(&self) -> bool {
        matches!(self, Self::Down(_))
    }
}

/// Why a member was not forgotten. Nothing has changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ForgetError {
    /// No such member is known.
    #[error("`{0}` is no member")]
    Unknown(String),
    /// It answers: only a suspect, dead or left member can be forgotten.
    #[error("`{0}` is alive")]
    Alive(String),
    /// It is this node's own name: only others can forget it, after it has left.
    #[error("`{0}` is this node itself")]
    Itself(String),
    /// The node has ended.
    #[error(transparent)]
    Down(#[from] Down),
}

impl ForgetError {
    /// Whether the reason is that the node has ended.
    pub const fn is_shutdown(&self) -> bool {
        matches!(self, Self::Down(_))
    }
}
