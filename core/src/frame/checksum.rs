//! The checksum header, over all that follows it: `0c │ CRC-32 u32` as in the Go library, or
//! `21 │ algorithm u8 │ sum`.

use super::OpenError;
use crate::codec::Reader;

/// The first byte of what has a CRC-32.
const HAS_CRC: u8 = 12;
/// The first byte of what has another checksum. No message kind has this number.
const HAS_SUM: u8 = 33;

/// Bytes of the longest sum.
const SUM_MAX: usize = 8;

/// How packets are guarded against damage on their way. Whoever receives them checks every one that
/// is built in, whatever it sends itself. None keeps out somebody who means harm: encryption does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Checksum {
    /// CRC-32 of IEEE 802.3: all that the Go library knows.
    Crc32,
    /// xxHash, 32 bits, seed 0.
    XxHash32,
    /// xxHash, 64 bits, seed 0.
    XxHash64,
    /// MurmurHash3, x86, 32 bits, seed 0.
    Murmur3,
}

/// A sum, big-endian.
#[derive(Clone, Copy)]
struct Sum {
    bytes: [u8; SUM_MAX],
    len: usize,
}

impl From<u32> for Sum {
    fn from(sum: u32) -> Self {
        let [a, b, c, d] = sum.to_be_bytes();
        Self { bytes: [a, b, c, d, 0, 0, 0, 0], len: 4 }
    }
}

impl From<u64> for Sum {
    fn from(sum: u64) -> Self {
        Self { bytes: sum.to_be_bytes(), len: 8 }
    }
}

impl Checksum {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Crc32, Self::XxHash32, Self::XxHash64, Self::Murmur3];

    /// What is used with memberlist's own format when nothing is said: CRC-32, if it is built in.
    pub const DEFAULT: Option<Self> =
        if cfg!(feature = "crc32") { Some(Self::Crc32) } else { None };

    /// What it is called: the name of its feature.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Crc32 => "crc32",
            Self::XxHash32 => "xxhash32",
            Self::XxHash64 => "xxhash64",
            Self::Murmur3 => "murmur3",
        }
    }

    /// Whether this build has it: the feature of its name is on.
    pub fn is_built_in(self) -> bool {
        self.sum(&[]).is_some()
    }

    /// Bytes of the header.
    pub(super) const fn header(self) -> usize {
        match self {
            Self::Crc32 => 1 + 4,
            Self::XxHash32 | Self::Murmur3 => 2 + 4,
            Self::XxHash64 => 2 + 8,
        }
    }

    /// Its number on the wire, where it has one.
    const fn tag(self) -> Option<u8> {
        match self {
            Self::Crc32 => None,
            Self::XxHash32 => Some(1),
            Self::XxHash64 => Some(2),
            Self::Murmur3 => Some(3),
        }
    }

    fn of_tag(tag: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.tag() == Some(tag))
    }

    #[cfg_attr(
        not(any(
            feature = "crc32",
            feature = "xxhash32",
            feature = "xxhash64",
            feature = "murmur3"
        )),
        allow(unused_variables)
    )]
    fn sum(self, bytes: &[u8]) -> Option<Sum> {
        match self {
            #[cfg(feature = "crc32")]
            Self::Crc32 => Some(crc32fast::hash(bytes).into()),
            #[cfg(feature = "xxhash32")]
            Self::XxHash32 => Some(twox_hash::XxHash32::oneshot(0, bytes).into()),
            #[cfg(feature = "xxhash64")]
            Self::XxHash64 => Some(twox_hash::XxHash64::oneshot(0, bytes).into()),
            #[cfg(feature = "murmur3")]
            Self::Murmur3 => Some(mur3::murmurhash3_x86_32(bytes, 0).into()),
            #[allow(unreachable_patterns)]
            _ => None,
        }
    }
}

/// Appends what `put` appends, with its checksum in front if there is to be one.
pub(super) fn put(checksum: Option<Checksum>, out: &mut Vec<u8>, put: impl FnOnce(&mut Vec<u8>)) {
    let Some(checksum) = checksum.filter(|checksum| checksum.is_built_in()) else {
        return put(out);
    };
    let start = out.len();
    match checksum.tag() {
        None => out.push(HAS_CRC),
        Some(tag) => out.extend_from_slice(&[HAS_SUM, tag]),
    }
    let sum_start = out.len();
    out.resize(start + checksum.header(), 0);
    put(out);
    let (head, body) = out[sum_start..].split_at_mut(start + checksum.header() - sum_start);
    if let Some(sum) = checksum.sum(body) {
        head.copy_from_slice(&sum.bytes[..sum.len]);
    }
}

/// What is behind the checksum, if it is right; all of `bytes` if there is none.
pub(super) fn strip(bytes: &[u8]) -> Result<&[u8], OpenError> {
    let mut reader = Reader::new(bytes);
    let truncated = |_| OpenError::ChecksumTruncated;
    let checksum = match reader.peek() {
        Some(HAS_CRC) => {
            reader.take(1).map_err(truncated)?;
            Checksum::Crc32
        }
        Some(HAS_SUM) => {
            let [_, tag] = reader.array().map_err(truncated)?;
            Checksum::of_tag(tag).ok_or(OpenError::ChecksumUnknown(tag))?
        }
        _ => return Ok(bytes),
    };
    let head = bytes.len() - reader.len();
    let told = reader.take(checksum.header() - head).map_err(truncated)?;
    let body = reader.rest();
    if body.is_empty() {
        return Err(OpenError::ChecksumTruncated);
    }
    let sum = checksum.sum(body).ok_or(OpenError::ChecksumUnknown(checksum.tag().unwrap_or(0)))?;
    if told == &sum.bytes[..sum.len] { Ok(body) } else { Err(OpenError::Checksum) }
}
