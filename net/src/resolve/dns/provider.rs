//! hickory on the sockets, timers and tasks of any runtime.

use core::future::Future;
use core::marker::PhantomData;
use core::pin::Pin;
use core::task::{Context, Poll};
use core::time::Duration;
use std::io;
use std::net::SocketAddr;

use agnostic::net::{Net, TcpStream, UdpSocket};
use agnostic::{Runtime, RuntimeLite};
use async_trait::async_trait;
use futures_util::io::{AsyncRead, AsyncWrite};
use hickory_resolver::net::runtime::{DnsTcpStream, DnsUdpSocket, RuntimeProvider, Spawn, Time};

/// How long a connection to a DNS server may take to open when hickory does not say: as long as it
/// waits for an answer.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

type Opening<S> = Pin<Box<dyn Future<Output = io::Result<S>> + Send>>;

/// What hickory needs, without a value: all of it is in the type.
pub(super) struct Provider<R>(PhantomData<fn() -> R>);

impl<R> Provider<R> {
    pub(super) const fn new() -> Self {
        Self(PhantomData)
    }
}

impl<R> Clone for Provider<R> {
    fn clone(&self) -> Self {
        Self::new()
    }
}

impl<R: Runtime> RuntimeProvider for Provider<R> {
    type Handle = Self;
    type Timer = Self;
    type Udp = Udp<R>;
    type Tcp = Tcp<R>;

    fn create_handle(&self) -> Self {
        self.clone()
    }

    fn connect_tcp(
        &self,
        server: SocketAddr,
        _bind: Option<SocketAddr>,
        timeout: Option<Duration>,
    ) -> Opening<Tcp<R>> {
        let connecting = <<R::Net as Net>::TcpStream as TcpStream>::connect(server);
        Box::pin(async move {
            let connected = R::timeout(timeout.unwrap_or(CONNECT_TIMEOUT), connecting).await;
            Ok(Tcp(connected.map_err(io::Error::from)??))
        })
    }

    fn bind_udp(&self, local: SocketAddr, _server: SocketAddr) -> Opening<Udp<R>> {
        Box::pin(
            async move { <<R::Net as Net>::UdpSocket as UdpSocket>::bind(local).await.map(Udp) },
        )
    }
}

impl<R: RuntimeLite> Spawn for Provider<R> {
    fn spawn_bg(&mut self, future: impl Future<Output = ()> + Send + 'static) {
        R::spawn_detach(future);
    }
}

#[async_trait]
impl<R: RuntimeLite> Time for Provider<R> {
    async fn delay_for(duration: Duration) {
        R::sleep(duration).await;
    }

    async fn timeout<F: 'static + Future + Send>(
        duration: Duration,
        future: F,
    ) -> Result<F::Output, io::Error> {
        R::timeout(duration, future).await.map_err(Into::into)
    }
}

pub(super) struct Udp<R: Runtime>(<R::Net as Net>::UdpSocket);

impl<R: Runtime> DnsUdpSocket for Udp<R> {
    type Time = Provider<R>;

    fn poll_recv_from(
        &self,
        cx: &mut Context<'_>,
        buf: &mut [u8],
    ) -> Poll<io::Result<(usize, SocketAddr)>> {
        self.0.poll_recv_from(cx, buf)
    }

    fn poll_send_to(
        &self,
        cx: &mut Context<'_>,
        buf: &[u8],
        target: SocketAddr,
    ) -> Poll<io::Result<usize>> {
        self.0.poll_send_to(cx, buf, target)
    }
}

pub(super) struct Tcp<R: Runtime>(<R::Net as Net>::TcpStream);

impl<R: Runtime> DnsTcpStream for Tcp<R> {
    type Time = Provider<R>;
}

impl<R: Runtime> AsyncRead for Tcp<R> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_read(cx, buf)
    }
}

impl<R: Runtime> AsyncWrite for Tcp<R> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_close(cx)
    }
}
