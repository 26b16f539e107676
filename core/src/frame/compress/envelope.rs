//! What a compressed message looks like around the compressed bytes.
//!
//! ```text
//! 09 │ 82 │ a4 "Algo" │ algorithm │ a3 "Buf" │ length │ compressed bytes
//! ```
//!
//! Read leniently, within bounds: keys in any order, unknown ones skipped, every form of a number
//! and of a length. The Go library takes more: an array in place of the map, any number of keys.

use crate::codec::Reader;
use crate::frame::error::OpenError;

/// The first byte of a compressed message.
pub(crate) const COMPRESSED: u8 = 9;

/// Bytes of the longest header that [`put`] writes.
pub(super) const HEAD_MAX: usize = 1 + 1 + 5 + 1 + 4 + 5;

/// Bytes that keys and values beside the compressed bytes may take: room for some that are not
/// known, and a bound on how often they are looked at while they arrive.
const REST_MAX: usize = 256;

/// Keys that a map may have.
const KEYS_MAX: usize = 16;

/// How deep a value that is skipped may be nested.
const DEPTH_MAX: usize = 8;

/// Appends the message.
pub(super) fn put(tag: u8, compressed: &[u8], out: &mut Vec<u8>) {
    debug_assert!(tag < 128, "a number of one byte");
    out.extend_from_slice(&[COMPRESSED, 0x82]);
    out.extend_from_slice(b"\xa4Algo");
    out.push(tag);
    out.extend_from_slice(b"\xa3Buf");
    match compressed.len() {
        len @ 0..32 => out.push(0xa0 | len as u8),
        len @ 32..0x1_0000 => {
            out.push(0xda);
            out.extend_from_slice(&(len as u16).to_be_bytes());
        }
        len => {
            out.push(0xdb);
            out.extend_from_slice(&(len as u32).to_be_bytes());
        }
    }
    out.extend_from_slice(compressed);
}

/// The algorithm and the compressed bytes of a whole message. What follows it is not looked at.
pub(super) fn open(wrapped: &[u8]) -> Result<(u8, &[u8]), OpenError> {
    match parse(wrapped)? {
        Parsed::Whole { tag, buffer, .. } => Ok((tag, buffer)),
        Parsed::Needs(_) => Err(OpenError::CompressionInvalid),
    }
}

/// Bytes that the message which begins with `head` takes in all: `Ok` if they are there, `Err` at
/// least so many if not.
pub(crate) fn measure(head: &[u8]) -> Result<Result<usize, usize>, OpenError> {
    match parse(head)? {
        Parsed::Whole { len, .. } => Ok(Ok(len)),
        Parsed::Needs(len) => Ok(Err(len)),
    }
}

enum Parsed<'a> {
    Whole { tag: u8, buffer: &'a [u8], len: usize },
    Needs(usize),
}

/// Why parsing stopped.
enum Stop {
    Invalid,
    /// So many bytes are missing.
    Missing(usize),
}

fn parse(wrapped: &[u8]) -> Result<Parsed<'_>, OpenError> {
    let mut cursor = Cursor { reader: Reader::new(wrapped), rest: REST_MAX };
    match cursor.message() {
        Ok((tag, buffer)) => {
            Ok(Parsed::Whole { tag, buffer, len: wrapped.len() - cursor.reader.len() })
        }
        Err(Stop::Missing(missing)) => Ok(Parsed::Needs(wrapped.len() + missing)),
        Err(Stop::Invalid) => Err(OpenError::CompressionInvalid),
    }
}

struct Cursor<'a> {
    reader: Reader<'a>,
    /// Bytes that may still be read beside the compressed ones.
    rest: usize,
}

/// What the first byte of a value says of it.
enum Value {
    Nil,
    Number(u64),
    Bytes(usize),
    /// Something else of so many bytes.
    Other(usize),
    /// So many values.
    Nested(usize),
}

impl<'a> Cursor<'a> {
    fn message(&mut self) -> Result<(u8, &'a [u8]), Stop> {
        self.take(1)?;
        let keys = match self.take(1)? {
            [head @ 0x80..=0x8f] => usize::from(head & 15),
            [0xde] => self.number(2)?,
            [0xdf] => self.number(4)?,
            _ => return Err(Stop::Invalid),
        };
        if keys > KEYS_MAX {
            return Err(Stop::Invalid);
        }
        let (mut tag, mut buffer) = (0, &[][..]);
        for _ in 0..keys {
            let Value::Bytes(len) = self.value()? else { return Err(Stop::Invalid) };
            match self.take(len)? {
                b"Algo" => tag = self.tag()?,
                b"Buf" => buffer = self.buffer()?,
                _ => self.skip()?,
            }
        }
        Ok((tag, buffer))
    }

    fn tag(&mut self) -> Result<u8, Stop> {
        match self.value()? {
            Value::Nil => Ok(0),
            Value::Number(tag) => u8::try_from(tag).map_err(|_| Stop::Invalid),
            _ => Err(Stop::Invalid),
        }
    }

    fn buffer(&mut self) -> Result<&'a [u8], Stop> {
        match self.value()? {
            Value::Nil => Ok(&[]),
            Value::Bytes(len) => {
                self.reader.take(len).map_err(|_| Stop::Missing(len - self.reader.len()))
            }
            _ => Err(Stop::Invalid),
        }
    }

    fn skip(&mut self) -> Result<(), Stop> {
        // How many values are left at each depth.
        let mut left = [0; DEPTH_MAX];
        let mut depth = 0;
        left[0] = 1;
        loop {
            if left[depth] == 0 {
                let Some(outer) = depth.checked_sub(1) else { return Ok(()) };
                depth = outer;
                continue;
            }
            left[depth] -= 1;
            match self.value()? {
                Value::Nil | Value::Number(_) => {}
                Value::Bytes(len) | Value::Other(len) => {
                    self.take(len)?;
                }
                Value::Nested(values) => {
                    depth += 1;
                    *left.get_mut(depth).ok_or(Stop::Invalid)? = values;
                }
            }
        }
    }

    fn value(&mut self) -> Result<Value, Stop> {
        let &[head] = self.take(1)? else { return Err(Stop::Invalid) };
        Ok(match head {
            0x00..=0x7f => Value::Number(u64::from(head)),
            0x80..=0x8f => Value::Nested(2 * usize::from(head & 15)),
            0x90..=0x9f => Value::Nested(usize::from(head & 15)),
            0xa0..=0xbf => Value::Bytes(usize::from(head & 31)),
            0xc0 => Value::Nil,
            0xc2 | 0xc3 => Value::Other(0),
            0xc4 | 0xd9 => Value::Bytes(self.number(1)?),
            0xc5 | 0xda => Value::Bytes(self.number(2)?),
            0xc6 | 0xdb => Value::Bytes(self.number(4)?),
            0xc7 => Value::Other(self.number(1)?.saturating_add(1)),
            0xc8 => Value::Other(self.number(2)?.saturating_add(1)),
            0xc9 => Value::Other(self.number(4)?.saturating_add(1)),
            0xca => Value::Other(4),
            0xcb => Value::Other(8),
            // A negative number has its top bit set, and is too large for a tag as it should be.
            0xcc | 0xd0 => Value::Number(self.number(1)? as u64),
            0xcd | 0xd1 => Value::Number(self.number(2)? as u64),
            0xce | 0xd2 => Value::Number(self.number(4)? as u64),
            0xcf | 0xd3 => Value::Number(self.number(8)? as u64),
            0xd4..=0xd8 => Value::Other(1 + (1 << (head - 0xd4))),
            0xdc => Value::Nested(self.number(2)?),
            0xdd => Value::Nested(self.number(4)?),
            0xde => Value::Nested(self.number(2)?.saturating_mul(2)),
            0xdf => Value::Nested(self.number(4)?.saturating_mul(2)),
            0xe0..=0xff => Value::Other(0),
            0xc1 => return Err(Stop::Invalid),
        })
    }

    fn number(&mut self, bytes: usize) -> Result<usize, Stop> {
        let read = |number: usize, byte: &u8| number << 8 | usize::from(*byte);
        Ok(self.take(bytes)?.iter().fold(0, read))
    }

    fn take(&mut self, len: usize) -> Result<&'a [u8], Stop> {
        self.rest = self.rest.checked_sub(len).ok_or(Stop::Invalid)?;
        self.reader.take(len).map_err(|_| Stop::Missing(len - self.reader.len()))
    }
}
