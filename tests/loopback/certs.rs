//! Authorities and what they sign, made anew for each test.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose, SanType,
};

/// The name that certificates are for, besides the loopback's addresses.
pub(crate) const NAME: &str = "memberlist.internal";

pub(crate) struct Authority(CertifiedIssuer<'static, KeyPair>);

/// PEM texts.
pub(crate) struct Identity {
    pub(crate) cert: String,
    pub(crate) key: String,
}

impl Authority {
    pub(crate) fn new(name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(rcgen::DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    pub(crate) fn pem(&self) -> String {
        self.0.pem()
    }

    /// A certificate for the loopback and [`NAME`].
    pub(crate) fn sign(&self) -> Identity {
        let ips = [IpAddr::from(Ipv4Addr::LOCALHOST), Ipv6Addr::LOCALHOST.into()];
        let mut names: Vec<_> = ips.into_iter().map(SanType::IpAddress).collect();
        names.push(SanType::DnsName(NAME.try_into().unwrap()));
        self.sign_for(names)
    }

    /// A certificate for these names.
    pub(crate) fn sign_for(&self, names: Vec<SanType>) -> Identity {
        let mut params = CertificateParams::default();
        params.subject_alt_names = names;
        params.extended_key_usages =
            vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
        let key = KeyPair::generate().unwrap();
        let cert = params.signed_by(&key, &self.0).unwrap().pem();
        Identity { cert, key: key.serialize_pem() }
    }
}

/// What rustls is made with: shows `identity`, trusts what `authorities` have signed.
#[cfg(any(feature = "tls", feature = "quinn", feature = "s2n"))]
pub(crate) fn config(
    authorities: &[&Authority],
    identity: &Identity,
) -> memberlist::net::TlsConfig {
    use memberlist::net::rustls::crypto::ring;
    use memberlist::net::rustls::pki_types::pem::PemObject;
    use memberlist::net::rustls::pki_types::{CertificateDer, PrivateKeyDer};

    let certificate = |pem: &str| CertificateDer::from_pem_slice(pem.as_bytes()).unwrap();
    let key = PrivateKeyDer::from_pem_slice(identity.key.as_bytes()).unwrap();
    let trusted = authorities.iter().map(|authority| certificate(&authority.pem()));
    let (provider, chain) = (ring::default_provider().into(), vec![certificate(&identity.cert)]);
    memberlist::net::TlsConfig::mutual(provider, trusted, chain, key).unwrap()
}
