//! Datagrams at full speed, a few of them under way at a time.

use core::future::poll_fn;
use core::task::Poll;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use memberlist::net::{NetOptions, NetTransport, Tcp};
use memberlist::quic::{QuicLayer, QuicOptions, QuicTransport};
use memberlist::tokio::Runtime;
use memberlist::transport::Transport;
use memberlist_benches::cost::Cost;
use tokio::sync::Semaphore;

use crate::{Failure, Measured};

/// Bytes of each: what fits into any QUIC path.
const BYTES: usize = 1_100;

/// Datagrams under way.
const WINDOW: usize = 64;

/// Whatever has not arrived by then is lost.
const LOST_AFTER: Duration = Duration::from_millis(100);

/// How long a transport without room is left alone.
const ROOM_AFTER: Duration = Duration::from_millis(1);

pub(crate) fn anywhere() -> NetOptions {
    NetOptions::new([SocketAddr::from(([127, 0, 0, 1], 0))])
}

pub(crate) async fn udp() -> Result<NetTransport<Tcp, Runtime>, Failure> {
    Ok(NetTransport::bind(anywhere()).await?)
}

pub(crate) async fn quic<L: QuicLayer>(layer: L) -> Result<QuicTransport<L>, Failure> {
    Ok(QuicTransport::bind(layer, anywhere(), QuicOptions::new()).await?)
}

/// From one transport to another, both made by `bind`.
pub(crate) async fn datagrams<T: Transport<Address = SocketAddr>>(
    bind: impl AsyncFn() -> Result<T, Failure>,
    span: Duration,
) -> Result<Measured, Failure> {
    let (from, to) = (bind().await?, Arc::new(bind().await?));
    let room = Arc::new(Semaphore::new(WINDOW));
    let arrived = Arc::new(AtomicU64::new(0));
    let receiver = tokio::spawn(receive(to.clone(), room.clone(), arrived.clone()));
    send(&from, to.advertised(), &room, span).await?;
    let (cost, before, started) = (Cost::now()?, arrived.load(Relaxed), Instant::now());
    let lost = send(&from, to.advertised(), &room, span).await?;
    let (took, cpu) = (started.elapsed(), cost.spent()?);
    let arrived = (arrived.load(Relaxed) - before) as f64;
    from.shutdown().await;
    to.shutdown().await;
    receiver.await?;
    let (per_second, cpu_us) = (arrived / took.as_secs_f64(), 1e6 * cpu.as_secs_f64() / arrived);
    Ok(Measured { per_second, cpu_us, lost })
}

/// Keeps the window full for `span`; gives how many were lost.
async fn send<T: Transport>(
    from: &T,
    to: &T::Address,
    room: &Semaphore,
    span: Duration,
) -> Result<u64, Failure> {
    let (datagram, end) = ([7; BYTES], Instant::now() + span);
    let mut lost = 0;
    while Instant::now() < end {
        match room.try_acquire() {
            Ok(permit) => permit.forget(),
            Err(_) => match tokio::time::timeout(LOST_AFTER, room.acquire()).await {
                Ok(permit) => permit?.forget(),
                Err(_) => {
                    lost += WINDOW as u64;
                    room.add_permits(WINDOW);
                    continue;
                }
            },
        }
        // Pending means that it was dropped and that nobody will be woken.
        match poll_fn(|cx| Poll::Ready(from.poll_send(cx, to, &datagram))).await {
            Poll::Ready(sent) => sent?,
            Poll::Pending => {
                room.add_permits(1);
                tokio::time::sleep(ROOM_AFTER).await;
            }
        }
    }
    Ok(lost)
}

async fn receive<T: Transport>(at: Arc<T>, room: Arc<Semaphore>, arrived: Arc<AtomicU64>) {
    let mut buffer = vec![0; at.max_datagram()];
    while poll_fn(|cx| at.poll_recv(cx, &mut buffer)).await.is_ok() {
        arrived.fetch_add(1, Relaxed);
        room.add_permits(1);
    }
}
