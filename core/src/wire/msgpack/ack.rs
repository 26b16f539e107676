//! ```text
//! ack     02 │ Payload, SeqNo
//! nack    0b │ SeqNo
//! ```

use std::borrow::Cow;

use super::fields::{SEQ_NO, put_seq};
use crate::codec::Reader;
use crate::codec::msgpack::{
    Field as Declared, put_bin, put_key, put_map, take_bytes, take_field, take_struct, take_u32,
};
use crate::types::SequenceNumber;
use crate::wire::{Ack, DecodeError, Nack, kind};

const PAYLOAD: &[u8] = b"Payload";

#[derive(Clone, Copy)]
enum Field {
    Seq,
    Payload,
}

impl Declared for Field {
    const DECLARED: &'static [Self] = &[Self::Seq, Self::Payload];

    #[inline]
    fn named(name: &[u8]) -> Option<Self> {
        Some(match name {
            SEQ_NO => Self::Seq,
            PAYLOAD => Self::Payload,
            _ => return None,
        })
    }
}

/// Without payload as Go without a ping delegate.
pub(super) fn put(ack: &Ack<'_>, out: &mut Vec<u8>) {
    put_told(ack.seq, Some(&ack.payload[..]).filter(|payload| !payload.is_empty()), out);
}

/// Go's two ways to say nothing: no payload, and one of no bytes.
pub(super) fn put_told(seq: SequenceNumber, payload: Option<&[u8]>, out: &mut Vec<u8>) {
    out.push(kind::ACK);
    put_map(2, out);
    put_key(PAYLOAD, out);
    put_bin(payload, out);
    put_seq(seq, out);
}

pub(super) fn take<'a>(reader: &mut Reader<'a>) -> Result<Ack<'a>, DecodeError> {
    let (mut seq, mut payload) = (0, Cow::default());
    take_struct(reader, |field, reader| {
        match field {
            Field::Seq => seq = take_u32(reader, "number")?,
            Field::Payload => payload = take_bytes(reader, "payload")?,
        }
        Ok(())
    })?;
    Ok(Ack { seq: SequenceNumber::new(seq), payload })
}

pub(super) fn put_nack(nack: Nack, out: &mut Vec<u8>) {
    out.push(kind::NACK);
    put_map(1, out);
    put_seq(nack.seq, out);
}

pub(super) fn take_nack(reader: &mut Reader<'_>) -> Result<Nack, DecodeError> {
    let mut seq = 0;
    take_field(reader, SEQ_NO, |reader| {
        seq = take_u32(reader, "number")?;
        Ok(())
    })?;
    Ok(Nack { seq: SequenceNumber::new(seq) })
}
