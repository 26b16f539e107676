//! The machine to datagrams.

use super::Engine;
use super::counters::{BROADCAST_MESSAGE_TOO_LARGE, PACKET_TOO_LARGE, UNSEALED};
use super::packer::USER_OVERHEAD;
use crate::delegate::Delegate;
use crate::swim::{Fill, Transmit};
use crate::time::Instant;
use crate::types::{Address, Id, Versions};
use crate::wire::Wire;

impl<I: Id, A: Address, W: Wire<I, A>, D: Delegate<I, A>> Engine<I, A, W, D> {
    /// Writes the next datagram into `out`, which is cleared first, and says where it goes.
    pub fn poll_datagram(&mut self, now: Instant, out: &mut Vec<u8>) -> Option<A> {
        loop {
            let transmit = self.swim.poll_transmit(now)?;
            self.packer.begin::<I, A, W>(&transmit.messages);
            if transmit.fill != Fill::Nothing {
                self.fill(&transmit);
            }
            if self.seal(&transmit, out) {
                return Some(transmit.to);
            }
        }
    }

    /// The application is asked first, so that its share is not gone; then come membership and user
    /// gossip.
    fn fill(&mut self, transmit: &Transmit<I, A>) {
        self.fill_user();
        self.swim.fill(transmit, self.packer.parts_mut());
    }

    fn fill_user(&mut self) {
        let limit = self.packer.user_limit(self.swim.gossip_bytes());
        if limit <= USER_OVERHEAD + 1 {
            return;
        }
        let messages = self.delegate.broadcast_messages(USER_OVERHEAD, limit);
        let dropped = self.packer.add_user::<I, A, W>(messages, limit);
        if dropped > 0 {
            self.counters.add(BROADCAST_MESSAGE_TOO_LARGE, dropped);
            tracing::debug!(dropped, limit, "broadcast_messages gave more than was asked for");
        }
    }

    /// Whether there is anything to send, and it is in `out` now.
    fn seal(&mut self, transmit: &Transmit<I, A>, out: &mut Vec<u8>) -> bool {
        if self.packer.parts().is_empty() {
            return false;
        }
        // Nothing that the machine says by itself: a ping to an id that nobody can have is.
        if !self.packer.fits() {
            self.counters.count(PACKET_TOO_LARGE);
            return false;
        }
        let sealed = if self.knows_checksums(transmit) {
            self.framer.seal(self.packer.parts(), out)
        } else {
            self.framer.seal_unsummed(self.packer.parts(), out)
        };
        if let Err(error) = sealed {
            self.counters.count(UNSEALED);
            tracing::error!(%error, "a packet could not be sealed");
            return false;
        }
        self.counters.sent(out.len());
        true
    }

    /// Whether the receiver reads checksums: everybody who speaks our format does, of the Go
    /// library's nodes those of protocol version 5.
    fn knows_checksums(&self, transmit: &Transmit<I, A>) -> bool {
        let versions = || self.swim.receiver(transmit)?.versions();
        !W::GO_ALGORITHMS_ONLY || versions().is_some_and(Versions::has_checksum)
    }
}
