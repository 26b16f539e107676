//! What runs the tasks is yours: here a runtime that counts the tasks of the nodes on it.
//!
//! ```text
//! cargo run -p memberlist-examples --bin custom_runtime
//! ```
//!
//! A runtime of your own implements `agnostic`'s `RuntimeLite` (tasks and timers) and `Runtime`
//! (sockets). `counted` does it on top of tokio and shows what there is to say.

mod counted;

use std::error::Error;
use std::time::Duration;

use memberlist::Builder;
use memberlist::Memberlist;
use memberlist::Options;
use smol_str::SmolStr;

use counted::Counted;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let a = start("a").await?;
    println!("the first node has started {} tasks", counted::tasks());
    let b = start("b").await?;
    b.join([*a.advertised()]).await?;
    let both = |members: &[_]| members.len() == 2;
    tokio::time::timeout(Duration::from_secs(10), a.wait_for(both)).await??;
    println!("after a join of the second there were {}", counted::tasks());
    if counted::tasks() == 0 {
        return Err("the nodes should run on the runtime that they were given".into());
    }
    a.shutdown().await;
    b.shutdown().await;
    Ok(())
}

async fn start(name: &str) -> Result<Memberlist, Box<dyn Error>> {
    let builder = Builder::<SmolStr, Counted>::tcp(name.into()).bind("127.0.0.1:0");
    Ok(builder.options(Options::local()).start().await?)
}
