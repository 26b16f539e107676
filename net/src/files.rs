//! Where certificates are.

use std::path::PathBuf;

/// The three PEM files of a node.
#[derive(Clone, Debug)]
pub struct TlsFiles {
    /// Authorities that peers' certificates must come from.
    pub ca: PathBuf,
    /// This node's certificate, then those between it and the authority.
    pub cert: PathBuf,
    /// Its private key. Rustls reads PKCS#8, PKCS#1 and SEC1, the system's TLS PKCS#8.
    pub key: PathBuf,
}
