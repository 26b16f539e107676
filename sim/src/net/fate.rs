//! What becomes of one packet.

use core::time::Duration;

/// What becomes of one packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It never arrives.
    Lost,
    /// It arrives.
    Arrives {
        /// After so long.
        delay: Duration,
        /// And once more, after so long.
        again: Option<Duration>,
        /// With bits flipped where these bits say.
        damage: Option<u64>,
    },
}

/// Flips one to four bits of `bytes`, where `bits` says. The first byte stays what it is: it says
/// that a checksum follows, and nothing guards it, so that damage there is no fault of the machine.
pub(crate) fn damage(bytes: &mut [u8], bits: u64) {
    let Some((_, bytes)) = bytes.split_first_mut().filter(|(_, rest)| !rest.is_empty()) else {
        return;
    };
    for flip in 0..=(bits & 3) {
        let at = (bits >> (8 + 14 * flip)) as usize;
        bytes[(at >> 3) % bytes.len()] ^= 1 << (at & 7);
    }
}
