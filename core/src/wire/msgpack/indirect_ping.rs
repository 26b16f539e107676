//! ```text
//! indirect ping    01 │ Nack, Node, Port, SeqNo [SourceAddr] [SourceNode] [SourcePort], Target
//! ```

use std::borrow::Cow;
use std::net::SocketAddr;

use smol_str::SmolStr;

use super::fields::{
    NODE, PORT, SEQ_NO, address, optional_id, put_ip, put_number, put_seq, put_text, take_ip,
    take_text,
};
use super::ping::{Part, SOURCE_ADDR, SOURCE_NODE, SOURCE_PORT, Source, put_source, source_len};
use crate::codec::Reader;
use crate::codec::msgpack::{
    Field as Declared, put_bool, put_key, put_map, take_bool, take_struct, take_u16, take_u32,
};
use crate::types::{Node, SequenceNumber};
use crate::wire::{DecodeError, IndirectPing, kind};

const NACK: &[u8] = b"Nack";
const TARGET: &[u8] = b"Target";

#[derive(Clone, Copy)]
enum Field {
    Seq,
    Ip,
    Port,
    Node,
    Nack,
    Source(Part),
}

impl Declared for Field {
    const DECLARED: &'static [Self] = &[
        Self::Seq,
        Self::Ip,
        Self::Port,
        Self::Node,
        Self::Nack,
        Self::Source(Part::Ip),
        Self::Source(Part::Port),
        Self::Source(Part::Node),
    ];

    #[inline]
    fn named(name: &[u8]) -> Option<Self> {
        Some(match name {
            SEQ_NO => Self::Seq,
            TARGET => Self::Ip,
            PORT => Self::Port,
            NODE => Self::Node,
            NACK => Self::Nack,
            SOURCE_ADDR => Self::Source(Part::Ip),
            SOURCE_PORT => Self::Source(Part::Port),
            SOURCE_NODE => Self::Source(Part::Node),
            _ => return None,
        })
    }
}

pub(super) fn put(ping: &IndirectPing<SmolStr, SocketAddr>, out: &mut Vec<u8>) {
    let IndirectPing { seq, target, nack, source, reply_to } = ping;
    out.push(kind::INDIRECT_PING);
    put_map(5 + source_len(source.as_ref(), reply_to.as_ref()), out);
    put_key(NACK, out);
    put_bool(*nack, out);
    put_text(NODE, target.id(), out);
    put_number(PORT, target.address().port().into(), out);
    put_seq(*seq, out);
    put_source(source.as_ref(), reply_to.as_ref(), out);
    put_ip(TARGET, target.address(), out);
}

pub(super) fn take(
    reader: &mut Reader<'_>,
) -> Result<IndirectPing<SmolStr, SocketAddr>, DecodeError> {
    let (mut seq, mut nack, mut port) = (0, false, 0);
    let (mut ip, mut node, mut source) = (Cow::default(), Cow::default(), Source::default());
    take_struct(reader, |field, reader| {
        match field {
            Field::Seq => seq = take_u32(reader, "number")?,
            Field::Ip => ip = take_ip(reader)?,
            Field::Port => port = take_u16(reader, "port")?,
            Field::Node => node = take_text(reader)?,
            Field::Nack => nack = take_bool(reader, "nack")?,
            Field::Source(part) => source.take(part, reader)?,
        }
        Ok(())
    })?;
    // As in Go, a target without a name is whoever is there.
    let target = Node::new(optional_id(&node)?.unwrap_or_default(), address(&ip, port)?);
    let (source, reply_to) = source.end()?;
    Ok(IndirectPing { seq: SequenceNumber::new(seq), target, nack, source, reply_to })
}
