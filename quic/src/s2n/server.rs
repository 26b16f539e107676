//! The accepting endpoint.

use std::io;
use std::net::UdpSocket;

use async_channel::{Receiver, bounded};
use s2n_quic::Server;
use s2n_quic::provider::endpoint_limits;
use s2n_quic::provider::io::tokio::Builder as Io;
use s2n_quic::provider::tls::rustls as s2n_tls;
use tokio::runtime::Runtime;

use super::incoming::S2nIncoming;
use super::limits::limits;
use super::watch::Watch;

use crate::options::QuicOptions;

/// Connections that wait until the transport takes them. It takes them at once.
const WAITING_MAX: usize = 16;

/// Accepts on `runtime` until the receiver is closed. From half of the handshakes on, peers have to
/// prove their address first.
pub(super) fn start(
    runtime: &Runtime,
    socket: UdpSocket,
    tls: s2n_tls::Server,
    options: &QuicOptions,
) -> io::Result<Receiver<S2nIncoming>> {
    let io = Io::default().with_handle(runtime.handle().clone()).with_rx_socket(socket)?;
    let crowd = options.max_handshakes.div_ceil(2);
    let crowd = endpoint_limits::Default::builder().with_inflight_handshake_limit(crowd);
    let crowd =
        crowd.and_then(endpoint_limits::default::Builder::build).map_err(io::Error::other)?;
    let (sender, receiver) = bounded(WAITING_MAX);
    let server = Server::builder()
        .with_tls(tls)
        .map_err(io::Error::other)?
        .with_io(io.build()?)
        .map_err(io::Error::other)?
        .with_event(Watch { failed: Some(sender.clone()) })
        .map_err(io::Error::other)?
        .with_endpoint_limits(crowd)
        .map_err(io::Error::other)?
        .with_limits(limits(options, options.handshake_timeout)?)
        .map_err(io::Error::other)?;
    let mut server = server.start().map_err(io::Error::other)?;
    runtime.spawn(async move {
        while let Some(connection) = server.accept().await {
            // One that has ended already has no address.
            let Ok(from) = connection.remote_addr() else { continue };
            if sender.send(S2nIncoming { result: Ok(connection), from }).await.is_err() {
                return;
            }
        }
    });
    Ok(receiver)
}
