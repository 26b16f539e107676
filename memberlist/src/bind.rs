//! Where to listen, as it is written.

use core::net::{IpAddr, Ipv4Addr, SocketAddr, SocketAddrV4};
use std::io;

/// The port of a bind address that names none, as in the Go library.
pub const DEFAULT_PORT: u16 = 7946;

/// What is bound when nothing was said: the default port on every IPv4 address.
pub(crate) const EVERYWHERE: SocketAddr =
    SocketAddr::V4(SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, DEFAULT_PORT));

/// Something that says where to listen: a socket address, an IP address, or the text of either.
pub trait BindAddress {
    /// The address; a missing port is [`DEFAULT_PORT`].
    ///
    /// # Errors
    ///
    /// The text is no IP address, with or without a port.
    fn bind_address(self) -> io::Result<SocketAddr>;
}

impl BindAddress for SocketAddr {
    fn bind_address(self) -> io::Result<SocketAddr> {
        Ok(self)
    }
}

impl BindAddress for IpAddr {
    fn bind_address(self) -> io::Result<SocketAddr> {
        Ok(SocketAddr::new(self, DEFAULT_PORT))
    }
}

impl BindAddress for &str {
    fn bind_address(self) -> io::Result<SocketAddr> {
        let alone = |_| self.parse().map(|ip: IpAddr| SocketAddr::new(ip, DEFAULT_PORT));
        self.parse().or_else(alone).map_err(|_| {
            let words = format!("`{self}` is no address to listen at such as `127.0.0.1:7946`");
            io::Error::new(io::ErrorKind::InvalidInput, words)
        })
    }
}

impl BindAddress for String {
    fn bind_address(self) -> io::Result<SocketAddr> {
        self.as_str().bind_address()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_may_leave_out_the_port() {
        for (text, expected) in [
            ("10.0.0.1:80", "10.0.0.1:80"),
            ("10.0.0.1", "10.0.0.1:7946"),
            ("::1", "[::1]:7946"),
            ("[::1]:80", "[::1]:80"),
        ] {
            assert_eq!(text.bind_address().unwrap(), expected.parse().unwrap());
        }
    }

    #[test]
    fn what_is_no_address_is_named_in_the_error() {
        let error = "localhost".bind_address().unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
        assert!(error.to_string().contains("`localhost`"), "{error}");
    }
}
