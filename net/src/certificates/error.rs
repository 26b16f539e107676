//! Why there is no configuration.

use std::path::PathBuf;

use rustls::pki_types::pem;

/// Why certificates cannot be used. Nothing has changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TlsError {
    /// A file cannot be read or is no PEM.
    #[error("{}: {source}", file.display())]
    File {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        source: pem::Error,
    },
    /// A file holds no certificate.
    #[error("{}: there is no certificate in it", .0.display())]
    NoCertificate(PathBuf),
    /// An authority's certificate is no good.
    #[error("the certificate of an authority is no good: {0}")]
    Authority(rustls::Error),
    /// No peer could ever be trusted.
    #[error("no certificate of an authority is given")]
    NoAuthority,
    /// The name that peers must prove is none.
    #[error("the name of the peers is neither a DNS name nor an IP address")]
    Name,
    /// The certificate, its key and the provider do not go together.
    #[error("the certificate cannot be used: {0}")]
    Unusable(#[from] rustls::Error),
}
