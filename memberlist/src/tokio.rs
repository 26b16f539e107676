//! Nodes on tokio.

use smol_str::SmolStr;

use crate::Builder;

/// The runtime: sockets, timers and tasks of tokio.
pub type Runtime = agnostic::tokio::TokioRuntime;

/// A node of that name over UDP and TCP. It has to be started inside a tokio runtime with I/O and
/// time enabled.
pub fn tcp(id: impl Into<SmolStr>) -> Builder<SmolStr, Runtime> {
    Builder::tcp(id.into())
}

/// QUIC by quinn on this runtime: see [`quic`](crate::quic).
#[cfg(feature = "quinn")]
pub type Quinn = memberlist_quic::Quinn<Runtime>;
