//! What s2n-quic tells only while it happens.

use async_channel::Sender;
use rustls::pki_types::CertificateDer;
use s2n_quic::provider::event::Subscriber;
use s2n_quic::provider::event::events::{
    ConnectionClosed, ConnectionInfo, ConnectionMeta, ConnectionStarted, TlsExporterReady,
};

use super::incoming::S2nIncoming;
use super::seen::Seen;
use super::words::words;

/// Keeps with each connection what the peer has shown, and hands over the handshakes of peers that
/// have failed.
pub(super) struct Watch {
    /// `None` where this side dials: whoever dials hears of the failure.
    pub(super) failed: Option<Sender<S2nIncoming>>,
}

impl Subscriber for Watch {
    type ConnectionContext = Seen;

    fn create_connection_context(&mut self, _: &ConnectionMeta, _: &ConnectionInfo) -> Seen {
        Seen::default()
    }

    fn on_connection_started(
        &mut self,
        seen: &mut Seen,
        _: &ConnectionMeta,
        event: &ConnectionStarted<'_>,
    ) {
        seen.from = event.path.remote_addr.to_string().parse().ok();
    }

    fn on_tls_exporter_ready(
        &mut self,
        seen: &mut Seen,
        _: &ConnectionMeta,
        event: &TlsExporterReady<'_>,
    ) {
        seen.shaken = true;
        if let Ok(shown) = event.session.peer_cert_chain_der() {
            seen.certificates = shown.into_iter().map(CertificateDer::from).collect();
        }
    }

    fn on_connection_closed(
        &mut self,
        seen: &mut Seen,
        _: &ConnectionMeta,
        event: &ConnectionClosed,
    ) {
        if let (Some(failed), Some(from), false) = (&self.failed, seen.from, seen.shaken) {
            let error = words(event.error);
            // Where there is no room, so many have failed that one more tells nothing.
            let _ = failed.try_send(S2nIncoming { result: Err(error), from });
        }
    }
}
