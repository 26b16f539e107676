//! How seeds are found is yours: here names come from a table, as they would from a service
//! registry, and one name stands for all the nodes behind it.
//!
//! ```text
//! cargo run -p memberlist-examples --bin resolver
//! ```

use std::collections::BTreeMap;
use std::error::Error;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::Mutex;
use std::time::Duration;

use memberlist::Memberlist;
use memberlist::Options;
use memberlist::transport::SeedResolver;

/// A registry that services write themselves into.
#[derive(Clone, Default)]
struct Registry(Arc<Mutex<BTreeMap<String, Vec<SocketAddr>>>>);

impl Registry {
    fn register(&self, service: &str, address: SocketAddr) {
        let mut services = self.0.lock().expect("nobody panics while holding it");
        services.entry(service.to_owned()).or_default().push(address);
    }
}

impl SeedResolver<SocketAddr> for Registry {
    async fn resolve(&self, name: &str) -> io::Result<Vec<SocketAddr>> {
        let services = self.0.lock().expect("nobody panics while holding it");
        let unknown = || io::Error::new(io::ErrorKind::NotFound, format!("no service `{name}`"));
        services.get(name).cloned().ok_or_else(unknown)
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let registry = Registry::default();
    let a = start("a", &registry).await?;
    let b = start("b", &registry).await?;
    registry.register("cache", *a.advertised());
    registry.register("cache", *b.advertised());

    let c = start("c", &registry).await?;
    for (seed, outcome) in c.join(["cache"]).await?.iter() {
        println!("{seed}: {outcome:?}");
    }
    let all = |members: &[_]| members.len() == 3;
    tokio::time::timeout(Duration::from_secs(10), c.wait_for(all)).await??;
    println!("c knows {} members", c.num_members());

    let error = c.join(["queue"]).await.expect_err("nobody has registered as a queue");
    println!("as expected: {error}");
    for node in [a, b, c] {
        node.shutdown().await;
    }
    Ok(())
}

async fn start(name: &str, registry: &Registry) -> Result<Memberlist, Box<dyn Error>> {
    let builder = memberlist::tokio::tcp(name).bind("127.0.0.1:0").options(Options::local());
    Ok(builder.resolver(registry.clone()).start().await?)
}
