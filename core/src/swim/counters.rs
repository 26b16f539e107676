//! What the machine counts. Every claim and packet that is not taken is counted by its reason.

macro_rules! counters {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// Counts since the start.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub(crate) struct Counters {
            $($(#[$doc])* pub(crate) $name: u64,)*
        }

        impl Counters {
            /// All of them by name.
            pub(crate) fn list(&self) -> impl Iterator<Item = (&'static str, u64)> + use<> {
                [$((stringify!($name), self.$name)),*].into_iter()
            }
        }
    };
}

counters! {
    /// Alive claims taken in.
    msg_alive,
    /// Suspect claims taken in.
    msg_suspect,
    /// Dead claims taken in.
    msg_dead,
    /// Claims that were known already or are older than what is known.
    claims_stale,
    /// Accusations of members that are not known.
    claims_unknown_member,
    /// Alive claims with an address that nothing could be sent to.
    claims_bad_address,
    /// Alive claims whose versions make no sense or do not fit this node's.
    claims_bad_versions,
    /// Alive claims with metadata over its limit.
    claims_bad_meta,
    /// Alive claims at incarnation zero; accusations at the last one of a member that is not there.
    claims_bad_incarnation,
    /// Alive claims for which there is no room in the table.
    claims_table_full,
    /// Claims that a member is at another address.
    conflicts,
    /// Times that this node had to say that it is alive.
    refutations,
    /// Times that a member's other start was told that its name is known.
    reminders,
    /// Probes started.
    probes,
    /// Probes that nothing answered.
    probes_failed,
    /// Probes that were answered late or by a helper only.
    probes_indirect,
    /// Probes that were answered over a stream only: datagrams do not get through.
    probes_stream,
    /// Probes started with a stretched interval because this node is slow.
    degraded_probe,
    /// Suspicions that ended in death with fewer confirmations than expected.
    degraded_timeout,
    /// Times that this node was not running for longer than a probe waits.
    pauses,
    /// Pings answered.
    pings_answered,
    /// Pings for somebody else.
    pings_misdirected,
    /// Indirect pings taken on for others.
    relays,
    /// Indirect pings refused because too many are under way.
    relays_refused,
    /// Acks that nobody waits for.
    acks_unexpected,
    /// Nacks that nobody waits for, and second ones from one helper.
    nacks_unexpected,
    /// Broadcasts of the application heard for the first time.
    broadcasts_received,
    /// Broadcasts of the application that were known already.
    broadcasts_duplicate,
    /// Broadcasts from more origins than are remembered.
    broadcasts_refused,
    /// Claims of others that fit no packet of this node and are not passed on.
    gossip_too_large,
    /// Gossip rounds that did not wait for their tick.
    gossip_eager,
    /// Packets not made because too many were waiting to leave.
    outbox_full,
    /// Members forgotten.
    reaped,
}
