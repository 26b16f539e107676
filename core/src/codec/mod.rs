//! What the layers that touch bytes share.

#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

pub mod msgpack;
mod parts;
mod reader;
mod varint;

pub use parts::Parts;
pub use reader::{Reader, Truncated};
pub use varint::{put_bytes, put_prefixed, put_varint, varint_len};
