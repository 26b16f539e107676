//! Certificates, made on the spot.

use std::sync::Arc;

use memberlist_quic::TlsConfig;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, KeyUsagePurpose};
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// The name that all certificates carry unless a test says otherwise.
pub(crate) const CLUSTER: &str = "cluster.test";

/// Somebody who signs certificates.
pub(crate) struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    pub(crate) fn new() -> Self {
        let mut params = CertificateParams::new([]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    pub(crate) fn certificate(&self) -> CertificateDer<'static> {
        self.0.der().clone()
    }

    /// What a node of these names shows; it accepts those whom this authority has signed, for
    /// [`CLUSTER`].
    pub(crate) fn sign(&self, names: &[&str]) -> TlsConfig {
        self.sign_trusting(&[self], names)
    }

    /// The same; it accepts those whom one of `trusted` has signed.
    pub(crate) fn sign_trusting(&self, trusted: &[&Self], names: &[&str]) -> TlsConfig {
        let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(names).unwrap();
        let certificate = params.signed_by(&key, &self.0).unwrap();
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let (provider, chain) =
            (Arc::new(ring::default_provider()), vec![certificate.der().clone()]);
        let trusted = trusted.iter().map(|authority| authority.certificate());
        let config = TlsConfig::mutual(provider, trusted, chain, key).unwrap();
        config.server_name(CLUSTER).unwrap()
    }
}
