//! The format's promises: its bytes never change, and no bytes can hurt it.

pub(in crate::wire) mod arbitrary;
mod golden;
mod hostile;

use std::net::SocketAddr;

use smol_str::SmolStr;

use crate::wire::{DecodeError, Lpe, Message, StreamMessage, Wire};

type Packet<'a> = Message<'a, SmolStr, SocketAddr>;
type Stream<'a> = StreamMessage<'a, SmolStr, SocketAddr>;

fn encode(message: &Packet<'_>) -> Vec<u8> {
    let mut out = Vec::new();
    Lpe::encode(message, &mut out);
    out
}

fn decode(bytes: &[u8]) -> Result<Packet<'_>, DecodeError> {
    Lpe::decode(bytes)
}

fn encode_stream(message: &Stream<'_>) -> Vec<u8> {
    let mut out = Vec::new();
    Lpe::encode_stream(message, &mut out);
    out
}

fn decode_stream(bytes: &[u8]) -> Result<Stream<'_>, DecodeError> {
    Lpe::decode_stream(bytes)
}

fn unhex(text: &str) -> Vec<u8> {
    let digits: Vec<u32> = text.chars().filter_map(|c| c.to_digit(16)).collect();
    assert_eq!(digits.len() % 2, 0, "{text}");
    digits.chunks(2).map(|pair| u8::try_from(pair[0] * 16 + pair[1]).unwrap()).collect()
}
