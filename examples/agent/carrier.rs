//! What carries packets and streams.

use std::mem;
use std::net::SocketAddr;
use std::sync::Arc;

use memberlist::BuildError;
use memberlist::Builder;
use memberlist::Memberlist;
use memberlist::agnostic::Runtime;
use memberlist::delegate::Delegate;
use memberlist::net::NetOptions;
use memberlist::net::NetTransport;
use memberlist::net::StreamLayer;
use memberlist::net::Tcp;
use memberlist::net::TlsFiles;
use memberlist::net::resolve::HostResolver;
use memberlist::quic;
use memberlist::quic::Mutual;
use memberlist::quic::QuicLayer;
use memberlist::quic::QuicOptions;
use memberlist::quic::QuicTransport;
use memberlist::quic::Quinn;
use memberlist::quic::rustls::ClientConfig;
use memberlist::quic::rustls::ServerConfig;
use memberlist::quic::rustls::crypto::ring;
use memberlist::transport::Transport as _;
use memberlist::wire::Wire;
use smol_str::SmolStr;

use crate::flags::Flags;
use crate::flags::Transport;
use crate::lossy::Lossy;
use crate::node::Failure;
use crate::plan::Plan;
use crate::streams::Streams;
use crate::streams::files;
use crate::streams::streams;

/// What carries packets and streams.
pub(crate) enum Carrier {
    /// UDP, and these streams.
    Net(Streams),
    /// QUIC by quinn; both sides show certificates.
    Quinn(Box<(ServerConfig, ClientConfig)>),
    /// QUIC by s2n-quic.
    #[cfg(feature = "s2n")]
    S2n(Box<(ServerConfig, ClientConfig)>),
}

impl TryFrom<&Flags> for Carrier {
    type Error = String;

    fn try_from(flags: &Flags) -> Result<Self, String> {
        if flags.lose > 0 && flags.transport != Transport::Tcp {
            return Err("--lose goes with --transport tcp only: leave one of them out".to_owned());
        }
        match flags.transport {
            Transport::Quinn => Ok(Self::Quinn(tls(flags)?)),
            #[cfg(feature = "s2n")]
            Transport::S2n if flags.runtime == crate::flags::Runtime::Tokio => {
                Ok(Self::S2n(tls(flags)?))
            }
            #[cfg(feature = "s2n")]
            Transport::S2n => {
                Err("--transport s2n needs --runtime tokio: leave --runtime out".to_owned())
            }
            _ => streams(flags).map(Self::Net),
        }
    }
}

fn tls(flags: &Flags) -> Result<Box<(ServerConfig, ClientConfig)>, String> {
    let TlsFiles { ca, cert, key } = files(flags)?;
    let mutual = Mutual::from_pem_files(&ca, &cert, &key).map_err(|error| error.to_string())?;
    let tls = mutual.configure(Arc::new(ring::default_provider()));
    tls.map(Box::new).map_err(|error| format!("--tls-ca, --tls-cert, --tls-key: {error}"))
}

/// Starts the node that is planned, with that delegate.
///
/// # Errors
///
/// The node cannot be started.
pub(crate) async fn start<R, W, D>(mut plan: Plan, delegate: D) -> Result<Memberlist, Failure>
where
    R: Runtime,
    W: Wire<SmolStr, SocketAddr>,
    D: Delegate<SmolStr, SocketAddr>,
{
    match mem::replace(&mut plan.carrier, Carrier::Net(Streams::Tcp)) {
        Carrier::Net(Streams::Tcp) if plan.lose > 0 => lossy::<R, W, D>(plan, delegate).await,
        Carrier::Net(Streams::Tcp) => over::<R, W, D, _>(Tcp, plan, delegate).await,
        Carrier::Net(Streams::Tls(tls)) => over::<R, W, D, _>(tls, plan, delegate).await,
        #[cfg(feature = "native-tls")]
        Carrier::Net(Streams::NativeTls(tls)) => over::<R, W, D, _>(tls, plan, delegate).await,
        Carrier::Quinn(tls) => {
            let net = net(&mut plan);
            let quinn = Quinn::<R>::new(tls.0, tls.1);
            let quinn = quinn.map_err(|error| Failure::Usage(error.to_string()))?;
            over_quic::<_, W, D>(quinn, net, plan, delegate).await
        }
        #[cfg(feature = "s2n")]
        Carrier::S2n(tls) => {
            let net = net(&mut plan);
            over_quic::<_, W, D>(quic::S2n::new(tls.0, tls.1), net, plan, delegate).await
        }
    }
}

async fn over_quic<L, W, D>(
    layer: L,
    net: NetOptions,
    plan: Plan,
    delegate: D,
) -> Result<Memberlist, Failure>
where
    L: QuicLayer,
    W: Wire<SmolStr, SocketAddr>,
    D: Delegate<SmolStr, SocketAddr>,
{
    let transport = QuicTransport::bind(layer, net, QuicOptions::new()).await;
    let transport = transport.map_err(|error| Failure::Start(error.to_string()))?;
    let builder = quic::node(plan.name, transport);
    let builder = builder.options(plan.options).layers(plan.layers).meta(plan.meta);
    builder.wire::<W>().delegate(delegate).start().await.map_err(failure)
}

/// Over UDP, and TCP with that layer on it.
async fn over<R, W, D, L>(layer: L, mut plan: Plan, delegate: D) -> Result<Memberlist, Failure>
where
    R: Runtime,
    W: Wire<SmolStr, SocketAddr>,
    D: Delegate<SmolStr, SocketAddr>,
    L: StreamLayer,
{
    let net = net(&mut plan);
    let builder = Builder::<SmolStr, R>::tcp(plan.name.into()).net(net).stream_layer(layer);
    let builder = builder.allow_plain_datagrams(plan.allow_plain_datagrams);
    let builder = builder.options(plan.options).layers(plan.layers).meta(plan.meta);
    builder.wire::<W>().delegate(delegate).start().await.map_err(failure)
}

/// Over UDP that loses some, and TCP.
async fn lossy<R, W, D>(mut plan: Plan, delegate: D) -> Result<Memberlist, Failure>
where
    R: Runtime,
    W: Wire<SmolStr, SocketAddr>,
    D: Delegate<SmolStr, SocketAddr>,
{
    let net = net(&mut plan);
    let allowed = net.allowed.clone();
    let transport = NetTransport::<Tcp, R>::bind(net).await;
    let transport = transport.map_err(|error| std::io::Error::new(error.kind(), error));
    let transport = transport.map_err(|error| failure(error.into()))?;
    let port = transport.advertised().port();
    let builder = memberlist::with_transport(plan.name.into(), Lossy::new(transport, plan.lose));
    let builder = builder.resolver(HostResolver::<R>::new(port)).allowed(allowed);
    let builder = builder.options(plan.options).layers(plan.layers).meta(plan.meta);
    builder.wire::<W>().delegate(delegate).start().await.map_err(failure)
}

fn net(plan: &mut Plan) -> NetOptions {
    let mut net = NetOptions::new(mem::take(&mut plan.bind)).allowed(mem::take(&mut plan.allowed));
    net.advertise = plan.advertise;
    net
}

/// A value that makes no sense is the user's; everything else of a transport is the machine's.
fn failure(error: BuildError) -> Failure {
    match &error {
        BuildError::Transport(cause) if cause.kind() != std::io::ErrorKind::InvalidInput => {
            Failure::Start(error.to_string())
        }
        _ => Failure::Usage(error.to_string()),
    }
}
