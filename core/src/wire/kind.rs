//! The numbers of the message kinds: the Go library's, and one of our own.

/// [`Message::Ping`](super::Message::Ping), in packets and on streams.
pub const PING: u8 = 0;
/// [`Message::IndirectPing`](super::Message::IndirectPing).
pub const INDIRECT_PING: u8 = 1;
/// [`Message::Ack`](super::Message::Ack), in packets and on streams.
pub const ACK: u8 = 2;
/// [`Message::Suspect`](super::Message::Suspect).
pub const SUSPECT: u8 = 3;
/// [`Message::Alive`](super::Message::Alive).
pub const ALIVE: u8 = 4;
/// [`Message::Dead`](super::Message::Dead).
pub const DEAD: u8 = 5;
/// [`StreamMessage::PushPull`](super::StreamMessage::PushPull).
pub const PUSH_PULL: u8 = 6;
/// [`Message::User`](super::Message::User), in packets and on streams.
pub const USER: u8 = 8;
/// [`Message::Nack`](super::Message::Nack).
pub const NACK: u8 = 11;
/// [`StreamMessage::Error`](super::StreamMessage::Error).
pub const ERROR: u8 = 13;
/// [`Message::Broadcast`](super::Message::Broadcast). The Go library has no such kind.
pub const BROADCAST: u8 = 32;
