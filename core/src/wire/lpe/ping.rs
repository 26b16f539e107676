//! ```text
//! ping    00 │ seq varint │ [1 source id] [2 reply-to address] [3 target id]
//! ```

use super::fields::{Tagged, address, id, put_tagged_value, put_u32, take_seq};
use crate::codec::Reader;
use crate::wire::{DecodeError, Ping, WireValue};

/// Who asks. The same in an indirect ping.
pub(super) const SOURCE: u8 = 1;
/// Where the answer should go. The same in an indirect ping.
pub(super) const REPLY_TO: u8 = 2;
const TARGET: u8 = 3;

pub(super) fn put<I: WireValue, A: WireValue>(ping: &Ping<I, A>, out: &mut Vec<u8>) {
    put_u32(ping.seq.get(), out);
    put_tagged_value(SOURCE, ping.source.as_ref(), out);
    put_tagged_value(REPLY_TO, ping.reply_to.as_ref(), out);
    put_tagged_value(TARGET, ping.target.as_ref(), out);
}

pub(super) fn take<I: WireValue, A: WireValue>(
    mut reader: Reader<'_>,
) -> Result<Ping<I, A>, DecodeError> {
    let seq = take_seq(&mut reader)?;
    let mut ping = Ping { seq, target: None, source: None, reply_to: None };
    let mut fields = Tagged::rest_of(&mut reader);
    while let Some((tag, bytes)) = fields.next()? {
        match tag {
            SOURCE => ping.source = Some(id(bytes)?),
            REPLY_TO => ping.reply_to = Some(address(bytes)?),
            TARGET => ping.target = Some(id(bytes)?),
            _ => {}
        }
    }
    Ok(ping)
}
