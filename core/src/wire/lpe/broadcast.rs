//! ```text
//! broadcast    20 │ origin id │ start id, 4 bytes │ number varint │ payload │ [1 key]
//! ```

use std::borrow::Cow;

use super::fields::{Tagged, put_tagged_bytes, put_value, take_id};
use crate::codec::{Reader, put_bytes, put_varint};
use crate::types::StartId;
use crate::wire::{Broadcast, DecodeError, WireValue};

const KEY: u8 = 1;

pub(super) fn put<I: WireValue>(broadcast: &Broadcast<'_, I>, out: &mut Vec<u8>) {
    put_value(&broadcast.origin, out);
    out.extend_from_slice(&broadcast.start.get().to_be_bytes());
    put_varint(broadcast.number, out);
    put_bytes(&broadcast.payload, out);
    put_tagged_bytes(KEY, &broadcast.key, out);
}

pub(super) fn take<I: WireValue>(mut reader: Reader<'_>) -> Result<Broadcast<'_, I>, DecodeError> {
    let origin = take_id(&mut reader)?;
    let start = StartId::new(reader.u32()?);
    let number = reader.varint()?;
    let payload = Cow::Borrowed(reader.bytes()?);
    let mut broadcast = Broadcast { origin, start, number, key: Cow::Borrowed(&[]), payload };
    let mut fields = Tagged::rest_of(&mut reader);
    while let Some((tag, bytes)) = fields.next()? {
        if tag == KEY {
            broadcast.key = Cow::Borrowed(bytes);
        }
    }
    Ok(broadcast)
}
