//! ```text
//! ping    00 │ Node, SeqNo [SourceAddr] [SourceNode] [SourcePort]
//! ```

use std::borrow::Cow;
use std::net::SocketAddr;

use smol_str::SmolStr;

use super::fields::{
    NODE, SEQ_NO, address, optional_id, put_ip, put_number, put_seq, put_text, take_ip, take_text,
};
use crate::codec::Reader;
use crate::codec::msgpack::{
    Field as Declared, Malformed, put_map, take_struct, take_u16, take_u32,
};
use crate::types::SequenceNumber;
use crate::wire::{DecodeError, Ping, kind};

pub(super) const SOURCE_ADDR: &[u8] = b"SourceAddr";
pub(super) const SOURCE_NODE: &[u8] = b"SourceNode";
pub(super) const SOURCE_PORT: &[u8] = b"SourcePort";

#[derive(Clone, Copy)]
enum Field {
    Seq,
    Target,
    Source(Part),
}

impl Declared for Field {
    const DECLARED: &'static [Self] = &[
        Self::Seq,
        Self::Target,
        Self::Source(Part::Ip),
        Self::Source(Part::Port),
        Self::Source(Part::Node),
    ];

    #[inline]
    fn named(name: &[u8]) -> Option<Self> {
        Some(match name {
            SEQ_NO => Self::Seq,
            NODE => Self::Target,
            SOURCE_ADDR => Self::Source(Part::Ip),
            SOURCE_PORT => Self::Source(Part::Port),
            SOURCE_NODE => Self::Source(Part::Node),
            _ => return None,
        })
    }
}

pub(super) fn put(ping: &Ping<SmolStr, SocketAddr>, out: &mut Vec<u8>) {
    let Ping { seq, target, source, reply_to } = ping;
    out.push(kind::PING);
    put_map(2 + source_len(source.as_ref(), reply_to.as_ref()), out);
    put_text(NODE, target.as_deref().unwrap_or_default(), out);
    put_seq(*seq, out);
    put_source(source.as_ref(), reply_to.as_ref(), out);
}

pub(super) fn take(reader: &mut Reader<'_>) -> Result<Ping<SmolStr, SocketAddr>, DecodeError> {
    let (mut seq, mut target, mut source) = (0, Cow::default(), Source::default());
    take_struct(reader, |field, reader| {
        match field {
            Field::Seq => seq = take_u32(reader, "number")?,
            Field::Target => target = take_text(reader)?,
            Field::Source(part) => source.take(part, reader)?,
        }
        Ok(())
    })?;
    let (source, reply_to) = source.end()?;
    Ok(Ping { seq: SequenceNumber::new(seq), target: optional_id(&target)?, source, reply_to })
}

/// How many fields say who asks: those that are zero are left out.
pub(super) fn source_len(source: Option<&SmolStr>, reply_to: Option<&SocketAddr>) -> u8 {
    let port = reply_to.is_some_and(|address| address.port() != 0);
    u8::from(source.is_some()) + u8::from(reply_to.is_some()) + u8::from(port)
}

/// Appends who asks, and where the answer should go.
pub(super) fn put_source(
    source: Option<&SmolStr>,
    reply_to: Option<&SocketAddr>,
    out: &mut Vec<u8>,
) {
    if let Some(address) = reply_to {
        put_ip(SOURCE_ADDR, address, out);
    }
    if let Some(source) = source {
        put_text(SOURCE_NODE, source, out);
    }
    if let Some(port) = reply_to.map(SocketAddr::port).filter(|port| *port != 0) {
        put_number(SOURCE_PORT, port.into(), out);
    }
}

/// What says who asks.
#[derive(Clone, Copy)]
pub(super) enum Part {
    Ip,
    Port,
    Node,
}

/// Who asks, while it is read.
#[derive(Default)]
pub(super) struct Source<'a> {
    ip: Cow<'a, [u8]>,
    port: u16,
    node: Cow<'a, [u8]>,
}

impl<'a> Source<'a> {
    /// Reads one of the three fields.
    pub(super) fn take(&mut self, part: Part, reader: &mut Reader<'a>) -> Result<(), Malformed> {
        match part {
            Part::Ip => self.ip = take_ip(reader)?,
            Part::Port => self.port = take_u16(reader, "port")?,
            Part::Node => self.node = take_text(reader)?,
        }
        Ok(())
    }

    /// Who asks, and where the answer should go: an address counts only with a port. A name that
    /// no member can have here is nobody's, and its bearer gets its answer all the same.
    pub(super) fn end(self) -> Result<(Option<SmolStr>, Option<SocketAddr>), DecodeError> {
        let told = !self.ip.is_empty() && self.port != 0;
        let reply_to = told.then(|| address(&self.ip, self.port)).transpose()?;
        Ok((optional_id(&self.node).unwrap_or_default(), reply_to))
    }
}
