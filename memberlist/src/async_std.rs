//! Nodes on async-std. It is discontinued; this is for programs that still run on it.

use smol_str::SmolStr;

use crate::Builder;

/// The runtime: sockets and timers of async-io, tasks of async-std's global executor.
pub type Runtime = memberlist_net::runtime::AsyncStdRuntime;

/// A node of that name over UDP and TCP. It may be started anywhere: async-std's executor is
/// global.
pub fn tcp(id: impl Into<SmolStr>) -> Builder<SmolStr, Runtime> {
    Builder::tcp(id.into())
}

/// QUIC by quinn on this runtime: see [`quic`](crate::quic).
#[cfg(feature = "quinn")]
pub type Quinn = memberlist_quic::Quinn<Runtime>;
