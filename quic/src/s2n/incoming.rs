//! Connections that peers have made.

use std::io;
use std::net::SocketAddr;

use super::connection::S2nConnection;
use crate::layer::Incoming;

/// A connection that a peer has made, or has failed to make: s2n-quic itself shakes hands.
pub struct S2nIncoming {
    pub(super) result: io::Result<s2n_quic::Connection>,
    pub(super) from: SocketAddr,
}

impl Incoming for S2nIncoming {
    type Connection = S2nConnection;

    fn from(&self) -> SocketAddr {
        self.from
    }

    fn may_retry(&self) -> bool {
        false
    }

    fn retry(self) {}

    fn ignore(self) {}

    async fn shake(self) -> io::Result<S2nConnection> {
        S2nConnection::new(self.result?)
    }
}
