//! LZ4: one block behind its inflated length, u32 little-endian.

use lz4_flex::block;

use super::output::Output;
use crate::frame::error::OpenError;

/// What one byte of a block can stand for at most.
const RATIO_MAX: usize = 255;

pub(super) fn compress(plain: &[u8], out: &mut Vec<u8>) {
    *out = block::compress_prepend_size(plain);
}

pub(super) fn inflate(compressed: &[u8], out: &mut Output<'_>) -> Result<(), OpenError> {
    let invalid = |_| OpenError::CompressionInvalid;
    let (len, rest) = block::uncompressed_size(compressed).map_err(invalid)?;
    if len > rest.len().saturating_mul(RATIO_MAX) {
        return Err(OpenError::CompressionInvalid);
    }
    let written = block::decompress_into(rest, out.zeroed(len)?).map_err(invalid)?;
    if written == len { Ok(()) } else { Err(OpenError::CompressionInvalid) }
}
