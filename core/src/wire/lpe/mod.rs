#![doc = include_str!("../../../docs/wire.md")]

mod accusation;
mod ack;
mod alive;
mod broadcast;
mod fields;
mod indirect_ping;
mod ping;
mod push_pull;
#[cfg(test)]
mod tests;
mod user;

#[cfg(test)]
pub(super) use tests::arbitrary;

use super::{DecodeError, Measure, Message, Progress, StreamMessage, Wire, WireValue, kind};
use crate::codec::Reader;
use crate::types::limits::{PUSH_PULL_BYTES_MAX, STREAM_BYTES_MAX, STREAM_SMALL_BYTES_MAX};

/// Kind and length of a stream message.
const STREAM_HEAD: usize = 5;

/// The default format: compact, every value behind its length, fields that a version does not know
/// are skipped. Works with every id and address that is a [`WireValue`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lpe;

impl<I: WireValue, A: WireValue> Wire<I, A> for Lpe {
    const NAME: &'static str = "lpe";
    const RELAYS_BROADCASTS: bool = true;

    fn id_len(id: &I) -> usize {
        let mut out = Vec::new();
        id.put(&mut out);
        out.len()
    }

    fn encode(message: &Message<'_, I, A>, out: &mut Vec<u8>) {
        out.push(kind_of(message));
        match message {
            Message::Ping(ping) => ping::put(ping, out),
            Message::IndirectPing(ping) => indirect_ping::put(ping, out),
            Message::Ack(ack) => ack::put(ack, out),
            Message::Nack(nack) => ack::put_nack(*nack, out),
            Message::Suspect(accusation) | Message::Dead(accusation) => {
                accusation::put(accusation, out);
            }
            Message::Alive(alive) => alive::put(alive, out),
            Message::User(payload) => out.extend_from_slice(payload),
            Message::Broadcast(broadcast) => broadcast::put(broadcast, out),
        }
    }

    fn decode(bytes: &[u8]) -> Result<Message<'_, I, A>, DecodeError> {
        let mut reader = Reader::new(bytes);
        Ok(match reader.u8()? {
            kind::PING => Message::Ping(ping::take(reader)?),
            kind::INDIRECT_PING => Message::IndirectPing(indirect_ping::take(reader)?),
            kind::ACK => Message::Ack(ack::take(reader)?),
            kind::NACK => Message::Nack(ack::take_nack(reader)?),
            kind::SUSPECT => Message::Suspect(accusation::take(reader)?),
            kind::DEAD => Message::Dead(accusation::take(reader)?),
            kind::ALIVE => Message::Alive(alive::take(reader)?),
            kind::USER => Message::User(user::take(reader)),
            kind::BROADCAST => Message::Broadcast(broadcast::take(reader)?),
            unknown => return Err(DecodeError::UnknownKind(unknown)),
        })
    }

    fn encode_stream(message: &StreamMessage<'_, I, A>, out: &mut Vec<u8>) {
        let start = out.len();
        out.extend_from_slice(&[stream_kind_of(message), 0, 0, 0, 0]);
        match message {
            StreamMessage::Ping(ping) => ping::put(ping, out),
            StreamMessage::Ack(ack) => ack::put(ack, out),
            StreamMessage::PushPull(push_pull) => push_pull::put(push_pull, out),
            StreamMessage::User(payload) => out.extend_from_slice(payload),
            StreamMessage::Error(text) => user::put_error(text, out),
        }
        // What is longer than four bytes can say is longer than anybody takes.
        let len = u32::try_from(out.len() - start - STREAM_HEAD).unwrap_or(u32::MAX);
        out[start + 1..start + STREAM_HEAD].copy_from_slice(&len.to_be_bytes());
    }

    fn decode_stream(bytes: &[u8]) -> Result<StreamMessage<'_, I, A>, DecodeError> {
        let mut reader = Reader::new(bytes);
        let kind = reader.u8()?;
        let len = stream_len(kind, reader.u32()?)?;
        let body = Reader::new(reader.take(len)?);
        if !reader.is_empty() {
            return Err(DecodeError::Trailing);
        }
        Ok(match kind {
            kind::PING => StreamMessage::Ping(ping::take(body)?),
            kind::ACK => StreamMessage::Ack(ack::take(body)?),
            kind::PUSH_PULL => StreamMessage::PushPull(push_pull::take(body)?),
            kind::USER => StreamMessage::User(user::take(body)),
            kind::ERROR => StreamMessage::Error(user::take_error(body)?),
            unknown => return Err(DecodeError::UnknownKind(unknown)),
        })
    }

    fn measure_stream(head: &[u8], _: &mut Progress) -> Result<Measure, DecodeError> {
        // A kind that nobody knows is refused at its first byte.
        if let Some(&kind) = head.first() {
            stream_len(kind, 0)?;
        }
        let Some((&[kind, len @ ..], _)) = head.split_first_chunk::<STREAM_HEAD>() else {
            return Ok(Measure::Needs(STREAM_HEAD));
        };
        let total = STREAM_HEAD + stream_len(kind, u32::from_be_bytes(len))?;
        Ok(if head.len() < total { Measure::Needs(total) } else { Measure::Complete(total) })
    }
}

fn kind_of<I, A>(message: &Message<'_, I, A>) -> u8 {
    match message {
        Message::Ping(_) => kind::PING,
        Message::IndirectPing(_) => kind::INDIRECT_PING,
        Message::Ack(_) => kind::ACK,
        Message::Nack(_) => kind::NACK,
        Message::Suspect(_) => kind::SUSPECT,
        Message::Alive(_) => kind::ALIVE,
        Message::Dead(_) => kind::DEAD,
        Message::User(_) => kind::USER,
        Message::Broadcast(_) => kind::BROADCAST,
    }
}

fn stream_kind_of<I, A>(message: &StreamMessage<'_, I, A>) -> u8 {
    match message {
        StreamMessage::Ping(_) => kind::PING,
        StreamMessage::Ack(_) => kind::ACK,
        StreamMessage::PushPull(_) => kind::PUSH_PULL,
        StreamMessage::User(_) => kind::USER,
        StreamMessage::Error(_) => kind::ERROR,
    }
}

/// The length of a body, if it is one that its kind may have.
fn stream_len(kind: u8, len: u32) -> Result<usize, DecodeError> {
    let max = match kind {
        kind::PING | kind::ACK | kind::ERROR => STREAM_SMALL_BYTES_MAX,
        kind::PUSH_PULL => PUSH_PULL_BYTES_MAX,
        kind::USER => STREAM_BYTES_MAX,
        unknown => return Err(DecodeError::UnknownKind(unknown)),
    };
    match usize::try_from(len) {
        Ok(len) if len <= max => Ok(len),
        _ => Err(DecodeError::TooLarge("stream message")),
    }
}
