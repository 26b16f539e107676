//! The limits of a QUIC transport.

use core::time::Duration;

use memberlist_net::BindError;

/// Bytes of the largest datagram, the same for every peer and path. Each QUIC path carries UDP
/// payloads of 1,200 bytes (RFC 9000, section 14); from that go 1 byte of flags, up to 20 of a
/// connection id, 4 of a packet number, 16 of the seal, and 9 of the frame's type and length.
pub const MAX_DATAGRAM: usize = 1_150;

/// How long handshakes take, connections stay, and how many there may be of each.
///
/// Made by [`QuicOptions::new`]; every field may be changed before the transport is bound.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct QuicOptions {
    /// How long a handshake may take, dialled or accepted, and how long a connection that was
    /// replaced may stay for its streams. Not zero. Default: 5 s.
    pub handshake_timeout: Duration,
    /// How long a connection stays without a packet from the peer. Also how long it takes until one
    /// to a peer that vanished is given up. The smaller one of both sides holds. Default: 15 s.
    pub idle_timeout: Duration,
    /// Peers with a connection: one each, for a moment up to three. The one that was not used for
    /// longest gives way to a new one; where streams run on all of them, a new one is refused. Not
    /// zero. Default: 1,024.
    pub max_connections: usize,
    /// Handshakes that peers began and have not finished. The oldest gives way to a new one; from
    /// half of it on, peers first have to prove that their address is their own. `S2n` does TLS by
    /// itself: those who have proved theirs are limited by `handshake_timeout` alone there, and
    /// the oldest gives way only of those that are through and have not greeted. Default: 256.
    pub max_handshakes: usize,
    /// Streams that one peer may have open towards this node at once. Default: 64.
    pub max_streams: u32,
}

impl QuicOptions {
    /// Every option at its default.
    pub const fn new() -> Self {
        Self {
            handshake_timeout: Duration::from_secs(5),
            idle_timeout: Duration::from_secs(15),
            max_connections: 1_024,
            max_handshakes: 256,
            max_streams: 64,
        }
    }

    /// Names the option without which nobody is ever connected.
    pub(crate) const fn check(&self) -> Result<(), BindError> {
        if self.max_connections == 0 {
            return Err(BindError::Zero("max_connections"));
        }
        if self.handshake_timeout.is_zero() {
            return Err(BindError::Zero("handshake_timeout"));
        }
        Ok(())
    }
}

impl Default for QuicOptions {
    fn default() -> Self {
        Self::new()
    }
}
