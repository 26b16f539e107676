//! How many bytes each layer adds: the arithmetic that keeps a packet within its size, to the byte.

use super::Checksum;

/// Bytes that a compound adds once: `07` and the count.
pub const COMPOUND_HEAD: usize = 2;

/// Bytes that a compound adds for each part: its length.
pub const COMPOUND_PART: usize = 2;

/// Bytes of the header of a label of `len` bytes: none for the empty label.
pub const fn label(len: usize) -> usize {
    if len == 0 { 0 } else { 2 + len }
}

/// Bytes of the checksum header, if there is one.
pub const fn checksum(checksum: Option<Checksum>) -> usize {
    match checksum {
        Some(checksum) => checksum.header(),
        None => 0,
    }
}

/// Bytes of `parts` messages of `bytes` bytes together once they are packed: one goes bare.
pub const fn packed(parts: usize, bytes: usize) -> usize {
    match parts {
        0 => 0,
        1 => bytes,
        _ => COMPOUND_HEAD + parts * COMPOUND_PART + bytes,
    }
}

/// Bytes that are left for further messages, each with [`COMPOUND_PART`] added, in a packet that
/// may hold `budget` and has `parts` messages of `bytes` bytes together.
pub const fn free(budget: usize, parts: usize, bytes: usize) -> usize {
    budget.saturating_sub(COMPOUND_HEAD + parts * COMPOUND_PART + bytes)
}

/// Bytes of the longest message that can be one of several in a packet that may hold `budget`.
pub const fn part_max(budget: usize) -> usize {
    budget.saturating_sub(COMPOUND_HEAD + COMPOUND_PART)
}
