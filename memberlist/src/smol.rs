//! Nodes on smol.

use smol_str::SmolStr;

use crate::Builder;

/// The runtime: sockets and timers of async-io, tasks of smol's global executor.
pub type Runtime = agnostic::smol::SmolRuntime;

/// A node of that name over UDP and TCP. It may be started anywhere: smol's executor is global.
pub fn tcp(id: impl Into<SmolStr>) -> Builder<SmolStr, Runtime> {
    Builder::tcp(id.into())
}

/// QUIC by quinn on this runtime: see [`quic`](crate::quic).
#[cfg(feature = "quinn")]
pub type Quinn = memberlist_quic::Quinn<Runtime>;
