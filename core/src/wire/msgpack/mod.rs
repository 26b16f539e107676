//! HashiCorp's format: what the Go library writes, to the byte, and all that it takes.
//!
//! ```text
//! packet    kind │ map of the fields by their names in Go, in the order of the alphabet
//! stream    the same; a push/pull is a map with counts, as many maps, and bytes;
//!           a user message a map with a length, and bytes
//! ```
//!
//! Numbers, texts and bytes are msgpack's, in the form that Go's writer gives them; what is read
//! may have any of the forms that Go's reader takes. What Go's structs have no field for does not
//! travel: the start id of a claim, and the origin, number and key of a broadcast. A broadcast is a
//! user message, and it is its origin alone that sends it.
//!
//! An IPv4 address travels in the form it has here: 4 bytes, or 16 where it is mapped into IPv6.
//! Go takes the two for different addresses, so a claim goes on in the form in which it came.
//!
//! Refused, though Go takes it: a name that is empty, not UTF-8, or over 255 bytes, an address that
//! has neither 4 nor 16 bytes, metadata over 512 bytes, and versions that are not six. In a
//! push/pull such a member is left out, and the others count.

mod accusation;
mod ack;
mod alive;
mod fields;
mod indirect_ping;
mod measure;
mod ping;
mod push_pull;
#[cfg(test)]
mod tests;
mod user;

use std::borrow::Cow;
use std::net::SocketAddr;

use smol_str::SmolStr;

use super::{DecodeError, Measure, Message, Progress, StreamMessage, Wire, kind};
use crate::codec::Reader;

/// HashiCorp's format, for pools in which the Go library runs. Ids are texts and addresses socket
/// addresses: the Go library knows no others.
///
/// ```compile_fail,E0277
/// use memberlist_core::wire::{Msgpack, Wire};
///
/// fn speaks<I, A, W: Wire<I, A>>() {}
/// speaks::<u64, std::net::SocketAddr, Msgpack>();
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Msgpack;

impl Wire<SmolStr, SocketAddr> for Msgpack {
    const NAME: &'static str = "msgpack";
    const RELAYS_BROADCASTS: bool = false;
    const GO_ALGORITHMS_ONLY: bool = true;

    fn id_len(id: &SmolStr) -> usize {
        id.len()
    }

    fn encode(message: &Message<'_, SmolStr, SocketAddr>, out: &mut Vec<u8>) {
        match message {
            Message::Ping(ping) => ping::put(ping, out),
            Message::IndirectPing(ping) => indirect_ping::put(ping, out),
            Message::Ack(ack) => ack::put(ack, out),
            Message::Nack(nack) => ack::put_nack(*nack, out),
            Message::Suspect(accusation) => accusation::put(kind::SUSPECT, accusation, out),
            Message::Dead(accusation) => accusation::put(kind::DEAD, accusation, out),
            Message::Alive(alive) => alive::put(alive, out),
            Message::User(payload) => user::put(payload, out),
            Message::Broadcast(broadcast) => user::put(&broadcast.payload, out),
        }
    }

    fn decode(bytes: &[u8]) -> Result<Message<'_, SmolStr, SocketAddr>, DecodeError> {
        let mut reader = Reader::new(bytes);
        // As in Go, what follows a message is not looked at.
        Ok(match reader.u8()? {
            kind::PING => Message::Ping(ping::take(&mut reader)?),
            kind::INDIRECT_PING => Message::IndirectPing(indirect_ping::take(&mut reader)?),
            kind::ACK => Message::Ack(ack::take(&mut reader)?),
            kind::NACK => Message::Nack(ack::take_nack(&mut reader)?),
            kind::SUSPECT => Message::Suspect(accusation::take(&mut reader)?),
            kind::DEAD => Message::Dead(accusation::take(&mut reader)?),
            kind::ALIVE => Message::Alive(alive::take(&mut reader)?),
            kind::USER => Message::User(Cow::Borrowed(reader.rest())),
            unknown => return Err(DecodeError::UnknownKind(unknown)),
        })
    }

    fn encode_stream(message: &StreamMessage<'_, SmolStr, SocketAddr>, out: &mut Vec<u8>) {
        match message {
            StreamMessage::Ping(ping) => ping::put(ping, out),
            StreamMessage::Ack(ack) => ack::put(ack, out),
            StreamMessage::PushPull(push_pull) => push_pull::put(push_pull, out),
            StreamMessage::User(payload) => user::put_stream(payload, out),
            StreamMessage::Error(text) => user::put_error(text, out),
        }
    }

    fn decode_stream(bytes: &[u8]) -> Result<StreamMessage<'_, SmolStr, SocketAddr>, DecodeError> {
        let mut reader = Reader::new(bytes);
        let message = match reader.u8()? {
            kind::PING => StreamMessage::Ping(ping::take(&mut reader)?),
            kind::ACK => StreamMessage::Ack(ack::take(&mut reader)?),
            kind::PUSH_PULL => StreamMessage::PushPull(push_pull::take(&mut reader)?),
            kind::USER => StreamMessage::User(user::take_stream(&mut reader)?),
            kind::ERROR => StreamMessage::Error(user::take_error(&mut reader)?),
            unknown => return Err(DecodeError::UnknownKind(unknown)),
        };
        if reader.is_empty() { Ok(message) } else { Err(DecodeError::Trailing) }
    }

    fn measure_stream(head: &[u8], progress: &mut Progress) -> Result<Measure, DecodeError> {
        measure::measure(head, progress)
    }
}
