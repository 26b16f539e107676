//! What wraps the one message that each side of a stream writes: `0a │ length u32 │ sealed` if it
//! is encrypted; in it, or alone, a compressed message.

use core::ops::Range;

use super::compress::{self, COMPRESSED, Output};
use super::encryption::Encryption;
use super::label;
use super::sealed::{self, Padding};
use super::{Layers, OpenError, SealError};
use crate::types::limits::{INFLATED_STREAM_BYTES_MAX, SEALED_STREAM_BYTES_MAX};

/// The first byte of what is encrypted.
const ENCRYPTED: u8 = 10;

/// Bytes in front of what is encrypted: the kind and the length.
const HEAD: usize = 5;

/// What was found at the front of a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StreamHead {
    /// At least this many bytes in all are needed before more can be said. Always more than there
    /// are.
    Needs(usize),
    /// The message begins behind so many bytes, as it is.
    Ends(usize),
    /// These bytes are the message, encrypted or compressed, and they are all there.
    Wrapped(Range<usize>),
}

/// Looks at a message that begins behind `start` bytes.
pub(super) fn scan(
    encryption: Option<&Encryption>,
    buffer: &[u8],
    start: usize,
) -> Result<StreamHead, OpenError> {
    let message = &buffer[start..];
    let opening = encryption.and_then(Encryption::opening);
    match message.first() {
        None => Ok(StreamHead::Needs(start + 1)),
        Some(&ENCRYPTED) if opening.is_none() => Err(OpenError::NoKey),
        Some(&ENCRYPTED) => sealed_head(message, start),
        Some(_) if opening.is_some_and(|(_, refuses_plain)| refuses_plain) => {
            Err(OpenError::NotEncrypted)
        }
        Some(&COMPRESSED) => Ok(match compress::measure(message)? {
            Ok(len) => StreamHead::Wrapped(start..start + len),
            Err(needs) => StreamHead::Needs(start + needs),
        }),
        Some(_) => Ok(StreamHead::Ends(start)),
    }
}

fn sealed_head(message: &[u8], start: usize) -> Result<StreamHead, OpenError> {
    let Some(&[_, a, b, c, d]) = message.first_chunk::<HEAD>() else {
        return Ok(StreamHead::Needs(start + HEAD));
    };
    let told = u32::from_be_bytes([a, b, c, d]);
    let len = told as usize;
    if !(sealed::LEN_MIN..=SEALED_STREAM_BYTES_MAX).contains(&len) {
        return Err(OpenError::SealedLength(told));
    }
    let end = HEAD + len;
    Ok(if message.len() < end {
        StreamHead::Needs(start + end)
    } else {
        StreamHead::Wrapped(start..start + end)
    })
}

/// The message in what [`scan`] found to be wrapped.
pub(super) fn unwrap<'a>(
    layers: &Layers,
    wrapped: &'a mut [u8],
    inflated: &'a mut Vec<u8>,
    grow: &mut dyn FnMut(usize) -> bool,
) -> Result<&'a [u8], OpenError> {
    let plain = match wrapped.first() {
        Some(&ENCRYPTED) => decrypt(layers, wrapped)?,
        _ => wrapped,
    };
    let message = match plain.first() {
        Some(&COMPRESSED) => {
            compress::unwrap(plain, &mut Output::new(inflated, INFLATED_STREAM_BYTES_MAX, grow))?;
            &inflated[..]
        }
        _ => plain,
    };
    match message.first() {
        None => Err(OpenError::Empty),
        Some(&COMPRESSED | &ENCRYPTED) => Err(OpenError::Compressed),
        Some(_) => Ok(message),
    }
}

fn decrypt<'a>(layers: &Layers, wrapped: &'a mut [u8]) -> Result<&'a [u8], OpenError> {
    let (ring, _) =
        layers.encryption.as_ref().and_then(Encryption::opening).ok_or(OpenError::NoKey)?;
    let (head, sealed) = wrapped.split_at_mut(HEAD);
    let text = sealed::open(&ring, &aad(head, layers), sealed)?;
    Ok(&sealed[text])
}

/// What is authenticated beside the text: what stands in front of it, and the label.
fn aad(head: &[u8], layers: &Layers) -> Vec<u8> {
    [head, layers.label.as_bytes()].concat()
}

/// Appends the bytes of the message that `put` appends. `dialled`: this side opened the stream, so
/// the label leads.
pub(super) fn seal(
    layers: &Layers,
    padding: Padding,
    dialled: bool,
    out: &mut Vec<u8>,
    put: impl FnOnce(&mut Vec<u8>),
) -> Result<(), SealError> {
    if dialled {
        label::put(&layers.label, out);
    }
    let start = out.len();
    let Some((encryption, ring)) = layers.sealing() else {
        return put_message(layers, out, put);
    };
    out.extend_from_slice(&[ENCRYPTED, 0, 0, 0, 0]);
    let cipher = encryption.keyring().cipher();
    let blob = out.len();
    sealed::begin(cipher, padding, encryption.nonce()?, out);
    put_message(layers, out, put)?;
    let len = sealed::pad(blob, out);
    if len > SEALED_STREAM_BYTES_MAX {
        return Err(SealError::StreamTooLong(len));
    }
    out[start + 1..blob].copy_from_slice(&(len as u32).to_be_bytes());
    let aad = aad(&out[start..blob], layers);
    let schedule = &ring.primary().ok_or(SealError::Key)?.schedule;
    sealed::finish(schedule, cipher, &aad, blob, out)
}

/// Appends the message, compressed if so chosen: always, as the Go library does on streams, even if
/// that makes it longer.
fn put_message(
    layers: &Layers,
    out: &mut Vec<u8>,
    put: impl FnOnce(&mut Vec<u8>),
) -> Result<(), SealError> {
    let start = out.len();
    put(out);
    let Some(compress) = layers.streams else { return Ok(()) };
    let len = out.len() - start;
    if len > INFLATED_STREAM_BYTES_MAX {
        return Err(SealError::StreamTooLong(len));
    }
    if let Some(wrapped) = compress.wrap(&out[start..]) {
        out.truncate(start);
        out.extend_from_slice(&wrapped);
    }
    Ok(())
}
