//! Connections that are made, used for one byte each way, and closed.

use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use futures_util::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use memberlist::net::{NetTransport, StreamLayer};
use memberlist::quic::layer::{Connection, Endpoint, Incoming};
use memberlist::quic::{QuicLayer, QuicOptions};
use memberlist::tokio::Runtime;
use memberlist::transport::Transport;
use memberlist_benches::cost::Cost;

use crate::datagrams::anywhere;
use crate::{Failure, Measured};

/// Connections that are made at a time.
const AT_ONCE: usize = 8;

/// Over TCP with that layer.
pub(crate) async fn streams<L: StreamLayer + Clone>(
    layer: L,
    span: Duration,
) -> Result<Measured, Failure> {
    let server = NetTransport::<L, Runtime>::bind_with(layer.clone(), anywhere()).await?;
    let client = NetTransport::<L, Runtime>::bind_with(layer, anywhere()).await?;
    let (at, server) = (*server.advertised(), Arc::new(server));
    let serving = server.clone();
    let accepting = tokio::spawn(async move {
        while let Ok((stream, _)) = serving.accept().await {
            tokio::spawn(answer(stream));
        }
    });
    let measured = measure(async || ask(client.dial(&at).await?).await, span).await;
    client.shutdown().await;
    server.shutdown().await;
    accepting.await?;
    measured
}

/// Over QUIC by that library: from one socket to another, a connection each time.
pub(crate) async fn quic<L: QuicLayer>(layer: &L, span: Duration) -> Result<Measured, Failure> {
    let open = || -> Result<_, Failure> {
        let socket = UdpSocket::bind("127.0.0.1:0")?;
        socket.set_nonblocking(true)?;
        let at: SocketAddr = socket.local_addr()?;
        Ok((layer.open(socket, &QuicOptions::new())?, at))
    };
    let ((server, at), (client, _)) = (open()?, open()?);
    let server = Arc::new(server);
    let serving = server.clone();
    let accepting = tokio::spawn(async move {
        while let Some(incoming) = serving.accept().await {
            tokio::spawn(async move {
                let connection = incoming.shake().await?;
                answer(connection.accept().await?).await?;
                // Ended by the peer, when it has read the answer.
                let _ = connection.accept().await;
                Ok::<_, std::io::Error>(())
            });
        }
    });
    let once = async || {
        let connection = client.dial(at).await?;
        ask(connection.open().await?).await?;
        connection.close("done");
        Ok(())
    };
    let measured = measure(once, span).await;
    for endpoint in [&client, &*server] {
        endpoint.stop();
        endpoint.free().await;
    }
    accepting.await?;
    measured
}

async fn ask(mut stream: impl AsyncRead + AsyncWrite + Unpin) -> std::io::Result<()> {
    stream.write_all(b"?").await?;
    stream.flush().await?;
    stream.read_exact(&mut [0]).await?;
    stream.close().await
}

async fn answer(mut stream: impl AsyncRead + AsyncWrite + Unpin) -> std::io::Result<()> {
    stream.read_exact(&mut [0]).await?;
    stream.write_all(b"!").await?;
    stream.close().await
}

async fn measure(
    once: impl AsyncFn() -> std::io::Result<()>,
    span: Duration,
) -> Result<Measured, Failure> {
    repeat(&once, span).await?;
    let (cost, started) = (Cost::now()?, Instant::now());
    let made = repeat(&once, span).await? as f64;
    let (took, cpu) = (started.elapsed(), cost.spent()?);
    let (per_second, cpu_us) = (made / took.as_secs_f64(), 1e6 * cpu.as_secs_f64() / made);
    Ok(Measured { per_second, cpu_us, lost: 0 })
}

/// Again and again until the end of `span`; gives how often.
async fn repeat(
    once: &impl AsyncFn() -> std::io::Result<()>,
    span: Duration,
) -> std::io::Result<usize> {
    let end = Instant::now() + span;
    let many = join_all((0..AT_ONCE).map(async |_| {
        let mut made = 0;
        while Instant::now() < end {
            once().await?;
            made += 1;
        }
        Ok(made)
    }));
    many.await.into_iter().sum()
}
