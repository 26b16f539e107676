//! Both planes as one [`Transport`].

use core::task::{Context, Poll};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use agnostic::Runtime;
use agnostic::net::TcpStream;
use futures_util::task::AtomicWaker;
use memberlist_core::transport::Transport;
use parking_lot::RwLock;

use crate::advertise;
use crate::closed;
use crate::counters::Counters;
use crate::datagrams::Datagrams;
use crate::error::{BindError, Plane};
use crate::layer::{StreamLayer, Tcp};
use crate::options::{MAX_DATAGRAM, MAX_DATAGRAM_MIN, NetOptions};
use crate::sockets::{self, Pair};
use crate::streams::{Listeners, Policy, TcpOf};

/// Datagrams over UDP, streams over TCP wrapped by the layer `L`, on the runtime `R`.
///
/// After [`shutdown`](Transport::shutdown) every call fails with the kind `NotConnected`. Dropping
/// the transport closes its sockets too, soon but not at once.
pub struct NetTransport<L: StreamLayer, R: Runtime> {
    layer: L,
    advertised: SocketAddr,
    bound: Vec<SocketAddr>,
    longest: usize,
    nodelay: bool,
    /// `None` after `shutdown`. The lock is held for one system call at most, never across an
    /// await.
    datagrams: RwLock<Option<Datagrams<R>>>,
    receiver: AtomicWaker,
    listeners: Listeners<R>,
    counters: Arc<Counters>,
}

impl<R: Runtime> NetTransport<Tcp, R> {
    /// Listens with plain TCP for streams. Must be called inside the runtime.
    ///
    /// # Errors
    ///
    /// Says which address or option is at fault. Nothing stays open.
    pub async fn bind(options: NetOptions) -> Result<Self, BindError> {
        Self::bind_with(Tcp, options).await
    }
}

impl<L: StreamLayer, R: Runtime> NetTransport<L, R> {
    /// Listens, with `layer` around every stream. Must be called inside the runtime.
    ///
    /// # Errors
    ///
    /// Says which address or option is at fault. Nothing stays open.
    // Async although nothing waits: tokio must be entered, and other transports' binding does wait.
    #[allow(clippy::unused_async)]
    pub async fn bind_with(layer: L, options: NetOptions) -> Result<Self, BindError> {
        if !(MAX_DATAGRAM_MIN..=MAX_DATAGRAM).contains(&options.max_datagram) {
            return Err(BindError::MaxDatagram(options.max_datagram));
        }
        let pairs = sockets::open(&options)?;
        let (first, dual) = (pairs[0].address, pairs[0].dual);
        let advertised = advertise::choose(options.advertise, first, dual)?;
        tracing::debug!(bound = %first, %advertised, "listening");
        Self::start(layer, options, advertised, pairs)
    }

    fn start(
        layer: L,
        options: NetOptions,
        advertised: SocketAddr,
        pairs: Vec<Pair>,
    ) -> Result<Self, BindError> {
        let counters = Arc::new(Counters::default());
        let bound: Vec<_> = pairs.iter().map(|pair| pair.address).collect();
        let failed = |plane| move |source| BindError::Listen { plane, address: advertised, source };
        let split = |pair: Pair| (pair.listener, (pair.udp, pair.address, pair.dual));
        let (listeners, udp): (Vec<_>, Vec<_>) = pairs.into_iter().map(split).unzip();
        let datagrams = Datagrams::new(udp, options.allowed.clone(), options.max_datagram)
            .map_err(failed(Plane::Datagrams))?;
        let policy = Policy {
            allowed: options.allowed,
            nodelay: options.nodelay,
            counters: counters.clone(),
        };
        let listeners = Listeners::start(listeners, policy).map_err(failed(Plane::Streams))?;
        Ok(Self {
            layer,
            advertised,
            bound,
            longest: options.max_datagram,
            nodelay: options.nodelay,
            datagrams: RwLock::new(Some(datagrams)),
            receiver: AtomicWaker::new(),
            listeners,
            counters,
        })
    }

    fn is_closed(&self) -> bool {
        self.datagrams.read().is_none()
    }
}

impl<L: StreamLayer, R: Runtime> Transport for NetTransport<L, R> {
    type Address = SocketAddr;
    type Runtime = R;
    type Stream = L::Stream<TcpOf<R>>;

    fn advertised(&self) -> &SocketAddr {
        &self.advertised
    }

    fn bound(&self) -> Vec<SocketAddr> {
        self.bound.clone()
    }

    fn max_datagram(&self) -> usize {
        self.longest
    }

    fn poll_recv(
        &self,
        cx: &mut Context<'_>,
        buf: &mut [u8],
    ) -> Poll<io::Result<(usize, SocketAddr)>> {
        let datagrams = self.datagrams.read();
        let Some(datagrams) = &*datagrams else { return Poll::Ready(Err(closed())) };
        let polled = datagrams.poll_recv(cx, buf, &self.counters);
        if polled.is_pending() {
            // Under the lock, so that a shutdown either is seen above or sees this waker.
            self.receiver.register(cx.waker());
        }
        polled
    }

    fn poll_send(
        &self,
        cx: &mut Context<'_>,
        to: &SocketAddr,
        datagram: &[u8],
    ) -> Poll<io::Result<()>> {
        match &*self.datagrams.read() {
            Some(datagrams) => datagrams.poll_send(cx, *to, datagram),
            None => Poll::Ready(Err(closed())),
        }
    }

    async fn dial(&self, to: &SocketAddr) -> io::Result<Self::Stream> {
        if self.is_closed() {
            return Err(closed());
        }
        let tcp = TcpOf::<R>::connect(*to).await?;
        if self.nodelay {
            tcp.set_nodelay(true)?;
        }
        self.layer.dial(tcp, *to).await
    }

    async fn accept(&self) -> io::Result<(Self::Stream, SocketAddr)> {
        let (tcp, from) = self.listeners.accept().await?;
        Ok((self.layer.accept(tcp, from), from))
    }

    async fn shutdown(&self) {
        drop(self.datagrams.write().take());
        self.receiver.wake();
        self.listeners.close().await;
    }

    fn counters(&self) -> Vec<(&'static str, u64)> {
        let mut all = self.counters.snapshot();
        all.extend(self.layer.counters());
        all
    }

    fn guards_streams_only(&self) -> bool {
        self.layer.guards_streams()
    }
}
