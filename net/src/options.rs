//! What a transport is bound with.

use std::net::SocketAddr;

use memberlist_core::types::Cidrs;

/// Bytes of the largest UDP payload over IPv4: 65,535 less 20 of IP header and 8 of UDP header.
/// IPv6 carries 20 more, but a datagram must fit whatever family a member has.
pub const MAX_DATAGRAM: usize = 65_507;

/// The smallest limit that may be set: what every IPv6 path carries (1,280) less 48 of headers.
pub const MAX_DATAGRAM_MIN: usize = 1_232;

/// Where to listen, what to tell others, and whom to listen to.
///
/// Made by [`NetOptions::new`]; every field may be changed before
/// [`NetTransport::bind`](crate::NetTransport::bind).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct NetOptions {
    /// Where both planes listen. At least one. Port 0 means one free port, the same for both planes
    /// and for all addresses with port 0. `[::]` also takes IPv4 where the platform can and no IPv4
    /// address is in the list.
    pub bind: Vec<SocketAddr>,
    /// What others are told. Default: the first bound address; if that one is unspecified, an
    /// address of this host. Port 0 stands for the bound port.
    pub advertise: Option<SocketAddr>,
    /// Whose packets and streams are taken. Others are dropped and counted. Default: everybody's.
    pub allowed: Cidrs,
    /// Bytes of the largest datagram, sent or received, 1,232 to 65,507. Longer ones are dropped
    /// and counted. Default: 65,507.
    pub max_datagram: usize,
    /// Bytes that the kernel should hold per datagram socket until this node has read them. Halved
    /// until the kernel accepts it. More means fewer losses in bursts. Default: 2 MiB, as in the Go
    /// library.
    pub receive_buffer: usize,
    /// The same for sending. Default: the kernel's.
    pub send_buffer: Option<usize>,
    /// Sends small pieces of a stream at once (TCP_NODELAY). Costs packets, saves up to 40 ms per
    /// exchange. Default: true.
    pub nodelay: bool,
}

impl NetOptions {
    /// Listens at `bind` with every other option at its default.
    pub fn new(bind: impl IntoIterator<Item = SocketAddr>) -> Self {
        Self {
            bind: bind.into_iter().collect(),
            advertise: None,
            allowed: Cidrs::any(),
            max_datagram: MAX_DATAGRAM,
            receive_buffer: 2 * 1024 * 1024,
            send_buffer: None,
            nodelay: true,
        }
    }

    /// Tells others this address.
    #[must_use]
    pub fn advertise(mut self, address: SocketAddr) -> Self {
        self.advertise = Some(address);
        self
    }

    /// Takes packets and streams only from these networks.
    #[must_use]
    pub fn allowed(mut self, networks: Cidrs) -> Self {
        self.allowed = networks;
        self
    }
}
