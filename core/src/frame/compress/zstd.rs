//! Zstandard: one frame whose window is at most 1 MiB.

use core::cell::RefCell;

use zstd::bulk::Compressor;
use zstd::stream::raw::{CParameter, DParameter, Decoder, Operation};

use super::output::Output;
use crate::frame::error::OpenError;

/// The window that a frame may ask for: an inflater sets it aside from what the frame claims.
const WINDOW_LOG: u32 = 20;

/// The level: gossip is short, and each further one costs more than it saves.
const LEVEL: i32 = 1;

/// Bytes that are inflated at a time.
const CHUNK: usize = 16 * 1024;

thread_local! {
    /// Making one takes longer than compressing a packet.
    static COMPRESSOR: RefCell<Option<Compressor<'static>>> = const { RefCell::new(None) };
    static DECODER: RefCell<Option<Decoder<'static>>> = const { RefCell::new(None) };
}

fn compressor() -> std::io::Result<Compressor<'static>> {
    let mut compressor = Compressor::new(LEVEL)?;
    compressor.set_parameter(CParameter::WindowLog(WINDOW_LOG))?;
    Ok(compressor)
}

fn decoder() -> std::io::Result<Decoder<'static>> {
    let mut decoder = Decoder::new()?;
    decoder.set_parameter(DParameter::WindowLogMax(WINDOW_LOG))?;
    Ok(decoder)
}

pub(super) fn compress(plain: &[u8], out: &mut Vec<u8>) {
    COMPRESSOR.with_borrow_mut(|cached| {
        let compressed = match cached.as_mut() {
            Some(compressor) => compressor.compress(plain),
            None => compressor().and_then(|new| cached.insert(new).compress(plain)),
        };
        // It fails only when there is no memory for its tables.
        *out = compressed.unwrap_or_default();
    });
}

pub(super) fn inflate(compressed: &[u8], out: &mut Output<'_>) -> Result<(), OpenError> {
    DECODER.with_borrow_mut(|cached| {
        if cached.is_none() {
            *cached = decoder().ok();
        }
        let decoder = cached.as_mut().ok_or(OpenError::OverMemory)?;
        decoder.reinit().map_err(|_| OpenError::CompressionInvalid)?;
        run(decoder, compressed, out)
    })
}

fn run(
    decoder: &mut Decoder<'static>,
    mut compressed: &[u8],
    out: &mut Output<'_>,
) -> Result<(), OpenError> {
    let mut chunk = [0; CHUNK];
    loop {
        let status = decoder.run_on_buffers(compressed, &mut chunk);
        let status = status.map_err(|_| OpenError::CompressionInvalid)?;
        out.extend(&chunk[..status.bytes_written])?;
        compressed = &compressed[status.bytes_read..];
        match status.remaining {
            0 => return Ok(()),
            _ if status.bytes_read == 0 && status.bytes_written == 0 => {
                return Err(OpenError::CompressionInvalid);
            }
            _ => {}
        }
    }
}
