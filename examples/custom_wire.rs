//! How messages look in bytes is yours: here every message ends with the version of a schema, and
//! what ends with another one is refused as malformed.
//!
//! ```text
//! cargo run -p memberlist-examples --bin custom_wire
//! ```
//!
//! A format of its own would write each message field by field; this one wraps `Lpe`.

use std::error::Error;
use std::net::SocketAddr;
use std::time::Duration;

use memberlist::Lpe;
use memberlist::Memberlist;
use memberlist::Options;
use memberlist::wire::DecodeError;
use memberlist::wire::Measure;
use memberlist::wire::Message;
use memberlist::wire::Progress;
use memberlist::wire::StreamMessage;
use memberlist::wire::Wire;
use smol_str::SmolStr;

/// `Lpe` with `VERSION` behind each message.
struct Versioned<const VERSION: u8>;

impl<const VERSION: u8> Versioned<VERSION> {
    /// The message without its version.
    fn body(bytes: &[u8]) -> Result<&[u8], DecodeError> {
        match bytes.split_last() {
            Some((&version, body)) if version == VERSION => Ok(body),
            Some(_) => Err(DecodeError::Invalid("version")),
            None => Err(DecodeError::Truncated),
        }
    }
}

impl<const VERSION: u8> Wire<SmolStr, SocketAddr> for Versioned<VERSION> {
    const NAME: &'static str = "versioned";
    const RELAYS_BROADCASTS: bool = <Lpe as Wire<SmolStr, SocketAddr>>::RELAYS_BROADCASTS;

    fn id_len(id: &SmolStr) -> usize {
        <Lpe as Wire<SmolStr, SocketAddr>>::id_len(id)
    }

    fn encode(message: &Message<'_, SmolStr, SocketAddr>, out: &mut Vec<u8>) {
        Lpe::encode(message, out);
        out.push(VERSION);
    }

    fn decode(bytes: &[u8]) -> Result<Message<'_, SmolStr, SocketAddr>, DecodeError> {
        Lpe::decode(Self::body(bytes)?)
    }

    fn encode_stream(message: &StreamMessage<'_, SmolStr, SocketAddr>, out: &mut Vec<u8>) {
        Lpe::encode_stream(message, out);
        out.push(VERSION);
    }

    fn decode_stream(bytes: &[u8]) -> Result<StreamMessage<'_, SmolStr, SocketAddr>, DecodeError> {
        Lpe::decode_stream(Self::body(bytes)?)
    }

    fn measure_stream(head: &[u8], progress: &mut Progress) -> Result<Measure, DecodeError> {
        let measure = <Lpe as Wire<SmolStr, SocketAddr>>::measure_stream(head, progress)?;
        Ok(match measure {
            Measure::Complete(len) if len < head.len() => Measure::Complete(len + 1),
            Measure::Complete(len) => Measure::Needs(len + 1),
            needs @ Measure::Needs(_) => needs,
        })
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let a = start::<1>("a").await?;
    let b = start::<1>("b").await?;
    b.join([*a.advertised()]).await?;
    let both = |members: &[_]| members.len() == 2;
    tokio::time::timeout(Duration::from_secs(10), a.wait_for(both)).await??;
    println!("a and b speak version 1 and know each other");

    let c = start::<2>("c").await?;
    match c.join([*a.advertised()]).await {
        Ok(_) => return Err("versions 1 and 2 should not understand each other".into()),
        Err(error) => println!("c speaks version 2: {error}"),
    }
    for node in [a, b, c] {
        node.shutdown().await;
    }
    Ok(())
}

async fn start<const VERSION: u8>(name: &str) -> Result<Memberlist, Box<dyn Error>> {
    let builder = memberlist::tokio::tcp(name).bind("127.0.0.1:0").options(Options::local());
    Ok(builder.wire::<Versioned<VERSION>>().start().await?)
}
