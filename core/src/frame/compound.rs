//! Several messages in one: `07 │ count u8 │ count × length u16 │ parts`.

use super::{OpenError, SealError};
use crate::codec::{Parts, Reader};
use crate::types::limits::{COMPOUND_PARTS_MAX, PACKET_NESTING_MAX};

/// The first byte of a compound.
const COMPOUND: u8 = 7;
/// The first byte of a compressed message.
const COMPRESSED: u8 = 9;

/// Whether `parts` can be one packet.
pub(super) fn check(parts: &Parts) -> Result<(), SealError> {
    if parts.len() > COMPOUND_PARTS_MAX {
        return Err(SealError::TooMany(parts.len()));
    }
    match parts.iter().map(<[u8]>::len).find(|&len| len > usize::from(u16::MAX)) {
        Some(len) => Err(SealError::TooLong(len)),
        None => Ok(()),
    }
}

/// Appends one message bare, several as a compound. They passed `check`.
pub(super) fn put(parts: &Parts, out: &mut Vec<u8>) {
    debug_assert!(check(parts).is_ok(), "checked before");
    if parts.len() > 1 {
        out.extend_from_slice(&[COMPOUND, parts.len() as u8]);
        for part in parts.iter() {
            out.extend_from_slice(&(part.len() as u16).to_be_bytes());
        }
    }
    for part in parts.iter() {
        out.extend_from_slice(part);
    }
}

/// The messages of a packet in order, compounds in compounds taken apart.
#[derive(Clone, Debug)]
pub struct Messages<'a> {
    /// What is no compound, or the outermost one that has not been looked at.
    first: Option<&'a [u8]>,
    levels: [Level<'a>; PACKET_NESTING_MAX],
    depth: usize,
}

/// One compound that is being taken apart.
#[derive(Clone, Debug)]
struct Level<'a> {
    lengths: Reader<'a>,
    parts: Reader<'a>,
}

impl<'a> Level<'a> {
    const EMPTY: Self = Self { lengths: Reader::new(&[]), parts: Reader::new(&[]) };

    /// `body` is a compound without its kind.
    fn open(body: &'a [u8]) -> Option<Self> {
        let mut parts = Reader::new(body);
        let count = parts.u8().ok()?;
        let lengths = parts.take(usize::from(count) * 2).ok()?;
        Some(Self { lengths: Reader::new(lengths), parts })
    }

    /// The next part. All that are cut off are lost at once.
    fn next(&mut self) -> Option<Result<&'a [u8], OpenError>> {
        let len = self.lengths.u16().ok()?;
        if let Ok(part) = self.parts.take(usize::from(len)) {
            return Some(Ok(part));
        }
        let lost = 1 + self.lengths.rest().len() / 2;
        Some(Err(OpenError::PartsLost(u8::try_from(lost).unwrap_or(u8::MAX))))
    }
}

impl<'a> Messages<'a> {
    pub(super) const fn new(plain: &'a [u8]) -> Self {
        Self { first: Some(plain), levels: [Level::EMPTY; PACKET_NESTING_MAX], depth: 0 }
    }

    /// The next part of the innermost compound that has one.
    fn part(&mut self) -> Option<Result<&'a [u8], OpenError>> {
        if let Some(first) = self.first.take() {
            return Some(Ok(first));
        }
        while let Some(innermost) = self.depth.checked_sub(1) {
            if let Some(part) = self.levels[innermost].next() {
                return Some(part);
            }
            self.depth = innermost;
        }
        None
    }

    fn enter(&mut self, compound: &'a [u8]) -> Result<(), OpenError> {
        let level = self.levels.get_mut(self.depth).ok_or(OpenError::TooDeep)?;
        *level = Level::open(compound).ok_or(OpenError::CompoundTruncated)?;
        self.depth += 1;
        Ok(())
    }
}

impl<'a> Iterator for Messages<'a> {
    type Item = Result<&'a [u8], OpenError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let part = match self.part()? {
                Ok(part) => part,
                Err(lost) => return Some(Err(lost)),
            };
            match part {
                [] => return Some(Err(OpenError::PartEmpty)),
                [COMPOUND, body @ ..] => {
                    if let Err(error) = self.enter(body) {
                        return Some(Err(error));
                    }
                }
                [COMPRESSED, ..] => return Some(Err(OpenError::Compressed)),
                [..] => return Some(Ok(part)),
            }
        }
    }
}
