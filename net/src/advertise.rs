//! Chooses what others are told.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};

use if_addrs::Interface;

use crate::error::BindError;

/// The address to tell others: `explicit` in the form that it has, else `bound`, else an address of
/// this host (of IPv4 too where the socket is `dual`). Never an unspecified one.
///
/// # Errors
///
/// `explicit` is unspecified, or this host has no address.
pub fn choose(
    explicit: Option<SocketAddr>,
    bound: SocketAddr,
    dual: bool,
) -> Result<SocketAddr, BindError> {
    if let Some(mut address) = explicit {
        if address.port() == 0 {
            address.set_port(bound.port());
        }
        if address.ip().to_canonical().is_unspecified() {
            return Err(BindError::AdvertiseUnspecified(address));
        }
        return Ok(address);
    }
    if !bound.ip().is_unspecified() {
        return Ok(canonical(bound));
    }
    let family = Family { v4: bound.is_ipv4() || dual, v6: bound.is_ipv6() };
    best(&host_addresses(), default_source(family), family)
        .map(|ip| SocketAddr::new(ip, bound.port()))
        .ok_or(BindError::NothingToAdvertise { bound })
}

/// IPv4 in its own form where it came mapped into IPv6; a scope is kept.
pub fn canonical(address: SocketAddr) -> SocketAddr {
    match address.ip().to_canonical() {
        IpAddr::V4(ip) => SocketAddr::new(ip.into(), address.port()),
        IpAddr::V6(_) => address,
    }
}

/// Which addresses the sockets take.
#[derive(Clone, Copy)]
struct Family {
    v4: bool,
    v6: bool,
}

/// The best of this host's addresses: private before public ones, then the one that packets to far
/// away leave from, then IPv4, then the order in which the system lists them.
fn best(addresses: &[IpAddr], source: Option<IpAddr>, family: Family) -> Option<IpAddr> {
    let fits = |ip: &&IpAddr| (if ip.is_ipv4() { family.v4 } else { family.v6 }) && forwarded(**ip);
    let rank = |ip: &&IpAddr| (!private(**ip), Some(**ip) != source, ip.is_ipv6());
    addresses.iter().filter(fits).min_by_key(rank).copied()
}

/// Addresses of interfaces that are up.
fn host_addresses() -> Vec<IpAddr> {
    let up = |interface: &Interface| interface.is_oper_up() && !interface.is_loopback();
    match if_addrs::get_if_addrs() {
        Ok(interfaces) => interfaces.iter().filter(|i| up(i)).map(Interface::ip).collect(),
        Err(error) => {
            tracing::warn!(%error, "the interfaces of this host cannot be listed");
            Vec::new()
        }
    }
}

/// The source address of packets to far away. Connecting a datagram socket asks the routing table
/// and sends nothing; the targets are addresses for documentation (RFC 5737, RFC 3849).
fn default_source(family: Family) -> Option<IpAddr> {
    let toward = |from: IpAddr, to: IpAddr| -> Option<IpAddr> {
        let socket = UdpSocket::bind((from, 0)).ok()?;
        socket.connect((to, 9)).ok()?;
        socket.local_addr().ok().map(|address| address.ip())
    };
    let v4 = || toward(Ipv4Addr::UNSPECIFIED.into(), Ipv4Addr::new(198, 51, 100, 1).into());
    let v6_far = Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1);
    let v6 = || toward(Ipv6Addr::UNSPECIFIED.into(), v6_far.into());
    family.v4.then(v4).flatten().or_else(|| family.v6.then(v6).flatten())
}

/// Whether a router would carry packets to it.
fn forwarded(ip: IpAddr) -> bool {
    let nowhere = ip.is_unspecified() || ip.is_loopback() || ip.is_multicast();
    !nowhere
        && match ip {
            IpAddr::V4(ip) => !ip.is_link_local() && !ip.is_broadcast() && ip.octets()[0] != 0,
            IpAddr::V6(ip) => !ip.is_unicast_link_local(),
        }
}

/// RFC 1918, RFC 6598 and RFC 4193.
fn private(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => {
            let [a, b, ..] = ip.octets();
            ip.is_private() || (a == 100 && (64..128).contains(&b))
        }
        IpAddr::V6(ip) => ip.is_unique_local(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOTH: Family = Family { v4: true, v6: true };

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn pick(addresses: &[&str], source: Option<&str>, family: Family) -> Option<IpAddr> {
        let addresses: Vec<_> = addresses.iter().map(|text| ip(text)).collect();
        best(&addresses, source.map(ip), family)
    }

    #[test]
    fn a_private_address_comes_before_a_public_one() {
        assert_eq!(
            pick(&["203.0.114.7", "10.0.0.7"], Some("203.0.114.7"), BOTH),
            Some(ip("10.0.0.7"))
        );
        assert_eq!(pick(&["203.0.114.7", "100.64.0.1"], None, BOTH), Some(ip("100.64.0.1")));
        assert_eq!(pick(&["203.0.114.7"], None, BOTH), Some(ip("203.0.114.7")));
    }

    #[test]
    fn among_private_ones_the_default_route_and_then_ipv4_decide() {
        let all = ["fd00::7", "172.17.0.1", "10.0.0.7"];
        assert_eq!(pick(&all, Some("10.0.0.7"), BOTH), Some(ip("10.0.0.7")));
        assert_eq!(pick(&all, None, BOTH), Some(ip("172.17.0.1")));
        assert_eq!(pick(&all, None, Family { v4: false, v6: true }), Some(ip("fd00::7")));
    }

    #[test]
    fn what_is_never_forwarded_is_never_told() {
        let local = ["127.0.0.1", "169.254.3.4", "fe80::1", "::1", "0.0.0.0", "255.255.255.255"];
        assert_eq!(pick(&local, Some("127.0.0.1"), BOTH), None);
    }

    #[test]
    fn an_explicit_address_wins_and_port_zero_is_the_bound_one() {
        let bound = "0.0.0.0:7946".parse().unwrap();
        let told = |text: &str| choose(Some(text.parse().unwrap()), bound, false);
        assert_eq!(told("192.168.1.1:1").unwrap(), "192.168.1.1:1".parse().unwrap());
        assert_eq!(told("192.168.1.1:0").unwrap(), "192.168.1.1:7946".parse().unwrap());
        let mapped = "[::ffff:10.0.0.1]:7946".parse().unwrap();
        assert_eq!(told("[::ffff:10.0.0.1]:0").unwrap(), mapped, "a Go node may have told it so");
        assert!(matches!(told("[::]:1"), Err(BindError::AdvertiseUnspecified(_))));
        assert!(matches!(told("[::ffff:0.0.0.0]:1"), Err(BindError::AdvertiseUnspecified(_))));
    }

    /// On a machine without any network there is nothing to tell; the error then names the option.
    #[test]
    fn an_unspecified_address_is_never_told() {
        for bound in ["0.0.0.0:7946", "[::]:7946"] {
            let bound = bound.parse().unwrap();
            match choose(None, bound, true) {
                Ok(told) => assert!(forwarded(told.ip()) && told.port() == 7946, "{told}"),
                Err(error) => assert!(error.to_string().contains("`advertise`"), "{error}"),
            }
        }
    }
}
