//! Resolvers of nodecraft.

use core::fmt::Display;
use core::str::FromStr;
use std::io;
use std::net::SocketAddr;

use memberlist_core::transport::SeedResolver;
use nodecraft::resolver::AddressResolver;

use super::text;

/// Any nodecraft `AddressResolver` that finds socket addresses. It gives one address per name.
///
/// Of nodecraft's own resolvers those for names are not recommended: up to version 0.9.1 they cache
/// by host without the port, so that `host:2` after `host:1` gives port 1.
#[derive(Clone, Debug)]
pub struct NodecraftResolver<N> {
    inner: N,
    default_port: Option<u16>,
}

impl<N> NodecraftResolver<N> {
    /// Gives seeds to `inner` as they are written.
    pub const fn new(inner: N) -> Self {
        Self { inner, default_port: None }
    }

    /// Adds a port to seeds that have none, as in `host:port` or `[ipv6]:port`, before `inner` sees
    /// them.
    #[must_use]
    pub fn default_port(self, port: u16) -> Self {
        Self { inner: self.inner, default_port: Some(port) }
    }
}

impl<N> SeedResolver<SocketAddr> for NodecraftResolver<N>
where
    N: AddressResolver<ResolvedAddress = SocketAddr>,
    N::Address: FromStr<Err: Display> + Send + Sync,
{
    /// Errors: `InvalidInput` for a text that is no address of the resolver, `NotFound` for what it
    /// does not know.
    async fn resolve(&self, name: &str) -> io::Result<Vec<SocketAddr>> {
        let text = self.default_port.map(|port| text::with_port(name, port));
        let address = N::Address::from_str(text.as_deref().unwrap_or(name)).map_err(|error| {
            io::Error::new(io::ErrorKind::InvalidInput, format!("`{name}`: {error}"))
        })?;
        let found = self.inner.resolve(&address).await;
        found
            .map(|address| vec![address])
            .map_err(|error| io::Error::new(io::ErrorKind::NotFound, format!("`{name}`: {error}")))
    }
}
