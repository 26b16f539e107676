//! One node's place in an in-memory network.

use core::future::poll_fn;
use core::marker::PhantomData;
use core::task::{Context, Poll};
use std::io;
use std::sync::Arc;

use agnostic_lite::RuntimeLite;

use super::endpoint::{Endpoint, closed};
use super::network::MemoryNetwork;
use super::pipe::MemoryStream;
use crate::transport::Transport;
use crate::types::Address;

/// Bytes of the largest datagram: as over UDP, so that tests meet the same limit.
const MAX_DATAGRAM: usize = 65_507;

/// A transport without sockets, bound by [`MemoryNetwork::bind`]. It needs nothing of the runtime
/// `R`.
///
/// Dropping it frees its address, like [`shutdown`](Transport::shutdown).
#[derive(Debug)]
pub struct MemoryTransport<A: Address, R> {
    network: MemoryNetwork<A>,
    address: A,
    endpoint: Arc<Endpoint<A>>,
    runtime: PhantomData<fn() -> R>,
}

impl<A: Address> MemoryNetwork<A> {
    /// A transport that is reached at `address`.
    ///
    /// # Errors
    ///
    /// `AddrInUse` while another one is there.
    pub fn bind<R: RuntimeLite>(&self, address: A) -> io::Result<MemoryTransport<A, R>> {
        let endpoint = self.add(&address)?;
        Ok(MemoryTransport { network: self.clone(), address, endpoint, runtime: PhantomData })
    }
}

impl<A: Address, R> MemoryTransport<A, R> {
    fn close(&self) {
        self.network.remove(&self.address, &self.endpoint);
        self.endpoint.close();
    }
}

impl<A: Address, R> Drop for MemoryTransport<A, R> {
    fn drop(&mut self) {
        self.close();
    }
}

impl<A: Address, R: RuntimeLite> Transport for MemoryTransport<A, R> {
    type Address = A;
    type Runtime = R;
    type Stream = MemoryStream;

    fn advertised(&self) -> &A {
        &self.address
    }

    fn bound(&self) -> Vec<A> {
        vec![self.address.clone()]
    }

    fn max_datagram(&self) -> usize {
        MAX_DATAGRAM
    }

    fn poll_recv(&self, cx: &mut Context<'_>, buf: &mut [u8]) -> Poll<io::Result<(usize, A)>> {
        self.endpoint.poll_recv(cx, buf)
    }

    /// Never pends: what finds no room is lost.
    fn poll_send(&self, _: &mut Context<'_>, to: &A, datagram: &[u8]) -> Poll<io::Result<()>> {
        if self.endpoint.is_closed() {
            return Poll::Ready(Err(closed()));
        }
        if datagram.len() > MAX_DATAGRAM {
            let text = format!("{} bytes, the largest datagram is {MAX_DATAGRAM}", datagram.len());
            return Poll::Ready(Err(io::Error::new(io::ErrorKind::InvalidInput, text)));
        }
        self.network.send(&self.address, to, datagram);
        Poll::Ready(Ok(()))
    }

    async fn dial(&self, to: &A) -> io::Result<MemoryStream> {
        if self.endpoint.is_closed() {
            return Err(closed());
        }
        poll_fn(|cx| self.network.poll_dial(cx, &self.address, to)).await
    }

    async fn accept(&self) -> io::Result<(MemoryStream, A)> {
        self.endpoint.accept().await
    }

    async fn shutdown(&self) {
        self.close();
    }
}
