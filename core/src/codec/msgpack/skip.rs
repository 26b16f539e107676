//! Values that nobody asks for.

use super::value::{Malformed, Value, next};
use crate::codec::Reader;

/// How deep a value that is skipped may sit in others, as in the Go library. It costs nothing here,
/// but what one side takes for a message the other should too.
const NESTING_MAX: usize = 1_023;

/// Reads over one value and all that it holds.
///
/// # Errors
///
/// It is truncated, of no type that there is, or nested deeper than the Go library takes.
pub fn skip(reader: &mut Reader<'_>) -> Result<(), Malformed> {
    // What is still to come on each level, outermost first. It grows with the bytes that are read.
    let mut open = vec![1usize];
    while let Some(left) = open.last_mut() {
        let Some(rest) = left.checked_sub(1) else {
            open.pop();
            continue;
        };
        *left = rest;
        if let Some(held) = held(next(reader)?)? {
            open.push(held);
        }
        if open.len() > NESTING_MAX {
            return Err(Malformed::Invalid("nesting"));
        }
    }
    Ok(())
}

/// Reads over as many of `values` values as are here, and gives how many are still to come, those
/// that an open one holds included. `reader` stands behind the last one that is whole.
///
/// # Errors
///
/// One of them is of no type that there is.
pub fn skip_some(reader: &mut Reader<'_>, mut values: usize) -> Result<usize, Malformed> {
    while values > 0 {
        let mut ahead = reader.clone();
        let held = match skip_short(&mut ahead) {
            Some(held) => held,
            None => match next(&mut ahead) {
                Ok(value) => held(value)?.unwrap_or(0),
                Err(Malformed::Truncated) => break,
                Err(error) => return Err(error),
            },
        };
        values = (values - 1).saturating_add(held);
        *reader = ahead;
    }
    Ok(values)
}

/// Reads over a value whose tag says how long it is, as nearly all do, and gives how many values
/// sit in it. Any other stays, and so does one that is not whole.
#[inline]
fn skip_short(reader: &mut Reader<'_>) -> Option<usize> {
    let tag = reader.peek()?;
    let (len, held) = match tag {
        0x00..=0x7f | 0xc0 | 0xc2 | 0xc3 | 0xe0..=0xff => (0, 0),
        0x80..=0x8f => (0, 2 * (tag & 0x0f)),
        0x90..=0x9f => (0, tag & 0x0f),
        0xa0..=0xbf => (tag & 0x1f, 0),
        _ => return None,
    };
    reader.take(1 + usize::from(len)).ok()?;
    Some(held.into())
}

/// How many values sit in this one.
fn held(value: Value<'_>) -> Result<Option<usize>, Malformed> {
    match value {
        Value::Array(len) => Ok(Some(len)),
        Value::Map(len) => len.checked_mul(2).map(Some).ok_or(Malformed::Truncated),
        _ => Ok(None),
    }
}
