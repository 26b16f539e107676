//! Certificates, and what is asked of those of others.

use core::fmt;
use core::net::IpAddr;
use std::path::Path;
use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::ClientCertVerifier;
use rustls::{ClientConfig, RootCertStore, ServerConfig};

use super::error::TlsError;
use crate::files::TlsFiles;

/// Certificates, key, authorities and provider of cryptography: what a handshake needs on either
/// side, of streams over TCP and of QUIC.
#[derive(Clone)]
pub struct TlsConfig {
    client: Arc<ClientConfig>,
    server: Arc<ServerConfig>,
    verifiers: Option<Verifiers>,
    name: Option<ServerName<'static>>,
}

/// Who checks the certificates of peers: those of clients, and those of servers.
type Verifiers = (Arc<dyn ClientCertVerifier>, Arc<dyn ServerCertVerifier>);

impl TlsConfig {
    /// Whatever rustls can do: every choice is the caller's. QUIC needs version 1.3 in both.
    ///
    /// Set `send_tls13_tickets` of `server` to 0: a peer that only writes never reads the tickets,
    /// and its system resets a connection that is closed with something unread.
    pub fn new(client: Arc<ClientConfig>, server: Arc<ServerConfig>) -> Self {
        Self { client, server, verifiers: None, name: None }
    }

    /// Mutual TLS: each side shows `chain`, and takes only peers whose certificate comes from one
    /// of `authorities`. Versions 1.2 and 1.3. A certificate must be fit for both sides
    /// (`serverAuth` and `clientAuth`, or no such restriction).
    ///
    /// # Errors
    ///
    /// Says which of the parts is no good.
    pub fn mutual(
        provider: Arc<CryptoProvider>,
        authorities: impl IntoIterator<Item = CertificateDer<'static>>,
        chain: Vec<CertificateDer<'static>>,
        key: PrivateKeyDer<'static>,
    ) -> Result<Self, TlsError> {
        let mut roots = RootCertStore::empty();
        authorities.into_iter().try_for_each(|der| roots.add(der)).map_err(TlsError::Authority)?;
        let roots = Arc::new(roots);
        let (clients, servers) = verifiers(&provider, &roots)?;
        let server = server(provider.clone(), clients.clone(), chain.clone(), key.clone_key())?;
        let client = client(provider, servers.clone(), chain, key)?;
        let verifiers = Some((clients, servers));
        Ok(Self { client: Arc::new(client), server: Arc::new(server), verifiers, name: None })
    }

    /// The same from PEM files. Reads them now and never again: to take others, read them again and
    /// reload.
    ///
    /// # Errors
    ///
    /// Says which file or part is no good.
    pub fn from_files(provider: Arc<CryptoProvider>, files: &TlsFiles) -> Result<Self, TlsError> {
        let authorities = certificates(&files.ca)?;
        let chain = certificates(&files.cert)?;
        let key = PrivateKeyDer::from_pem_file(&files.key).map_err(unreadable(&files.key))?;
        Self::mutual(provider, authorities, chain, key)
    }

    /// The DNS name or IP address that the certificate of every dialled peer must be for, such as
    /// `memberlist.internal`: one certificate may then serve all nodes. Default: the IP address
    /// that is dialled.
    ///
    /// # Errors
    ///
    /// It is neither a name nor an address.
    pub fn server_name(mut self, name: &str) -> Result<Self, TlsError> {
        let name = ServerName::try_from(name.to_owned());
        self.name = Some(name.map_err(|_| TlsError::Name)?);
        Ok(self)
    }

    /// What dials.
    pub fn client(&self) -> &Arc<ClientConfig> {
        &self.client
    }

    /// What accepts.
    pub fn server(&self) -> &Arc<ServerConfig> {
        &self.server
    }

    /// Who checks the certificates of peers: those of clients, and those of servers. `None` after
    /// [`new`](Self::new): rustls keeps them to itself.
    pub fn verifiers(&self) -> Option<&(Arc<dyn ClientCertVerifier>, Arc<dyn ServerCertVerifier>)> {
        self.verifiers.as_ref()
    }

    /// What the certificate of a peer that is dialled there must be for.
    pub fn name_of(&self, peer: IpAddr) -> ServerName<'static> {
        self.name.clone().unwrap_or_else(|| ServerName::from(peer.to_canonical()))
    }
}

fn verifiers(
    provider: &Arc<CryptoProvider>,
    roots: &Arc<RootCertStore>,
) -> Result<Verifiers, TlsError> {
    let clients = WebPkiClientVerifier::builder_with_provider(roots.clone(), provider.clone());
    let servers = WebPkiServerVerifier::builder_with_provider(roots.clone(), provider.clone());
    let clients = clients.build().map_err(|_| TlsError::NoAuthority)?;
    Ok((clients, servers.build().map_err(|_| TlsError::NoAuthority)?))
}

fn server(
    provider: Arc<CryptoProvider>,
    clients: Arc<dyn ClientCertVerifier>,
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
) -> Result<ServerConfig, TlsError> {
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_client_cert_verifier(clients)
        .with_single_cert(chain, key)?;
    // A peer that only writes would leave them unread, and its system would then reset the
    // connection. Without them every certificate is checked each time, too.
    config.send_tls13_tickets = 0;
    config.session_storage = Arc::new(rustls::server::NoServerSessionStorage {});
    Ok(config)
}

fn client(
    provider: Arc<CryptoProvider>,
    servers: Arc<dyn ServerCertVerifier>,
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
) -> Result<ClientConfig, TlsError> {
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(servers)
        .with_client_auth_cert(chain, key)?;
    config.resumption = rustls::client::Resumption::disabled();
    Ok(config)
}

fn certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let all = CertificateDer::pem_file_iter(file).map_err(unreadable(file))?;
    let all = all.collect::<Result<Vec<_>, _>>().map_err(unreadable(file))?;
    if all.is_empty() { Err(TlsError::NoCertificate(file.to_owned())) } else { Ok(all) }
}

fn unreadable(file: &Path) -> impl Fn(rustls::pki_types::pem::Error) -> TlsError {
    move |source| TlsError::File { file: file.to_owned(), source }
}

impl fmt::Debug for TlsConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsConfig").field("name", &self.name).finish_non_exhaustive()
    }
}
