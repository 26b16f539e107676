//! Compression: `09 │ map of two: "Algo" u8, "Buf" bytes`, as msgpack writes it.

#[cfg(feature = "brotli")]
mod brotli;
mod envelope;
#[cfg(feature = "lz4")]
mod lz4;
#[cfg(feature = "lzw")]
mod lzw;
mod output;
#[cfg(feature = "snappy")]
mod snappy;
#[cfg(all(test, feature = "lzw", feature = "crc32"))]
mod tests;
#[cfg(feature = "zstd")]
mod zstd;

pub(super) use envelope::{COMPRESSED, measure};
pub(super) use output::Output;

use super::OpenError;

/// How packets and streams are made shorter. Whoever receives them takes every algorithm that is
/// built in, whatever it sends itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Compression {
    /// LZW as in Go's `compress/lzw`, least significant bit first: all that the Go library knows.
    Lzw,
    /// LZ4, blocks: the fastest.
    Lz4,
    /// Snappy: about as fast.
    Snappy,
    /// Zstandard at its first level: the smallest.
    Zstd,
    /// Brotli at its first level.
    Brotli,
}

/// What one algorithm does.
struct Codec {
    /// Appends what it makes of the bytes. Nothing that it was given makes it fail.
    compress: fn(&[u8], &mut Vec<u8>),
    /// Appends what that was made of.
    inflate: fn(&[u8], &mut Output<'_>) -> Result<(), OpenError>,
}

impl Compression {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Lzw, Self::Lz4, Self::Snappy, Self::Zstd, Self::Brotli];

    /// What it is called: the name of its feature.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Lzw => "lzw",
            Self::Lz4 => "lz4",
            Self::Snappy => "snappy",
            Self::Zstd => "zstd",
            Self::Brotli => "brotli",
        }
    }

    /// Whether this build has it: the feature of its name is on.
    pub fn is_built_in(self) -> bool {
        self.codec().is_some()
    }

    /// Its number on the wire. 0 is the Go library's.
    const fn tag(self) -> u8 {
        match self {
            Self::Lzw => 0,
            Self::Lz4 => 1,
            Self::Snappy => 2,
            Self::Zstd => 3,
            Self::Brotli => 4,
        }
    }

    fn of_tag(tag: u8) -> Option<Codec> {
        Self::ALL.into_iter().find(|algorithm| algorithm.tag() == tag)?.codec()
    }

    const fn codec(self) -> Option<Codec> {
        match self {
            #[cfg(feature = "lzw")]
            Self::Lzw => Some(Codec { compress: lzw::compress, inflate: lzw::inflate }),
            #[cfg(feature = "lz4")]
            Self::Lz4 => Some(Codec { compress: lz4::compress, inflate: lz4::inflate }),
            #[cfg(feature = "snappy")]
            Self::Snappy => Some(Codec { compress: snappy::compress, inflate: snappy::inflate }),
            #[cfg(feature = "zstd")]
            Self::Zstd => Some(Codec { compress: zstd::compress, inflate: zstd::inflate }),
            #[cfg(feature = "brotli")]
            Self::Brotli => Some(Codec { compress: brotli::compress, inflate: brotli::inflate }),
            #[allow(unreachable_patterns)]
            _ => None,
        }
    }
}

/// How one plane is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Compress {
    /// By which algorithm.
    pub algorithm: Compression,
    /// What is shorter, in bytes, is left as it is. For packets a few dozen: there the header of a
    /// compressed message is longer than what it saves.
    pub min_bytes: usize,
}

impl From<Compression> for Compress {
    fn from(algorithm: Compression) -> Self {
        Self { algorithm, min_bytes: 0 }
    }
}

impl From<Compression> for Option<Compress> {
    fn from(algorithm: Compression) -> Self {
        Some(algorithm.into())
    }
}

impl Compress {
    /// The compressed message that stands for `plain`; `None` if it is below the threshold.
    pub(super) fn wrap(self, plain: &[u8]) -> Option<Vec<u8>> {
        if plain.len() < self.min_bytes {
            return None;
        }
        let mut compressed = Vec::new();
        (self.algorithm.codec()?.compress)(plain, &mut compressed);
        let mut out = Vec::with_capacity(compressed.len() + envelope::HEAD_MAX);
        envelope::put(self.algorithm.tag(), &compressed, &mut out);
        Some(out)
    }
}

/// Appends what the compressed message `wrapped` was made of.
pub(super) fn unwrap(wrapped: &[u8], out: &mut Output<'_>) -> Result<(), OpenError> {
    let (tag, compressed) = envelope::open(wrapped)?;
    let codec = Compression::of_tag(tag).ok_or(OpenError::CompressionUnknown(tag))?;
    (codec.inflate)(compressed, out)
}
