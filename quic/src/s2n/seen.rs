//! What is kept with each connection.

use std::net::SocketAddr;

use rustls::pki_types::CertificateDer;

/// What has been seen of one connection.
#[derive(Default)]
pub(super) struct Seen {
    /// What the peer has shown, its own certificate first.
    pub(super) certificates: Vec<CertificateDer<'static>>,
    /// Where its first packet came from.
    pub(super) from: Option<SocketAddr>,
    /// Its handshake is done.
    pub(super) shaken: bool,
}
