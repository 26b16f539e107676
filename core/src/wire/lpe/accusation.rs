//! ```text
//! suspect    03 │ incarnation varint │ accused id │ accuser id
//! dead       05 │ incarnation varint │ accused id │ accuser id
//! ```

use super::fields::{Tagged, put_u32, put_value, take_id, take_incarnation};
use crate::codec::Reader;
use crate::wire::{Accusation, DecodeError, WireValue};

pub(super) fn put<I: WireValue>(accusation: &Accusation<I>, out: &mut Vec<u8>) {
    put_u32(accusation.incarnation.get(), out);
    put_value(&accusation.node, out);
    put_value(&accusation.from, out);
}

pub(super) fn take<I: WireValue>(mut reader: Reader<'_>) -> Result<Accusation<I>, DecodeError> {
    let incarnation = take_incarnation(&mut reader)?;
    let node = take_id(&mut reader)?;
    let from = take_id(&mut reader)?;
    Tagged::rest_of(&mut reader).skip()?;
    Ok(Accusation { incarnation, node, from })
}
