//! The checksum header: `0c │ CRC-32 u32`. The polynomial is IEEE 802.3's; it covers all that
//! follows.

use super::OpenError;
use super::overhead::CHECKSUM;
use crate::codec::Reader;

/// The first byte of what has a checksum.
const HAS_CRC: u8 = 12;

/// Appends what `put` appends, with its checksum in front if there is to be one.
pub(super) fn put(checksum: bool, out: &mut Vec<u8>, put: impl FnOnce(&mut Vec<u8>)) {
    if !checksum {
        return put(out);
    }
    let start = out.len();
    out.extend_from_slice(&[HAS_CRC, 0, 0, 0, 0]);
    put(out);
    let (head, body) = out[start..].split_at_mut(CHECKSUM);
    head[1..].copy_from_slice(&crc32fast::hash(body).to_be_bytes());
}

/// What is behind the checksum, if it is right; all of `bytes` if there is none.
pub(super) fn strip(bytes: &[u8]) -> Result<&[u8], OpenError> {
    let mut reader = Reader::new(bytes);
    if reader.peek() != Some(HAS_CRC) {
        return Ok(bytes);
    }
    let [_, told @ ..] = reader.array::<CHECKSUM>().map_err(|_| OpenError::ChecksumTruncated)?;
    let body = reader.rest();
    if body.is_empty() {
        return Err(OpenError::ChecksumTruncated);
    }
    if crc32fast::hash(body) != u32::from_be_bytes(told) {
        return Err(OpenError::Checksum);
    }
    Ok(body)
}
