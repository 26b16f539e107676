//! What carries the packets and streams of a node.

use core::future::Future;
use core::net::SocketAddr;

use agnostic::Runtime;
use memberlist_core::transport::Transport;
use memberlist_net::{BindError, NetOptions, NetTransport, StreamLayer};

/// What a [`Builder`](crate::Builder) binds when it starts: each stream layer over TCP with UDP
/// beside it, and `Quic`. For transports with other addresses, or that are bound already, see
/// [`with_transport`](crate::with_transport).
pub trait Carrier<R: Runtime>: Send + 'static {
    /// What it becomes.
    type Transport: Transport<Address = SocketAddr, Runtime = R>;

    /// Listens. Called inside the runtime, with at least one address in `net.bind`.
    ///
    /// # Errors
    ///
    /// Says which address or option is at fault. Nothing stays open.
    fn bind(
        self,
        net: NetOptions,
    ) -> impl Future<Output = Result<Self::Transport, BindError>> + Send;
}

impl<R: Runtime, L: StreamLayer> Carrier<R> for L {
    type Transport = NetTransport<L, R>;

    async fn bind(self, net: NetOptions) -> Result<Self::Transport, BindError> {
        NetTransport::bind_with(self, net).await
    }
}
