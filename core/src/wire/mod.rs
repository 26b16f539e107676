//! The messages, and message ⇄ bytes.
//!
//! [`Message`] and [`StreamMessage`] say what nodes tell each other; a [`Wire`] says how that looks
//! in bytes. [`Lpe`] is the format that nodes speak when nothing else is chosen, [`Msgpack`] the
//! one of the Go library. What wraps the bytes (compound, checksum, label) is
//! [`frame`](crate::frame)'s business.

#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

mod error;
pub mod kind;
pub mod lpe;
mod message;
pub mod msgpack;
mod value;

pub use error::DecodeError;
pub use lpe::Lpe;
pub use message::{
    Accusation, Ack, Alive, Broadcast, IndirectPing, Message, Nack, Ping, PushPull, RemoteState,
    StreamMessage,
};
pub use msgpack::Msgpack;
pub use value::WireValue;

/// How messages look in bytes. All functions are pure: a wire format has no state.
///
/// The first byte of each message tells its [`kind`]; the values 7, 9, 10, 12 and 244 belong to the
/// frame and are never written here.
#[diagnostic::on_unimplemented(
    message = "the format `{Self}` cannot carry ids of type `{I}` at addresses of type `{A}`",
    note = "`Msgpack` carries `SmolStr` and `SocketAddr`, for the Go library knows no others; \
            `Lpe` carries everything that is a `WireValue`"
)]
pub trait Wire<I, A>: Send + Sync + 'static {
    /// What it is called in logs and errors.
    const NAME: &'static str;

    /// Whether a [`Message::Broadcast`] keeps its origin and number on the wire, so that every
    /// receiver can gossip it on once. Where it cannot (the Go library's format), a broadcast
    /// travels as a plain user message from its origin only.
    const RELAYS_BROADCASTS: bool;

    /// Whether those who speak it know only the Go library's algorithms: LZW, CRC-32 and AES-GCM.
    /// A node that chose another one does not start then, and a packet carries a checksum only if
    /// its receiver is known to speak protocol version 5.
    const GO_ALGORITHMS_ONLY: bool = false;

    /// How many bytes an id takes, without what says its length. A node whose own id does not take
    /// 1 to [`ID_BYTES_MAX`](crate::types::limits::ID_BYTES_MAX) does not start.
    fn id_len(id: &I) -> usize;

    /// Appends one packet message: kind and body. Never fails: what this node says about itself is
    /// checked when it starts, and what it passes on was decoded before.
    fn encode(message: &Message<'_, I, A>, out: &mut Vec<u8>);

    /// Reads one packet message. Allocates nothing from a length that was not checked against
    /// `bytes`.
    ///
    /// # Errors
    ///
    /// `bytes` are no message; the error says how.
    fn decode(bytes: &[u8]) -> Result<Message<'_, I, A>, DecodeError>;

    /// Appends one stream message. It may turn out larger than what receivers take: whoever writes
    /// it to a stream checks.
    fn encode_stream(message: &StreamMessage<'_, I, A>, out: &mut Vec<u8>);

    /// Reads one stream message that is complete.
    ///
    /// # Errors
    ///
    /// `bytes` are no message; the error says how.
    fn decode_stream(bytes: &[u8]) -> Result<StreamMessage<'_, I, A>, DecodeError>;

    /// How long the stream message is that begins with `head`: called with what has arrived so far,
    /// and again when more has. `progress` is the format's own between the calls for one message,
    /// so that all calls together look at each byte once; it starts as the default.
    ///
    /// # Errors
    ///
    /// `head` is the beginning of no message, or of one that is over its limit.
    fn measure_stream(head: &[u8], progress: &mut Progress) -> Result<Measure, DecodeError>;
}

/// What the beginning of a stream message says of its length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// At least this many bytes in all are needed before more can be said. Always more than there
    /// are.
    Needs(usize),
    /// The message is the first so many bytes, and they are all there.
    Complete(usize),
}

/// How far the measuring of one stream message has come, for formats that do not tell the length up
/// front. The format decides what the numbers mean; one that knows the length at once needs none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Bytes that need no second look.
    pub seen: usize,
    /// Values that are still to come.
    pub values: usize,
    /// Bytes behind the last value.
    pub tail: usize,
}
