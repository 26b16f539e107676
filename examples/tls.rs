//! Streams guarded by mutual TLS, packets by a key, and certificates that are changed while the
//! cluster runs.
//!
//! ```text
//! cargo run -p memberlist-examples --bin tls
//! ```
//!
//! The certificates are made at start. Yours come from files: `TlsConfig::from_files`.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use memberlist::Cipher;
use memberlist::Encryption;
use memberlist::Keyring;
use memberlist::Memberlist;
use memberlist::Options;
use memberlist::SecretKey;
use memberlist::net::Tls;
use memberlist::net::TlsConfig;
use memberlist::net::rustls::crypto::ring;
use memberlist::net::rustls::pki_types::CertificateDer;
use memberlist::net::rustls::pki_types::PrivateKeyDer;
use rcgen::CertificateParams;
use rcgen::CertifiedIssuer;
use rcgen::IsCa;
use rcgen::KeyPair;
use tokio::time::timeout;

const PATIENCE: Duration = Duration::from_secs(10);

/// One name for all nodes, so that none needs a certificate for its address.
const NAME: &str = "memberlist.internal";

/// Never write yours into a program.
const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

type Authority = CertifiedIssuer<'static, KeyPair>;

fn authority(name: &str) -> Result<Authority, rcgen::Error> {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(rcgen::DnType::CommonName, name);
    params.is_ca = IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate()?)
}

/// Trusts `trusted`, shows a new certificate of `signer`.
fn certified(trusted: &[&Authority], signer: &Authority) -> Result<TlsConfig, Box<dyn Error>> {
    let key = KeyPair::generate()?;
    let cert = CertificateParams::new([NAME.to_owned()])?.signed_by(&key, signer)?;
    let chain = vec![CertificateDer::from(cert.der().to_vec())];
    let key = PrivateKeyDer::try_from(key.serialize_der())?;
    let authorities = trusted.iter().map(|it| CertificateDer::from(it.der().to_vec()));
    // The provider of cryptography is your choice: any of rustls will do.
    let provider = Arc::new(ring::default_provider());
    Ok(TlsConfig::mutual(provider, authorities, chain, key)?.server_name(NAME)?)
}

async fn start(name: &str, tls: &Tls) -> Result<Memberlist, Box<dyn Error>> {
    // TLS guards streams only: without a key for the packets the node would not start.
    let keyring = Keyring::new(Cipher::AesGcm, [SecretKey::from_base64(KEY)?])?;
    let builder = memberlist::tokio::tls(name, tls.clone())
        .bind("127.0.0.1:0")
        .options(Options::local())
        .encryption(Encryption::new(keyring));
    Ok(builder.start().await?)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let (old, new) = (authority("old")?, authority("new")?);
    let layers = [Tls::new(certified(&[&old], &old)?), Tls::new(certified(&[&old], &old)?)];
    let (a, b) = (start("a", &layers[0]).await?, start("b", &layers[1]).await?);
    b.join([*a.advertised()]).await?;
    timeout(PATIENCE, a.wait_for(|members| members.len() == 2)).await??;
    println!("a and b have met over TLS");

    let stranger = start("stranger", &Tls::new(certified(&[&old], &new)?)).await?;
    match stranger.join([*a.advertised()]).await {
        Ok(_) => return Err("a stranger was let in".into()),
        Err(error) => println!("a certificate of another authority: {error}"),
    }
    stranger.shutdown().await;

    // In this order, each step on all nodes before the next, nothing is refused on the way.
    let steps: [(&str, &[&Authority], &Authority); 3] = [
        ("trust the new authority too", &[&old, &new], &old),
        ("show a certificate of the new one", &[&old, &new], &new),
        ("trust the old one no more", &[&new], &new),
    ];
    for (step, trusted, signer) in steps {
        for layer in &layers {
            layer.reload(certified(trusted, signer)?);
            a.send(&"b".into(), Bytes::from_static(b"still there?")).await?;
        }
        println!("all nodes {step}");
    }

    for node in [b, a] {
        node.leave(Duration::from_secs(5)).await?;
        node.shutdown().await;
    }
    Ok(())
}
