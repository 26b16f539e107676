//! What all messages are made of: numbers, values with their length, tagged fields.

use crate::codec::{Reader, put_prefixed, put_varint};
use crate::types::limits::{ADDRESS_BYTES_MAX, ID_BYTES_MAX};
use crate::types::{Incarnation, Node, SequenceNumber, StartId};
use crate::wire::{DecodeError, WireValue};

/// Appends a varint length and the value.
pub(super) fn put_value<V: WireValue>(value: &V, out: &mut Vec<u8>) {
    put_prefixed(out, |out| value.put(out));
}

/// Appends id and address.
pub(super) fn put_node<I: WireValue, A: WireValue>(node: &Node<I, A>, out: &mut Vec<u8>) {
    put_value(node.id(), out);
    put_value(node.address(), out);
}

/// Appends a number of 32 bits.
pub(super) fn put_u32(value: u32, out: &mut Vec<u8>) {
    put_varint(u64::from(value), out);
}

/// Appends a tagged field with what `put` writes.
pub(super) fn put_tagged(tag: u8, out: &mut Vec<u8>, put: impl FnOnce(&mut Vec<u8>)) {
    out.push(tag);
    put_prefixed(out, put);
}

/// Appends a tagged value if there is one.
pub(super) fn put_tagged_value<V: WireValue>(tag: u8, value: Option<&V>, out: &mut Vec<u8>) {
    if let Some(value) = value {
        put_tagged(tag, out, |out| value.put(out));
    }
}

/// Appends tagged bytes if there are any: for these fields, empty is the same as not there.
pub(super) fn put_tagged_bytes(tag: u8, bytes: &[u8], out: &mut Vec<u8>) {
    if !bytes.is_empty() {
        put_tagged(tag, out, |out| out.extend_from_slice(bytes));
    }
}

#[inline]
pub(super) fn take_u32(reader: &mut Reader<'_>) -> Result<u32, DecodeError> {
    u32::try_from(reader.varint()?).map_err(|_| DecodeError::Invalid("number"))
}

#[inline]
pub(super) fn take_seq(reader: &mut Reader<'_>) -> Result<SequenceNumber, DecodeError> {
    take_u32(reader).map(SequenceNumber::new)
}

#[inline]
pub(super) fn take_incarnation(reader: &mut Reader<'_>) -> Result<Incarnation, DecodeError> {
    take_u32(reader).map(Incarnation::new)
}

#[inline]
pub(super) fn take_id<I: WireValue>(reader: &mut Reader<'_>) -> Result<I, DecodeError> {
    id(reader.bytes()?)
}

#[inline]
pub(super) fn take_node<I: WireValue, A: WireValue>(
    reader: &mut Reader<'_>,
) -> Result<Node<I, A>, DecodeError> {
    let id = take_id(reader)?;
    Ok(Node::new(id, address(reader.bytes()?)?))
}

/// An id that is all of `bytes`.
#[inline]
pub(super) fn id<I: WireValue>(bytes: &[u8]) -> Result<I, DecodeError> {
    match bytes.len() {
        0 => Err(DecodeError::Invalid("id")),
        1..=ID_BYTES_MAX => I::take(bytes),
        _ => Err(DecodeError::TooLarge("id")),
    }
}

/// An address that is all of `bytes`.
#[inline]
pub(super) fn address<A: WireValue>(bytes: &[u8]) -> Result<A, DecodeError> {
    if bytes.len() > ADDRESS_BYTES_MAX {
        return Err(DecodeError::TooLarge("address"));
    }
    A::take(bytes)
}

/// A start id that is all of `bytes`.
#[inline]
pub(super) fn start(bytes: &[u8]) -> Result<StartId, DecodeError> {
    let bytes = bytes.try_into().map_err(|_| DecodeError::Invalid("start id"))?;
    Ok(StartId::new(u32::from_be_bytes(bytes)))
}

/// The tagged fields at the end of a message: in ascending order, each at most once.
pub(super) struct Tagged<'a> {
    reader: Reader<'a>,
    last: Option<u8>,
}

impl<'a> Tagged<'a> {
    /// Everything that `reader` has left.
    pub(super) fn rest_of(reader: &mut Reader<'a>) -> Self {
        Self { reader: Reader::new(reader.rest()), last: None }
    }

    /// The next field, known or not.
    #[inline]
    pub(super) fn next(&mut self) -> Result<Option<(u8, &'a [u8])>, DecodeError> {
        if self.reader.is_empty() {
            return Ok(None);
        }
        let tag = self.reader.u8()?;
        if self.last >= Some(tag) {
            return Err(DecodeError::Invalid("order of tags"));
        }
        self.last = Some(tag);
        Ok(Some((tag, self.reader.bytes()?)))
    }

    /// Reads over all fields, for messages that know none.
    pub(super) fn skip(mut self) -> Result<(), DecodeError> {
        while self.next()?.is_some() {}
        Ok(())
    }
}
