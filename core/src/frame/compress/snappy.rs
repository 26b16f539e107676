//! Snappy, the raw format: its inflated length as a varint, then elements.

use super::output::Output;
use crate::frame::error::OpenError;

/// What one byte can stand for at most: a copy of 64 bytes takes three, two or at least one more.
const RATIO_MAX: usize = 64;

pub(super) fn compress(plain: &[u8], out: &mut Vec<u8>) {
    let len = out.len();
    out.resize(len + snap::raw::max_compress_len(plain.len()), 0);
    // The only error is a lack of room, and there is enough for the worst case.
    let written = snap::raw::Encoder::new().compress(plain, &mut out[len..]).unwrap_or(0);
    out.truncate(len + written);
}

pub(super) fn inflate(compressed: &[u8], out: &mut Output<'_>) -> Result<(), OpenError> {
    let invalid = |_| OpenError::CompressionInvalid;
    let len = snap::raw::decompress_len(compressed).map_err(invalid)?;
    if len > compressed.len().saturating_mul(RATIO_MAX) {
        return Err(OpenError::CompressionInvalid);
    }
    let inflated = out.zeroed(len)?;
    let written = snap::raw::Decoder::new().decompress(compressed, inflated).map_err(invalid)?;
    if written == len { Ok(()) } else { Err(OpenError::CompressionInvalid) }
}
