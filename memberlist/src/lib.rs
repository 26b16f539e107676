//! Cluster membership: every node knows who else is there, notices within seconds when somebody
//! fails, and passes messages on, without a server in the middle.
//!
//! ```
//! use std::time::Duration;
//!
//! use memberlist::Options;
//!
//! #[tokio::main]
//! async fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let a = memberlist::tokio::tcp("a").bind("127.0.0.1:0").options(Options::local());
//!     let b = memberlist::tokio::tcp("b").bind("127.0.0.1:0").options(Options::local());
//!     let (a, b) = (a.start().await?, b.start().await?);
//!
//!     let mut events = a.events();
//!     b.join([*a.advertised()]).await?;
//!     let event = events.next().await.ok_or("the node has ended")?;
//!     println!("{:?}: {} at {}", event.reason, event.member().id(), event.member().address());
//!
//!     b.leave(Duration::from_secs(5)).await?;
//!     b.shutdown().await;
//!     a.shutdown().await;
//!     Ok(())
//! }
//! ```
//!
//! It speaks SWIM with all of Lifeguard, after HashiCorp's Go library of the same name.
//!
//! # The picture
//!
//! ```text
//!   your program                                                     the others
//!
//!   Memberlist ──── commands ───►┌────────────────┐◄── datagrams ──► probes, gossip
//!    members(), join(), send()   │  one node: a   │
//!   Events ◄─────── changes ─────│ state machine  │◄── streams ────► joins, full exchanges,
//!   Delegate ◄─── asked, told ──►│  in one task   │                  large messages
//!                                └────────────────┘
//! ```
//!
//! - [`Memberlist`] is the handle: cheap to clone, usable from everywhere. Reads are synchronous
//!   and never wait; actions are async.
//! - [`Events`] is a stream of members that come, change and go. It never loses the net change of a
//!   member, however slowly it is read.
//! - A [`Delegate`](delegate::Delegate) is your code inside the protocol: it may refuse members,
//!   adds metadata and state, and hears messages. A slow hook never delays a probe.
//!
//! # How to …
//!
//! | | |
//! |---|---|
//! | start a node | [`tokio::tcp`], [`smol::tcp`], [`async_std::tcp`], then [`Builder`] |
//! | find the others | [`Memberlist::join`] with addresses or names |
//! | know who is there | [`Memberlist::members`], [`Memberlist::events`], [`Memberlist::wait_for`] |
//! | tell something to one, to all | [`Memberlist::send`], [`Memberlist::broadcast`] |
//! | tell something about oneself | [`Builder::meta`], [`Memberlist::update_meta`] |
//! | go | [`Memberlist::leave`], then [`Memberlist::shutdown`] |
//! | find failures sooner, or with fewer packets | [`Options`] |
//! | read how it works and how it is run | [`_documentation`] |
//! | see what is going on | [`Memberlist::stats`], [`Memberlist::health`], and the `tracing` crate |
//! | keep strangers out | [`Builder::encryption`], [`Builder::label`], [`Builder::allowed`] |
//! | choose whom to let in | [`delegate::AliveDelegate`], [`delegate::MergeDelegate`] |
//! | guard streams by certificates | `tokio::tls`, [`Builder::stream_layer`], `net::Tls` |
//! | guard everything by certificates | `tokio::quic`, and the module `quic` |
//! | change keys while it runs | [`Memberlist::encryption`], then [`Keyring`] |
//! | send fewer bytes | [`Builder::compress_packets`], [`Builder::compress_streams`] |
//! | join a pool of the Go library | [`Builder::wire`] with [`Msgpack`] |
//! | bring a transport, runtime, format, name or address | [`with_transport`] and `examples/` |
//!
//! # Features
//!
//! | feature | default | what it adds |
//! |---|---|---|
//! | `tcp` | yes | UDP and TCP: [`Builder`] and [`net`] |
//! | `tokio` | yes | the module [`tokio`](mod@tokio); brings `tcp` |
//! | `smol` | | the module [`smol`]; brings `tcp` |
//! | `async-std` | | the module [`async_std`]; brings `tcp`. async-std is discontinued |
//! | `tls` | | `net::Tls`: streams by rustls, with a provider of cryptography that you bring |
//! | `tls-ring`, `tls-aws-lc-rs` | | the same, and the provider of that name |
//! | `native-tls` | | `net::NativeTls`: streams by the system's TLS; on Linux it needs OpenSSL |
//! | `dns` | | host names of seeds by hickory (A, AAAA, SRV) instead of the system; brings `tcp` |
//! | `quinn` | | QUIC by quinn: the module `quic`; brings `tcp` |
//! | `s2n` | | the same by s2n-quic; brings `tokio`, needs a C compiler |
//! | `crc32` | yes | CRC-32 on packets: what the Go library knows |
//! | `xxhash32`, `xxhash64`, `murmur3` | | other checksums on packets |
//! | `lzw` | | compression as the Go library knows it |
//! | `lz4`, `snappy`, `zstd`, `brotli` | | other compressions; `zstd` needs a C compiler |
//! | `aes-gcm` | | encryption as the Go library knows it |
//! | `chacha20-poly1305` | | encryption for processors without instructions for AES |
//! | `aws-lc-rs` | | both by aws-lc instead of pure Rust, faster; brings `aes-gcm`, needs a C compiler |
//! | `go` | | `lzw`, `crc32` and `aes-gcm`: what a pool of the Go library is wrapped in |
//! | `serde` | | [`Options`] and the values of [`types`] are serialised |
//! | `metrics` | | counters and gauges for the `metrics` crate, named as in the Go library |
//!
//! A feature adds; it never changes what another one does: also `aws-lc-rs` makes the same bytes.
//! Any number of runtimes may be on, and of algorithms: a node reads everything that is built in,
//! whatever it writes itself.
//!
//! # What it does not do
//!
//! - Over UDP and TCP it encrypts nothing without a key: whoever reaches the port can speak. Give
//!   it one, or use QUIC, or keep it in a network that you trust.
//! - Views agree soon, not at once: this is no consensus, and no lock is safe to build on it.
//! - A partition that outlasts `gossip_to_the_dead_time` (30 s with `lan()`) leaves two clusters.
//!   They become one again when somebody joins across; shorter ones heal by themselves.
// The front page links to every runtime; only with all of them can each link be followed.
#![cfg_attr(
    not(all(feature = "tokio", feature = "smol", feature = "async-std")),
    allow(rustdoc::broken_intra_doc_links)
)]

#[cfg(feature = "tcp")]
mod bind;
#[cfg(feature = "tcp")]
mod builder;
#[cfg(feature = "tcp")]
mod carrier;

#[cfg(feature = "async-std")]
pub mod async_std;
#[cfg(any(feature = "quinn", feature = "s2n"))]
pub mod quic;
#[cfg(feature = "smol")]
pub mod smol;
#[cfg(feature = "tokio")]
pub mod tokio;

pub use memberlist_core::config::{Options, OptionsError};
pub use memberlist_core::delegate::{self, Reason, UserMessage, VoidDelegate};
pub use memberlist_core::frame::{
    self, Checksum, Cipher, Compress, Compression, Encryption, EncryptionStatus, Keyring, SecretKey,
};
pub use memberlist_core::node::{
    self, BuildError, Events, ForgetError, JoinError, Joined, LeaveError, MemberEvent, Memberlist,
    PingError, Seed, SendError, Stats, UpdateError, WeakMemberlist,
};
pub use memberlist_core::types::{self, Cidrs, Label, Member, Meta, State};
pub use memberlist_core::wire::{self, Lpe, Msgpack};
pub use memberlist_core::{codec, config, time, transport};

#[cfg(feature = "tcp")]
pub use agnostic;
#[cfg(feature = "tcp")]
pub use memberlist_net as net;

#[cfg(feature = "tcp")]
pub use bind::{BindAddress, DEFAULT_PORT};
#[cfg(feature = "tcp")]
pub use builder::{Builder, Layered};
#[cfg(feature = "tcp")]
pub use carrier::Carrier;

/// A node of that name on a transport of your own. Everything else is as with [`Builder`].
pub fn with_transport<I, T>(id: I, transport: T) -> node::Builder<I, T>
where
    I: types::Id,
    T: transport::Transport,
{
    node::Builder::new(id, transport)
}

/// The documents of the repository, for reading beside the code.
#[cfg(doc)]
pub mod _documentation {
    /// The shape of the whole.
    #[doc = include_str!("../docs/design.md")]
    pub mod design {}

    /// Pools of the Go library: what works, what differs, how to move.
    #[doc = include_str!("../docs/go-interop.md")]
    pub mod go_interop {}

    /// What the options do in practice, and what to look at when something is wrong.
    #[doc = include_str!("../docs/operations.md")]
    pub mod operations {}

    /// What is sent when, and where it differs from the Go library.
    #[doc = include_str!("../docs/protocol.md")]
    pub mod protocol {}

    /// The messages byte by byte.
    #[doc = include_str!("../docs/wire.md")]
    pub mod wire {}
}

/// The program in the README compiles and runs.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
