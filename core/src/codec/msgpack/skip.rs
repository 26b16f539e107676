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
        match next(&mut ahead) {
            Ok(value) => {
                let held = held(value)?.unwrap_or(0);
                values = (values - 1).saturating_add(held);
                *reader = ahead;
            }
            Err(Malformed::Truncated) => break,
            Err(error) => return Err(error),
        }
    }
    Ok(values)
}

/// How many values sit in this one.
fn held(value: Value<'_>) -> Result<Option<usize>, Malformed> {
    match value {
        Value::Array(len) => Ok(Some(len)),
        Value::Map(len) => len.checked_mul(2).map(Some).ok_or(Malformed::Truncated),
        _ => Ok(None),
    }
}
