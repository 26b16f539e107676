//! Datagrams over streams of one direction, one each.

use std::io;

use async_channel::Receiver;
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use futures_util::future::{Either, select};
use futures_util::stream::FuturesUnordered;
use s2n_quic::connection::{Handle, ReceiveStreamAcceptor};
use s2n_quic::stream::ReceiveStream;

use super::words::words;
use crate::options::MAX_DATAGRAM;

/// Sends what is handed over until nobody can hand over any more, or the connection ends.
pub(super) async fn send_all(mut connection: Handle, datagrams: Receiver<Bytes>) {
    while let Ok(datagram) = datagrams.recv().await {
        let Ok(mut stream) = connection.open_send_stream().await else { return };
        // An error ends this stream or all of them: the next one tells.
        let _ = stream.send(datagram).await;
        let _ = stream.finish();
    }
}

/// The streams of a peer that carry a datagram each.
pub(super) struct Incoming {
    acceptor: ReceiveStreamAcceptor,
    /// Those whose end has not arrived yet; the peer may have so many open and no more.
    reading: FuturesUnordered<Reading>,
}

type Reading = core::pin::Pin<Box<dyn Future<Output = Option<Bytes>> + Send>>;

impl Incoming {
    pub(super) fn new(acceptor: ReceiveStreamAcceptor) -> Self {
        Self { acceptor, reading: FuturesUnordered::new() }
    }

    /// The next datagram that is there as a whole.
    pub(super) async fn next(&mut self) -> io::Result<Bytes> {
        loop {
            let Self { acceptor, reading } = self;
            let accepting = core::pin::pin!(acceptor.accept_receive_stream());
            let stream = if reading.is_empty() {
                accepting.await
            } else {
                match select(accepting, reading.next()).await {
                    Either::Left((stream, _)) => stream,
                    Either::Right((Some(Some(datagram)), _)) => return Ok(datagram),
                    Either::Right(_) => continue,
                }
            };
            let stream = stream.map_err(words)?;
            let stream = stream.ok_or(io::ErrorKind::ConnectionAborted)?;
            self.reading.push(Box::pin(read(stream)));
        }
    }
}

/// All that a stream carries, unless that is too much.
async fn read(mut stream: ReceiveStream) -> Option<Bytes> {
    let mut whole = BytesMut::new();
    while let Ok(Some(part)) = stream.receive().await {
        if whole.len() + part.len() > MAX_DATAGRAM {
            return None;
        }
        whole.extend_from_slice(&part);
    }
    Some(whole.freeze())
}
