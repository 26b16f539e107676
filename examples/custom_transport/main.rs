//! What carries the bytes is yours: here it is a bus of channels inside one process.
//!
//! ```text
//! cargo run -p memberlist-examples --bin custom_transport
//! ```
//!
//! A transport has two planes: datagrams, which may be lost, and streams. `bus` has both in about
//! 150 lines. (For tests of your own there is `memberlist::transport::memory`, which also cuts
//! links.)

mod bus;

use std::error::Error;
use std::time::Duration;

use bytes::Bytes;
use memberlist::Memberlist;
use memberlist::Options;
use memberlist::State;
use smol_str::SmolStr;
use tokio::time::timeout;

use bus::Bus;

const PATIENCE: Duration = Duration::from_secs(20);

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let bus = Bus::default();
    let a = start(&bus, "a", 1).await?;
    let b = start(&bus, "b", 2).await?;
    let c = start(&bus, "c", 3).await?;
    b.join([1]).await?;
    c.join([1]).await?;
    timeout(PATIENCE, a.wait_for(|members| members.len() == 3)).await??;
    println!("three nodes have met on the bus");

    a.send(&"b".into(), Bytes::from_static(b"over a stream")).await?;
    println!("b answers a ping in {:?}", a.ping(&"b".into()).await?.round_trip);

    c.shutdown().await;
    timeout(PATIENCE, a.wait_for(|members| members.len() == 2)).await??;
    let state = a.member(&"c".into()).map(|member| member.state());
    println!("c was unplugged, a says: {state:?}");
    if state != Some(State::Dead) {
        return Err("c should be dead".into());
    }
    a.shutdown().await;
    b.shutdown().await;
    Ok(())
}

async fn start(
    bus: &Bus,
    name: &str,
    address: u64,
) -> Result<Memberlist<SmolStr, u64>, Box<dyn Error>> {
    let mut options = Options::local();
    options.probe_interval = Duration::from_millis(200);
    options.probe_timeout = Duration::from_millis(100);
    let transport = bus.plug_in(address)?;
    Ok(memberlist::with_transport(SmolStr::new(name), transport).options(options).start().await?)
}
