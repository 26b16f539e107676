//! The part of msgpack that the Go library speaks: its writer to the byte, a reader that takes all
//! that its reader takes.
//!
//! Nothing is set aside from a claimed length or count: a value that is longer than what is there
//! is truncated.

mod put;
mod skip;
mod take;
#[cfg(test)]
mod tests;
mod value;

pub use put::{put_bin, put_bool, put_int, put_key, put_map, put_str, put_uint};
pub use skip::{skip, skip_some};
pub use take::{
    Field, take_bool, take_bytes, take_field, take_int, take_struct, take_text, take_u16, take_u32,
};
pub use value::Malformed;
