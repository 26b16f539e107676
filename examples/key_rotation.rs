//! A new key for a cluster that runs, and a plain cluster that becomes an encrypted one: no node is
//! restarted, nothing is lost.
//!
//! ```text
//! cargo run -p memberlist-examples --bin key_rotation
//! ```

use std::error::Error;
use std::net::SocketAddr;
use std::time::Duration;

use async_channel::Receiver;
use memberlist::Cipher;
use memberlist::Encryption;
use memberlist::Keyring;
use memberlist::Memberlist;
use memberlist::Options;
use memberlist::SecretKey;
use memberlist::delegate::ChannelDelegate;
use memberlist::delegate::Told;
use smol_str::SmolStr;
use tokio::time::timeout;

const PATIENCE: Duration = Duration::from_secs(10);

struct Node {
    member: Memberlist,
    told: Receiver<Told<SmolStr, SocketAddr>>,
}

impl Node {
    fn encryption(&self) -> Result<&Encryption, &'static str> {
        self.member.encryption().ok_or("it was started with a keyring")
    }
}

/// Starts plain, with an empty ring: keys may come later.
async fn start(name: &str) -> Result<Node, Box<dyn Error>> {
    let encryption = Encryption::new(Keyring::new(Cipher::AesGcm, [])?)
        .verify_incoming(false)
        .verify_outgoing(false);
    let (delegate, told) = ChannelDelegate::new(1_024);
    let builder = memberlist::tokio::tcp(name).bind("127.0.0.1:0").options(Options::local());
    let member = builder.encryption(encryption).delegate(delegate).start().await?;
    Ok(Node { member, told })
}

/// Everybody writes to everybody; returns when all of it has arrived.
async fn talk(nodes: &[Node]) -> Result<(), Box<dyn Error>> {
    for from in nodes {
        for to in nodes {
            from.member.send(to.member.local().id(), "hello".into()).await?;
        }
    }
    for node in nodes {
        let mut heard = 0;
        while heard < nodes.len() {
            let told = timeout(PATIENCE, node.told.recv()).await??;
            heard += usize::from(matches!(told, Told::Message(_)));
        }
    }
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut nodes = Vec::new();
    for name in ["a", "b", "c"] {
        nodes.push(start(name).await?);
    }
    let seed = *nodes[0].member.advertised();
    for node in &nodes[1..] {
        node.member.join([seed]).await?;
    }
    for node in &nodes {
        timeout(PATIENCE, node.member.wait_for(|members| members.len() == 3)).await??;
    }

    let old = SecretKey::try_from(&[1; 16][..])?;
    let new = SecretKey::try_from(&[2; 32][..])?;
    type Step<'a> = (&'a str, Box<dyn Fn(&Encryption) -> Result<(), Box<dyn Error>> + 'a>);
    let steps: [Step<'_>; 6] = [
        (
            "a key that everybody can read",
            Box::new(|node| {
                node.keyring().install(old.clone())?;
                Ok(())
            }),
        ),
        (
            "everybody encrypts",
            Box::new(|node| {
                node.set_verify_outgoing(true);
                Ok(())
            }),
        ),
        (
            "plain text is refused",
            Box::new(|node| {
                node.set_verify_incoming(true);
                Ok(())
            }),
        ),
        (
            "a second key that everybody can read",
            Box::new(|node| {
                node.keyring().install(new.clone())?;
                Ok(())
            }),
        ),
        ("everybody uses it", Box::new(|node| Ok(node.keyring().use_key(&new)?))),
        (
            "the old one is gone",
            Box::new(|node| {
                node.keyring().remove(&old)?;
                Ok(())
            }),
        ),
    ];
    for (what, step) in &steps {
        // One node after the other, as an operator does it; they talk all the time.
        for node in &nodes {
            step(node.encryption()?)?;
            talk(&nodes).await?;
        }
        println!("{what}: {:?}", nodes[0].member.encryption_status());
    }

    for node in nodes {
        node.member.leave(Duration::from_secs(5)).await?;
        node.member.shutdown().await;
    }
    Ok(())
}
