//! ```text
//! indirect ping    01 │ seq varint │ target id │ target address
//!                  │ [1 source id] [2 reply-to address] [3 nack wanted, empty]
//! ```

use super::fields::{
    Tagged, address, id, put_node, put_tagged, put_tagged_value, put_u32, take_node, take_seq,
};
use super::ping::{REPLY_TO, SOURCE};
use crate::codec::Reader;
use crate::wire::{DecodeError, IndirectPing, WireValue};

/// There or not there; what it holds means nothing.
const NACK: u8 = 3;

pub(super) fn put<I: WireValue, A: WireValue>(ping: &IndirectPing<I, A>, out: &mut Vec<u8>) {
    put_u32(ping.seq.get(), out);
    put_node(&ping.target, out);
    put_tagged_value(SOURCE, ping.source.as_ref(), out);
    put_tagged_value(REPLY_TO, ping.reply_to.as_ref(), out);
    if ping.nack {
        put_tagged(NACK, out, |_| {});
    }
}

pub(super) fn take<I: WireValue, A: WireValue>(
    mut reader: Reader<'_>,
) -> Result<IndirectPing<I, A>, DecodeError> {
    let seq = take_seq(&mut reader)?;
    let target = take_node(&mut reader)?;
    let mut ping = IndirectPing { seq, target, nack: false, source: None, reply_to: None };
    let mut fields = Tagged::rest_of(&mut reader);
    while let Some((tag, bytes)) = fields.next()? {
        match tag {
            SOURCE => ping.source = Some(id(bytes)?),
            REPLY_TO => ping.reply_to = Some(address(bytes)?),
            NACK => ping.nack = true,
            _ => {}
        }
    }
    Ok(ping)
}
