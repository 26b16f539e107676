//! Nodes on smol.

#[cfg(feature = "native-tls")]
use memberlist_net::NativeTls;
#[cfg(feature = "tls")]
use memberlist_net::Tls;
use smol_str::SmolStr;

use crate::Builder;
#[cfg(any(feature = "tls", feature = "native-tls", feature = "quinn"))]
use crate::builder::Layered;
#[cfg(feature = "quinn")]
use crate::quic::{Quic, QuicLayer};

/// The runtime: sockets and timers of async-io, tasks of smol's global executor.
pub type Runtime = agnostic::smol::SmolRuntime;

/// A node of that name over UDP and TCP. It may be started anywhere: smol's executor is global.
pub fn tcp(id: impl Into<SmolStr>) -> Builder<SmolStr, Runtime> {
    Builder::tcp(id.into())
}

/// The same with streams guarded by rustls. Datagrams need a key of their own:
/// [`Builder::encryption`].
#[cfg(feature = "tls")]
pub fn tls(id: impl Into<SmolStr>, tls: Tls) -> Layered<Runtime, Tls> {
    tcp(id).stream_layer(tls)
}

/// The same with streams guarded by the system's TLS. Datagrams need a key of their own:
/// [`Builder::encryption`].
#[cfg(feature = "native-tls")]
pub fn native_tls(id: impl Into<SmolStr>, tls: NativeTls) -> Layered<Runtime, NativeTls> {
    tcp(id).stream_layer(tls)
}

/// A node of that name over QUIC, by `Quinn`. Everything is encrypted, datagrams too.
#[cfg(feature = "quinn")]
pub fn quic<L>(id: impl Into<SmolStr>, layer: L) -> Layered<Runtime, Quic<L>>
where
    L: QuicLayer<Runtime = Runtime>,
{
    Builder::over(id.into(), Quic::new(layer))
}

/// QUIC by quinn on this runtime: see [`quic`](crate::quic).
#[cfg(feature = "quinn")]
pub type Quinn = memberlist_quic::Quinn<Runtime>;
