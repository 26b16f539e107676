//! What a node can speak.

/// The six version bytes that a member announces: protocol and delegate, each as least, greatest
/// and in use (HashiCorp's `Vsn`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Versions {
    /// Least protocol version understood.
    pub protocol_min: u8,
    /// Greatest protocol version understood: gates stream ping (3), nack (4) and checksum (5).
    pub protocol_max: u8,
    /// Protocol version spoken.
    pub protocol: u8,
    /// Least delegate version understood.
    pub delegate_min: u8,
    /// Greatest delegate version understood.
    pub delegate_max: u8,
    /// Delegate version spoken.
    pub delegate: u8,
}

impl Versions {
    /// What this crate speaks when nothing else is configured: protocol 1 to 5, in use 2, as Go.
    pub const DEFAULT: Self = Self::from_bytes([1, 5, 2, 0, 0, 0]);

    /// As the six bytes of the wire.
    pub const fn to_bytes(self) -> [u8; 6] {
        [
            self.protocol_min,
            self.protocol_max,
            self.protocol,
            self.delegate_min,
            self.delegate_max,
            self.delegate,
        ]
    }

    /// From the six bytes of the wire.
    pub const fn from_bytes(bytes: [u8; 6]) -> Self {
        let [protocol_min, protocol_max, protocol, delegate_min, delegate_max, delegate] = bytes;
        Self { protocol_min, protocol_max, protocol, delegate_min, delegate_max, delegate }
    }

    /// Whether the protocol range makes sense: an `alive` whose range does not is refused
    /// (HashiCorp: `PMin == 0 || PMax == 0 || PMin > PMax`).
    pub const fn is_sane(self) -> bool {
        self.protocol_min != 0 && self.protocol_max != 0 && self.protocol_min <= self.protocol_max
    }

    /// Whether each of the two understands what the other one speaks, of both protocols.
    pub const fn fits(self, other: Self) -> bool {
        self.understands(other) && other.understands(self)
    }

    const fn understands(self, other: Self) -> bool {
        let protocol = self.protocol_min <= other.protocol && other.protocol <= self.protocol_max;
        let delegate = self.delegate_min <= other.delegate && other.delegate <= self.delegate_max;
        protocol && delegate
    }

    /// Whether the peer answers pings over a stream.
    pub const fn has_stream_ping(self) -> bool {
        self.protocol_max >= 3
    }

    /// Whether the node knows checksums on packets: protocol version 5 brought them.
    pub const fn has_checksum(self) -> bool {
        self.protocol_max >= 5
    }

    /// Whether the peer sends nacks for indirect pings.
    pub const fn has_nack(self) -> bool {
        self.protocol_max >= 4
    }
}

impl Default for Versions {
    fn default() -> Self {
        Self::DEFAULT
    }
}
