//! One value after another, in every form that Go's reader takes.

use crate::codec::{Reader, Truncated};

/// Why bytes are not the msgpack that is expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// The bytes end in the middle of a value.
    #[error("the bytes end in the middle of a value")]
    Truncated,
    /// A value of the wrong type, or out of the range of what it stands for.
    #[error("{0} is out of range")]
    Invalid(&'static str),
}

impl From<Truncated> for Malformed {
    fn from(_: Truncated) -> Self {
        Self::Truncated
    }
}

/// A value that holds no others, or the head of one that does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Value<'a> {
    Nil,
    Bool(bool),
    /// Not negative, however it is written.
    Uint(u64),
    Negative(i64),
    /// A text or bytes: the format of old does not tell them apart.
    Bytes(&'a [u8]),
    Array(usize),
    /// So many keys, and as many values.
    Map(usize),
    /// A float or an extension: nothing that a message holds.
    Other,
}

/// The next value, or its head; what it holds is still in `reader`. Most values of a message are
/// short ones, whose tag says all: they are told apart where they are asked for.
#[inline]
pub(super) fn next<'a>(reader: &mut Reader<'a>) -> Result<Value<'a>, Malformed> {
    let tag = reader.u8()?;
    Ok(match tag {
        0x00..=0x7f => Value::Uint(tag.into()),
        0x80..=0x8f => Value::Map((tag & 0x0f).into()),
        0x90..=0x9f => Value::Array((tag & 0x0f).into()),
        0xa0..=0xbf => Value::Bytes(reader.take((tag & 0x1f).into())?),
        0xc0 => Value::Nil,
        0xe0..=0xff => Value::Negative(i8::from_be_bytes([tag]).into()),
        _ => return long(tag, reader),
    })
}

/// A value of more than its tag. The low bits of most tags say how wide the number is that follows:
/// 1, 2, 4 or 8 bytes.
fn long<'a>(tag: u8, reader: &mut Reader<'a>) -> Result<Value<'a>, Malformed> {
    Ok(match tag {
        0xc2 | 0xc3 => Value::Bool(tag == 0xc3),
        0xc4..=0xc6 => Value::Bytes(counted(reader, tag - 0xc4, 0)?),
        0xc7..=0xc9 => other(counted(reader, tag - 0xc7, 1)?),
        0xca | 0xcb => other(reader.take(4 << (tag - 0xca))?),
        0xcc..=0xcf => Value::Uint(number(reader, tag - 0xcc)?),
        0xd0..=0xd3 => signed(reader, tag - 0xd0)?,
        0xd4..=0xd8 => other(reader.take(1 + (1 << (tag - 0xd4)))?),
        0xd9..=0xdb => Value::Bytes(counted(reader, tag - 0xd9, 0)?),
        0xdc | 0xdd => Value::Array(count(reader, tag - 0xdb)?),
        0xde | 0xdf => Value::Map(count(reader, tag - 0xdd)?),
        _ => return Err(Malformed::Invalid("type")),
    })
}

const fn other(_: &[u8]) -> Value<'_> {
    Value::Other
}

/// A number of 1, 2, 4 or 8 bytes.
fn number(reader: &mut Reader<'_>, width: u8) -> Result<u64, Truncated> {
    Ok(match width {
        0 => reader.u8()?.into(),
        1 => reader.u16()?.into(),
        2 => reader.u32()?.into(),
        _ => u64::from_be_bytes(reader.array()?),
    })
}

fn signed<'a>(reader: &mut Reader<'_>, width: u8) -> Result<Value<'a>, Truncated> {
    let unused = 64 - (8 << width);
    let value = (number(reader, width)? << unused).cast_signed() >> unused;
    Ok(u64::try_from(value).map_or(Value::Negative(value), Value::Uint))
}

/// A count is only a claim: whoever believes it needs a byte at least for each that it counts.
fn count(reader: &mut Reader<'_>, width: u8) -> Result<usize, Truncated> {
    usize::try_from(number(reader, width)?).map_err(|_| Truncated)
}

/// A length, and as many bytes and `more`.
fn counted<'a>(reader: &mut Reader<'a>, width: u8, more: usize) -> Result<&'a [u8], Truncated> {
    let len = count(reader, width)?;
    reader.take(len.checked_add(more).ok_or(Truncated)?)
}
