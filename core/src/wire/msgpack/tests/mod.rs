//! The format's promises: its bytes are Go's, all that Go takes is taken, and no bytes can hurt it.

mod hostile;
mod lenient;
mod vectors;

use std::borrow::Cow;
use std::net::SocketAddr;

use smol_str::SmolStr;

use crate::types::{Incarnation, Node, StartId, Versions};
use crate::wire::{Alive, DecodeError, Measure, Message, Msgpack, Progress, StreamMessage, Wire};

type Packet<'a> = Message<'a, SmolStr, SocketAddr>;
type Stream<'a> = StreamMessage<'a, SmolStr, SocketAddr>;

fn encode(message: &Packet<'_>) -> Vec<u8> {
    let mut out = Vec::new();
    Msgpack::encode(message, &mut out);
    out
}

fn decode(bytes: &[u8]) -> Result<Packet<'_>, DecodeError> {
    Msgpack::decode(bytes)
}

fn encode_stream(message: &Stream<'_>) -> Vec<u8> {
    let mut out = Vec::new();
    Msgpack::encode_stream(message, &mut out);
    out
}

fn decode_stream(bytes: &[u8]) -> Result<Stream<'_>, DecodeError> {
    Msgpack::decode_stream(bytes)
}

fn measure(head: &[u8]) -> Result<Measure, DecodeError> {
    Msgpack::measure_stream(head, &mut Progress::default())
}

fn unhex(text: &str) -> Vec<u8> {
    let digits: Vec<u32> = text.chars().filter_map(|c| c.to_digit(16)).collect();
    assert_eq!(digits.len() % 2, 0, "{text}");
    digits.chunks(2).map(|pair| u8::try_from(pair[0] * 16 + pair[1]).unwrap()).collect()
}

fn address(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

fn alive(id: &str, at: &str, meta: &'static [u8]) -> Alive<'static, SmolStr, SocketAddr> {
    Alive {
        incarnation: Incarnation::new(1),
        node: Node::new(SmolStr::new(id), address(at)),
        meta: Cow::Borrowed(meta),
        versions: Some(Versions::DEFAULT),
        start: StartId::default(),
    }
}
