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
use memberlist::State;
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
    let (a, b, c) = (start("a", clock).await?, start("b", clock).await?, start("c", clock).await?);

    say(clock, "b and c join a");
    let seed = *a.node.advertised();
    b.node.join([seed]).await?;
    c.node.join([seed]).await?;
    for node in [&a, &b, &c] {
        timeout(PATIENCE, node.node.wait_for(|members| members.len() == 3)).await??;
    }
    say(clock, "everybody knows everybody");

    say(clock, "a sends to b, c broadcasts to all");
    a.node.send(&"b".into(), Bytes::from_static(b"for b alone")).await?;
    hear(&b, "for b alone").await?;
    let _ = c.node.broadcast(Bytes::from_static(b"for everybody")).await?;
    hear(&a, "for everybody").await?;
    hear(&b, "for everybody").await?;

    say(clock, "c crashes: it says nothing more");
    c.node.shutdown().await;
    gone(&a, "c", State::Dead).await?;
    gone(&b, "c", State::Dead).await?;

    say(clock, "b leaves: it says goodbye");
    let left = b.node.leave(PATIENCE).await?;
    say(clock, &format!("b knows that {} member has heard it", left.heard_by));
    gone(&a, "b", State::Left).await?;

    b.node.shutdown().await;
    a.node.shutdown().await;
    say(clock, "done");
    Ok(())
}

/// A node and the messages that reach it.
struct Running {
    node: Memberlist,
    told: Receiver<Told<SmolStr, SocketAddr>>,
}

async fn start(name: &'static str, clock: Instant) -> Result<Running, Failure> {
    let (delegate, told) = ChannelDelegate::new(64);
    let node = memberlist::tokio::tcp(name)
        .bind("127.0.0.1:0")
        .options(impatient())
        .delegate(delegate)
        .start()
        .await?;
    say(clock, &format!("{name} listens at {}", node.advertised()));
    tokio::spawn(watch(name, clock, node.events()));
    Ok(Running { node, told })
}

/// Options for one machine, with the probes five times as frequent, so that nobody waits long to see
/// a crash found.
fn impatient() -> Options {
    let mut options = Options::local();
    options.probe_interval = Duration::from_millis(200);
    options.probe_timeout = Duration::from_millis(100);
    options
}

fn say(clock: Instant, what: &str) {
    println!("{:>7} ms  {what}", clock.elapsed().as_millis());
}

/// Prints what a node sees of the others, until it is shut down.
async fn watch(name: &str, clock: Instant, mut events: Events<SmolStr, SocketAddr>) {
    while let Some(event) = events.next().await {
        let member = event.member();
        if member.id() == name {
            continue;
        }
        let what = match event.reason {
            Reason::Joined => "is there",
            Reason::Failed => "has failed",
            Reason::Left => "has left",
            _ => "has changed",
        };
        say(clock, &format!("    {name} sees: {} {what}", member.id()));
    }
}

/// Waits until a message with that text has arrived.
async fn hear(node: &Running, text: &str) -> Result<(), Failure> {
    loop {
        if let Told::Message(message) = timeout(PATIENCE, node.told.recv()).await?? {
            if message.payload == text.as_bytes() {
                return Ok(());
            }
        }
    }
}

/// Waits until `node` knows that the member is gone, and in which way.
async fn gone(node: &Running, name: &str, expected: State) -> Result<(), Failure> {
    let name = SmolStr::new(name);
    let absent = |members: &[_]| members.iter().all(|m: &std::sync::Arc<_>| is_other(m, &name));
    timeout(PATIENCE, node.node.wait_for(absent)).await??;
    match node.node.member(&name).map(|member| member.state()) {
        Some(state) if state == expected => Ok(()),
        other => Err(format!("{name} should be {expected:?}, it is {other:?}").into()),
    }
}

fn is_other(member: &memberlist::Member<SmolStr, SocketAddr>, name: &SmolStr) -> bool {
    member.id() != name
}
