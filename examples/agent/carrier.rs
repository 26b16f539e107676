//! What carries packets and streams.

use std::mem;
use std::net::SocketAddr;

use memberlist::BuildError;
use memberlist::Builder;
use memberlist::Layered;
use memberlist::Memberlist;
use memberlist::agnostic::Runtime;
use memberlist::delegate::Delegate;
use memberlist::net::NetOptions;
use memberlist::net::NetTransport;
use memberlist::net::StreamLayer;
use memberlist::net::Tcp;
use memberlist::net::TlsConfig;
use memberlist::net::resolve::HostResolver;
#[cfg(feature = "s2n")]
use memberlist::quic;
use memberlist::quic::Quic;
use memberlist::quic::Quinn;
use memberlist::quic::UnfitTls;
use memberlist::transport::Transport as _;
use memberlist::wire::Wire;
use smol_str::SmolStr;

use crate::flags::Flags;
use crate::flags::Transport;
use crate::lossy::Lossy;
use crate::node::Failure;
use crate::plan::Plan;
use crate::streams::Streams;
use crate::streams::certificates;
use crate::streams::streams;

/// What carries packets and streams.
pub(crate) enum Carrier {
    /// UDP, and these streams.
    Net(Streams),
    /// QUIC by quinn; both sides show certificates.
    Quinn(Box<TlsConfig>),
    /// QUIC by s2n-quic.
    #[cfg(feature = "s2n")]
    S2n(Box<TlsConfig>),
}

impl TryFrom<&Flags> for Carrier {
    type Error = String;

    fn try_from(flags: &Flags) -> Result<Self, String> {
        if flags.lose > 0 && flags.transport != Transport::Tcp {
            return Err("--lose goes with --transport tcp only: leave one of them out".to_owned());
        }
        match flags.transport {
            Transport::Quinn => Ok(Self::Quinn(Box::new(certificates(flags)?))),
            #[cfg(feature = "s2n")]
            Transport::S2n if flags.runtime == crate::flags::Runtime::Tokio => {
                Ok(Self::S2n(Box::new(certificates(flags)?)))
            }
            #[cfg(feature = "s2n")]
            Transport::S2n => {
                Err("--transport s2n needs --runtime tokio: leave --runtime out".to_owned())
            }
            _ => streams(flags).map(Self::Net),
        }
    }
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
        Carrier::Net(Streams::Tcp) => layered::<R, W, D, _>(Tcp, plan, delegate).await,
        Carrier::Net(Streams::Tls(tls)) => layered::<R, W, D, _>(tls, plan, delegate).await,
        #[cfg(feature = "native-tls")]
        Carrier::Net(Streams::NativeTls(tls)) => layered::<R, W, D, _>(tls, plan, delegate).await,
        Carrier::Quinn(tls) => {
            let quinn = Quinn::<R>::new(*tls).map_err(unfit)?;
            run::<R, W, D, _>(over(Quic::new(quinn), &mut plan), plan, delegate).await
        }
        #[cfg(feature = "s2n")]
        Carrier::S2n(tls) => {
            let s2n = quic::S2n::new(*tls).map_err(unfit)?;
            run::<_, W, D, _>(over(Quic::new(s2n), &mut plan), plan, delegate).await
        }
    }
}

fn unfit(error: UnfitTls) -> Failure {
    Failure::Usage(error.to_string())
}

fn over<R: Runtime, C: memberlist::Carrier<R>>(carrier: C, plan: &mut Plan) -> Layered<R, C> {
    let net = net(plan);
    Builder::over(mem::take(&mut plan.name).into(), carrier).net(net)
}

fn net(plan: &mut Plan) -> NetOptions {
    let mut net = NetOptions::new(mem::take(&mut plan.bind)).allowed(mem::take(&mut plan.allowed));
    net.advertise = plan.advertise;
    net
}

/// Over UDP, and TCP with that layer on it.
async fn layered<R, W, D, L>(layer: L, mut plan: Plan, delegate: D) -> Result<Memberlist, Failure>
where
    R: Runtime,
    W: Wire<SmolStr, SocketAddr>,
    D: Delegate<SmolStr, SocketAddr>,
    L: StreamLayer,
{
    let builder = over(layer, &mut plan).allow_plain_datagrams(plan.allow_plain_datagrams);
    run::<R, W, D, L>(builder, plan, delegate).await
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

async fn run<R, W, D, C>(
    builder: Layered<R, C>,
    plan: Plan,
    delegate: D,
) -> Result<Memberlist, Failure>
where
    R: Runtime,
    W: Wire<SmolStr, SocketAddr>,
    D: Delegate<SmolStr, SocketAddr>,
    C: memberlist::Carrier<R>,
{
    let builder = builder.options(plan.options).layers(plan.layers).meta(plan.meta);
    builder.wire::<W>().delegate(delegate).start().await.map_err(failure)
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
