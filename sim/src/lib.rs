//! A deterministic simulator of memberlist clusters.
//!
//! ```text
//!   seed ──► Plan: hosts, options, network, deeds (faults and work) in time
//!              │
//!              ▼            packets, segments, alarms, deeds
//!            World ◄──────────────── Agenda ◄────────────────┐
//!              │ one event at a time, in virtual time        │
//!              ▼                                             │
//!            Host: the production engine ──► Network: latency, loss, cuts, damage
//!              │
//!              ▼ everything that happens
//!            Observer: oracles, trace, meters
//! ```
//!
//! What runs is the production engine of `memberlist-core`: bytes, wire format, frame, state
//! machine and the asked hooks. Sockets, tasks and timers are replaced, and nothing else. One seed
//! gives one run, on every machine.

#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

pub mod agenda;
pub mod clock;
pub mod deed;
pub mod dice;
pub mod draw;
pub mod drill;
pub mod estimate;
pub mod experiment;
mod guard;
pub mod host;
pub mod meter;
pub mod net;
pub mod observe;
pub mod oracle;
pub mod plan;
pub mod report;
pub mod stream;
pub mod sweep;
pub mod trace;
pub mod world;

pub use memberlist_core as core;

/// How hosts are named: small strings, as in production.
pub type Id = smol_str::SmolStr;

/// Where hosts are reached: socket addresses, as in production.
pub type Addr = std::net::SocketAddr;

/// A host's number in its world: its place in [`Plan`](plan::Plan), from 0.
pub type HostNo = u32;
