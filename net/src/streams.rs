//! The accepting side of the stream plane: one loop per listener, and the queue that they fill.

use core::convert::Infallible;
use core::pin::pin;
use core::time::Duration;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use agnostic::net::{Net, TcpListener, TcpStream};
use agnostic::{Runtime, RuntimeLite};
use async_channel::{Receiver, Sender};
use futures_util::future::select;
use memberlist_core::types::Cidrs;

use crate::advertise::canonical;
use crate::counters::Counters;

pub(crate) type TcpOf<R> = <<R as Runtime>::Net as Net>::TcpStream;
type ListenerOf<R> = <<R as Runtime>::Net as Net>::TcpListener;

/// Streams that were accepted but not yet taken by the node. More wait in the kernel, unaccepted,
/// where they cost no file.
const ACCEPTED_MAX: usize = 16;

/// The first pause after an error that other connections would meet too, such as too many open
/// files.
const BACK_OFF_MIN: Duration = Duration::from_millis(5);

/// The longest such pause.
const BACK_OFF_MAX: Duration = Duration::from_secs(1);

/// What all loops need to know.
pub(crate) struct Policy {
    pub(crate) allowed: Cidrs,
    pub(crate) nodelay: bool,
    pub(crate) counters: Arc<Counters>,
}

/// What a loop hands over: a stream, or why there is none for a while.
type Accepted<R> = Result<(TcpOf<R>, SocketAddr), Pause>;

/// Streams cannot be accepted.
struct Pause {
    error: io::Error,
    length: Duration,
}

/// The listeners of a transport. Dropping it ends their loops; [`Listeners::close`] also waits for
/// that.
pub(crate) struct Listeners<R: Runtime> {
    accepted: Receiver<Accepted<R>>,
    /// Nothing is ever sent: closing the channel tells the loops to stop.
    stop: Sender<Infallible>,
    /// Closed as soon as the last loop has ended.
    ended: Receiver<Infallible>,
}

impl<R: Runtime> Listeners<R> {
    pub(crate) fn start(listeners: Vec<std::net::TcpListener>, policy: Policy) -> io::Result<Self> {
        // All are registered before the first loop starts: an error leaves nothing behind.
        let listeners = listeners.into_iter().map(ListenerOf::<R>::try_from);
        let listeners: Vec<_> = listeners.collect::<io::Result<_>>()?;
        let (accepted_in, accepted) = async_channel::bounded(ACCEPTED_MAX);
        let (stop, stopped) = async_channel::bounded(1);
        let (ending, ended) = async_channel::bounded(1);
        let policy = Arc::new(policy);
        for listener in listeners {
            let (policy, queue) = (policy.clone(), accepted_in.clone());
            let (stopped, ending) = (stopped.clone(), ending.clone());
            R::spawn_detach(async move {
                {
                    let serving = pin!(accept_all::<R>(&listener, &policy, &queue));
                    select(serving, pin!(stopped.recv())).await;
                }
                // In this order: whoever waits for the end finds the port free.
                drop(listener);
                drop(ending);
            });
        }
        Ok(Self { accepted, stop, ended })
    }

    /// The next stream; an error when the listeners are closed.
    pub(crate) async fn accept(&self) -> io::Result<(TcpOf<R>, SocketAddr)> {
        loop {
            match self.accepted.recv().await.map_err(|_| crate::closed())? {
                Ok(stream) => return Ok(stream),
                // Here and not in the loop: only what the node itself runs logs under its name.
                Err(Pause { error, length }) => {
                    tracing::warn!(%error, pause = ?length, "streams cannot be accepted");
                }
            }
        }
    }

    /// Ends the loops and waits until their sockets are closed.
    pub(crate) async fn close(&self) {
        self.accepted.close();
        self.stop.close();
        // What was accepted but never taken is dropped, so that the peers hear of it.
        while self.accepted.try_recv().is_ok() {}
        let _ = self.ended.recv().await;
    }
}

/// Accepts until the queue is closed. No error ends it.
async fn accept_all<R: Runtime>(
    listener: &ListenerOf<R>,
    policy: &Policy,
    queue: &Sender<Accepted<R>>,
) {
    let mut back_off = BackOff::default();
    loop {
        match listener.accept().await {
            Ok((stream, from)) => {
                back_off.reset();
                if let Some(stream) = admit::<R>(stream, canonical(from), policy)
                    && queue.send(Ok(stream)).await.is_err()
                {
                    return;
                }
            }
            Err(error) if concerns_one(&error) => policy.counters.streams_aborted.add_one(),
            Err(error) => {
                policy.counters.accept_errors.add_one();
                let length = back_off.next_pause();
                if queue.send(Err(Pause { error, length })).await.is_err() {
                    return;
                }
                <R as RuntimeLite>::sleep(length).await;
            }
        }
    }
}

fn admit<R: Runtime>(
    stream: TcpOf<R>,
    from: SocketAddr,
    policy: &Policy,
) -> Option<(TcpOf<R>, SocketAddr)> {
    if !policy.allowed.allows(from.ip()) {
        policy.counters.streams_not_allowed.add_one();
        return None;
    }
    // Some systems refuse options on a connection that the peer has reset.
    if policy.nodelay && stream.set_nodelay(true).is_err() {
        policy.counters.streams_aborted.add_one();
        return None;
    }
    policy.counters.connections_accepted.add_one();
    Some((stream, from))
}

/// Whether the error is about a connection that was gone before it was accepted.
fn concerns_one(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionReset | Interrupted)
}

/// Pauses that double from 5 ms to 1 s, as in the Go library.
#[derive(Default)]
struct BackOff(Option<Duration>);

impl BackOff {
    fn next_pause(&mut self) -> Duration {
        let pause = self.0.map_or(BACK_OFF_MIN, |last| (last * 2).min(BACK_OFF_MAX));
        self.0 = Some(pause);
        pause
    }

    fn reset(&mut self) {
        self.0 = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_a_second_and_start_again_after_success() {
        let mut back_off = BackOff::default();
        let pauses: Vec<_> = (0..10).map(|_| back_off.next_pause().as_millis()).collect();
        assert_eq!(pauses, [5, 10, 20, 40, 80, 160, 320, 640, 1000, 1000]);
        back_off.reset();
        assert_eq!(back_off.next_pause(), BACK_OFF_MIN);
    }

    #[test]
    fn an_error_about_one_connection_makes_nobody_wait() {
        assert!(concerns_one(&io::ErrorKind::ConnectionAborted.into()));
        assert!(!concerns_one(&io::Error::other("too many open files")));
    }
}
