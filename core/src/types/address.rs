//! Who a node is and where it is reached.

use std::net::{IpAddr, SocketAddr};

/// A node's name: unique in the cluster, the same for the node's whole life, cheap to clone.
///
/// Implemented for everything that has nodecraft's `Id` bounds and can be sent between threads.
/// On the wire an id takes 1 to 255 bytes ([`limits::ID_BYTES_MAX`](super::limits::ID_BYTES_MAX)).
///
/// `Hash` and `Eq` run while a node holds its lock on the members: they must not call the node.
pub trait Id: nodecraft::Id + Send + Sync {}

impl<T: nodecraft::Id + Send + Sync> Id for T {}

/// Where a node is reached, in the transport's own terms.
///
/// Two spellings of one place must count as one: [`same_place`](Address::same_place) is what the
/// protocol compares with, `Eq` is only used for maps. The raw form is kept and gossiped on as it
/// was received.
pub trait Address: nodecraft::Address + Send + Sync {
    /// Whether both name the same place. IPv4 and IPv4-mapped IPv6 do.
    fn same_place(&self, other: &Self) -> bool {
        self == other
    }

    /// Whether a packet could be sent there at all. An `alive` with an address that could not is
    /// refused.
    fn is_reachable(&self) -> bool {
        true
    }

    /// The IP address behind it, for the CIDR allow-list; `None` where there is none.
    fn ip(&self) -> Option<IpAddr> {
        None
    }
}

impl Address for SocketAddr {
    fn same_place(&self, other: &Self) -> bool {
        self.port() == other.port() && self.ip().to_canonical() == other.ip().to_canonical()
    }

    fn is_reachable(&self) -> bool {
        self.port() != 0 && !SocketAddr::ip(self).to_canonical().is_unspecified()
    }

    fn ip(&self) -> Option<IpAddr> {
        Some(SocketAddr::ip(self).to_canonical())
    }
}

impl Address for smol_str::SmolStr {}
impl Address for u64 {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mapped_address_is_the_same_place() {
        let four: SocketAddr = "10.0.0.1:7946".parse().unwrap();
        let mapped: SocketAddr = "[::ffff:10.0.0.1]:7946".parse().unwrap();
        assert_ne!(four, mapped);
        assert!(four.same_place(&mapped));
        assert!(!four.same_place(&"10.0.0.1:7947".parse().unwrap()));
    }

    #[test]
    fn port_zero_and_the_unspecified_address_are_no_destination() {
        for text in ["10.0.0.1:0", "0.0.0.0:7946", "[::]:7946", "[::ffff:0.0.0.0]:1"] {
            assert!(!text.parse::<SocketAddr>().unwrap().is_reachable(), "{text}");
        }
    }
}
