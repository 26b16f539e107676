//! One packet after another: what it says, what fits.

use std::borrow::Cow;

use super::room::largest_payload;
use crate::codec::Parts;
use crate::frame::overhead;
use crate::swim::Budget;
use crate::types::SequenceNumber;
use crate::types::limits::{ACK_PAYLOAD_BYTES_MAX, COMPOUND_PARTS_MAX};
use crate::wire::{Ack, Message, Wire};

/// What a message of `broadcast_messages` costs besides its own bytes: its place in the compound
/// and its kind.
pub(super) const USER_OVERHEAD: usize = overhead::COMPOUND_PART + 1;

/// The packet that is being filled, and what fits one.
#[derive(Debug)]
pub(super) struct Packer {
    parts: Parts,
    budget: Budget,
    user_share_percent: usize,
    max_ack_payload: usize,
    max_packet_payload: usize,
}

impl Packer {
    /// Packets have `room` bytes for messages and for what packs them.
    pub(super) fn new<I, A, W: Wire<I, A>>(room: usize, user_share_percent: u8) -> Self {
        let ack = |payload: &[u8], out: &mut Vec<u8>| {
            let (seq, payload) = (SequenceNumber::new(u32::MAX), Cow::Borrowed(payload));
            W::encode(&Message::Ack(Ack { seq, payload }), out);
        };
        let user = |payload: &[u8], out: &mut Vec<u8>| {
            W::encode(&Message::User(Cow::Borrowed(payload)), out);
        };
        Self {
            parts: Parts::new(),
            budget: Budget {
                bytes: room,
                head: overhead::COMPOUND_HEAD,
                part: overhead::COMPOUND_PART,
                parts: COMPOUND_PARTS_MAX,
            },
            user_share_percent: usize::from(user_share_percent),
            max_ack_payload: largest_payload(room, ack).unwrap_or(0).min(ACK_PAYLOAD_BYTES_MAX),
            max_packet_payload: largest_payload(room, user).unwrap_or(0),
        }
    }

    /// Bytes of the longest message that can be a part among others: what gossip must keep to,
    /// since it shares packets.
    pub(super) const fn part_max(&self) -> usize {
        overhead::part_max(self.budget.bytes)
    }

    pub(super) const fn max_ack_payload(&self) -> usize {
        self.max_ack_payload
    }

    pub(super) const fn max_packet_payload(&self) -> usize {
        self.max_packet_payload
    }

    /// The numbers that gossip keeps to.
    pub(super) const fn budget(&self) -> Budget {
        self.budget
    }

    /// The packet so far.
    pub(super) const fn parts(&self) -> &Parts {
        &self.parts
    }

    /// The packet so far, to add to.
    pub(super) const fn parts_mut(&mut self) -> &mut Parts {
        &mut self.parts
    }

    /// Begins a packet with what it must say: the first message, and of the others those that fit
    /// beside it. An ack with the most that an application may add can leave no room for the
    /// accusation that goes with it, and the ack is what the other side waits for.
    pub(super) fn begin<I, A, W: Wire<I, A>>(&mut self, messages: &[Message<'static, I, A>]) {
        self.parts.clear();
        for message in messages {
            self.parts.push_with(|out| W::encode(message, out));
            if self.parts.len() > 1 && !self.fits() {
                self.parts.pop();
            }
        }
    }

    /// Whether the messages are within the packet's size.
    pub(super) fn fits(&self) -> bool {
        overhead::packed(self.parts.len(), self.parts.byte_len()) <= self.budget.bytes
    }

    /// Bytes that the application may fill, [`USER_OVERHEAD`] for each message included: its share,
    /// or what `gossip` bytes that wait leave, whichever is more.
    pub(super) fn user_limit(&self, gossip: usize) -> usize {
        let free = overhead::free(self.budget.bytes, self.parts.len(), self.parts.byte_len());
        let share = free * self.user_share_percent / 100;
        share.max(free.saturating_sub(gossip))
    }

    /// Adds messages of the application up to `limit`; gives the number of those that did not fit.
    pub(super) fn add_user<I, A, W: Wire<I, A>>(
        &mut self,
        messages: impl IntoIterator<Item = impl AsRef<[u8]>>,
        mut limit: usize,
    ) -> u64 {
        let mut dropped = 0;
        for message in messages {
            let message = message.as_ref();
            match limit.checked_sub(message.len() + USER_OVERHEAD) {
                Some(rest) if self.parts.len() < self.budget.parts => {
                    limit = rest;
                    let user = Message::User(Cow::Borrowed(message));
                    self.parts.push_with(|out| W::encode(&user, out));
                }
                _ => dropped += 1,
            }
        }
        dropped
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use smol_str::SmolStr;

    use super::*;
    use crate::frame::{Checksum, Framer, Layers};
    use crate::wire::Lpe;

    fn packer(room: usize, percent: u8) -> Packer {
        Packer::new::<SmolStr, SocketAddr, Lpe>(room, percent)
    }

    fn add_user(packer: &mut Packer, messages: &[&[u8]], limit: usize) -> u64 {
        packer.add_user::<SmolStr, SocketAddr, Lpe>(messages, limit)
    }

    fn nack() -> Message<'static, SmolStr, SocketAddr> {
        Message::Nack(crate::wire::Nack { seq: SequenceNumber::new(1) })
    }

    #[test]
    fn the_application_has_its_share_or_what_is_left() {
        let mut packer = packer(1002, 25);
        assert_eq!(packer.user_limit(0), 1000);
        assert_eq!(packer.user_limit(400), 600);
        assert_eq!(packer.user_limit(900), 250);
        assert_eq!(packer.user_limit(usize::MAX), 250);
        packer.begin::<SmolStr, SocketAddr, Lpe>(&[nack(), nack()]);
        assert_eq!(packer.user_limit(0), 1000 - 2 * 4);
        packer.user_share_percent = 0;
        assert_eq!(packer.user_limit(usize::MAX), 0);
    }

    #[test]
    fn what_the_application_gives_fits_to_the_byte() {
        let framer = Framer::new(Layers { checksum: Some(Checksum::Crc32), ..Layers::default() });
        let mut packer = packer(framer.budget(100), 25);
        packer.begin::<SmolStr, SocketAddr, Lpe>(&[nack()]);
        let limit = packer.user_limit(0);
        assert_eq!(limit, 95 - 2 - 4);
        let rest = vec![7; limit - 13 - 3];
        assert_eq!(add_user(&mut packer, &[&[1; 10], &rest, b"", &[0]], limit), 2);
        let mut out = Vec::new();
        framer.seal(&packer.parts, &mut out).unwrap();
        assert_eq!(out.len(), 100);
    }

    #[test]
    fn a_message_that_overruns_does_not_keep_out_those_that_fit() {
        let mut packer = packer(100, 25);
        assert_eq!(add_user(&mut packer, &[&[1; 50], b"fits", &[2; 50]], 20), 2);
        assert_eq!(packer.parts.iter().collect::<Vec<_>>(), [b"\x08fits"]);
        let many = vec![&b""[..]; 300];
        assert_eq!(add_user(&mut packer, &many, 10_000), 300 - 254);
    }

    #[test]
    fn payloads_are_limited_by_the_packet_and_by_their_own_limit() {
        let roomy = packer(1400, 25);
        assert_eq!(roomy.max_packet_payload(), 1399);
        assert_eq!(roomy.max_ack_payload(), ACK_PAYLOAD_BYTES_MAX);
        // Kind 1, number 5, tag 1, length 2.
        assert_eq!(packer(512, 25).max_ack_payload(), 512 - 9);
    }
}
