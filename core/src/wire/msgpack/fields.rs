//! What all messages are made of: numbers, names, addresses.

use std::borrow::Cow;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use smol_str::SmolStr;

use crate::codec::Reader;
use crate::codec::msgpack::{self, Malformed, put_key, put_str, put_uint, take_bytes};
use crate::types::SequenceNumber;
use crate::types::limits::ID_BYTES_MAX;
use crate::wire::DecodeError;

pub(super) const SEQ_NO: &[u8] = b"SeqNo";
pub(super) const NODE: &[u8] = b"Node";
pub(super) const INCARNATION: &[u8] = b"Incarnation";
pub(super) const PORT: &[u8] = b"Port";

/// Appends a named number of an unsigned kind.
pub(super) fn put_number(name: &[u8], value: u32, out: &mut Vec<u8>) {
    put_key(name, out);
    put_uint(value, out);
}

/// Appends the named number of a ping.
pub(super) fn put_seq(seq: SequenceNumber, out: &mut Vec<u8>) {
    put_number(SEQ_NO, seq.get(), out);
}

/// Appends a named text.
pub(super) fn put_text(name: &[u8], text: &str, out: &mut Vec<u8>) {
    put_key(name, out);
    put_str(text.as_bytes(), out);
}

/// Appends the named bytes of an IP address, in the form that it has.
pub(super) fn put_ip(name: &[u8], address: &SocketAddr, out: &mut Vec<u8>) {
    put_key(name, out);
    match address.ip() {
        IpAddr::V4(ip) => put_str(&ip.octets(), out),
        IpAddr::V6(ip) => put_str(&ip.octets(), out),
    }
}

/// Reads an id as it stands; [`id`] checks it when the message is known.
pub(super) fn take_text<'a>(reader: &mut Reader<'a>) -> Result<Cow<'a, [u8]>, Malformed> {
    msgpack::take_text(reader, "id")
}

/// Reads an IP address as it stands; [`address`] checks it when the port is known.
pub(super) fn take_ip<'a>(reader: &mut Reader<'a>) -> Result<Cow<'a, [u8]>, Malformed> {
    take_bytes(reader, "address")
}

/// An id that is all of `bytes`.
pub(super) fn id(bytes: &[u8]) -> Result<SmolStr, DecodeError> {
    name(bytes).map(SmolStr::new)
}

/// The text of an id that is all of `bytes`.
#[inline]
pub(super) fn name(bytes: &[u8]) -> Result<&str, DecodeError> {
    match optional_name(bytes)? {
        "" => Err(DecodeError::Invalid("id")),
        name => Ok(name),
    }
}

/// An id that is all of `bytes`; empty is nobody in particular.
pub(super) fn optional_id(bytes: &[u8]) -> Result<Option<SmolStr>, DecodeError> {
    let name = optional_name(bytes)?;
    Ok((!name.is_empty()).then(|| SmolStr::new(name)))
}

#[inline]
fn optional_name(bytes: &[u8]) -> Result<&str, DecodeError> {
    if bytes.len() > ID_BYTES_MAX {
        return Err(DecodeError::TooLarge("id"));
    }
    core::str::from_utf8(bytes).map_err(|_| DecodeError::Invalid("id"))
}

/// An address of 4 or 16 bytes; the two forms of an IPv4 address stay apart.
#[inline]
pub(super) fn address(ip: &[u8], port: u16) -> Result<SocketAddr, DecodeError> {
    if let Ok(ip) = <[u8; 4]>::try_from(ip) {
        return Ok(SocketAddr::from((Ipv4Addr::from(ip), port)));
    }
    let ip = <[u8; 16]>::try_from(ip).map_err(|_| DecodeError::Invalid("address"))?;
    Ok(SocketAddr::from((Ipv6Addr::from(ip), port)))
}
