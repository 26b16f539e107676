//! Bytes that grow only as far as allowed.

use crate::frame::error::OpenError;

/// Bytes for which leave to grow is asked at a time.
const STEP: usize = 64 * 1024;

/// What an inflater writes into: it never holds more than its limit, and asks whoever bounds the
/// memory of all before it grows.
pub(crate) struct Output<'a> {
    bytes: &'a mut Vec<u8>,
    limit: usize,
    /// Bytes that were asked for.
    granted: usize,
    grow: &'a mut dyn FnMut(usize) -> bool,
}

impl<'a> Output<'a> {
    /// Writes into `bytes`, which is cleared. `grow` is asked for so many bytes more.
    pub(crate) fn new(
        bytes: &'a mut Vec<u8>,
        limit: usize,
        grow: &'a mut dyn FnMut(usize) -> bool,
    ) -> Self {
        bytes.clear();
        Self { bytes, limit, granted: 0, grow }
    }

    #[cfg_attr(not(feature = "lzw"), allow(dead_code))]
    pub(super) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Makes room for `more` bytes.
    pub(super) fn reserve(&mut self, more: usize) -> Result<(), OpenError> {
        let len = self.bytes.len() + more;
        if len > self.limit {
            return Err(OpenError::InflatedTooLarge);
        }
        while self.granted < len {
            if !(self.grow)(STEP) {
                return Err(OpenError::OverMemory);
            }
            self.granted += STEP;
        }
        Ok(())
    }

    #[cfg_attr(not(feature = "lzw"), allow(dead_code))]
    pub(super) fn push(&mut self, byte: u8) -> Result<(), OpenError> {
        self.reserve(1)?;
        self.bytes.push(byte);
        Ok(())
    }

    #[cfg_attr(not(any(feature = "zstd", feature = "brotli")), allow(dead_code))]
    pub(super) fn extend(&mut self, bytes: &[u8]) -> Result<(), OpenError> {
        self.reserve(bytes.len())?;
        self.bytes.extend_from_slice(bytes);
        Ok(())
    }

    /// Appends `len` bytes from `start` on, as they are when it is their turn: the run may reach
    /// into what it appends.
    #[cfg_attr(not(feature = "lzw"), allow(dead_code))]
    pub(super) fn repeat(&mut self, start: usize, len: usize) -> Result<(), OpenError> {
        self.reserve(len)?;
        let end = self.bytes.len();
        if start + len <= end {
            self.bytes.extend_from_within(start..start + len);
        } else {
            for at in start..start + len {
                let byte = self.bytes.get(at).copied().ok_or(OpenError::CompressionInvalid)?;
                self.bytes.push(byte);
            }
        }
        Ok(())
    }

    /// `len` bytes more for an inflater that fills them all or fails.
    #[cfg_attr(not(any(feature = "lz4", feature = "snappy")), allow(dead_code))]
    pub(super) fn zeroed(&mut self, len: usize) -> Result<&mut [u8], OpenError> {
        self.reserve(len)?;
        let start = self.bytes.len();
        self.bytes.resize(start + len, 0);
        Ok(&mut self.bytes[start..])
    }
}
