//! Names by DNS, asked directly.

mod provider;

use std::io;
use std::net::SocketAddr;

use agnostic::Runtime;
use futures_util::future::join_all;
use hickory_resolver::Resolver;
use hickory_resolver::config::{
    ConnectionConfig, LookupIpStrategy, NameServerConfig, ResolverConfig, ResolverOpts,
};
use hickory_resolver::net::NetError;
use hickory_resolver::proto::rr::RData;
use hickory_resolver::proto::rr::rdata::SRV;
use memberlist_core::transport::SeedResolver;

use self::provider::Provider;
use super::host::distinct;
use super::text::Seed;

/// Targets of one service record that are looked up, best first. A service of more seeds than that
/// needs no more of them to be found.
const TARGETS_MAX: usize = 64;

/// Asks DNS servers for A and AAAA records, and for SRV records where the host is a service such as
/// `_memberlist._udp.example.org`. IP addresses are taken as they are.
///
/// The port of a seed counts, then that of its service record, then the default. All addresses are
/// given, IPv4 first; those of a service by priority, then by weight. Answers are kept as long as
/// DNS allows.
pub struct DnsResolver<R: Runtime> {
    resolver: Resolver<Provider<R>>,
    default_port: u16,
}

impl<R: Runtime> DnsResolver<R> {
    /// Asks the servers that the system is set up with, and its file of hosts. Reads files: call it
    /// at start.
    ///
    /// # Errors
    ///
    /// The system's settings cannot be read.
    pub fn system(default_port: u16) -> io::Result<Self> {
        let (config, options) = hickory_resolver::system_conf::read_system_conf()
            .map_err(|error| io::Error::other(error.to_string()))?;
        Self::build(config, options, default_port)
    }

    /// Asks `servers`, over UDP and, for long answers, TCP.
    ///
    /// # Errors
    ///
    /// There is no server in the list.
    pub fn new(
        servers: impl IntoIterator<Item = SocketAddr>,
        default_port: u16,
    ) -> io::Result<Self> {
        let servers: Vec<_> = servers.into_iter().map(name_server).collect();
        if servers.is_empty() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "there is no DNS server"));
        }
        let config = ResolverConfig::from_name_servers(servers);
        Self::build(config, ResolverOpts::default(), default_port)
    }

    fn build(
        config: ResolverConfig,
        mut options: ResolverOpts,
        default_port: u16,
    ) -> io::Result<Self> {
        options.ip_strategy = LookupIpStrategy::Ipv4AndIpv6;
        let builder = Resolver::builder_with_config(config, Provider::<R>::new());
        let resolver = builder.with_options(options).build();
        let resolver = resolver.map_err(|error| io::Error::other(error.to_string()))?;
        Ok(Self { resolver, default_port })
    }

    async fn addresses(&self, host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
        let found = self.resolver.lookup_ip(host).await.map_err(|e| failed(host, &e))?;
        let mut found: Vec<_> = found.iter().map(|ip| SocketAddr::new(ip, port)).collect();
        found.sort_by_key(SocketAddr::is_ipv6);
        Ok(found)
    }

    /// The targets of a service, best first. One that has no address does not spoil the others.
    async fn service(&self, host: &str, port: Option<u16>) -> io::Result<Vec<SocketAddr>> {
        let answer = self.resolver.srv_lookup(host).await.map_err(|e| failed(host, &e))?;
        let records = answer.answers().iter().filter_map(|record| match &record.data {
            RData::SRV(srv) => Some(srv),
            _ => None,
        });
        let mut records: Vec<&SRV> = records.collect();
        records.sort_by_key(|srv| (srv.priority, u16::MAX - srv.weight));
        records.truncate(TARGETS_MAX);
        let targets = join_all(records.into_iter().map(async |srv: &SRV| {
            self.addresses(&srv.target.to_utf8(), port.unwrap_or(srv.port)).await
        }));
        let mut found = Vec::new();
        let mut last = None;
        for target in targets.await {
            match target {
                Ok(addresses) => found.extend(addresses),
                Err(error) => last = Some(error),
            }
        }
        last.filter(|_| found.is_empty()).map_or(Ok(found), Err)
    }
}

impl<R: Runtime> SeedResolver<SocketAddr> for DnsResolver<R> {
    /// Errors: `InvalidInput` for a text that is no seed, `NotFound` for a name without an address,
    /// `TimedOut` if no server answered.
    async fn resolve(&self, name: &str) -> io::Result<Vec<SocketAddr>> {
        let seed = Seed::parse(name)?;
        let port = seed.port.unwrap_or(self.default_port);
        let found = match seed.ip() {
            Some(ip) => vec![SocketAddr::new(ip, port)],
            None if seed.host.starts_with('_') => self.service(seed.host, seed.port).await?,
            None => self.addresses(seed.host, port).await?,
        };
        distinct(name, found)
    }
}

fn name_server(address: SocketAddr) -> NameServerConfig {
    let connections = [ConnectionConfig::udp(), ConnectionConfig::tcp()].map(|mut connection| {
        connection.port = address.port();
        connection
    });
    NameServerConfig::new(address.ip(), true, connections.into())
}

fn failed(host: &str, error: &NetError) -> io::Error {
    let kind = match error {
        error if error.is_no_records_found() => io::ErrorKind::NotFound,
        NetError::Timeout => io::ErrorKind::TimedOut,
        _ => io::ErrorKind::Other,
    };
    io::Error::new(kind, format!("`{host}`: {error}"))
}
