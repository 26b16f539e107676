//! The limits of a connection as s2n-quic takes them.

use core::time::Duration;
use std::io;

use s2n_quic::provider::limits::Limits;

use crate::options::QuicOptions;

/// Streams that carry one datagram each and that a peer may have open at once.
const GOSSIP_MAX: u64 = 256;

pub(super) fn limits(options: &QuicOptions, handshake: Duration) -> io::Result<Limits> {
    let streams = u64::from(options.max_streams).saturating_add(1);
    Limits::new()
        .with_max_idle_timeout(options.idle_timeout)
        .and_then(|limits| limits.with_max_handshake_duration(handshake))
        .and_then(|limits| limits.with_max_open_remote_bidirectional_streams(streams))
        .and_then(|limits| limits.with_max_open_remote_unidirectional_streams(GOSSIP_MAX))
        .map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error.to_string()))
}
