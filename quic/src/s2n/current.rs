//! Certificates that change while s2n-quic runs, which keeps the configuration it began with.

use core::fmt;
use std::sync::Arc;

use memberlist_net::TlsConfig;
use parking_lot::RwLock;
use rustls::client::ResolvesClientCert;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::version::TLS13;
use rustls::{
    ClientConfig, DigitallySignedStruct, DistinguishedName, Error, ServerConfig, SignatureScheme,
};

use crate::tls::{UnfitTls, for_quic};

/// What is shown and accepted at the moment: each handshake asks anew.
pub(super) struct Current(RwLock<Parts>);

#[derive(Clone)]
struct Parts {
    config: TlsConfig,
    clients: Arc<dyn ClientCertVerifier>,
    servers: Arc<dyn ServerCertVerifier>,
}

impl Parts {
    /// `None` where rustls does not tell who checks the certificates of peers.
    fn new(config: TlsConfig) -> Option<Self> {
        let (clients, servers) = config.verifiers()?.clone();
        Some(Self { config, clients, servers })
    }
}

impl Current {
    /// `None` where rustls does not tell who checks the certificates of peers.
    pub(super) fn new(config: TlsConfig) -> Option<Self> {
        Parts::new(config).map(RwLock::new).map(Self)
    }

    pub(super) fn config(&self) -> TlsConfig {
        self.0.read().config.clone()
    }

    pub(super) fn change(&self, config: TlsConfig) -> Result<(), UnfitTls> {
        *self.0.write() = Parts::new(config).ok_or(UnfitTls::MadeByHand)?;
        Ok(())
    }

    /// Configurations that ask this one.
    pub(super) fn configure(self: &Arc<Self>) -> Result<(ServerConfig, ClientConfig), Error> {
        let config = self.config();
        let (client, server) = (config.client(), config.server());
        let mut server = ServerConfig::builder_with_provider(server.crypto_provider().clone())
            .with_protocol_versions(&[&TLS13])?
            .with_client_cert_verifier(self.clone())
            .with_cert_resolver(self.clone());
        let mut client = ClientConfig::builder_with_provider(client.crypto_provider().clone())
            .with_protocol_versions(&[&TLS13])?
            .dangerous()
            .with_custom_certificate_verifier(self.clone())
            .with_client_cert_resolver(self.clone());
        server.send_tls13_tickets = config.server().send_tls13_tickets;
        server.session_storage = config.server().session_storage.clone();
        client.resumption = config.client().resumption.clone();
        let config = TlsConfig::new(Arc::new(client), Arc::new(server));
        Ok(for_quic(&config))
    }

    fn clients(&self) -> Arc<dyn ClientCertVerifier> {
        self.0.read().clients.clone()
    }

    fn servers(&self) -> Arc<dyn ServerCertVerifier> {
        self.0.read().servers.clone()
    }
}

impl fmt::Debug for Current {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Current")
    }
}

impl ResolvesServerCert for Current {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        self.config().server().cert_resolver.resolve(hello)
    }
}

impl ResolvesClientCert for Current {
    fn resolve(
        &self,
        authorities: &[&[u8]],
        schemes: &[SignatureScheme],
    ) -> Option<Arc<CertifiedKey>> {
        self.config().client().client_auth_cert_resolver.resolve(authorities, schemes)
    }

    fn has_certs(&self) -> bool {
        self.config().client().client_auth_cert_resolver.has_certs()
    }
}

impl ClientCertVerifier for Current {
    /// They would have to outlive a change. Peers have one certificate: they need no hint.
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        own: &CertificateDer<'_>,
        chain: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        self.clients().verify_client_cert(own, chain, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.clients().verify_tls12_signature(message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.clients().verify_tls13_signature(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.clients().supported_verify_schemes()
    }
}

impl ServerCertVerifier for Current {
    fn verify_server_cert(
        &self,
        own: &CertificateDer<'_>,
        chain: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        revocation: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        self.servers().verify_server_cert(own, chain, name, revocation, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.servers().verify_tls12_signature(message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.servers().verify_tls13_signature(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.servers().supported_verify_schemes()
    }
}
