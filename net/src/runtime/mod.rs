//! The runtimes a node can run on: any that implements `agnostic::Runtime`.
//!
//! tokio and smol come from `agnostic` itself. A runtime of your own implements the same trait;
//! `AsyncStdRuntime` shows how, in one file, on borrowed sockets and timers.

#[cfg(feature = "async-std")]
mod async_std;

#[cfg(feature = "async-std")]
pub use async_std::{Abandoned, AfterHandle, AsyncStdRuntime, AsyncStdSpawner, JoinHandle};

#[cfg(feature = "smol")]
pub use agnostic::smol::SmolRuntime;
#[cfg(feature = "tokio")]
pub use agnostic::tokio::TokioRuntime;

pub use agnostic::Runtime;
