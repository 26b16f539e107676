//! A network inside one process, for tests: no sockets, no timers, faults on demand.
//!
//! Make one [`MemoryNetwork`], bind a [`MemoryTransport`] per node, and cut, heal or lose as the
//! test asks.
//!
//! ```
//! use core::future::poll_fn;
//!
//! use agnostic_lite::tokio::TokioRuntime;
//! use memberlist_core::transport::Transport;
//! use memberlist_core::transport::memory::{Cut, MemoryNetwork, MemoryTransport};
//! use smol_str::SmolStr;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> std::io::Result<()> {
//! let network = MemoryNetwork::new(42);
//! let (a, b) = (SmolStr::new("a"), SmolStr::new("b"));
//! let one: MemoryTransport<SmolStr, TokioRuntime> = network.bind(a.clone())?;
//! let two: MemoryTransport<SmolStr, TokioRuntime> = network.bind(b.clone())?;
//!
//! poll_fn(|cx| one.poll_send(cx, &b, b"hello")).await?;
//! let mut buf = [0; 1_500];
//! let (len, from) = poll_fn(|cx| two.poll_recv(cx, &mut buf)).await?;
//! assert_eq!((&buf[..len], from), (&b"hello"[..], a.clone()));
//!
//! network.cut_both(&a, &b, Cut::Datagrams);
//! poll_fn(|cx| one.poll_send(cx, &b, b"lost on the way")).await?;
//! assert!(one.dial(&b).await.is_ok());
//! # Ok(())
//! # }
//! ```

mod endpoint;
mod network;
mod pipe;
mod transport;

pub use network::{Cut, MemoryNetwork};
pub use pipe::MemoryStream;
pub use transport::MemoryTransport;

#[cfg(test)]
mod tests;
