//! Opens the listening sockets of both planes, at one port where port 0 was asked for.

use std::io;
use std::net::{IpAddr, Ipv6Addr, SocketAddr, TcpListener, UdpSocket};

use socket2::{Domain, Protocol, Socket, Type};

use crate::error::{BindError, Plane};
use crate::options::NetOptions;

/// Ports that are tried before giving up when one that is free for streams is taken for datagrams.
pub(crate) const PORT_TRIES: u32 = 10;

/// Connections that the kernel completes before they are accepted. The kernel cuts it to its own
/// limit; a cluster of a thousand that joins one seed at once should not have to dial again.
const LISTEN_BACKLOG: i32 = 1_024;

/// The datagram socket of one address.
#[derive(Debug)]
pub struct Udp {
    /// Where it is bound.
    pub address: SocketAddr,
    /// Takes IPv4 besides IPv6.
    pub dual: bool,
    /// Not blocking.
    pub socket: UdpSocket,
}

/// The two sockets of one address.
pub(crate) struct Pair {
    pub(crate) address: SocketAddr,
    /// Takes IPv4 besides IPv6.
    pub(crate) dual: bool,
    pub(crate) listener: TcpListener,
    pub(crate) udp: UdpSocket,
}

/// Opens all sockets or none.
pub(crate) fn open(options: &NetOptions) -> Result<Vec<Pair>, BindError> {
    check(&options.bind)?;
    retry(|port| open_once(options, port, open_pair, |pair| pair.address.port()))
}

/// Opens the datagram sockets alone, for transports that need no TCP: all or none.
///
/// # Errors
///
/// Says which address is at fault. Nothing stays open.
pub fn open_udp(options: &NetOptions) -> Result<Vec<Udp>, BindError> {
    check(&options.bind)?;
    retry(|port| open_once(options, port, open_single, |udp| udp.address.port()))
}

/// The same address twice would be taken for a port that somebody else has.
fn check(bind: &[SocketAddr]) -> Result<(), BindError> {
    if bind.is_empty() {
        return Err(BindError::NoAddress);
    }
    let mut seen = bind.iter().enumerate();
    match seen.find(|(at, address)| bind[..*at].contains(address)) {
        Some((_, address)) => Err(BindError::Twice(*address)),
        None => Ok(()),
    }
}

/// Tries again with another free port as long as the one that the system chose is taken elsewhere.
fn retry<T>(mut once: impl FnMut(&mut FreePort) -> Result<T, BindError>) -> Result<T, BindError> {
    let mut tries = 0;
    loop {
        let mut port = FreePort::NotNeeded;
        match once(&mut port) {
            Err(error) if port != FreePort::NotNeeded && is_taken(error.kind()) => {
                tries += 1;
                if tries == PORT_TRIES {
                    return Err(BindError::NoCommonPort { tries, last: Box::new(error) });
                }
            }
            result => return result,
        }
    }
}

/// Windows says "not permitted" of ports that it keeps for itself.
fn is_taken(kind: io::ErrorKind) -> bool {
    matches!(kind, io::ErrorKind::AddrInUse | io::ErrorKind::PermissionDenied)
}

/// The port that stands for 0 during one try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum FreePort {
    NotNeeded,
    NotChosen,
    Chosen(u16),
}

/// One try. Fixed ports go first, so that one that is in use cannot be taken for bad luck with a
/// free one.
fn open_once<T>(
    options: &NetOptions,
    port: &mut FreePort,
    open: fn(SocketAddr, bool, &NetOptions) -> Result<T, BindError>,
    port_of: fn(&T) -> u16,
) -> Result<Vec<T>, BindError> {
    let only_v6 = options.bind.iter().any(SocketAddr::is_ipv4);
    let mut opened = Vec::with_capacity(options.bind.len());
    for (index, address) in options.bind.iter().enumerate().filter(|(_, a)| a.port() != 0) {
        opened.push((index, open(*address, only_v6, options)?));
    }
    for (index, address) in options.bind.iter().enumerate().filter(|(_, a)| a.port() == 0) {
        let mut wanted = *address;
        match *port {
            FreePort::Chosen(port) => wanted.set_port(port),
            _ => *port = FreePort::NotChosen,
        }
        let one = open(wanted, only_v6, options)?;
        *port = FreePort::Chosen(port_of(&one));
        opened.push((index, one));
    }
    opened.sort_by_key(|(index, _)| *index);
    Ok(opened.into_iter().map(|(_, one)| one).collect())
}

fn open_pair(wanted: SocketAddr, only_v6: bool, options: &NetOptions) -> Result<Pair, BindError> {
    let failed = |plane, address| move |source| BindError::Listen { plane, address, source };
    let (listener, dual) = listen(wanted, only_v6).map_err(failed(Plane::Streams, wanted))?;
    let address = listener.local_addr().map_err(failed(Plane::Streams, wanted))?;
    let udp = datagrams(address, only_v6, options);
    let (udp, _) = udp.map_err(failed(Plane::Datagrams, address))?;
    Ok(Pair { address, dual, listener, udp })
}

fn open_single(wanted: SocketAddr, only_v6: bool, options: &NetOptions) -> Result<Udp, BindError> {
    let failed = |source| BindError::Listen { plane: Plane::Datagrams, address: wanted, source };
    let (socket, dual) = datagrams(wanted, only_v6, options).map_err(failed)?;
    let address = socket.local_addr().map_err(failed)?;
    Ok(Udp { address, dual, socket })
}

fn listen(address: SocketAddr, only_v6: bool) -> io::Result<(TcpListener, bool)> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    let dual = set_dual_stack(&socket, address, only_v6);
    // Old connections of a node that was restarted must not keep its port. On Windows the same
    // option would let two processes share the port, and is not needed.
    #[cfg(unix)]
    socket.set_reuse_address(true)?;
    socket.bind(&address.into())?;
    socket.listen(LISTEN_BACKLOG)?;
    socket.set_nonblocking(true)?;
    Ok((socket.into(), dual))
}

fn datagrams(
    address: SocketAddr,
    only_v6: bool,
    options: &NetOptions,
) -> io::Result<(UdpSocket, bool)> {
    let socket = Socket::new(Domain::for_address(address), Type::DGRAM, Some(Protocol::UDP))?;
    let dual = set_dual_stack(&socket, address, only_v6);
    largest_accepted(options.receive_buffer, |bytes| socket.set_recv_buffer_size(bytes));
    if let Some(bytes) = options.send_buffer {
        largest_accepted(bytes, |bytes| socket.set_send_buffer_size(bytes));
    }
    socket.bind(&address.into())?;
    socket.set_nonblocking(true)?;
    Ok((socket.into(), dual))
}

/// Whether the socket takes IPv4 too. A platform that cannot (OpenBSD) keeps to IPv6.
fn set_dual_stack(socket: &Socket, address: SocketAddr, only_v6: bool) -> bool {
    let everywhere = address.ip() == IpAddr::V6(Ipv6Addr::UNSPECIFIED);
    address.is_ipv6()
        && socket.set_only_v6(only_v6 || !everywhere).is_ok()
        && everywhere
        && !only_v6
}

/// Sets the largest size that is accepted: `wanted`, half of it, and so on. When none is, the
/// kernel's default stays.
fn largest_accepted(wanted: usize, set: impl Fn(usize) -> io::Result<()>) {
    let mut bytes = wanted;
    while bytes > 0 && set(bytes).is_err() {
        bytes /= 2;
    }
}

#[cfg(test)]
mod tests {
    use core::cell::RefCell;

    use super::*;

    /// What `retry` gives, and after how many tries, if tries fail with `kind` and the last
    /// succeeds.
    fn retried(
        chosen: FreePort,
        kind: io::ErrorKind,
        failures: u32,
    ) -> (Result<u32, BindError>, u32) {
        let mut tries = 0;
        let result = retry(|port| {
            tries += 1;
            *port = chosen;
            let address = SocketAddr::from(([127, 0, 0, 1], 7946));
            let error = BindError::Listen { plane: Plane::Datagrams, address, source: kind.into() };
            if tries > failures { Ok(tries) } else { Err(error) }
        });
        (result, tries)
    }

    #[test]
    fn a_free_port_that_is_taken_for_datagrams_is_tried_again_ten_times() {
        let taken = io::ErrorKind::AddrInUse;
        for failures in 0..10 {
            let (result, tries) = retried(FreePort::Chosen(7946), taken, failures);
            assert_eq!((result.unwrap(), tries), (failures + 1, failures + 1));
        }
        let (result, tries) = retried(FreePort::NotChosen, taken, 10);
        let error = result.unwrap_err();
        assert_eq!((error.kind(), tries), (taken, 10));
        assert!(error.to_string().contains("127.0.0.1:7946"), "{error}");
    }

    #[test]
    fn a_fixed_port_and_other_trouble_are_not_tried_again() {
        let fixed = retried(FreePort::NotNeeded, io::ErrorKind::AddrInUse, 1);
        assert!(matches!(fixed, (Err(BindError::Listen { .. }), 1)));
        let other = retried(FreePort::NotChosen, io::ErrorKind::AddrNotAvailable, 1);
        assert!(matches!(other, (Err(BindError::Listen { .. }), 1)));
    }

    #[test]
    fn a_buffer_is_halved_until_it_is_accepted() {
        let asked = RefCell::new(Vec::new());
        largest_accepted(2_048, |bytes| {
            asked.borrow_mut().push(bytes);
            if bytes > 600 { Err(io::ErrorKind::InvalidInput.into()) } else { Ok(()) }
        });
        assert_eq!(*asked.borrow(), [2_048, 1_024, 512]);
    }

    #[test]
    fn a_buffer_that_is_never_accepted_ends_the_halving() {
        let asked = RefCell::new(0);
        largest_accepted(usize::MAX, |_| {
            *asked.borrow_mut() += 1;
            Err(io::ErrorKind::InvalidInput.into())
        });
        assert_eq!(*asked.borrow(), usize::BITS);
    }
}
