//! A cluster over QUIC: everything is encrypted, each node shows a certificate that carries its
//! name, and nobody speaks for another.
//!
//! The certificates are made on the spot. In earnest they come from your own authority, and each
//! node has only its own key: `docs/operations.md` shows how.

use std::error::Error;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use memberlist::delegate::{AliveDelegate, Candidate, CompositeDelegate, Refused};
use memberlist::quic::rustls::crypto::ring;
use memberlist::quic::{Peers, TlsConfig};
use memberlist::tokio::{Quinn, quic};
use memberlist::{Memberlist, Options};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use smol_str::SmolStr;

/// The name that every member's certificate carries beside its own.
const CLUSTER: &str = "cluster.internal";

type Failure = Box<dyn Error + Send + Sync>;
type Authority = CertifiedIssuer<'static, KeyPair>;

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let authority = authority()?;
    let a = start("a", sign(&authority, "a")?).await?;
    let b = start("b", sign(&authority, "b")?).await?;
    b.join([*a.advertised()]).await?;
    println!("a and b are members: {}", names(&a));

    // Its certificate is good, but it is not that of c.
    let impostor = start("c", sign(&authority, "mallory")?).await?;
    // It may talk to them, but what it says of itself is not believed.
    let _ = impostor.join([*a.advertised()]).await;
    let refused = a.stats().get("refused_claim").unwrap_or_default();
    println!("{refused} claim was not believed; members are still {}", names(&a));

    // Somebody with a certificate of another authority does not get that far.
    let stranger = start("d", sign(&self::authority()?, "d")?).await?;
    if let Err(error) = stranger.join([*a.advertised()]).await {
        println!("d was not let in: {error}");
    }

    b.leave(Duration::from_secs(5)).await?;
    for node in [a, b, impostor, stranger] {
        node.shutdown().await;
    }
    Ok(())
}

/// A node that believes only claims that a certificate stands for.
async fn start(id: &str, tls: TlsConfig) -> Result<Memberlist, Failure> {
    let builder = quic(id, Quinn::new(tls)?).bind("127.0.0.1:0").options(Options::local());
    let certified = CompositeDelegate::new().with_alive(Certified(builder.peers()));
    Ok(builder.delegate(certified).start().await?)
}

/// Asks of everybody who claims to be a member at an address that the certificate of whoever is
/// there carries the name.
struct Certified(Peers);

impl AliveDelegate<SmolStr, SocketAddr> for Certified {
    fn notify_alive(&self, claim: &Candidate<'_, SmolStr, SocketAddr>) -> Result<(), Refused> {
        let name = format!("{}.{CLUSTER}", claim.node.id());
        match self.0.carries(claim.node.address(), &name) {
            Some(false) => Err(Refused(format!("no certificate for {name}"))),
            // There is no connection to it yet. It is asked about again when it has news.
            Some(true) | None => Ok(()),
        }
    }
}

fn names(node: &Memberlist) -> String {
    let mut names: Vec<_> = node.members().iter().map(|member| member.id().to_string()).collect();
    names.sort_unstable();
    names.join(" ")
}

fn authority() -> Result<Authority, Failure> {
    let mut params = CertificateParams::new([])?;
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    Ok(CertifiedIssuer::self_signed(params, KeyPair::generate()?)?)
}

/// What the member of that name shows: a certificate for the cluster and for itself.
fn sign(authority: &Authority, id: &str) -> Result<TlsConfig, Failure> {
    let key = KeyPair::generate()?;
    let names = [CLUSTER.to_owned(), format!("{id}.{CLUSTER}")];
    let certificate = CertificateParams::new(names)?.signed_by(&key, authority)?;
    let (chain, key) = (vec![certificate.der().clone()], key.serialize_der().try_into()?);
    // The provider of cryptography is your choice: any of rustls will do.
    let provider = Arc::new(ring::default_provider());
    let tls = TlsConfig::mutual(provider, [authority.der().clone()], chain, key)?;
    Ok(tls.server_name(CLUSTER)?)
}
