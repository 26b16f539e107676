//! Packets and bytes, as a host's network card counts them.

use core::ops::{AddAssign, Sub};

use crate::HostNo;
use crate::observe::{Observer, Seen, View};

/// Bytes that IPv4 (20) and UDP (8) put before each datagram.
pub const IP_UDP_HEADS: u64 = 28;

/// Bytes that IPv4 (20) and TCP (20) put before each segment.
pub const IP_TCP_HEADS: u64 = 40;

/// Bytes of a stream that one segment carries on an Ethernet.
const SEGMENT: u64 = 1_448;

/// Segments without bytes that open and end a stream: SYN, SYN-ACK, ACK, twice FIN and ACK. They
/// are all put down to the one that dials.
const HANDSHAKE_SEGMENTS: u64 = 7;

/// What one host, or all of them, have sent and received. Bytes count all heads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Datagrams sent.
    pub sent: u64,
    /// Their bytes.
    pub sent_bytes: u64,
    /// Datagrams taken in.
    pub received: u64,
    /// Their bytes.
    pub received_bytes: u64,
    /// Streams dialled.
    pub streams: u64,
    /// Bytes sent on streams, the segments that open and end them included. Acknowledgements
    /// without bytes are not counted.
    pub stream_bytes: u64,
    /// Bytes taken in from streams.
    pub stream_received: u64,
}

impl Tally {
    /// Everything that left.
    pub fn bytes_out(&self) -> u64 {
        self.sent_bytes + self.stream_bytes
    }

    /// Everything that was taken in.
    pub fn bytes_in(&self) -> u64 {
        self.received_bytes + self.stream_received
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, more: Self) {
        self.sent += more.sent;
        self.sent_bytes += more.sent_bytes;
        self.received += more.received;
        self.received_bytes += more.received_bytes;
        self.streams += more.streams;
        self.stream_bytes += more.stream_bytes;
        self.stream_received += more.stream_received;
    }
}

/// What has come since an earlier tally.
impl Sub for Tally {
    type Output = Self;

    fn sub(self, earlier: Self) -> Self {
        Self {
            sent: self.sent - earlier.sent,
            sent_bytes: self.sent_bytes - earlier.sent_bytes,
            received: self.received - earlier.received,
            received_bytes: self.received_bytes - earlier.received_bytes,
            streams: self.streams - earlier.streams,
            stream_bytes: self.stream_bytes - earlier.stream_bytes,
            stream_received: self.stream_received - earlier.stream_received,
        }
    }
}

/// Counts from the start of the world.
#[derive(Clone, Debug, Default)]
pub struct Load {
    hosts: Vec<Tally>,
}

impl Load {
    /// What one host has sent and received.
    pub fn of(&self, host: HostNo) -> Tally {
        self.hosts.get(host as usize).copied().unwrap_or_default()
    }

    /// All hosts together.
    pub fn total(&self) -> Tally {
        let mut total = Tally::default();
        self.hosts.iter().for_each(|tally| total += *tally);
        total
    }

    fn at(&mut self, view: View<'_>, host: HostNo) -> &mut Tally {
        if self.hosts.len() < view.hosts.len() {
            self.hosts.resize(view.hosts.len(), Tally::default());
        }
        &mut self.hosts[host as usize]
    }
}

impl Observer for Load {
    fn see(&mut self, view: View<'_>, seen: &Seen<'_>) {
        match *seen {
            Seen::Sent { host, bytes, .. } => {
                let tally = self.at(view, host);
                tally.sent += 1;
                tally.sent_bytes += bytes.len() as u64 + IP_UDP_HEADS;
            }
            Seen::Received { host, bytes, .. } => {
                let tally = self.at(view, host);
                tally.received += 1;
                tally.received_bytes += bytes.len() as u64 + IP_UDP_HEADS;
            }
            Seen::Dialled { host, .. } => {
                let tally = self.at(view, host);
                tally.streams += 1;
                tally.stream_bytes += HANDSHAKE_SEGMENTS * IP_TCP_HEADS;
            }
            Seen::StreamSent { host, len } => self.at(view, host).stream_bytes += on_wire(len),
            Seen::StreamReceived { host, len } => {
                self.at(view, host).stream_received += on_wire(len);
            }
            _ => {}
        }
    }
}

/// Bytes of a stream with the heads of their segments.
fn on_wire(len: usize) -> u64 {
    let len = len as u64;
    len + len.div_ceil(SEGMENT) * IP_TCP_HEADS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_segment_has_its_heads() {
        assert_eq!([0, 1, 1_448, 1_449].map(on_wire), [0, 41, 1_488, 1_529]);
    }

    #[test]
    fn tallies_add_up() {
        let one = Tally { sent: 2, sent_bytes: 100, streams: 1, ..Tally::default() };
        let mut sum = one;
        sum += Tally { sent: 1, stream_bytes: 7, received_bytes: 3, ..Tally::default() };
        assert_eq!((sum.sent, sum.bytes_out(), sum.bytes_in()), (3, 107, 3));
        assert_eq!((sum - one).sent, 1);
        assert_eq!(sum - sum, Tally::default());
    }
}
