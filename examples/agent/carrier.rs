//! What carries packets and streams.

use std::net::SocketAddr;
use std::sync::Arc;

use memberlist::BuildError;
use memberlist::Builder;
use memberlist::Memberlist;
use memberlist::agnostic::Runtime;
use memberlist::delegate::Delegate;
use memberlist::net::NetOptions;
use memberlist::quic;
use memberlist::quic::Mutual;
use memberlist::quic::QuicOptions;
use memberlist::quic::QuicTransport;
use memberlist::quic::Quinn;
use memberlist::quic::rustls::ClientConfig;
use memberlist::quic::rustls::ServerConfig;
use memberlist::quic::rustls::crypto::ring;
use memberlist::wire::Wire;
use smol_str::SmolStr;

use crate::flags::Flags;
use crate::flags::Transport;
use crate::node::Failure;
use crate::plan::Plan;

/// What carries packets and streams.
pub(crate) enum Carrier {
    /// UDP and TCP.
    Tcp,
    /// QUIC by quinn; both sides show certificates.
    Quinn(Box<(ServerConfig, ClientConfig)>),
}

impl TryFrom<&Flags> for Carrier {
    type Error = String;

    fn try_from(flags: &Flags) -> Result<Self, String> {
        match (flags.transport, &flags.tls_ca, &flags.tls_cert, &flags.tls_key) {
            (Transport::Tcp, None, None, None) => Ok(Self::Tcp),
            (Transport::Tcp, ..) => Err("--tls-ca, --tls-cert and --tls-key need a transport \
                                         with TLS: leave them out, or use --transport quinn"
                .to_owned()),
            (Transport::Quinn, Some(ca), Some(cert), Some(key)) => {
                let mutual = Mutual::from_pem_files(ca, cert, key).map_err(|e| e.to_string())?;
                let tls = mutual.configure(Arc::new(ring::default_provider()));
                let tls = tls.map_err(|error| format!("--tls-ca, --tls-cert, --tls-key: {error}"));
                Ok(Self::Quinn(Box::new(tls?)))
            }
            (Transport::Quinn, ..) => Err(
                "--transport quinn needs --tls-ca, --tls-cert and --tls-key: give all three, or \
                 leave it out"
                    .to_owned(),
            ),
            (Transport::Tls | Transport::NativeTls | Transport::S2n, ..) => {
                Err("this --transport is not built in: leave it out, or use tcp or quinn"
                    .to_owned())
            }
        }
    }
}

/// Starts the node that is planned, with that delegate.
///
/// # Errors
///
/// The node cannot be started.
pub(crate) async fn start<R, W, D>(plan: Plan, delegate: D) -> Result<Memberlist, Failure>
where
    R: Runtime,
    W: Wire<SmolStr, SocketAddr>,
    D: Delegate<SmolStr, SocketAddr>,
{
    let mut net = NetOptions::new(plan.bind).allowed(plan.allowed);
    net.advertise = plan.advertise;
    let node = match plan.carrier {
        Carrier::Tcp => {
            let builder = Builder::<SmolStr, R>::tcp(plan.name.into()).net(net);
            let builder = builder.options(plan.options).layers(plan.layers).meta(plan.meta);
            builder.wire::<W>().delegate(delegate).start().await
        }
        Carrier::Quinn(tls) => {
            let quinn = Quinn::<R>::new(tls.0, tls.1);
            let quinn = quinn.map_err(|error| Failure::Usage(error.to_string()))?;
            let transport = QuicTransport::bind(quinn, net, QuicOptions::new()).await;
            let transport = transport.map_err(|error| Failure::Start(error.to_string()))?;
            let builder = quic::node(plan.name, transport);
            let builder = builder.options(plan.options).layers(plan.layers).meta(plan.meta);
            builder.wire::<W>().delegate(delegate).start().await
        }
    };
    node.map_err(failure)
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
