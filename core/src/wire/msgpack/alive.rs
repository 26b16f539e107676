//! ```text
//! alive    04 │ Addr, Incarnation, Meta, Node, Port, Vsn
//! ```
//!
//! A state of a push/pull has the same fields, with another name for `Node` and one more.

use std::borrow::Cow;
use std::net::SocketAddr;

use smol_str::SmolStr;

use super::fields::{
    INCARNATION, NODE, PORT, address, name, put_ip, put_number, put_text, take_ip, take_text,
};
use crate::codec::Reader;
use crate::codec::msgpack::{
    Field as Declared, Malformed, put_bin, put_key, put_map, take_bytes, take_struct, take_u16,
    take_u32,
};
use crate::types::limits::META_BYTES_MAX;
use crate::types::{Incarnation, Node, StartId, Versions};
use crate::wire::{Alive, DecodeError, kind};

pub(super) const ADDR: &[u8] = b"Addr";
pub(super) const META: &[u8] = b"Meta";
pub(super) const VSN: &[u8] = b"Vsn";

/// What a claim consists of.
#[derive(Clone, Copy)]
pub(super) enum Field {
    Incarnation,
    Node,
    Ip,
    Port,
    Meta,
    Versions,
}

impl Declared for Field {
    const DECLARED: &'static [Self] =
        &[Self::Incarnation, Self::Node, Self::Ip, Self::Port, Self::Meta, Self::Versions];

    #[inline]
    fn named(name: &[u8]) -> Option<Self> {
        Some(match name {
            INCARNATION => Self::Incarnation,
            NODE => Self::Node,
            ADDR => Self::Ip,
            PORT => Self::Port,
            META => Self::Meta,
            VSN => Self::Versions,
            _ => return None,
        })
    }
}

/// Without metadata as Go without a delegate.
pub(super) fn put(alive: &Alive<'_, SmolStr, SocketAddr>, out: &mut Vec<u8>) {
    put_told(alive, meta_of(alive), out);
}

/// Go's two ways to say nothing: no metadata, and metadata of no bytes.
pub(super) fn put_told(
    alive: &Alive<'_, SmolStr, SocketAddr>,
    meta: Option<&[u8]>,
    out: &mut Vec<u8>,
) {
    out.push(kind::ALIVE);
    put_map(6, out);
    put_front(alive, meta, NODE, out);
    put_versions(alive.versions, out);
}

/// The metadata, if there is any.
pub(super) fn meta_of<'a>(alive: &'a Alive<'_, SmolStr, SocketAddr>) -> Option<&'a [u8]> {
    Some(&alive.meta[..]).filter(|meta| !meta.is_empty())
}

/// Appends the fields up to the port. `name`: what the field with the id is called.
pub(super) fn put_front(
    alive: &Alive<'_, SmolStr, SocketAddr>,
    meta: Option<&[u8]>,
    name: &[u8],
    out: &mut Vec<u8>,
) {
    let address = alive.node.address();
    put_ip(ADDR, address, out);
    put_number(INCARNATION, alive.incarnation.get(), out);
    put_key(META, out);
    put_bin(meta, out);
    put_text(name, alive.node.id(), out);
    put_number(PORT, address.port().into(), out);
}

/// Appends the last field.
pub(super) fn put_versions(versions: Option<Versions>, out: &mut Vec<u8>) {
    put_key(VSN, out);
    put_bin(versions.map(Versions::to_bytes).as_ref().map(|bytes| &bytes[..]), out);
}

pub(super) fn take<'a>(
    reader: &mut Reader<'a>,
) -> Result<Alive<'a, SmolStr, SocketAddr>, DecodeError> {
    let mut claim = Claim::default();
    take_struct(reader, |field, reader| claim.take(field, reader))?;
    claim.end()
}

/// A claim while it is read.
#[derive(Default)]
pub(super) struct Claim<'a> {
    incarnation: u32,
    node: Cow<'a, [u8]>,
    ip: Cow<'a, [u8]>,
    port: u16,
    meta: Cow<'a, [u8]>,
    versions: Cow<'a, [u8]>,
}

impl<'a> Claim<'a> {
    /// Reads one of the fields. Inlined, so that a name leads to its field without a detour.
    #[inline(always)]
    pub(super) fn take(&mut self, field: Field, reader: &mut Reader<'a>) -> Result<(), Malformed> {
        match field {
            Field::Incarnation => self.incarnation = take_u32(reader, "incarnation")?,
            Field::Node => self.node = take_text(reader)?,
            Field::Ip => self.ip = take_ip(reader)?,
            Field::Port => self.port = take_u16(reader, "port")?,
            Field::Meta => self.meta = take_bytes(reader, "metadata")?,
            Field::Versions => self.versions = take_bytes(reader, "versions")?,
        }
        Ok(())
    }

    /// The claim, if it is one that a member may make.
    #[inline(always)]
    pub(super) fn end(self) -> Result<Alive<'a, SmolStr, SocketAddr>, DecodeError> {
        if self.meta.len() > META_BYTES_MAX {
            return Err(DecodeError::TooLarge("metadata"));
        }
        // All that can fail first: an id that is put into its place at once is not moved again.
        let (name, versions) = (name(&self.node)?, versions(&self.versions)?);
        let address = address(&self.ip, self.port)?;
        Ok(Alive {
            incarnation: Incarnation::new(self.incarnation),
            node: Node::new(SmolStr::new(name), address),
            meta: self.meta,
            versions,
            start: StartId::default(),
        })
    }
}

#[inline]
fn versions(bytes: &[u8]) -> Result<Option<Versions>, DecodeError> {
    if bytes.is_empty() {
        return Ok(None);
    }
    let bytes = bytes.try_into().map_err(|_| DecodeError::Invalid("versions"))?;
    Ok(Some(Versions::from_bytes(bytes)))
}
