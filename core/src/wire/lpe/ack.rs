//! ```text
//! ack     02 │ seq varint │ [1 payload]
//! nack    0b │ seq varint
//! ```

use std::borrow::Cow;

use super::fields::{Tagged, put_tagged_bytes, put_u32, take_seq};
use crate::codec::Reader;
use crate::wire::{Ack, DecodeError, Nack};

const PAYLOAD: u8 = 1;

pub(super) fn put(ack: &Ack<'_>, out: &mut Vec<u8>) {
    put_u32(ack.seq.get(), out);
    put_tagged_bytes(PAYLOAD, &ack.payload, out);
}

pub(super) fn take(mut reader: Reader<'_>) -> Result<Ack<'_>, DecodeError> {
    let mut ack = Ack { seq: take_seq(&mut reader)?, payload: Cow::Borrowed(&[]) };
    let mut fields = Tagged::rest_of(&mut reader);
    while let Some((tag, bytes)) = fields.next()? {
        if tag == PAYLOAD {
            ack.payload = Cow::Borrowed(bytes);
        }
    }
    Ok(ack)
}

pub(super) fn put_nack(nack: Nack, out: &mut Vec<u8>) {
    put_u32(nack.seq.get(), out);
}

pub(super) fn take_nack(mut reader: Reader<'_>) -> Result<Nack, DecodeError> {
    let seq = take_seq(&mut reader)?;
    Tagged::rest_of(&mut reader).skip()?;
    Ok(Nack { seq })
}
