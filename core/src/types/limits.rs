//! Every bound on what an outsider can make us hold, and how each was chosen.

/// Bytes of an id on the wire. The Go library does not limit names; 255 fits one length byte and
/// every name of a host.
pub const ID_BYTES_MAX: usize = 255;

/// Bytes of an address on the wire: one length byte again; a domain name with a port fits.
pub const ADDRESS_BYTES_MAX: usize = 255;

/// Bytes of a member's metadata, as in the Go library.
pub const META_BYTES_MAX: usize = 512;

/// Bytes of a cluster label: it travels with one length byte.
pub const LABEL_BYTES_MAX: usize = 255;

/// Parts of one compound packet: they are counted in one byte.
pub const COMPOUND_PARTS_MAX: usize = 255;

/// How deep compounds may sit in one another. Nobody needs more than one level; two leaves room for
/// a compound inside a compressed one.
pub const PACKET_NESTING_MAX: usize = 2;

/// Bytes of the largest datagram that UDP can carry.
pub const DATAGRAM_BYTES_MAX: usize = 65_535;

/// Bytes of one stream message: HashiCorp's limit on ciphertext, user state and user messages.
pub const STREAM_BYTES_MAX: usize = 20 * 1024 * 1024;

/// Bytes of one whole push/pull, user state included: twice the above, as Go's cap after inflating.
pub const PUSH_PULL_BYTES_MAX: usize = 40 * 1024 * 1024;

/// Bytes of what is encrypted on a stream, as in the Go library: version, nonce and tag included.
pub const SEALED_STREAM_BYTES_MAX: usize = 20 * 1024 * 1024;

/// Bytes of what a compressed stream message was made of, as in the Go library: so many are
/// allowed, one more is an error.
pub const INFLATED_STREAM_BYTES_MAX: usize = 40 * 1024 * 1024;

/// Bytes of what a compressed packet was made of: a datagram's worth of messages for each of 16.
/// The Go library allows 40 MiB here too, which a stranger's packet of 31 KB could ask for; packets
/// of nodes are made of no more than their packet size, and only a message of the application that
/// shrinks to a sixteenth comes near.
pub const INFLATED_PACKET_BYTES_MAX: usize = 16 * 65_536;

/// Bytes of any other stream message (ping, ack, error): four times what the largest ping takes, so
/// that later versions can add to it.
pub const STREAM_SMALL_BYTES_MAX: usize = 4 * 1024;

/// Bytes of the text in an error answer; longer ones are cut by the sender.
pub const ERROR_TEXT_BYTES_MAX: usize = 1_024;

/// Members in one push/pull, as in the Go library. The list grows as it is read.
pub const PUSH_PULL_MEMBERS_MAX: usize = 1_048_576;

/// Claims of a push/pull that the machine takes in before it looks at its sockets again.
pub const MERGE_SLICE: usize = 1_000;

/// Bytes that an ack may carry back for the application; what fits a packet beside its header.
pub const ACK_PAYLOAD_BYTES_MAX: usize = 1_024;

/// Members that one node keeps, of any state. What is beyond is refused and counted: a million is
/// beyond what SWIM was ever run with and keeps a flood of made-up names under a few hundred MB.
pub const MEMBERS_MAX: usize = 1_048_576;

/// Pings that this node relays for others at the same time. A ring with every node failing its
/// probes asks for three each per second; 4,096 are under a MB.
pub const RELAYS_MAX: usize = 4_096;

/// Packets that wait to be sent in one drain. They leave before the next input; a bound for
/// compounds of 255 pings.
pub const OUTBOX_PACKETS_MAX: usize = 1_024;

const _: () = assert!(ACK_PAYLOAD_BYTES_MAX < DATAGRAM_BYTES_MAX);
const _: () = assert!(STREAM_BYTES_MAX < PUSH_PULL_BYTES_MAX);
const _: () = assert!(ERROR_TEXT_BYTES_MAX < STREAM_SMALL_BYTES_MAX);
