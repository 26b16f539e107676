//! The core of memberlist.

pub mod codec;
pub mod config;
pub mod delegate;
pub mod engine;
pub mod frame;
pub mod node;
pub mod swim;
pub mod time;
pub mod transport;
pub mod types;
pub mod wire;
