//! What the Go library's reader takes: every form of a number, texts as bytes, bytes as texts,
//! fields in any order, nothing for the zero value.

use std::borrow::Cow;

use super::skip::skip;
use super::value::{Malformed, Value, next};
use crate::codec::Reader;

/// What a struct of Go consists of.
pub trait Field: Copy + 'static {
    /// All, in the order in which Go declares them.
    const DECLARED: &'static [Self];

    /// The one that is called so. Names are matched as patterns: that is a few comparisons of
    /// numbers, where a search in a table would be the greater part of reading a push/pull.
    fn named(name: &[u8]) -> Option<Self>;
}

/// Reads a struct: a map with names as keys, or an array of its fields in the order in which the
/// struct declares them. `take` reads the value of a field. What is not there is left out, what has
/// another name is skipped, what comes twice is read twice.
///
/// # Errors
///
/// The value is no struct, one of its fields is not what it should be, or it is truncated.
#[inline]
pub fn take_struct<'a, F: Field>(
    reader: &mut Reader<'a>,
    take: impl FnMut(F, &mut Reader<'a>) -> Result<(), Malformed>,
) -> Result<(), Malformed> {
    take_fields(reader, F::DECLARED, F::named, take)
}

/// Reads a struct of one field.
///
/// # Errors
///
/// As [`take_struct`].
#[inline]
pub fn take_field<'a>(
    reader: &mut Reader<'a>,
    name: &[u8],
    mut take: impl FnMut(&mut Reader<'a>) -> Result<(), Malformed>,
) -> Result<(), Malformed> {
    take_fields(reader, &[()], |key| (key == name).then_some(()), |(), reader| take(reader))
}

#[inline]
fn take_fields<'a, F: Copy>(
    reader: &mut Reader<'a>,
    declared: &[F],
    named: impl Fn(&[u8]) -> Option<F>,
    mut take: impl FnMut(F, &mut Reader<'a>) -> Result<(), Malformed>,
) -> Result<(), Malformed> {
    match next(reader)? {
        Value::Nil => Ok(()),
        Value::Map(len) => (0..len).try_for_each(|_| match named(take_name(reader)?) {
            Some(field) => take(field, reader),
            None => skip(reader),
        }),
        Value::Array(len) => (0..len).try_for_each(|at| match declared.get(at) {
            Some(field) => take(*field, reader),
            None => skip(reader),
        }),
        _ => Err(Malformed::Invalid("struct")),
    }
}

#[inline]
fn take_name<'a>(reader: &mut Reader<'a>) -> Result<&'a [u8], Malformed> {
    match next(reader)? {
        Value::Bytes(name) if !name.is_empty() => Ok(name),
        _ => Err(Malformed::Invalid("name of a field")),
    }
}

/// Reads a number of an unsigned kind of 32 bits.
///
/// # Errors
///
/// It is no number, or not in the range; `what` says what it should be.
#[inline]
pub fn take_u32(reader: &mut Reader<'_>, what: &'static str) -> Result<u32, Malformed> {
    u32::try_from(take_uint(reader, what)?).map_err(|_| Malformed::Invalid(what))
}

/// Reads a number of an unsigned kind of 16 bits.
///
/// # Errors
///
/// It is no number, or not in the range; `what` says what it should be.
#[inline]
pub fn take_u16(reader: &mut Reader<'_>, what: &'static str) -> Result<u16, Malformed> {
    u16::try_from(take_uint(reader, what)?).map_err(|_| Malformed::Invalid(what))
}

#[inline]
fn take_uint(reader: &mut Reader<'_>, what: &'static str) -> Result<u64, Malformed> {
    match next(reader)? {
        Value::Nil => Ok(0),
        Value::Uint(value) => Ok(value),
        _ => Err(Malformed::Invalid(what)),
    }
}

/// Reads a number of Go's signed kind. One that is too large for it becomes negative, as there.
///
/// # Errors
///
/// It is no number; `what` says what it should be.
#[inline]
pub fn take_int(reader: &mut Reader<'_>, what: &'static str) -> Result<i64, Malformed> {
    match next(reader)? {
        Value::Nil => Ok(0),
        Value::Uint(value) => Ok(value.cast_signed()),
        Value::Negative(value) => Ok(value),
        _ => Err(Malformed::Invalid(what)),
    }
}

/// Reads yes or no, also as 1 or 0.
///
/// # Errors
///
/// It is something else; `what` says what it should be.
#[inline]
pub fn take_bool(reader: &mut Reader<'_>, what: &'static str) -> Result<bool, Malformed> {
    match next(reader)? {
        Value::Nil => Ok(false),
        Value::Bool(value) => Ok(value),
        Value::Uint(value @ (0 | 1)) => Ok(value == 1),
        _ => Err(Malformed::Invalid(what)),
    }
}

/// Reads bytes or a text, also as a sequence of numbers, which may look like a map; nothing is
/// empty.
///
/// # Errors
///
/// It is something else; `what` says what it should be.
#[inline]
pub fn take_bytes<'a>(
    reader: &mut Reader<'a>,
    what: &'static str,
) -> Result<Cow<'a, [u8]>, Malformed> {
    match next(reader)? {
        Value::Map(len) => take_sequence(reader, len.saturating_mul(2), what),
        value => take_text_of(value, reader, what),
    }
}

/// Reads a text, which need not be UTF-8, or bytes, also as an array of numbers; nothing is empty.
///
/// # Errors
///
/// It is something else; `what` says what it should be.
#[inline]
pub fn take_text<'a>(
    reader: &mut Reader<'a>,
    what: &'static str,
) -> Result<Cow<'a, [u8]>, Malformed> {
    let value = next(reader)?;
    take_text_of(value, reader, what)
}

#[inline]
fn take_text_of<'a>(
    value: Value<'a>,
    reader: &mut Reader<'_>,
    what: &'static str,
) -> Result<Cow<'a, [u8]>, Malformed> {
    match value {
        Value::Nil => Ok(Cow::Borrowed(&[])),
        Value::Bytes(bytes) => Ok(Cow::Borrowed(bytes)),
        Value::Array(len) => take_sequence(reader, len, what),
        _ => Err(Malformed::Invalid(what)),
    }
}

/// It grows with the bytes that are there.
fn take_sequence<'a>(
    reader: &mut Reader<'_>,
    len: usize,
    what: &'static str,
) -> Result<Cow<'a, [u8]>, Malformed> {
    let mut bytes = Vec::new();
    for _ in 0..len {
        let byte = u8::try_from(take_uint(reader, what)?);
        bytes.push(byte.map_err(|_| Malformed::Invalid(what))?);
    }
    Ok(Cow::Owned(bytes))
}
