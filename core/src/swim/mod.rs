//! The state machine (being built).
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

mod output;

pub use output::{Action, Event, Outcome, Token};
