//! A bus inside one process: whoever is plugged in has a number and can be reached by it.

use std::collections::BTreeMap;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::Mutex;
use std::task::Context;
use std::task::Poll;

use async_channel::Receiver;
use async_channel::Sender;
use futures_util::Stream;
use memberlist::transport::Transport;
use tokio::io::DuplexStream;
use tokio_util::compat::Compat;
use tokio_util::compat::TokioAsyncReadCompatExt;

/// Datagrams that wait for their receiver; what is beyond is lost.
const DATAGRAMS_MAX: usize = 1_024;

/// Streams that wait to be accepted; whoever dials waits as long.
const STREAMS_MAX: usize = 64;

/// Bytes of a stream that are written and not yet read.
const STREAM_BUFFER: usize = 64 * 1_024;

/// The largest datagram: as over UDP, so that the options mean the same.
const DATAGRAM_BYTES_MAX: usize = 65_507;

type Datagram = (Vec<u8>, u64);
type Pipe = Compat<DuplexStream>;

/// What connects the plugs.
#[derive(Clone, Default)]
pub(crate) struct Bus(Arc<Mutex<BTreeMap<u64, Socket>>>);

/// How a plug is reached.
#[derive(Clone)]
struct Socket {
    datagrams: Sender<Datagram>,
    streams: Sender<(Pipe, u64)>,
}

/// One node's connection to the bus.
pub(crate) struct Plug {
    bus: Bus,
    address: u64,
    /// Only one task polls datagrams, so that the lock is never waited for.
    datagrams: Mutex<Pin<Box<Receiver<Datagram>>>>,
    streams: Receiver<(Pipe, u64)>,
}

impl Bus {
    /// Connects a node.
    pub(crate) fn plug_in(&self, address: u64) -> io::Result<Plug> {
        let (datagrams_in, datagrams) = async_channel::bounded(DATAGRAMS_MAX);
        let (streams_in, streams) = async_channel::bounded(STREAMS_MAX);
        let mut sockets = self.0.lock().expect("nobody panics while holding it");
        if sockets.contains_key(&address) {
            return Err(io::ErrorKind::AddrInUse.into());
        }
        sockets.insert(address, Socket { datagrams: datagrams_in, streams: streams_in });
        let datagrams = Mutex::new(Box::pin(datagrams));
        Ok(Plug { bus: self.clone(), address, datagrams, streams })
    }

    fn socket(&self, address: u64) -> io::Result<Socket> {
        let sockets = self.0.lock().expect("nobody panics while holding it");
        sockets.get(&address).cloned().ok_or(io::ErrorKind::ConnectionRefused.into())
    }
}

impl Transport for Plug {
    type Address = u64;
    type Runtime = memberlist::tokio::Runtime;
    type Stream = Pipe;

    fn advertised(&self) -> &u64 {
        &self.address
    }

    fn bound(&self) -> Vec<u64> {
        vec![self.address]
    }

    fn max_datagram(&self) -> usize {
        DATAGRAM_BYTES_MAX
    }

    fn poll_recv(&self, cx: &mut Context<'_>, buf: &mut [u8]) -> Poll<io::Result<(usize, u64)>> {
        let mut datagrams = self.datagrams.lock().expect("nobody panics while holding it");
        datagrams.as_mut().poll_next(cx).map(|next| {
            let (bytes, from) = next.ok_or(io::ErrorKind::NotConnected)?;
            let len = bytes.len().min(buf.len());
            buf[..len].copy_from_slice(&bytes[..len]);
            Ok((len, from))
        })
    }

    fn poll_send(&self, _: &mut Context<'_>, to: &u64, datagram: &[u8]) -> Poll<io::Result<()>> {
        // Nobody there, or no room: datagrams may be lost, and the sender is not told.
        if let Ok(socket) = self.bus.socket(*to) {
            let _ = socket.datagrams.try_send((datagram.to_vec(), self.address));
        }
        Poll::Ready(Ok(()))
    }

    async fn dial(&self, to: &u64) -> io::Result<Pipe> {
        let socket = self.bus.socket(*to)?;
        let (here, there) = tokio::io::duplex(STREAM_BUFFER);
        let gone = |_| io::Error::from(io::ErrorKind::ConnectionReset);
        socket.streams.send((there.compat(), self.address)).await.map_err(gone)?;
        Ok(here.compat())
    }

    async fn accept(&self) -> io::Result<(Pipe, u64)> {
        self.streams.recv().await.map_err(|_| io::ErrorKind::NotConnected.into())
    }

    async fn shutdown(&self) {
        self.bus.0.lock().expect("nobody panics while holding it").remove(&self.address);
        self.streams.close();
    }
}
