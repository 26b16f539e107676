//! Names by the system's own resolver.

use core::fmt;
use core::marker::PhantomData;
use std::io;
use std::net::{SocketAddr, ToSocketAddrs};

use agnostic::RuntimeLite;
use memberlist_core::transport::SeedResolver;

use super::text::Seed;

/// Socket addresses, IP addresses and host names, each with or without a port. Names are looked up
/// by the system (`getaddrinfo`), on a thread for blocking work of the runtime `R`.
pub struct HostResolver<R> {
    default_port: u16,
    runtime: PhantomData<fn() -> R>,
}

impl<R> HostResolver<R> {
    /// A resolver that adds `default_port` where a seed names none.
    pub const fn new(default_port: u16) -> Self {
        Self { default_port, runtime: PhantomData }
    }
}

impl<R: RuntimeLite> SeedResolver<SocketAddr> for HostResolver<R> {
    /// Errors: `InvalidInput` for a text that is no seed, `NotFound` or the system's own for a name
    /// that nobody knows.
    async fn resolve(&self, name: &str) -> io::Result<Vec<SocketAddr>> {
        let seed = Seed::parse(name)?;
        let port = seed.port.unwrap_or(self.default_port);
        if let Some(ip) = seed.ip() {
            return Ok(vec![SocketAddr::new(ip, port)]);
        }
        let host = seed.host.to_owned();
        let look_up = move || (host, port).to_socket_addrs().map(Vec::from_iter);
        let found = R::spawn_blocking(look_up).await.map_err(Into::into)?;
        found.and_then(|addresses| distinct(name, addresses))
    }
}

/// Each address once, in the order given; at least one.
pub(super) fn distinct(
    name: &str,
    addresses: impl IntoIterator<Item = SocketAddr>,
) -> io::Result<Vec<SocketAddr>> {
    let mut found = Vec::new();
    for address in addresses {
        if !found.contains(&address) {
            found.push(address);
        }
    }
    if found.is_empty() {
        let text = format!("`{name}` has no address");
        return Err(io::Error::new(io::ErrorKind::NotFound, text));
    }
    Ok(found)
}

impl<R> fmt::Debug for HostResolver<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HostResolver").field("default_port", &self.default_port).finish()
    }
}
