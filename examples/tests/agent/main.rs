//! The agent as a black box: what it prints, what it takes, how it ends.
//!
//! Every wait ends at a line that was expected or at a bound; nothing sleeps.

mod cluster;
mod commands;
mod faults;
mod harness;
mod keys;
mod process;
mod quic;
mod tls;
