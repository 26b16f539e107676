//! Names and addresses are yours: here nodes are machines with a number, and they are reached by
//! the rack and slot that they sit in.
//!
//! ```text
//! cargo run -p memberlist-examples --bin custom_id_address
//! ```
//!
//! An id needs `CheapClone` and `WireValue` beside what maps need; an address also says when two
//! are the same place. The transport must know the address: this one is memberlist's own for tests.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use memberlist::Memberlist;
use memberlist::Options;
use memberlist::transport::memory::MemoryNetwork;
use memberlist::transport::memory::MemoryTransport;
use memberlist::types::Address;
use memberlist::types::CheapClone;
use memberlist::wire::DecodeError;
use memberlist::wire::WireValue;

/// The number on the inventory sticker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Machine(u32);

/// Where a machine sits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Slot {
    rack: u16,
    slot: u8,
}

impl CheapClone for Machine {}
impl CheapClone for Slot {}

impl fmt::Display for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "machine {}", self.0)
    }
}

impl fmt::Display for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "rack {} slot {}", self.rack, self.slot)
    }
}

impl WireValue for Machine {
    fn put(&self, out: &mut Vec<u8>) {
        self.0.put(out);
    }

    fn take(bytes: &[u8]) -> Result<Self, DecodeError> {
        u32::take(bytes).map(Self)
    }
}

impl WireValue for Slot {
    fn put(&self, out: &mut Vec<u8>) {
        self.rack.put(out);
        self.slot.put(out);
    }

    fn take(bytes: &[u8]) -> Result<Self, DecodeError> {
        let (rack, slot) = bytes.split_at_checked(2).ok_or(DecodeError::Truncated)?;
        Ok(Self { rack: u16::take(rack)?, slot: u8::take(slot)? })
    }
}

impl Address for Slot {
    /// Rack 0 is the shelf in the store room: nothing there is connected.
    fn is_reachable(&self) -> bool {
        self.rack != 0
    }
}

type Node = Memberlist<Machine, Slot>;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let network = MemoryNetwork::new(1);
    let first = start(&network, Machine(4711), Slot { rack: 1, slot: 7 }).await?;
    let second = start(&network, Machine(4712), Slot { rack: 2, slot: 7 }).await?;
    second.join([*first.advertised()]).await?;
    let both = |members: &[_]| members.len() == 2;
    tokio::time::timeout(Duration::from_secs(10), first.wait_for(both)).await??;
    for member in first.members() {
        println!("{} at {} is {:?}", member.id(), member.address(), member.state());
    }

    let unreachable = start(&network, Machine(4713), Slot { rack: 0, slot: 1 }).await;
    println!("as expected: {}", unreachable.expect_err("nothing in rack 0 is connected"));
    first.shutdown().await;
    second.shutdown().await;
    Ok(())
}

async fn start(
    network: &MemoryNetwork<Slot>,
    machine: Machine,
    slot: Slot,
) -> Result<Node, Box<dyn Error>> {
    let transport: MemoryTransport<Slot, memberlist::tokio::Runtime> = network.bind(slot)?;
    let builder = memberlist::with_transport(machine, transport).options(Options::local());
    Ok(builder.start().await?)
}
