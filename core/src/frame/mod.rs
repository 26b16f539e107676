//! Bytes ⇄ bytes: what wraps the messages on their way. [`Framer::seal`] and [`Framer::open`] are
//! inverse.
//!
//! ```text
//! packet    [label] [checksum] ( message │ compound of messages )
//!
//! label     f4 │ length u8, 1 to 255 │ the cluster's name
//! checksum  0c │ CRC-32 of all that follows, u32
//! compound  07 │ count u8 │ count × length u16 │ the parts
//!
//! stream    [label, from the one that dialled] message
//! ```
//!
//! The layout is the Go library's; numbers are big-endian. One message goes bare, several go as one
//! compound. What a message says is none of this module's business: it is bytes behind a kind byte.
//!
//! Compression (`09`) belongs between compound and checksum, encryption between checksum and label;
//! where they go in, [`seal`](Framer::seal) and [`open`](Framer::open) say so.

#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

mod checksum;
mod compound;
mod error;
mod label;
pub mod overhead;
#[cfg(test)]
mod tests;

pub use compound::Messages;
pub use error::{Fault, OpenError, SealError};
pub use label::StreamHead;

use crate::codec::Parts;
use crate::types::Label;

/// Wraps and unwraps what one node sends and receives. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Framer {
    label: Label,
    checksum: bool,
}

/// A packet whose wrapping was found in order: right cluster, right checksum. Only [`Framer::open`]
/// makes one, so that nothing that was not opened is read.
#[derive(Clone, Debug)]
pub struct Opened<'a> {
    plain: &'a [u8],
}

impl Framer {
    /// Packets with this label, and with a CRC-32 if `checksum`. What is received is checked
    /// wherever a checksum is there, whatever `checksum` says, so that a cluster can switch it on
    /// node by node.
    pub const fn new(label: Label, checksum: bool) -> Self {
        Self { label, checksum }
    }

    /// Writes `parts` as one packet into `out`, which is cleared first. Without parts nothing is
    /// written.
    ///
    /// # Errors
    ///
    /// The parts are more, or one is longer, than a compound can say. `out` is empty then.
    pub fn seal(&self, parts: &Parts, out: &mut Vec<u8>) -> Result<(), SealError> {
        out.clear();
        if parts.is_empty() {
            return Ok(());
        }
        compound::check(parts)?;
        label::put(&self.label, out);
        // Encryption goes here, around all that follows.
        checksum::put(self.checksum, out, |out| {
            // Compression goes here, if what it makes of this is shorter.
            compound::put(parts, out);
        });
        Ok(())
    }

    /// Checks the wrapping of a packet.
    ///
    /// # Errors
    ///
    /// The packet is of another cluster, was damaged, or is none. Nothing of it may be used.
    pub fn open<'a>(&self, packet: &'a [u8]) -> Result<Opened<'a>, OpenError> {
        let bytes = label::strip(&self.label, packet)?;
        // Decryption goes here.
        let plain = checksum::strip(bytes)?;
        if plain.is_empty() {
            return Err(OpenError::Empty);
        }
        Ok(Opened { plain })
    }

    /// Writes what leads a stream: the label, from the one that dialled. Replies carry none.
    pub fn seal_stream(&self, dialled: bool, out: &mut Vec<u8>) {
        if dialled {
            label::put(&self.label, out);
        }
    }

    /// Looks for what leads a stream in what has arrived so far. `dialled`: this side opened the
    /// stream, so no label comes back.
    ///
    /// # Errors
    ///
    /// The stream is of another cluster.
    pub fn open_stream(&self, head: &[u8], dialled: bool) -> Result<StreamHead, OpenError> {
        if dialled {
            return label::refuse(head);
        }
        label::strip_stream(&self.label, head)
    }

    /// Bytes that this adds to every packet, compounds apart.
    pub fn overhead(&self) -> usize {
        let label = overhead::label(self.label.as_bytes().len());
        label + overhead::checksum(self.checksum)
    }

    /// Bytes of a packet of `packet_size` that are left for messages and for what packs them.
    pub fn budget(&self, packet_size: usize) -> usize {
        packet_size.saturating_sub(self.overhead())
    }
}

impl<'a> Opened<'a> {
    /// The messages in order, compounds taken apart. An error stands for what was lost at this
    /// place; the messages before and after it are good.
    pub fn messages(&self) -> Messages<'a> {
        Messages::new(self.plain)
    }
}
