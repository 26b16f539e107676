//! Bytes ⇄ bytes: what wraps the messages on their way. [`Framer::seal`] and [`Framer::open`] are
//! inverse.
//!
//! ```text
//! packet      [label] [encryption] [checksum] [compression] ( message │ compound of messages )
//!
//! label       f4 │ length u8, 1 to 255 │ the cluster's name
//! encryption  version u8 │ nonce, 12 bytes │ ciphertext of all that follows │ tag, 16 bytes
//! checksum    0c │ CRC-32 of all that follows, u32        or  21 │ algorithm u8 │ sum
//! compression 09 │ map of "Algo" and "Buf", all that follows compressed
//! compound    07 │ count u8 │ count × length u16 │ the parts
//!
//! stream      [label, from the one that dialled] [0a │ length u32 │ encryption] [compression]
//!             message
//! ```
//!
//! The layout is the Go library's; numbers are big-endian. One message goes bare, several go as one
//! compound. What a message says is none of this module's business: it is bytes behind a kind byte.
//!
//! | file | what it does |
//! |---|---|
//! | `layers` | the choices of a node |
//! | `label`, `checksum`, `compound` | one layer each |
//! | `compress`, `encrypt` | a layer each, and its algorithms |
//! | `key`, `keyring`, `encryption` | the keys, and what a node does with them |
//! | `sealed`, `stream` | what is encrypted; what wraps the message of a stream |

#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

mod checksum;
mod compound;
mod compress;
mod encrypt;
mod encryption;
mod error;
mod key;
mod keyring;
mod label;
mod layers;
pub mod overhead;
mod sealed;
mod strangers;
mod stream;
#[cfg(test)]
mod tests;

pub use checksum::Checksum;
pub use compound::Messages;
pub use compress::{Compress, Compression};
pub use encrypt::Cipher;
pub use encryption::{Encryption, EncryptionStatus};
pub use error::{Fault, OpenError, SealError};
pub use key::{KeyError, SecretKey};
pub use keyring::{KeySource, Keyring, KeyringError};
pub use layers::Layers;
pub use strangers::stranger;
pub use stream::StreamHead;

use self::compress::{COMPRESSED, Output};
use self::sealed::Padding;
use crate::codec::Parts;
use crate::types::limits::INFLATED_PACKET_BYTES_MAX;

/// Wraps and unwraps what one node sends and receives. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Framer {
    layers: Layers,
    padding: Padding,
}

/// A packet whose wrapping was found in order: right cluster, right key, right checksum. Only
/// [`Framer::open`] makes one, so that nothing that was not opened is read.
#[derive(Clone, Debug)]
pub struct Opened<'a> {
    plain: &'a [u8],
}

/// Room for what packets are decrypted and inflated into, used again and again.
#[derive(Debug, Default)]
pub struct Scratch {
    decrypted: Vec<u8>,
    inflated: Vec<u8>,
}

impl Scratch {
    /// Bytes that are kept from one packet to the next.
    const KEPT: usize = 128 * 1024;

    /// Gives back what an unusually long packet took.
    pub fn tidy(&mut self) {
        self.inflated.clear();
        self.inflated.shrink_to(Self::KEPT);
    }
}

impl Framer {
    /// Packets and streams with these layers. What is received is taken whatever it is wrapped in,
    /// so that a cluster can change its choices node by node.
    pub fn new(layers: Layers) -> Self {
        Self { layers, padding: Padding::None }
    }

    /// The same for a node of that protocol version: one of version 1 pads what AES-GCM encrypts,
    /// as the oldest of the Go library read it.
    #[must_use]
    pub fn for_protocol(mut self, version: u8) -> Self {
        self.padding = if version == 1 { Padding::Pkcs7 } else { Padding::None };
        self
    }

    /// What wraps what this node sends.
    pub const fn layers(&self) -> &Layers {
        &self.layers
    }

    /// Writes `parts` as one packet into `out`, which is cleared first. Without parts nothing is
    /// written.
    ///
    /// # Errors
    ///
    /// The parts are more, or one is longer, than a compound can say, or they cannot be encrypted.
    /// `out` is of no use then.
    pub fn seal(&self, parts: &Parts, out: &mut Vec<u8>) -> Result<(), SealError> {
        self.seal_with(self.layers.checksum, parts, out)
    }

    /// The same without a checksum, for a receiver that would not know what it is.
    ///
    /// # Errors
    ///
    /// As [`seal`](Self::seal).
    pub fn seal_unsummed(&self, parts: &Parts, out: &mut Vec<u8>) -> Result<(), SealError> {
        self.seal_with(None, parts, out)
    }

    fn seal_with(
        &self,
        checksum: Option<Checksum>,
        parts: &Parts,
        out: &mut Vec<u8>,
    ) -> Result<(), SealError> {
        out.clear();
        if parts.is_empty() {
            return Ok(());
        }
        compound::check(parts)?;
        label::put(&self.layers.label, out);
        let Some((encryption, ring)) = self.layers.sealing() else {
            checksum::put(checksum, out, |out| self.put(parts, out));
            return Ok(());
        };
        let (start, cipher) = (out.len(), encryption.keyring().cipher());
        sealed::begin(cipher, self.padding, encryption.nonce()?, out);
        checksum::put(checksum, out, |out| self.put(parts, out));
        sealed::pad(start, out);
        let schedule = &ring.primary().ok_or(SealError::Key)?.schedule;
        sealed::finish(schedule, cipher, self.layers.label.as_bytes(), start, out)
    }

    /// Appends the messages, compressed if that makes them shorter.
    fn put(&self, parts: &Parts, out: &mut Vec<u8>) {
        let start = out.len();
        compound::put(parts, out);
        let Some(compress) = self.layers.packets else { return };
        let wrapped = compress.wrap(&out[start..]);
        if let Some(wrapped) = wrapped.filter(|wrapped| start + wrapped.len() < out.len()) {
            out.truncate(start);
            out.extend_from_slice(&wrapped);
        }
    }

    /// Checks the wrapping of a packet and takes it off, in `scratch` where it has to be copied.
    ///
    /// # Errors
    ///
    /// The packet is of another cluster, was damaged, or is none. Nothing of it may be used.
    pub fn open<'a>(
        &self,
        packet: &'a [u8],
        scratch: &'a mut Scratch,
    ) -> Result<Opened<'a>, OpenError> {
        let bytes = label::strip(&self.layers.label, packet)?;
        let bytes = self.decrypt(bytes, &mut scratch.decrypted)?;
        let plain = match checksum::strip(bytes)? {
            [] => return Err(OpenError::Empty),
            wrapped @ [COMPRESSED, ..] => inflate(wrapped, &mut scratch.inflated)?,
            plain => plain,
        };
        Ok(Opened { plain })
    }

    fn decrypt<'a>(
        &self,
        bytes: &'a [u8],
        decrypted: &'a mut Vec<u8>,
    ) -> Result<&'a [u8], OpenError> {
        let encryption = self.layers.encryption.as_ref();
        let Some((ring, refuses_plain)) = encryption.and_then(Encryption::opening) else {
            return Ok(bytes);
        };
        decrypted.clear();
        decrypted.extend_from_slice(bytes);
        match sealed::open(&ring, self.layers.label.as_bytes(), decrypted) {
            Ok(text) => Ok(&decrypted[text]),
            Err(error) if refuses_plain => Err(error),
            Err(_) => Ok(bytes),
        }
    }

    /// Appends the one message that `put` appends, wrapped for a stream. `dialled`: this side
    /// opened the stream, so the label leads; replies carry none.
    ///
    /// # Errors
    ///
    /// It is longer than others take, or cannot be encrypted. `out` is of no use then.
    pub fn seal_stream(
        &self,
        dialled: bool,
        out: &mut Vec<u8>,
        put: impl FnOnce(&mut Vec<u8>),
    ) -> Result<(), SealError> {
        stream::seal(&self.layers, self.padding, dialled, out, put)
    }

    /// Looks for what wraps a stream's message in what has arrived so far. `dialled`: this side
    /// opened the stream, so no label comes back.
    ///
    /// # Errors
    ///
    /// The stream is of another cluster, or plain where it must not be.
    pub fn open_stream(&self, head: &[u8], dialled: bool) -> Result<StreamHead, OpenError> {
        let begins = if dialled {
            label::refuse(head)?
        } else {
            label::strip_stream(&self.layers.label, head)?
        };
        match begins {
            Ok(start) => stream::scan(self.layers.encryption.as_ref(), head, start),
            Err(needs) => Ok(StreamHead::Needs(needs)),
        }
    }

    /// The message in what [`open_stream`](Self::open_stream) found to be wrapped: decrypted where
    /// it stands, inflated into `inflated`. `grow` is asked before that takes so many bytes more.
    ///
    /// # Errors
    ///
    /// No key opens it, or what is in it makes no sense or is too long.
    pub fn unwrap_stream<'a>(
        &self,
        wrapped: &'a mut [u8],
        inflated: &'a mut Vec<u8>,
        grow: &mut dyn FnMut(usize) -> bool,
    ) -> Result<&'a [u8], OpenError> {
        stream::unwrap(&self.layers, wrapped, inflated, grow)
    }

    /// Bytes that this adds to a packet at most, compounds apart. With a keyring there is room for
    /// encryption, whether anything is encrypted now or not: keys come and go.
    pub fn overhead(&self) -> usize {
        let label = overhead::label(self.layers.label.as_bytes().len());
        let cipher = self.layers.cipher();
        let sealed = cipher.map_or(0, |cipher| sealed::overhead(cipher, self.padding));
        label + sealed + overhead::checksum(self.layers.checksum)
    }

    /// Bytes of a packet of `packet_size` that are left for messages and for what packs them.
    pub fn budget(&self, packet_size: usize) -> usize {
        packet_size.saturating_sub(self.overhead())
    }
}

fn inflate<'a>(wrapped: &[u8], inflated: &'a mut Vec<u8>) -> Result<&'a [u8], OpenError> {
    let mut grow = |_| true;
    compress::unwrap(wrapped, &mut Output::new(inflated, INFLATED_PACKET_BYTES_MAX, &mut grow))?;
    if inflated.is_empty() {
        return Err(OpenError::Empty);
    }
    Ok(inflated)
}

/// The label that a packet or the front of a stream carries, whosever it is.
pub fn label_of(bytes: &[u8]) -> Option<&[u8]> {
    label::peek(bytes)
}

impl<'a> Opened<'a> {
    /// The messages in order, compounds taken apart. An error stands for what was lost at this
    /// place; the messages before and after it are good.
    pub fn messages(&self) -> Messages<'a> {
        Messages::new(self.plain)
    }
}
