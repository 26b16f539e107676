//! The messages, and message ⇄ bytes.
//!
//! [`Message`] and [`StreamMessage`] say what nodes tell each other; a [`Wire`] says how that looks in
//! bytes. What wraps the bytes (compound, checksum, label) is `frame`'s business.

#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

mod error;
mod message;

pub use error::DecodeError;
pub use message::{
    Accusation, Ack, Alive, Broadcast, IndirectPing, Message, Nack, Ping, PushPull, RemoteState,
    StreamMessage,
};

/// How messages look in bytes. All functions are pure: a wire format has no state.
///
/// The first byte of each message tells its kind in the numbering of the Go library; the values 7, 9,
/// 10, 12 and 244 belong to the frame and are never written here.
pub trait Wire<I, A>: Send + Sync + 'static {
    /// What it is called in logs and errors.
    const NAME: &'static str;

    /// Whether a [`Message::Broadcast`] keeps its origin and number on the wire, so that every receiver
    /// can gossip it on once. Where it cannot (the Go library's format), a broadcast travels as a plain
    /// user message from its origin only.
    const RELAYS_BROADCASTS: bool;

    /// Appends one packet message: kind and body. Never fails: what cannot be written is not
    /// constructible.
    fn encode(message: &Message<'_, I, A>, out: &mut Vec<u8>);

    /// Reads one packet message. Allocates nothing from a length that was not checked against `bytes`.
    fn decode(bytes: &[u8]) -> Result<Message<'_, I, A>, DecodeError>;

    /// Appends one stream message.
    fn encode_stream(message: &StreamMessage<'_, I, A>, out: &mut Vec<u8>);

    /// Reads one stream message that is complete.
    fn decode_stream(bytes: &[u8]) -> Result<StreamMessage<'_, I, A>, DecodeError>;

    /// How long the stream message is that begins with `head`: called with what has arrived so far.
    fn measure_stream(head: &[u8]) -> Result<Measure, DecodeError>;
}

/// What the beginning of a stream message says of its length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// At least this many bytes in all are needed before more can be said.
    Needs(usize),
    /// The message is the first so many bytes, and they are all there.
    Complete(usize),
}
