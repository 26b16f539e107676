//! The hooks: who may join, what each node says of itself, what it is told.
//!
//! ```text
//! cargo run -p memberlist-examples --bin delegates
//! ```
//!
//! A cluster of version 2 of some service. Nodes tell their version as metadata; a node of version
//! 1 is refused. Full exchanges carry how many requests each node has served.

use std::error::Error;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use async_channel::Receiver;
use async_channel::Sender;
use bytes::Bytes;
use memberlist::Member;
use memberlist::Memberlist;
use memberlist::Meta;
use memberlist::Options;
use memberlist::UserMessage;
use memberlist::WeakMemberlist;
use memberlist::delegate::AliveDelegate;
use memberlist::delegate::Candidate;
use memberlist::delegate::ConflictDelegate;
use memberlist::delegate::EventDelegate;
use memberlist::delegate::MergeDelegate;
use memberlist::delegate::NodeDelegate;
use memberlist::delegate::PingDelegate;
use memberlist::delegate::Refused;
use smol_str::SmolStr;
use tokio::time::timeout;

const PATIENCE: Duration = Duration::from_secs(10);

/// One delegate for everything. What is not overridden does nothing.
struct Service {
    version: &'static str,
    /// A handle to the node that these hooks serve. It does not keep the node alive.
    node: WeakMemberlist,
    answers: Sender<String>,
}

impl AliveDelegate<SmolStr, SocketAddr> for Service {
    /// Asked: answers at once, without waiting for anything.
    fn notify_alive(&self, candidate: &Candidate<'_, SmolStr, SocketAddr>) -> Result<(), Refused> {
        if candidate.meta == b"version 2" {
            return Ok(());
        }
        Err(Refused(format!("{} is not of version 2", candidate.node.id())))
    }
}

impl NodeDelegate<SmolStr, SocketAddr> for Service {
    /// Asked at start.
    fn node_meta(&self) -> Option<Meta> {
        Meta::try_from(self.version).ok()
    }

    /// Asked before each full exchange.
    fn local_state(&self, _join: bool) -> Bytes {
        Bytes::from_static(b"served 12 requests")
    }

    /// Told: may wait, and may call its own node. Here every question is sent back as an answer.
    async fn notify_message(&self, message: UserMessage<SmolStr, SocketAddr>) {
        let Some(from) = message.address else { return };
        let text = String::from_utf8_lossy(&message.payload).into_owned();
        match text.strip_suffix('?') {
            Some(question) => {
                let Some(node) = self.node.upgrade() else { return };
                let answer = format!("{question}, of course");
                if let Err(error) = node.send_packet_to(from, answer.into()).await {
                    println!("the answer was not sent: {error}");
                }
            }
            None => drop(self.answers.send(text).await),
        }
    }

    /// Told what the other side of a full exchange has added.
    async fn merge_remote_state(&self, state: Bytes, join: bool) {
        let text = String::from_utf8_lossy(&state).into_owned();
        println!("another node says \"{text}\" (join: {join})");
    }
}

impl EventDelegate<SmolStr, SocketAddr> for Service {
    /// Told of a member that is there now.
    async fn notify_join(&self, member: Arc<Member<SmolStr, SocketAddr>>) {
        let meta = String::from_utf8_lossy(member.meta().as_bytes());
        println!("{} has joined, it is of {meta}", member.id());
    }
}

impl PingDelegate<SmolStr, SocketAddr> for Service {
    /// Asked before each answer to a probe.
    fn ack_payload(&self) -> Bytes {
        Bytes::from_static(b"load 0.3")
    }
}

impl MergeDelegate<SmolStr, SocketAddr> for Service {}
impl ConflictDelegate<SmolStr, SocketAddr> for Service {}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let (a, _answers_of_a) = start("a", "version 2").await?;
    let (b, answers) = start("b", "version 2").await?;
    b.join([*a.advertised()]).await?;
    timeout(PATIENCE, a.wait_for(|members| members.len() == 2)).await??;

    b.send_packet_to(*a.advertised(), Bytes::from_static(b"are you well?")).await?;
    println!("a answers: {}", timeout(PATIENCE, answers.recv()).await??);
    let pong = b.ping(&"a".into()).await?;
    println!("a answers a ping in {:?} with {:?}", pong.round_trip, pong.payload);

    let old = memberlist::tokio::tcp("old").bind("127.0.0.1:0").options(Options::local());
    let old = old.meta(Meta::try_from("version 1")?).start().await?;
    // The stream succeeds; what the old node says of itself is not believed.
    old.join([*a.advertised()]).await?;
    println!("a knows {} members, the old node is none of them", a.num_members());
    if a.member(&"old".into()).is_some() {
        return Err("the old node was let in".into());
    }
    for node in [a, b, old] {
        node.shutdown().await;
    }
    Ok(())
}

async fn start(
    name: &str,
    version: &'static str,
) -> Result<(Memberlist, Receiver<String>), Box<dyn Error>> {
    let (answers, heard) = async_channel::bounded(16);
    let builder = memberlist::tokio::tcp(name).bind("127.0.0.1:0").options(Options::local());
    let builder = builder.delegate_with(move |node| Service { version, node, answers });
    Ok((builder.start().await?, heard))
}
