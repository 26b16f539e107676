//! ```text
//! user, in a packet     08 │ payload
//! user, on a stream     08 │ UserMsgLen │ payload
//! error, on a stream    0d │ Error
//! ```

use std::borrow::Cow;

use crate::codec::Reader;
use crate::codec::msgpack::{put_int, put_key, put_map, put_str, take_field, take_int, take_text};
use crate::types::limits::{ERROR_TEXT_BYTES_MAX, STREAM_BYTES_MAX};
use crate::wire::{DecodeError, kind};

const USER_MSG_LEN: &[u8] = b"UserMsgLen";
const ERROR: &[u8] = b"Error";

pub(super) fn put(payload: &[u8], out: &mut Vec<u8>) {
    out.push(kind::USER);
    out.extend_from_slice(payload);
}

pub(super) fn put_stream(payload: &[u8], out: &mut Vec<u8>) {
    out.push(kind::USER);
    put_map(1, out);
    put_key(USER_MSG_LEN, out);
    put_int(payload.len() as u64, out);
    out.extend_from_slice(payload);
}

pub(super) fn take_stream<'a>(reader: &mut Reader<'a>) -> Result<Cow<'a, [u8]>, DecodeError> {
    let len = take_len(reader)?;
    Ok(Cow::Borrowed(reader.take(len)?))
}

/// How many bytes follow.
pub(super) fn take_len(reader: &mut Reader<'_>) -> Result<usize, DecodeError> {
    let mut len = 0;
    take_field(reader, USER_MSG_LEN, |reader| {
        len = take_int(reader, "length of a message")?;
        Ok(())
    })?;
    checked(len, STREAM_BYTES_MAX, "user message")
}

/// A length or count that is not negative, and at most `max`.
pub(super) fn checked(len: i64, max: usize, what: &'static str) -> Result<usize, DecodeError> {
    let len = usize::try_from(len).map_err(|_| DecodeError::Invalid(what))?;
    if len > max { Err(DecodeError::TooLarge(what)) } else { Ok(len) }
}

/// Cuts what is longer than an error need be.
pub(super) fn put_error(text: &str, out: &mut Vec<u8>) {
    let mut end = text.len().min(ERROR_TEXT_BYTES_MAX);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    out.push(kind::ERROR);
    put_map(1, out);
    put_key(ERROR, out);
    put_str(&text.as_bytes()[..end], out);
}

/// For people only, so any bytes will do.
pub(super) fn take_error<'a>(reader: &mut Reader<'a>) -> Result<Cow<'a, str>, DecodeError> {
    let mut text = Cow::default();
    take_field(reader, ERROR, |reader| {
        text = take_text(reader, "error text")?;
        Ok(())
    })?;
    if text.len() > ERROR_TEXT_BYTES_MAX {
        return Err(DecodeError::TooLarge("error text"));
    }
    Ok(match text {
        Cow::Borrowed(bytes) => String::from_utf8_lossy(bytes),
        Cow::Owned(bytes) => Cow::Owned(String::from_utf8_lossy(&bytes).into_owned()),
    })
}
