//! What a stream of the system's TLS is made with.

use core::fmt;
use std::io;
use std::path::Path;

use native_tls::{Certificate, Error, Identity, Protocol, TlsAcceptor, TlsConnector};

use crate::files::TlsFiles;

/// Tickets of TLS 1.3 reach a peer that only writes when nobody reads any more, and its system then
/// resets the connection with what it has not sent yet. These interfaces cannot switch tickets off,
/// so the version before is spoken, where they are part of the handshake.
const VERSION: Option<Protocol> = Some(Protocol::Tlsv12);

/// The two sides of a handshake.
#[derive(Clone)]
pub struct NativeTlsConfig {
    pub(super) connector: TlsConnector,
    pub(super) acceptor: TlsAcceptor,
    pub(super) name: Option<String>,
}

impl NativeTlsConfig {
    /// Whatever the system can do. Keep to TLS 1.2: with 1.3, the end of what a peer writes may be
    /// lost.
    pub fn new(connector: TlsConnector, acceptor: TlsAcceptor) -> Self {
        Self { connector, acceptor, name: None }
    }

    /// From PEM texts: the authorities that the certificates of dialled peers must come from (the
    /// system's own are not asked), this node's certificate and those between, and its key
    /// (PKCS#8).
    ///
    /// # Errors
    ///
    /// What the system says of them.
    pub fn from_pem(ca: &[u8], cert: &[u8], key: &[u8]) -> Result<Self, Error> {
        let identity = Identity::from_pkcs8(cert, key)?;
        let mut connector = TlsConnector::builder();
        connector.disable_built_in_roots(true).identity(identity.clone());
        connector.min_protocol_version(VERSION).max_protocol_version(VERSION);
        for authority in Certificate::stack_from_pem(ca)? {
            connector.add_root_certificate(authority);
        }
        let mut acceptor = TlsAcceptor::builder(identity);
        acceptor.min_protocol_version(VERSION).max_protocol_version(VERSION);
        Ok(Self::new(connector.build()?, acceptor.build()?))
    }

    /// The same from files. Reads them now and never again: to take others, read them again and
    /// [reload](super::NativeTls::reload).
    ///
    /// # Errors
    ///
    /// Says which file cannot be read, or what the system says of them.
    pub fn from_files(files: &TlsFiles) -> io::Result<Self> {
        let read = |file: &Path| {
            let named = |error: io::Error| {
                io::Error::new(error.kind(), format!("{}: {error}", file.display()))
            };
            std::fs::read(file).map_err(named)
        };
        let (ca, cert, key) = (read(&files.ca)?, read(&files.cert)?, read(&files.key)?);
        Self::from_pem(&ca, &cert, &key).map_err(|error| {
            io::Error::new(io::ErrorKind::InvalidData, format!("certificates: {error}"))
        })
    }

    /// The DNS name or IP address that the certificate of every dialled peer must be for. Default:
    /// the IP address that is dialled.
    #[must_use]
    pub fn server_name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }
}

impl fmt::Debug for NativeTlsConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NativeTlsConfig").field("name", &self.name).finish_non_exhaustive()
    }
}
