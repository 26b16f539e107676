//! The vocabulary. Every value that can be wrong is a newtype that is right by construction.

#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

mod address;
mod cidr;
mod counter;
mod label;
pub mod limits;
mod member;
mod meta;
mod state;
mod version;

pub use address::{Address, Id};
pub use cidr::{Cidrs, InvalidCidr};
pub use counter::{Incarnation, SequenceNumber, StartId};
pub use label::{Label, LabelTooLong};
pub use member::Member;
pub use meta::{Meta, MetaTooLarge};
pub use nodecraft::{CheapClone, Node};
pub use state::State;
pub use version::Versions;
