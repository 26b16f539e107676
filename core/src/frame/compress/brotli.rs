//! Brotli, with a window of at most 1 MiB.

use std::io::Read;

use brotli::enc::BrotliEncoderParams;

use super::output::Output;
use crate::frame::error::OpenError;

/// The window that a stream may ask for: an inflater sets it aside from what the stream claims.
const WINDOW_LOG: u8 = 20;

/// The quality: gossip is short, and each further one costs more than it saves.
const QUALITY: i32 = 1;

/// Bytes that are inflated at a time.
const CHUNK: usize = 4 * 1024;

pub(super) fn compress(plain: &[u8], out: &mut Vec<u8>) {
    let params = BrotliEncoderParams {
        quality: QUALITY,
        lgwin: i32::from(WINDOW_LOG),
        size_hint: plain.len(),
        ..BrotliEncoderParams::default()
    };
    let mut input = plain;
    if brotli::BrotliCompress(&mut input, out, &params).is_err() {
        debug_assert!(false, "reading and writing memory does not fail");
    }
}

pub(super) fn inflate(compressed: &[u8], out: &mut Output<'_>) -> Result<(), OpenError> {
    if window_log(compressed).is_none_or(|log| log > WINDOW_LOG) {
        return Err(OpenError::CompressionInvalid);
    }
    let mut reader = brotli::Decompressor::new(compressed, CHUNK);
    let mut chunk = [0; CHUNK];
    loop {
        match reader.read(&mut chunk) {
            Ok(0) => return Ok(()),
            Ok(len) => out.extend(&chunk[..len])?,
            Err(_) => return Err(OpenError::CompressionInvalid),
        }
    }
}

/// The window that a stream claims, as a power of two (RFC 7932, section 9.1).
fn window_log(compressed: &[u8]) -> Option<u8> {
    let first = *compressed.first()?;
    match (first & 1, first >> 1 & 7, first >> 4 & 7) {
        (0, ..) => Some(16),
        (_, 0, 0) => Some(17),
        (_, 0, 1) => None,
        (_, 0, low) => Some(8 + low),
        (_, high, _) => Some(17 + high),
    }
}
