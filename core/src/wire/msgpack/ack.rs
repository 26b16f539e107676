//! ```text
//! ack     02 │ Payload, SeqNo
//! nack    0b │ SeqNo
//! ```

use std::borrow::Cow;

use super::fields::{SEQ_NO, put_seq};
use crate::codec::Reader;
use crate::codec::msgpack::{put_bin, put_key, put_map, take_bytes, take_struct, take_u32};
use crate::types::SequenceNumber;
use crate::wire::{Ack, DecodeError, Nack, kind};

/// The order in which Go declares them.
const FIELDS: &[(&str, Field)] = &[(SEQ_NO, Field::Seq), (PAYLOAD, Field::Payload)];

const PAYLOAD: &str = "Payload";

#[derive(Clone, Copy)]
enum Field {
    Seq,
    Payload,
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
    take_struct(reader, FIELDS, |field, reader| {
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
    take_struct(reader, &[(SEQ_NO, ())], |(), reader| {
        seq = take_u32(reader, "number")?;
        Ok(())
    })?;
    Ok(Nack { seq: SequenceNumber::new(seq) })
}
