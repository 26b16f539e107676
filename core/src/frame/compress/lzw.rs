//! LZW, least significant bit first, literals of 8 bits, codes of up to 12: byte for byte what
//! Go's `compress/lzw` writes.
//!
//! Codes below 256 are literals, 256 clears the table, 257 ends the data. A code is written for
//! the longest known string; that string and the byte behind it become the next code. A code takes
//! one bit more as soon as the next number would need it, and the table is cleared before it gives
//! out the number 4095.

use super::output::Output;
use crate::frame::error::OpenError;

const LITERALS: u16 = 256;
const CLEAR: u16 = 256;
const END: u16 = 257;
const WIDTH_MIN: u32 = 9;
const WIDTH_MAX: u32 = 12;
const CODE_MAX: u16 = 4095;

/// Appends what it makes of `plain`.
pub(super) fn compress(plain: &[u8], out: &mut Vec<u8>) {
    let mut writer = Writer { out, bits: 0, held: 0, width: WIDTH_MIN, last: END };
    writer.put(CLEAR);
    if let Some((&first, rest)) = plain.split_first() {
        compress_from(u16::from(first), rest, &mut writer);
    }
    writer.put(END);
    writer.flush();
}

fn compress_from(first: u16, rest: &[u8], writer: &mut Writer<'_>) {
    let mut table = Table::for_input(rest.len());
    let mut code = first;
    for &byte in rest {
        let key = u32::from(code) << 8 | u32::from(byte);
        match table.find(key) {
            Ok(longer) => code = longer,
            Err(free) => {
                writer.put(code);
                code = u16::from(byte);
                match writer.count() {
                    Some(number) => table.insert(free, key, number),
                    None => table.clear(),
                }
            }
        }
    }
    writer.put(code);
    writer.count();
}

/// Packs codes into bytes.
struct Writer<'a> {
    out: &'a mut Vec<u8>,
    bits: u32,
    /// How many of them are held back.
    held: u32,
    width: u32,
    /// The number that was given out last.
    last: u16,
}

impl Writer<'_> {
    fn put(&mut self, code: u16) {
        self.bits |= u32::from(code) << self.held;
        self.held += self.width;
        while self.held >= 8 {
            self.out.push(self.bits as u8);
            self.bits >>= 8;
            self.held -= 8;
        }
    }

    fn flush(&mut self) {
        if self.held > 0 {
            self.out.push(self.bits as u8);
        }
    }

    /// The next number; `None` if they are used up and all begins anew.
    fn count(&mut self) -> Option<u16> {
        self.last += 1;
        if u32::from(self.last) == 1 << self.width {
            self.width += 1;
        }
        if self.last < CODE_MAX {
            return Some(self.last);
        }
        self.put(CLEAR);
        self.width = WIDTH_MIN;
        self.last = END;
        None
    }
}

/// Known strings by the code of all but their last byte, and that byte. An entry is a key of 20
/// bits above a number of 12; no number is 0.
struct Table {
    entries: Vec<u32>,
    mask: usize,
}

impl Table {
    /// At most a quarter full: at most 4,095 strings, and not more than there are bytes.
    fn for_input(len: usize) -> Self {
        let places = (len.min(usize::from(CODE_MAX)) * 4).next_power_of_two().max(64);
        Self { entries: vec![0; places], mask: places - 1 }
    }

    /// The number of a string, or the place where it would stand.
    fn find(&self, key: u32) -> Result<u16, usize> {
        let mut at = (key >> 12 ^ key) as usize & self.mask;
        loop {
            match self.entries[at] {
                0 => return Err(at),
                entry if entry >> 12 == key => return Ok(entry as u16 & CODE_MAX),
                _ => at = (at + 1) & self.mask,
            }
        }
    }

    fn insert(&mut self, free: usize, key: u32, number: u16) {
        self.entries[free] = key << 12 | u32::from(number);
    }

    fn clear(&mut self) {
        self.entries.fill(0);
    }
}

/// Appends what `compressed` was made of. What follows the end is not looked at.
pub(super) fn inflate(compressed: &[u8], out: &mut Output<'_>) -> Result<(), OpenError> {
    let mut codes = Codes { bytes: compressed.iter(), bits: 0, held: 0 };
    let mut strings = Strings::new();
    loop {
        match codes.next(strings.width).ok_or(OpenError::CompressionInvalid)? {
            CLEAR => strings.clear(),
            END => return Ok(()),
            code => strings.take(code, out)?,
        }
    }
}

/// Takes codes out of bytes.
struct Codes<'a> {
    bytes: core::slice::Iter<'a, u8>,
    bits: u32,
    held: u32,
}

impl Codes<'_> {
    fn next(&mut self, width: u32) -> Option<u16> {
        while self.held < width {
            self.bits |= u32::from(*self.bytes.next()?) << self.held;
            self.held += 8;
        }
        let code = self.bits & ((1 << width) - 1);
        self.bits >>= width;
        self.held -= width;
        Some(code as u16)
    }
}

/// Where in the output a string stands.
#[derive(Clone, Copy, Default)]
struct Run {
    start: usize,
    len: usize,
}

/// Known strings by their number. All of them stand in the output already.
struct Strings {
    runs: Vec<Run>,
    width: u32,
    /// The number that the next string gets.
    next: u16,
    /// What the last code stood for, unless no string may be made of it.
    previous: Option<Run>,
}

impl Strings {
    fn new() -> Self {
        let runs = vec![Run::default(); usize::from(CODE_MAX) + 1];
        Self { runs, width: WIDTH_MIN, next: END, previous: None }
    }

    fn clear(&mut self) {
        self.width = WIDTH_MIN;
        self.next = END;
        self.previous = None;
    }

    fn take(&mut self, code: u16, out: &mut Output<'_>) -> Result<(), OpenError> {
        if code > self.next {
            return Err(OpenError::CompressionInvalid);
        }
        // The last string and the byte that comes next. If this very code is meant, that byte is
        // the string's own first.
        if let Some(Run { start, len }) = self.previous {
            self.runs[usize::from(self.next)] = Run { start, len: len + 1 };
        }
        let start = out.len();
        if code < LITERALS {
            out.push(code as u8)?;
        } else {
            let run = self.runs[usize::from(code)];
            out.repeat(run.start, run.len)?;
        }
        self.previous = Some(Run { start, len: out.len() - start });
        self.count();
        Ok(())
    }

    /// A table that is full and is not cleared stays as it is.
    fn count(&mut self) {
        self.next += 1;
        if u32::from(self.next) < 1 << self.width {
            return;
        }
        if self.width == WIDTH_MAX {
            self.previous = None;
            self.next = CODE_MAX;
        } else {
            self.width += 1;
        }
    }
}
