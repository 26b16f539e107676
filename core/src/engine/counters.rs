//! What the engine counts.

use std::collections::BTreeMap;

/// Claims with an address that is not allowed, and pings that want an answer to one.
pub(super) const REFUSED_ADDRESS: &str = "refused_address";
/// Claims that `notify_alive` refused.
pub(super) const REFUSED_CLAIM: &str = "refused_claim";
/// Claims without versions, in a format in which everybody tells them.
pub(super) const REFUSED_VERSIONLESS: &str = "refused_versionless";
/// Push/pulls that `notify_merge` refused.
pub(super) const REFUSED_MERGE: &str = "refused_merge";
/// Push/pulls whose versions do not fit.
pub(super) const REFUSED_VERSIONS: &str = "refused_versions";
/// Answers of `ack_payload` that were too large and went as empty ones.
pub(super) const ACK_PAYLOAD_TOO_LARGE: &str = "hook_ack_payload_too_large";
/// Answers of `local_state` that were too large and went as empty ones.
pub(super) const LOCAL_STATE_TOO_LARGE: &str = "hook_local_state_too_large";
/// Messages of `broadcast_messages` beyond the limit, dropped.
pub(super) const BROADCAST_MESSAGE_TOO_LARGE: &str = "hook_broadcast_message_too_large";
/// Stream pings that `disable_reliable_pings` left out.
pub(super) const STREAM_PING_DISABLED: &str = "stream_ping_disabled";
/// Stream pings for another node.
pub(super) const STREAM_PING_FOREIGN: &str = "stream_ping_foreign";
/// Packets whose messages are longer than a packet may be, not sent.
pub(super) const PACKET_TOO_LARGE: &str = "packet_too_large";
/// Packets that no frame could be put around: a fault of ours.
pub(super) const UNSEALED: &str = "frame_unsealed";

/// Packets and bytes of both directions, and everything else by name.
#[derive(Debug, Default)]
pub(super) struct Counters {
    packets_received: u64,
    bytes_received: u64,
    packets_sent: u64,
    bytes_sent: u64,
    named: BTreeMap<&'static str, u64>,
}

impl Counters {
    pub(super) fn received(&mut self, bytes: usize) {
        self.packets_received += 1;
        self.bytes_received += bytes as u64;
    }

    pub(super) fn sent(&mut self, bytes: usize) {
        self.packets_sent += 1;
        self.bytes_sent += bytes as u64;
    }

    pub(super) fn count(&mut self, name: &'static str) {
        self.add(name, 1);
    }

    pub(super) fn add(&mut self, name: &'static str, n: u64) {
        *self.named.entry(name).or_default() += n;
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&'static str, u64)> + '_ {
        let traffic = [
            ("packets_received", self.packets_received),
            ("bytes_received", self.bytes_received),
            ("packets_sent", self.packets_sent),
            ("bytes_sent", self.bytes_sent),
        ];
        traffic.into_iter().chain(self.named.iter().map(|(&name, &n)| (name, n)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_happened_is_listed_besides_the_traffic() {
        let mut counters = Counters::default();
        counters.received(100);
        counters.received(11);
        counters.sent(7);
        counters.add("b", 2);
        counters.count("a");
        counters.count("b");
        let listed: Vec<_> = counters.iter().collect();
        assert_eq!(listed[..2], [("packets_received", 2), ("bytes_received", 111)]);
        assert_eq!(listed[2..4], [("packets_sent", 1), ("bytes_sent", 7)]);
        assert_eq!(listed[4..], [("a", 1), ("b", 3)]);
    }
}
