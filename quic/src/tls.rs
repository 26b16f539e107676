//! TLS in both directions.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::client::Resumption;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{NoServerSessionStorage, WebPkiClientVerifier};
use rustls::{ClientConfig, RootCertStore, ServerConfig};

/// What is agreed on where the user has named no protocol.
const ALPN: &[u8] = b"memberlist";

/// What a node of a cluster shows and what it accepts: the ingredients of mutual TLS.
#[derive(Debug)]
pub struct Mutual {
    /// The authorities whose certificates are accepted, of servers and of clients.
    pub authorities: Vec<CertificateDer<'static>>,
    /// This node's certificate, then those between it and an authority. It must be fit for both
    /// sides (`serverAuth` and `clientAuth`, or no such restriction).
    pub chain: Vec<CertificateDer<'static>>,
    /// The private key of this node's certificate.
    pub key: PrivateKeyDer<'static>,
}

/// A PEM file of certificates or of a key cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("{file}: {source}", file = .file.display())]
pub struct UnreadablePem {
    /// The file.
    pub file: PathBuf,
    /// What is wrong with it.
    pub source: pem::Error,
}

impl Mutual {
    /// Reads the ingredients from PEM files.
    ///
    /// # Errors
    ///
    /// Says which file cannot be read or is no PEM.
    pub fn from_pem_files(
        authorities: &Path,
        chain: &Path,
        key: &Path,
    ) -> Result<Self, UnreadablePem> {
        let unreadable = |source| UnreadablePem { file: key.to_owned(), source };
        Ok(Self {
            authorities: certificates(authorities)?,
            chain: certificates(chain)?,
            key: PrivateKeyDer::from_pem_file(key).map_err(unreadable)?,
        })
    }

    /// The configurations of both sides: TLS 1.3, and a certificate is asked of everybody, each
    /// time: no session is resumed.
    ///
    /// # Errors
    ///
    /// There is no authority, a certificate is malformed, or the key is not that of the first one.
    pub fn configure(
        self,
        provider: Arc<CryptoProvider>,
    ) -> Result<(ServerConfig, ClientConfig), rustls::Error> {
        let mut roots = RootCertStore::empty();
        for authority in self.authorities {
            roots.add(authority)?;
        }
        let roots = Arc::new(roots);
        let verifier =
            WebPkiClientVerifier::builder_with_provider(roots.clone(), provider.clone()).build();
        let verifier = verifier.map_err(|error| rustls::Error::General(error.to_string()))?;
        let mut server = ServerConfig::builder_with_provider(provider.clone())
            .with_protocol_versions(&[&rustls::version::TLS13])?
            .with_client_cert_verifier(verifier)
            .with_single_cert(self.chain.clone(), self.key.clone_key())?;
        server.send_tls13_tickets = 0;
        server.session_storage = Arc::new(NoServerSessionStorage {});
        let mut client = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&rustls::version::TLS13])?
            .with_root_certificates(roots)
            .with_client_auth_cert(self.chain, self.key)?;
        client.resumption = Resumption::disabled();
        Ok((server, client))
    }
}

fn certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>, UnreadablePem> {
    let unreadable = |source| UnreadablePem { file: file.to_owned(), source };
    let all = CertificateDer::pem_file_iter(file).map_err(unreadable)?;
    all.collect::<Result<_, _>>().map_err(unreadable)
}

/// Sets what QUIC asks for: a protocol (`memberlist` where there is none), and no early data, which
/// could be replayed. For a layer of your own; `Quinn` and `S2n` do it by themselves.
pub fn for_quic(
    mut server: ServerConfig,
    mut client: ClientConfig,
) -> (ServerConfig, ClientConfig) {
    for protocols in [&mut server.alpn_protocols, &mut client.alpn_protocols] {
        if protocols.is_empty() {
            protocols.push(ALPN.to_vec());
        }
    }
    server.max_early_data_size = 0;
    client.enable_early_data = false;
    (server, client)
}
