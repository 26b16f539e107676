//! The datagram plane: several sockets that look like one.

use core::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use core::task::{Context, Poll};
use std::io;
use std::net::{IpAddr, SocketAddr};

use agnostic::Runtime;
use agnostic::net::{Net, UdpSocket};
use memberlist_core::types::Cidrs;

use crate::advertise::canonical;
use crate::counters::Counters;

type AsyncUdp<R> = <<R as Runtime>::Net as Net>::UdpSocket;

/// Datagrams read in one go before the kernel is asked directly. Until then the runtime's word
/// saves the last question, "is there more?"; afterwards asking past the runtime is faster. It also
/// is the only way to see all: tokio answers "empty" once a task has used up its budget of 128
/// operations.
const TRUSTED_RUN: u32 = 4;

/// Dropped datagrams and errors in a row after which other work gets its turn. What lies behind
/// them has arrived all the same, so this is not "nothing more".
const DROPPED_RUN: usize = 64;

/// All datagram sockets of a transport.
pub(crate) struct Datagrams<R: Runtime> {
    sockets: Vec<Socket<R>>,
    /// Which socket is asked first, so that a busy one cannot silence the others.
    turn: AtomicUsize,
    routes: Routes,
    allowed: Cidrs,
    longest: usize,
}

impl<R: Runtime> Datagrams<R> {
    pub(crate) fn new(
        sockets: Vec<(std::net::UdpSocket, SocketAddr, bool)>,
        allowed: Cidrs,
        longest: usize,
    ) -> io::Result<Self> {
        let bound: Vec<_> = sockets.iter().map(|(_, address, dual)| (*address, *dual)).collect();
        let sockets = sockets.into_iter().map(|(socket, ..)| Socket::new(socket));
        Ok(Self {
            sockets: sockets.collect::<io::Result<_>>()?,
            turn: AtomicUsize::new(0),
            routes: Routes::new(&bound),
            allowed,
            longest,
        })
    }

    /// The next datagram that is let in; `Interrupted` after a run of others.
    pub(crate) fn poll_recv(
        &self,
        cx: &mut Context<'_>,
        buf: &mut [u8],
        counters: &Counters,
    ) -> Poll<io::Result<(usize, SocketAddr)>> {
        for _ in 0..DROPPED_RUN {
            match self.poll_any(cx, buf) {
                Poll::Pending => return Poll::Pending,
                // The peer of an earlier datagram was not there. That says nothing about the next
                // one.
                Poll::Ready(Err(_)) => counters.packet_errors.add_one(),
                Poll::Ready(Ok((len, from))) => {
                    let from = canonical(from);
                    if self.lets_in(len, from.ip(), counters) {
                        return Poll::Ready(Ok((len, from)));
                    }
                }
            }
        }
        Poll::Ready(Err(io::ErrorKind::Interrupted.into()))
    }

    /// Sends through the socket that fits the destination.
    pub(crate) fn poll_send(
        &self,
        cx: &mut Context<'_>,
        to: SocketAddr,
        datagram: &[u8],
    ) -> Poll<io::Result<()>> {
        if datagram.len() > self.longest {
            let text =
                format!("{} bytes, the largest datagram is {}", datagram.len(), self.longest);
            return Poll::Ready(Err(io::Error::new(io::ErrorKind::InvalidInput, text)));
        }
        match self.routes.find(to) {
            Some((index, to)) => self.sockets[index].poll_send(cx, to, datagram),
            None => Poll::Ready(Err(io::Error::new(
                io::ErrorKind::AddrNotAvailable,
                format!("no socket of the family of {to} is bound"),
            ))),
        }
    }

    fn poll_any(
        &self,
        cx: &mut Context<'_>,
        buf: &mut [u8],
    ) -> Poll<io::Result<(usize, SocketAddr)>> {
        let count = self.sockets.len();
        let first = self.turn.load(Ordering::Relaxed);
        for step in 0..count {
            let index = (first + step) % count;
            if let Poll::Ready(datagram) = self.sockets[index].poll_recv(cx, buf) {
                if count > 1 {
                    self.turn.store((index + 1) % count, Ordering::Relaxed);
                }
                return Poll::Ready(datagram);
            }
        }
        Poll::Pending
    }

    fn lets_in(&self, len: usize, from: IpAddr, counters: &Counters) -> bool {
        if !self.allowed.allows(from) {
            counters.packets_not_allowed.add_one();
        } else if len == 0 {
            counters.packets_empty.add_one();
        } else if len > self.longest {
            counters.packets_too_long.add_one();
        } else {
            return true;
        }
        false
    }
}

/// One socket, held twice: `plain` makes the system calls, `watched` knows when to try again.
///
/// Through the runtime alone a task could neither see all that has arrived nor send all that it has
/// to: tokio lets one task do 128 operations and then answers `Pending` although the socket is
/// ready.
struct Socket<R: Runtime> {
    plain: std::net::UdpSocket,
    watched: AsyncUdp<R>,
    /// Datagrams read since the socket was last empty.
    run: AtomicU32,
}

impl<R: Runtime> Socket<R> {
    fn new(plain: std::net::UdpSocket) -> io::Result<Self> {
        let watched = AsyncUdp::<R>::try_from(plain.try_clone()?)?;
        Ok(Self { plain, watched, run: AtomicU32::new(0) })
    }

    fn poll_recv(
        &self,
        cx: &mut Context<'_>,
        buf: &mut [u8],
    ) -> Poll<io::Result<(usize, SocketAddr)>> {
        let run = self.run.load(Ordering::Relaxed);
        let mut polled = Poll::Pending;
        if run >= TRUSTED_RUN {
            polled = ready_unless_blocked(self.plain.recv_from(buf));
        }
        if polled.is_pending() {
            polled = self.watched.poll_recv_from(cx, buf);
        }
        let run = if polled.is_pending() { 0 } else { run.saturating_add(1) };
        self.run.store(run, Ordering::Relaxed);
        polled
    }

    fn poll_send(
        &self,
        cx: &mut Context<'_>,
        to: SocketAddr,
        datagram: &[u8],
    ) -> Poll<io::Result<()>> {
        let sent = match ready_unless_blocked(self.plain.send_to(datagram, to)) {
            Poll::Ready(sent) => Poll::Ready(sent),
            Poll::Pending => self.watched.poll_send_to(cx, datagram, to),
        };
        sent.map_ok(drop)
    }
}

fn ready_unless_blocked<T>(result: io::Result<T>) -> Poll<io::Result<T>> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Poll::Pending,
        result => Poll::Ready(result),
    }
}

/// Which socket reaches which kind of address, decided once.
#[derive(Clone, Copy, Debug)]
pub struct Routes {
    v4: Route,
    v6: Route,
}

#[derive(Clone, Copy, Debug, Default)]
struct Route {
    near: Option<usize>,
    far: Option<usize>,
    /// The sockets are of IPv6 and take IPv4 in mapped form.
    mapped: bool,
}

impl Routes {
    /// For sockets that are bound to these addresses; `true` for one that takes IPv4 besides IPv6.
    pub fn new(bound: &[(SocketAddr, bool)]) -> Self {
        let v6 = Route::new(bound, |(address, _)| address.is_ipv6());
        let v4 = Route::new(bound, |(address, _)| address.is_ipv4());
        let dual = Route::new(bound, |(_, dual)| *dual);
        let v4 = if v4.near.is_some() { v4 } else { Route { mapped: true, ..dual } };
        Self { v4, v6 }
    }

    /// The index of the socket, and the address as that socket takes it.
    pub fn find(&self, to: SocketAddr) -> Option<(usize, SocketAddr)> {
        let to = canonical(to);
        let route = if to.is_ipv4() { self.v4 } else { self.v6 };
        let index = if to.ip().is_loopback() { route.near } else { route.far }?;
        match to.ip() {
            IpAddr::V4(ip) if route.mapped => {
                Some((index, SocketAddr::new(ip.to_ipv6_mapped().into(), to.port())))
            }
            _ => Some((index, to)),
        }
    }
}

impl Route {
    /// A socket bound to loopback reaches only loopback, one bound elsewhere only what is not;
    /// where there is no fitting one, any is tried and the system has the last word.
    fn new(bound: &[(SocketAddr, bool)], usable: impl Fn(&(SocketAddr, bool)) -> bool) -> Self {
        let find = |near: bool| {
            let fits = |(address, _): &(SocketAddr, bool)| {
                address.ip().is_unspecified() || address.ip().is_loopback() == near
            };
            let best = bound.iter().position(|entry| usable(entry) && fits(entry));
            best.or_else(|| bound.iter().position(&usable))
        };
        Self { near: find(true), far: find(false), mapped: false }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn routes(bound: &[(&str, bool)]) -> Routes {
        let bound: Vec<_> =
            bound.iter().map(|(text, dual)| (text.parse().unwrap(), *dual)).collect();
        Routes::new(&bound)
    }

    fn find(routes: &Routes, to: &str) -> Option<(usize, String)> {
        routes.find(to.parse().unwrap()).map(|(index, to)| (index, to.to_string()))
    }

    #[test]
    fn the_family_of_the_destination_chooses_the_socket() {
        let both = routes(&[("10.0.0.1:7", false), ("[fd00::1]:7", false)]);
        assert_eq!(find(&both, "10.0.0.2:9"), Some((0, "10.0.0.2:9".into())));
        assert_eq!(find(&both, "[::ffff:10.0.0.2]:9"), Some((0, "10.0.0.2:9".into())));
        assert_eq!(find(&both, "[fd00::2]:9"), Some((1, "[fd00::2]:9".into())));
        assert_eq!(find(&routes(&[("10.0.0.1:7", false)]), "[fd00::2]:9"), None);
        assert_eq!(find(&routes(&[("[::1]:7", false)]), "127.0.0.1:9"), None);
    }

    #[test]
    fn a_dual_stack_socket_takes_ipv4_in_mapped_form() {
        let dual = routes(&[("[::]:7", true)]);
        assert_eq!(find(&dual, "10.0.0.2:9"), Some((0, "[::ffff:10.0.0.2]:9".into())));
        assert_eq!(find(&dual, "[fd00::2]:9"), Some((0, "[fd00::2]:9".into())));
    }

    #[test]
    fn loopback_is_reached_from_loopback_and_the_rest_from_elsewhere() {
        let two = routes(&[("127.0.0.1:7", false), ("10.0.0.1:7", false)]);
        assert_eq!(find(&two, "127.0.0.9:9"), Some((0, "127.0.0.9:9".into())));
        assert_eq!(find(&two, "10.0.0.2:9"), Some((1, "10.0.0.2:9".into())));
        let one = routes(&[("127.0.0.1:7", false)]);
        assert_eq!(find(&one, "10.0.0.2:9"), Some((0, "10.0.0.2:9".into())));
    }
}
