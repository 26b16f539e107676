//! Three nodes in one process: they meet, exchange messages, one crashes and is found, one leaves.
//!
//! ```text
//! cargo run --release -p memberlist-examples --bin quickstart
//! ```
//!
//! Prints what each node sees, with the milliseconds since the start, and ends with status 0 if
//! everything has happened.

use std::error::Error;
use std::net::SocketAddr;
use std::time::Duration;
use std::time::Instant;

use async_channel::Receiver;
use bytes::Bytes;
use memberlist::Events;
use memberlist::Memberlist;
use memberlist::Options;
use memberlist::Reason;
use memberlist::delegate::ChannelDelegate;
use memberlist::delegate::Told;
use smol_str::SmolStr;
use tokio::time::timeout;

/// Whatever has not happened by then will not happen: it is a failure of this program.
const PATIENCE: Duration = Duration::from_secs(10);

type Failure = Box<dyn Error + Send + Sync>;

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let clock = Instant::now();
    let mut a = Running::start("a", clock).await?;
    let mut b = Running::start("b", clock).await?;
    let mut c = Running::start("c", clock).await?;

    say(clock, "b and c join a");
    let seed = *a.node.advertised();
    b.node.join([seed]).await?;
    c.node.join([seed]).await?;
    a.sees(&[("b", Reason::Joined), ("c", Reason::Joined)]).await?;
    b.sees(&[("a", Reason::Joined), ("c", Reason::Joined)]).await?;
    c.sees(&[("a", Reason::Joined), ("b", Reason::Joined)]).await?;

    say(clock, "a sends to b, c broadcasts to all");
    a.node.send(&"b".into(), Bytes::from_static(b"for b alone")).await?;
    b.hears("for b alone").await?;
    let broadcast = c.node.broadcast(Bytes::from_static(b"for everybody")).await?;
    a.hears("for everybody").await?;
    b.hears("for everybody").await?;
    broadcast.completed().await?;

    say(clock, "c crashes: it says nothing more");
    c.node.shutdown().await;
    a.sees(&[("c", Reason::Failed)]).await?;
    b.sees(&[("c", Reason::Failed)]).await?;

    say(clock, "b leaves: it says goodbye");
    b.node.leave(PATIENCE).await?;
    a.sees(&[("b", Reason::Left)]).await?;

    b.node.shutdown().await;
    a.node.shutdown().await;
    say(clock, "everything has happened");
    Ok(())
}

fn say(clock: Instant, what: &str) {
    println!("{:>6} ms  {what}", clock.elapsed().as_millis());
}

/// A node, and what it sees and hears.
struct Running {
    name: &'static str,
    clock: Instant,
    node: Memberlist,
    events: Events<SmolStr, SocketAddr>,
    told: Receiver<Told<SmolStr, SocketAddr>>,
}

impl Running {
    async fn start(name: &'static str, clock: Instant) -> Result<Self, Failure> {
        let (delegate, told) = ChannelDelegate::new(64);
        let node = memberlist::tokio::tcp(name)
            .bind("127.0.0.1:0")
            .options(impatient())
            .delegate(delegate)
            .start()
            .await?;
        say(clock, &format!("{name} listens at {}", node.advertised()));
        Ok(Self { name, clock, events: node.events(), node, told })
    }

    /// Reads events until each of `expected` was there.
    async fn sees(&mut self, expected: &[(&str, Reason)]) -> Result<(), Failure> {
        let mut missing = expected.to_vec();
        while !missing.is_empty() {
            let event = timeout(PATIENCE, self.events.next()).await;
            let event = event.map_err(|_| format!("{} waits for {missing:?}", self.name))?;
            let event = event.ok_or("the node has ended")?;
            let name = event.member().id();
            missing.retain(|expected| *expected != (name.as_str(), event.reason));
            say(self.clock, &format!("    {} sees that {name} {}", self.name, words(event.reason)));
        }
        Ok(())
    }

    /// Reads messages until one has this text.
    async fn hears(&self, expected: &str) -> Result<(), Failure> {
        loop {
            let told = timeout(PATIENCE, self.told.recv()).await;
            let told = told.map_err(|_| format!("{} waits for `{expected}`", self.name))??;
            if let Told::Message(message) = told {
                let text = String::from_utf8_lossy(&message.payload);
                say(self.clock, &format!("    {} hears `{text}`", self.name));
                if text == expected {
                    return Ok(());
                }
            }
        }
    }
}

/// Options for one machine, with the probes five times as frequent, so that nobody waits long to
/// see a crash found.
fn impatient() -> Options {
    let mut options = Options::local();
    options.probe_interval = Duration::from_millis(200);
    options.probe_timeout = Duration::from_millis(100);
    options
}

fn words(reason: Reason) -> &'static str {
    match reason {
        Reason::Joined => "is there",
        Reason::Failed => "has failed",
        Reason::Left => "has left",
        _ => "has changed",
    }
}
