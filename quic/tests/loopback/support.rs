//! What all tests use.

use core::future::poll_fn;
use core::marker::PhantomData;
use core::time::Duration;
use std::io;
use std::net::SocketAddr;

use agnostic::{Runtime, RuntimeLite};
use memberlist_core::transport::Transport;
use memberlist_net::NetOptions;
use memberlist_quic::{QuicLayer, QuicOptions, QuicTransport, TlsConfig, UnfitTls};

use crate::certificates::{Authority, CLUSTER};

/// No test waits longer than this for one thing. Far more than anything takes: reaching it is a
/// failure, not slowness.
pub(crate) const BOUND: Duration = Duration::from_secs(60);

/// How often what announces no change is looked at.
pub(crate) const LOOK: Duration = Duration::from_millis(5);

/// A library on a runtime.
pub(crate) trait Cell: Send + Sync + 'static {
    type Layer: QuicLayer<Runtime = Self::Runtime> + Clone;
    type Runtime: Runtime;
    /// It shakes hands by itself, and tells little of it: no count of the proofs of address that it
    /// asks for, and alerts of TLS in place of reasons.
    const TERSE: bool;

    fn layer(tls: TlsConfig) -> Self::Layer;

    fn reload(layer: &Self::Layer, tls: TlsConfig) -> Result<(), UnfitTls>;
}

/// quinn on a runtime.
pub(crate) struct Quinn<R>(PhantomData<fn() -> R>);

impl<R: Runtime> Cell for Quinn<R> {
    type Layer = memberlist_quic::Quinn<R>;
    type Runtime = R;
    const TERSE: bool = false;

    fn layer(tls: TlsConfig) -> Self::Layer {
        memberlist_quic::Quinn::new(tls).unwrap()
    }

    fn reload(layer: &Self::Layer, tls: TlsConfig) -> Result<(), UnfitTls> {
        layer.reload(tls)
    }
}

/// s2n-quic on tokio.
#[cfg(feature = "s2n")]
pub(crate) struct S2n;

#[cfg(feature = "s2n")]
impl Cell for S2n {
    type Layer = memberlist_quic::S2n;
    type Runtime = agnostic::tokio::TokioRuntime;
    const TERSE: bool = true;

    fn layer(tls: TlsConfig) -> Self::Layer {
        memberlist_quic::S2n::new(tls).unwrap()
    }

    fn reload(layer: &Self::Layer, tls: TlsConfig) -> Result<(), UnfitTls> {
        layer.reload(tls)
    }
}

pub(crate) type Quic<C> = QuicTransport<<C as Cell>::Layer>;

pub(crate) fn anywhere() -> NetOptions {
    NetOptions::new([SocketAddr::from(([127, 0, 0, 1], 0))])
}

pub(crate) fn options() -> QuicOptions {
    QuicOptions::new()
}

pub(crate) async fn bind<C: Cell>(
    authority: &Authority,
    net: NetOptions,
    options: QuicOptions,
) -> Quic<C> {
    let layer = C::layer(authority.sign(&[CLUSTER]));
    QuicTransport::bind(layer, net, options).await.unwrap()
}

/// Two transports of one cluster.
pub(crate) async fn pair<C: Cell>() -> (Quic<C>, Quic<C>) {
    let authority = Authority::new();
    let a = bind::<C>(&authority, anywhere(), options()).await;
    (a, bind::<C>(&authority, anywhere(), options()).await)
}

/// Waits for `work` no longer than [`BOUND`]; `what` says what did not happen.
pub(crate) async fn within<C: Cell, T: Send>(
    what: &str,
    work: impl Future<Output = T> + Send,
) -> T {
    let done = C::Runtime::timeout(BOUND, work).await;
    done.unwrap_or_else(|_| panic!("not within {BOUND:?}: {what}"))
}

/// Waits until `holds`.
pub(crate) async fn until<C: Cell>(what: &str, mut holds: impl FnMut() -> bool + Send) {
    let looking = async {
        while !holds() {
            C::Runtime::sleep(LOOK).await;
        }
    };
    within::<C, _>(what, looking).await;
}

pub(crate) async fn send<C: Cell>(from: &Quic<C>, to: SocketAddr, bytes: &[u8]) -> io::Result<()> {
    within::<C, _>("it is sent", poll_fn(|cx| from.poll_send(cx, &to, bytes))).await
}

pub(crate) async fn receive<C: Cell>(at: &Quic<C>) -> io::Result<(Vec<u8>, SocketAddr)> {
    let mut buf = vec![0; 65_535];
    let receiving = poll_fn(|cx| at.poll_recv(cx, &mut buf));
    let (len, from) = within::<C, _>("a datagram", receiving).await?;
    buf.truncate(len);
    Ok((buf, from))
}

pub(crate) fn count<T: Transport>(at: &T, name: &str) -> u64 {
    let counters = at.counters();
    counters.iter().find(|(key, _)| *key == name).unwrap_or_else(|| panic!("no {name}")).1
}

/// Waits until a counter has a value.
pub(crate) async fn counted<C: Cell>(at: &Quic<C>, name: &str, value: u64) {
    until::<C>(&format!("{name} is {value}"), || count(at, name) == value).await;
}

/// Both know each other afterwards: a datagram has gone each way.
pub(crate) async fn meet<C: Cell>(a: &Quic<C>, b: &Quic<C>) {
    for (from, to) in [(a, b), (b, a)] {
        send::<C>(from, *to.advertised(), b"hello").await.unwrap();
        let (heard, sender) = receive::<C>(to).await.unwrap();
        assert_eq!((&heard[..], sender), (&b"hello"[..], *from.advertised()));
    }
}
