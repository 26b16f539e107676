//! From what a person writes to all the addresses behind it.
//!
//! Seeds are resolved when a node joins, never on the path of a packet: members are always known by
//! their addresses.

#[cfg(feature = "dns")]
mod dns;
mod host;
mod node;
mod text;

#[cfg(feature = "dns")]
pub use dns::DnsResolver;
pub use host::HostResolver;
pub use node::NodecraftResolver;
