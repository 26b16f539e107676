//! The first words on a connection, on its first stream.
//!
//! ```text
//! dialler:   version 1 | family 4 or 6 | IP address, 4 or 16 bytes | port, 2 bytes, big-endian
//! acceptor:  version 1
//! ```
//!
//! TLS 1.3 lets a client write before the server has looked at its certificate. Only the acceptor's
//! answer tells the dialler that it was let in. The dialler's words tell at which port it listens,
//! where that is not the one that its packets come from.

use std::io;
use std::net::{IpAddr, SocketAddr};

use futures_util::io::{AsyncReadExt, AsyncWriteExt};
use memberlist_net::shared::canonical;

use crate::layer::Connection;

/// The one that is spoken.
const VERSION: u8 = 1;

/// Says where this node listens and waits until the peer has let it in.
///
/// # Errors
///
/// Why the peer has not, in its own words if it gave any.
pub(crate) async fn dialler<C: Connection>(connection: &C, own: SocketAddr) -> io::Result<()> {
    let said = say(connection, own).await;
    said.map_err(|error| connection.ended().unwrap_or(error))
}

async fn say<C: Connection>(connection: &C, own: SocketAddr) -> io::Result<()> {
    let mut stream = connection.open().await?;
    stream.write_all(&encode(own)).await?;
    stream.flush().await?;
    let mut answer = [0];
    stream.read_exact(&mut answer).await?;
    expect_version(answer[0])
}

/// Hears where the peer listens and lets it in.
///
/// # Errors
///
/// The peer does not speak like this, or why it has gone.
pub(crate) async fn acceptor<C: Connection>(connection: &C) -> io::Result<SocketAddr> {
    let heard = hear(connection).await;
    heard.map_err(|error| connection.ended().unwrap_or(error))
}

async fn hear<C: Connection>(connection: &C) -> io::Result<SocketAddr> {
    let mut stream = connection.accept().await?;
    let mut head = [0; 2];
    stream.read_exact(&mut head).await?;
    expect_version(head[0])?;
    let ip = match head[1] {
        4 => IpAddr::from(read::<4, _>(&mut stream).await?),
        6 => IpAddr::from(read::<16, _>(&mut stream).await?),
        family => return Err(unknown(format!("{family} is no family of addresses"))),
    };
    let port = u16::from_be_bytes(read(&mut stream).await?);
    stream.write_all(&[VERSION]).await?;
    stream.close().await?;
    Ok(believed(SocketAddr::new(ip, port), canonical(connection.remote())))
}

async fn read<const N: usize, S: AsyncReadExt + Unpin>(stream: &mut S) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    stream.read_exact(&mut bytes).await?;
    Ok(bytes)
}

/// The port that the peer says, if its packets come from the IP address that it says. Nobody may
/// say that it is at another one.
fn believed(said: SocketAddr, seen: SocketAddr) -> SocketAddr {
    if canonical(said).ip() == seen.ip() && said.port() != 0 {
        SocketAddr::new(seen.ip(), said.port())
    } else {
        seen
    }
}

fn encode(own: SocketAddr) -> Vec<u8> {
    let mut bytes = vec![VERSION];
    match own.ip() {
        IpAddr::V4(ip) => {
            bytes.push(4);
            bytes.extend(ip.octets());
        }
        IpAddr::V6(ip) => {
            bytes.push(6);
            bytes.extend(ip.octets());
        }
    }
    bytes.extend(own.port().to_be_bytes());
    bytes
}

fn expect_version(version: u8) -> io::Result<()> {
    if version == VERSION {
        return Ok(());
    }
    Err(unknown(format!("the peer speaks version {version} of the greeting, not {VERSION}")))
}

fn unknown(words: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_look_like_this() {
        let v4 = encode("10.1.2.3:7946".parse().unwrap());
        assert_eq!(v4, [1, 4, 10, 1, 2, 3, 0x1f, 0x0a]);
        let v6 = encode("[::1]:1".parse().unwrap());
        assert_eq!(v6, [&[1, 6][..], &[0; 15], &[1, 0, 1]].concat());
    }

    #[test]
    fn a_port_is_believed_and_an_address_is_not() {
        let seen = "10.0.0.1:50000".parse().unwrap();
        let believes = |said: &str| believed(said.parse().unwrap(), seen).to_string();
        assert_eq!(believes("10.0.0.1:7946"), "10.0.0.1:7946");
        assert_eq!(believes("[::ffff:10.0.0.1]:7946"), "10.0.0.1:7946");
        assert_eq!(believes("10.0.0.2:7946"), "10.0.0.1:50000");
        assert_eq!(believes("10.0.0.1:0"), "10.0.0.1:50000");
    }
}
