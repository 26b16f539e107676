//! What lies between TCP and the node is yours: here a password that the dialling side says first.
//!
//! ```text
//! cargo run -p memberlist-examples --bin custom_stream_layer
//! ```
//!
//! It shows where a handshake belongs. It guards nothing: whoever listens can say it too. For
//! secrets use keys or TLS.

use std::error::Error;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use futures_util::AsyncReadExt;
use futures_util::AsyncWriteExt;
use memberlist::Memberlist;
use memberlist::Options;
use memberlist::net::Handshake;
use memberlist::net::RawStream;
use memberlist::net::StreamLayer;
use tokio::time::timeout;

const PATIENCE: Duration = Duration::from_secs(10);

/// Eight bytes that both sides know.
#[derive(Clone, Copy)]
struct Password([u8; 8]);

impl StreamLayer for Password {
    type Stream<S: RawStream> = Handshake<S>;

    async fn dial<S: RawStream>(&self, mut tcp: S, _: SocketAddr) -> io::Result<Handshake<S>> {
        tcp.write_all(&self.0).await?;
        Ok(Handshake::done(tcp))
    }

    /// Returns at once: a peer that says nothing holds up its own stream and no other.
    fn accept<S: RawStream>(&self, mut tcp: S, _: SocketAddr) -> Handshake<S> {
        let Password(expected) = *self;
        Handshake::new(async move {
            let mut said = [0; 8];
            tcp.read_exact(&mut said).await?;
            match said == expected {
                true => Ok(tcp),
                false => Err(io::Error::new(io::ErrorKind::PermissionDenied, "wrong password")),
            }
        })
    }
}

async fn start(name: &str, password: &[u8; 8]) -> Result<Memberlist, Box<dyn Error>> {
    let builder = memberlist::tokio::tcp(name).stream_layer(Password(*password));
    Ok(builder.bind("127.0.0.1:0").options(Options::local()).start().await?)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let a = start("a", b"swordfis").await?;
    let b = start("b", b"swordfis").await?;
    b.join([*a.advertised()]).await?;
    timeout(PATIENCE, a.wait_for(|members| members.len() == 2)).await??;
    println!("a and b know the password and have met");

    let stranger = start("stranger", b"password").await?;
    match stranger.join([*a.advertised()]).await {
        Ok(_) => return Err("a stranger was let in".into()),
        Err(error) => println!("another password: {error}"),
    }
    for node in [stranger, b, a] {
        node.shutdown().await;
    }
    Ok(())
}
