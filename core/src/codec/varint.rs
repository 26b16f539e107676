//! LEB128: seven bits a byte, least significant first, the top bit says that more follow.

use super::{Reader, Truncated};

/// How many bytes `value` takes: 1 to 10.
pub const fn varint_len(value: u64) -> usize {
    let bits = 64 - (value | 1).leading_zeros() as usize;
    bits.div_ceil(7)
}

/// Appends `value`.
pub fn put_varint(mut value: u64, out: &mut Vec<u8>) {
    while value >= 0x80 {
        out.push((value as u8 & 0x7f) | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Appends the length of `bytes` as a varint, then the bytes.
pub fn put_bytes(bytes: &[u8], out: &mut Vec<u8>) {
    put_varint(bytes.len() as u64, out);
    out.extend_from_slice(bytes);
}

/// Appends what `put` appends, and its length as a varint in front.
pub fn put_prefixed(out: &mut Vec<u8>, put: impl FnOnce(&mut Vec<u8>)) {
    let start = out.len();
    out.push(0);
    put(out);
    let len = out.len() - start - 1;
    match u8::try_from(len) {
        Ok(short) if short < 0x80 => out[start] = short,
        _ => widen_prefix(start, len, out),
    }
}

/// Makes room for a length that takes more than the one byte kept for it.
fn widen_prefix(start: usize, len: usize, out: &mut Vec<u8>) {
    let end = out.len();
    put_varint(len as u64, out);
    let width = out.len() - end;
    out[start + 1..].rotate_right(width);
    out.remove(start);
}

impl<'a> Reader<'a> {
    /// A varint of at most ten bytes; longer or overflowing ones count as truncated.
    #[inline]
    pub fn varint(&mut self) -> Result<u64, Truncated> {
        // Nearly every number on the wire is below 128.
        match self.peek() {
            Some(byte) if byte < 0x80 => self.u8().map(u64::from),
            _ => self.long_varint(),
        }
    }

    fn long_varint(&mut self) -> Result<u64, Truncated> {
        let mut value = 0u64;
        for shift in (0..70).step_by(7) {
            let byte = self.u8()?;
            let bits = u64::from(byte & 0x7f);
            if shift == 63 && bits > 1 {
                return Err(Truncated);
            }
            value |= bits << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(Truncated)
    }

    /// A varint length and that many bytes. Nothing is allocated from the length.
    #[inline]
    pub fn bytes(&mut self) -> Result<&'a [u8], Truncated> {
        let len = usize::try_from(self.varint()?).map_err(|_| Truncated)?;
        self.take(len)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_length_round_trips_and_is_predicted() {
        for shift in 0..64 {
            for value in [(1u64 << shift) - 1, 1 << shift, (1 << shift) | 1] {
                let mut out = Vec::new();
                put_varint(value, &mut out);
                assert_eq!(out.len(), varint_len(value), "{value}");
                let mut reader = Reader::new(&out);
                assert_eq!(reader.varint(), Ok(value));
                assert!(reader.is_empty());
            }
        }
    }

    #[test]
    fn a_length_is_put_in_front_of_what_it_counts() {
        for len in [0, 1, 127, 128, 16_383, 16_384] {
            let bytes = vec![7; len];
            let (mut patched, mut plain) = (vec![1, 2], vec![1, 2]);
            put_prefixed(&mut patched, |out| out.extend_from_slice(&bytes));
            put_bytes(&bytes, &mut plain);
            assert_eq!(patched, plain, "{len}");
        }
    }

    #[test]
    fn an_endless_or_overflowing_varint_is_refused() {
        assert_eq!(Reader::new(&[0xff; 11]).varint(), Err(Truncated));
        let mut over = [0xff; 10];
        over[9] = 2;
        assert_eq!(Reader::new(&over).varint(), Err(Truncated));
        assert_eq!(Reader::new(&[0x80]).varint(), Err(Truncated));
    }
}
