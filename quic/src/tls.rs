//! TLS as QUIC asks for it.

use memberlist_net::TlsConfig;
use rustls::{ClientConfig, ServerConfig};

/// What is agreed on where the user has named no protocol.
const ALPN: &[u8] = b"memberlist";

/// A configuration of TLS that cannot be used, or not while it runs. Nothing has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UnfitTls {
    /// The first packets of QUIC are always sealed with this cipher.
    #[error("QUIC needs TLS 1.3 with TLS13_AES_128_GCM_SHA256: the TLS configuration lacks it")]
    Cipher,
    /// `S2n` was to change who is let in, and rustls does not tell who that is.
    #[error("s2n-quic takes over only what `TlsConfig::mutual` has made: start the node anew")]
    MadeByHand,
}

/// Both configurations as QUIC asks for them: with a protocol (`memberlist` where there is none),
/// and no early data, which could be replayed. For a layer of your own; `Quinn` and `S2n` do it by
/// themselves.
pub fn for_quic(config: &TlsConfig) -> (ServerConfig, ClientConfig) {
    let mut server = ServerConfig::clone(config.server());
    let mut client = ClientConfig::clone(config.client());
    for protocols in [&mut server.alpn_protocols, &mut client.alpn_protocols] {
        if protocols.is_empty() {
            protocols.push(ALPN.to_vec());
        }
    }
    server.max_early_data_size = 0;
    client.enable_early_data = false;
    (server, client)
}
