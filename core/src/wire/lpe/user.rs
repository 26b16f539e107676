//! ```text
//! user, in a packet     08 │ payload
//! user, on a stream     08 │ length u32 │ payload
//! error, on a stream    0d │ length u32 │ text in UTF-8
//! ```
//!
//! These two are the application's bytes, or words for people, up to the end: they have no tagged
//! fields.

use std::borrow::Cow;

use crate::codec::Reader;
use crate::types::limits::{ERROR_TEXT_BYTES_MAX, STREAM_BYTES_MAX};
use crate::wire::DecodeError;

/// The rest, whatever it is. In a packet its size is the limit, on a stream the message's own.
pub(super) fn take<'a>(mut reader: Reader<'a>) -> Cow<'a, [u8]> {
    Cow::Borrowed(reader.rest())
}

/// Bytes of the application on a stream.
pub(super) fn limited<'a>(bytes: &'a [u8], what: &'static str) -> Result<&'a [u8], DecodeError> {
    if bytes.len() > STREAM_BYTES_MAX {
        return Err(DecodeError::TooLarge(what));
    }
    Ok(bytes)
}

/// Cuts what is longer than readers take.
pub(super) fn put_error(text: &str, out: &mut Vec<u8>) {
    let mut end = text.len().min(ERROR_TEXT_BYTES_MAX);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    out.extend_from_slice(&text.as_bytes()[..end]);
}

pub(super) fn take_error<'a>(mut reader: Reader<'a>) -> Result<Cow<'a, str>, DecodeError> {
    let bytes = reader.rest();
    if bytes.len() > ERROR_TEXT_BYTES_MAX {
        return Err(DecodeError::TooLarge("error text"));
    }
    core::str::from_utf8(bytes).map(Cow::Borrowed).map_err(|_| DecodeError::Invalid("error text"))
}
