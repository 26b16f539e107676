//! The machine on virtual time. Each test feeds a node, looks at what it sends, tells and asks for,
//! and compares with numbers that the protocol gives, to the nanosecond.

mod alive;
mod announce;
mod awareness;
mod broadcast;
mod claims;
mod cluster;
mod dead;
mod gossip;
mod harness;
mod helper;
mod hold;
mod hostile;
mod network;
mod newcomer;
mod numbers;
mod pause;
mod probe;
mod properties;
mod restart;
mod suspect;
mod sync;
