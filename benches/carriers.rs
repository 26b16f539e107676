//! What the benchmarks compare, with certificates that are made at start.

use std::sync::LazyLock;

use clap::ValueEnum;
use memberlist::net::rustls::crypto::ring;
use memberlist::net::rustls::pki_types::PrivateKeyDer;
use memberlist::net::{Tls, TlsConfig};
use memberlist::tokio::Quinn;
use rcgen::{CertificateParams, CertifiedIssuer, IsCa, KeyPair};

/// What carries packets and streams.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Kind {
    /// UDP and TCP.
    Tcp,
    /// UDP, and TCP guarded by rustls.
    Tls,
    /// UDP, and TCP guarded by the system's TLS.
    #[cfg(feature = "native-tls")]
    NativeTls,
    /// QUIC by quinn.
    Quinn,
    /// QUIC by s2n-quic.
    #[cfg(feature = "s2n")]
    S2n,
}

impl Kind {
    /// As it is typed and printed.
    pub fn name(self) -> String {
        self.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned())
    }
}

/// The name that all certificates carry.
pub const NAME: &str = "bench.internal";

type Authority = CertifiedIssuer<'static, KeyPair>;

static AUTHORITY: LazyLock<Authority> = LazyLock::new(|| {
    let mut params = CertificateParams::default();
    // OpenSSL takes a certificate of the same name as its authority for a self-signed one.
    params.distinguished_name.push(rcgen::DnType::CommonName, "benchmarks");
    params.is_ca = IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let key = KeyPair::generate().expect("there are random numbers");
    CertifiedIssuer::self_signed(params, key).expect("it signs itself")
});

fn sign() -> (rcgen::Certificate, KeyPair) {
    let key = KeyPair::generate().expect("there are random numbers");
    let params = CertificateParams::new([NAME.to_owned()]).expect("it is a name");
    (params.signed_by(&key, &*AUTHORITY).expect("the authority signs"), key)
}

/// A certificate (P-256) that all others trust.
pub fn config() -> TlsConfig {
    let (certificate, key) = sign();
    let key = PrivateKeyDer::try_from(key.serialize_der()).expect("it was just made");
    let (provider, chain) = (ring::default_provider().into(), vec![certificate.der().clone()]);
    TlsConfig::mutual(provider, [AUTHORITY.der().clone()], chain, key)
        .and_then(|config| config.server_name(NAME))
        .expect("the certificate is good")
}

/// TLS by rustls.
pub fn tls() -> Tls {
    Tls::new(config())
}

/// TLS by the system.
#[cfg(feature = "native-tls")]
pub fn native_tls() -> memberlist::net::NativeTls {
    let (certificate, key) = sign();
    let texts = [AUTHORITY.pem(), certificate.pem(), key.serialize_pem()];
    let [ca, cert, key] = texts.each_ref().map(|text| text.as_bytes());
    let config = memberlist::net::NativeTlsConfig::from_pem(ca, cert, key);
    memberlist::net::NativeTls::new(config.expect("the certificate is good").server_name(NAME))
}

/// QUIC by quinn.
pub fn quinn() -> Quinn {
    Quinn::new(config()).expect("the certificate is good")
}

/// QUIC by s2n-quic.
#[cfg(feature = "s2n")]
pub fn s2n() -> memberlist::quic::S2n {
    memberlist::quic::S2n::new(config()).expect("the certificate is good")
}
