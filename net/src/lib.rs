//! UDP and TCP for memberlist: sockets, name resolution and runtimes.
//!
//! [`NetTransport`] moves datagrams over UDP and streams over TCP, on any runtime of `agnostic`.
//! Each TCP connection goes through a [`StreamLayer`]: [`Tcp`] adds nothing, `Tls` (rustls) and
//! `NativeTls` (the system's TLS) guard it.
//!
//! ```
//! # #[cfg(feature = "tokio")]
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use core::future::poll_fn;
//!
//! use memberlist_core::transport::Transport;
//! use memberlist_net::runtime::TokioRuntime;
//! use memberlist_net::{NetOptions, NetTransport, Tcp};
//!
//! let options = NetOptions::new(["127.0.0.1:0".parse()?]);
//! let a = NetTransport::<Tcp, TokioRuntime>::bind(options.clone()).await?;
//! let b = NetTransport::<Tcp, TokioRuntime>::bind(options).await?;
//!
//! poll_fn(|cx| a.poll_send(cx, b.advertised(), b"hello")).await?;
//! let mut buf = vec![0; b.max_datagram()];
//! let (len, from) = poll_fn(|cx| b.poll_recv(cx, &mut buf)).await?;
//! assert_eq!((&buf[..len], from), (&b"hello"[..], *a.advertised()));
//!
//! a.shutdown().await; // The port is free now.
//! # Ok(())
//! # }
//! # #[cfg(not(feature = "tokio"))]
//! # fn main() {}
//! ```
//!
//! # Features
//!
//! | feature | adds |
//! |---|---|
//! | `tokio` | sockets, timers and tasks of tokio |
//! | `smol` | the same of smol |
//! | `async-std` | `AsyncStdRuntime`: tasks of async-std (discontinued) on smol's sockets |
//! | `tls` | `Tls`: streams guarded by rustls, with a provider of cryptography that you bring |
//! | `tls-ring`, `tls-aws-lc-rs` | the same, and the provider of that name in [`rustls`] |
//! | `tls-config` | `TlsConfig` alone, which QUIC takes too |
//! | `native-tls` | `NativeTls`: streams guarded by the system's TLS (OpenSSL on Linux) |
//! | `dns` | `DnsResolver`: A, AAAA and SRV records without the system's resolver |
//! | `quinn` | QUIC's runtime for `AsyncStdRuntime` |
//!
//! None is on by default.

mod advertise;
#[cfg(feature = "tls-config")]
mod certificates;
mod counters;
mod datagrams;
mod error;
#[cfg(any(feature = "tls-config", feature = "native-tls"))]
mod files;
#[cfg(any(feature = "tls", feature = "native-tls"))]
mod guard;
mod handshake;
mod layer;
#[cfg(feature = "native-tls")]
mod native;
mod options;
pub mod resolve;
pub mod runtime;
mod sockets;
mod streams;
#[cfg(feature = "tls")]
mod tls;
mod transport;

#[cfg(feature = "tls-config")]
pub use certificates::{TlsConfig, TlsError};
pub use error::{BindError, Plane};
#[cfg(any(feature = "tls-config", feature = "native-tls"))]
pub use files::TlsFiles;
pub use handshake::Handshake;
pub use layer::{RawStream, StreamLayer, Tcp};
#[cfg(feature = "native-tls")]
pub use native::{NativeTls, NativeTlsConfig, NativeTlsStream};
pub use options::{MAX_DATAGRAM, MAX_DATAGRAM_MIN, NetOptions};
#[cfg(feature = "tls")]
pub use tls::{Tls, TlsStream};
pub use transport::NetTransport;

/// For providers of cryptography, and for configurations that are made by hand.
#[cfg(feature = "tls-config")]
pub use rustls;

/// For connectors and acceptors that are made by hand.
#[cfg(feature = "native-tls")]
pub use native_tls;
/// What a transport crate beside this one needs to listen in the same way.
pub mod shared {
    pub use crate::advertise::{canonical, choose};
    pub use crate::datagrams::Routes;
    pub use crate::sockets::{Udp, open_udp};
}

/// What every call gets after `shutdown`.
fn closed() -> std::io::Error {
    std::io::Error::new(std::io::ErrorKind::NotConnected, "the transport is shut down")
}
