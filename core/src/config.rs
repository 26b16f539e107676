//! The protocol's knobs: [`Options`] as they are typed, [`Config`] as they hold.

#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use core::ops::Deref;
use core::time::Duration;

/// An option that makes no sense. Nothing has been started.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OptionsError {
    /// The value is outside its range.
    #[error("option `{option}` must be {allowed}, it is {value}")]
    Range {
        /// The option.
        option: &'static str,
        /// What is allowed, in words.
        allowed: &'static str,
        /// What was given.
        value: String,
    },
    /// There is no such option.
    #[error("there is no option `{key}`; known are: {known}")]
    Unknown {
        /// What was asked for.
        key: String,
        /// All options, separated by commas.
        known: String,
    },
    /// The text is not of the option's type.
    #[error("option `{option}` takes {expected}, `{value}` is none")]
    Syntax {
        /// The option.
        option: &'static str,
        /// What is expected, in words.
        expected: &'static str,
        /// What was given.
        value: String,
    },
}

trait Value: Sized {
    const EXPECTED: &'static str;
    fn parse(text: &str) -> Option<Self>;
}

impl Value for Duration {
    const EXPECTED: &'static str = "a duration such as `500ms`, `1s` or `2m`";

    fn parse(text: &str) -> Option<Self> {
        let split = text.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(text.len());
        let number: f64 = text[..split].parse().ok()?;
        let unit = match &text[split..] {
            "ns" => 1e-9,
            "us" => 1e-6,
            "ms" => 1e-3,
            "s" => 1.0,
            "m" => 60.0,
            "h" => 3600.0,
            "" if number == 0.0 => 1.0,
            _ => return None,
        };
        Duration::try_from_secs_f64(number * unit).ok()
    }
}

macro_rules! parsed {
    ($($type:ty: $expected:literal),* $(,)?) => {$(
        impl Value for $type {
            const EXPECTED: &'static str = $expected;
            fn parse(text: &str) -> Option<Self> {
                text.parse().ok()
            }
        }
    )*};
}

parsed! {
    bool: "`true` or `false`",
    u8: "a number from 0 to 255",
    u32: "a whole number",
    usize: "a whole number",
}

macro_rules! options {
    ($($(#[$doc:meta])* $name:ident: $type:ty = $lan:expr;)*) => {
        /// Every knob of the protocol. Start from [`lan`](Options::lan), [`wan`](Options::wan) or
        /// [`local`](Options::local), the Go library's three sets.
        #[derive(Clone, Debug, PartialEq)]
        #[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
        #[cfg_attr(feature = "serde", serde(default, deny_unknown_fields))]
        #[non_exhaustive]
        pub struct Options {
            $($(#[$doc])* pub $name: $type,)*
        }

        impl Options {
            /// The names that [`set`](Options::set) knows.
            pub const KEYS: &'static [&'static str] = &[$(stringify!($name)),*];

            /// For one data centre: links of about a millisecond, failures found in seconds.
            pub fn lan() -> Self {
                Self { $($name: $lan),* }
            }

            /// Sets an option by its name from text, for command lines and the like.
            pub fn set(&mut self, key: &str, value: &str) -> Result<(), OptionsError> {
                match key {
                    $(stringify!($name) => self.$name = parse(stringify!($name), value)?,)*
                    _ => {
                        let known = Self::KEYS.join(", ");
                        return Err(OptionsError::Unknown { key: key.into(), known });
                    }
                }
                Ok(())
            }
        }
    };
}

const fn millis(n: u64) -> Duration {
    Duration::from_millis(n)
}

const fn secs(n: u64) -> Duration {
    Duration::from_secs(n)
}

options! {
    /// How often a member is probed. Shorter finds failures sooner and costs two packets each time.
    /// 1 ms to a day. LAN 1 s, WAN 5 s,
    /// local 1 s.
    probe_interval: Duration = secs(1);
    /// How long to wait for the direct answer before others are asked to try. Choose above the 99th
    /// percentile of the round-trip time. At least 100 us, below `probe_interval`. LAN 500 ms, WAN
    /// 3 s, local 200 ms.
    probe_timeout: Duration = millis(500);
    /// How many others are asked to probe when the direct probe was not answered. More tolerate
    /// more lost packets. 0 to 64. LAN 3, WAN 3, local 1.
    indirect_checks: usize = 3;
    /// No ping over a stream when the direct probe was not answered. LAN, WAN, local: false.
    disable_reliable_pings: bool = false;
    /// The local health score stays below this; the probe interval is stretched by up to this
    /// factor when this node itself is slow (Lifeguard, LHA-Probe). 1 to 64; 1 is off. 8 in all
    /// sets.
    awareness_max_multiplier: u32 = 8;
    /// How long a suspect has to refute: this times log10(members) times `probe_interval`. Larger
    /// means fewer false deaths and later true ones. 1 to 100. LAN 4, WAN 6, local 3.
    suspicion_mult: u32 = 4;
    /// A suspicion that nobody confirms lasts this many times longer (Lifeguard, LHA-Suspicion).
    /// 1 to 100; 1 is off. 6 in all sets.
    suspicion_max_timeout_mult: u32 = 6;
    /// How many independent accusers after the first bring a suspicion down to its least time
    /// (Lifeguard's K; the paper has 3). More means fewer false deaths where many members are slow
    /// at once. 0 to 100; 0 stands for `suspicion_mult` - 2, as in the Go library. 0 in all sets.
    suspicion_confirmations: u32 = 0;
    /// Each update is sent this times ceil(log10(members + 1)) times by each node. 1 to 100.
    /// LAN 4, WAN 4, local 2.
    retransmit_mult: u32 = 4;
    /// How often queued updates are gossiped; zero switches gossip off (pings still carry updates).
    /// Zero, or 1 ms to a day. LAN 200 ms, WAN 500 ms, local 100 ms.
    gossip_interval: Duration = millis(200);
    /// To how many members at a time; 0 switches gossip off. 0 to 64. LAN 3, WAN 4, local 3.
    gossip_nodes: usize = 3;
    /// The dead still get gossip for so long, so that a living one hears that it is called dead;
    /// after it the dead and the left are forgotten. Zero to a day. LAN 30 s, WAN 60 s, local 15 s.
    gossip_to_the_dead_time: Duration = secs(30);
    /// An update that this node has never sent leaves at once, not at the next tick; two such
    /// rounds at a time, and one more with each tick. True in all sets.
    eager_gossip: bool = true;
    /// Percent of each gossip packet that user data may claim when membership updates would fill
    /// it. 0 to 100. 25 in all sets.
    user_share_percent: u8 = 25;
    /// How often everything is exchanged with one other member; zero switches it off. Stretched in
    /// clusters of more than 32. Zero, or 1 ms to a day. LAN 30 s, WAN 60 s, local 15 s.
    push_pull_interval: Duration = secs(30);
    /// How long one exchange over a stream may take, dialling included. 1 ms to a day. LAN 10 s,
    /// WAN 30 s, local 1 s.
    stream_timeout: Duration = secs(10);
    /// After so long the name of a dead member may be taken from another address; zero means never
    /// (the name of one that left may be taken at once). Zero to a day. Zero in all sets.
    dead_node_reclaim_time: Duration = Duration::ZERO;
    /// Bytes of the largest packet that is sent, at most what the transport carries. Smaller fits
    /// narrow tunnels and makes more packets. 512 to 65,507, but a node starts only if its own
    /// claim with full metadata fits together with a ping: with a name of one byte and the defaults
    /// otherwise that takes 830 bytes, with `Msgpack` 904; two more for each further byte of the
    /// name, and more with a label or a key. The error says how many. 1400 in all sets.
    packet_size: usize = 1400;
    /// Lifeguard's local health score (LHA-Probe). Off: the probe interval is never stretched.
    /// True.
    local_health: bool = true;
    /// Lifeguard's suspicion time-out that shrinks with confirmations (LHA-Suspicion). Off: the
    /// least time-out holds at once, as in plain SWIM. True.
    suspicion_scaling: bool = true;
    /// Lifeguard's buddy system: a ping to a suspect carries the suspicion. True.
    buddy_system: bool = true;
    /// Ask helpers for a nack (Lifeguard, LHA-Probe). True.
    nacks: bool = true;
    /// Version of the Go library's protocol that this node says it speaks; it understands 1 to 5
    /// whatever is chosen, and whoever does not understand this one refuses to exchange with it. 1
    /// encrypts with padding, as the oldest of the Go library do; 2 to 5 make the same packets.
    /// Only for pools of old members. 1 to 5. 2 in all sets, as Go.
    protocol_version: u8 = 2;
    /// Least version of the application's own protocol that is understood. In each full exchange
    /// the three of every member that is alive are held against this node's: one that does not fit
    /// is left out, and the exchange, so also a join, is refused only if none fits. Go's nodes
    /// refuse unless all understand each other. Raise it once no member speaks the older. 0 to 255,
    /// at most `delegate_protocol_version`. 0 in all sets: nothing is told apart.
    delegate_protocol_min: u8 = 0;
    /// Greatest version of the application's own protocol that is understood. Raise it on all
    /// members before any speaks the newer. 0 to 255, at least `delegate_protocol_version`. 0 in
    /// all sets.
    delegate_protocol_max: u8 = 0;
    /// Version of the application's own protocol that is spoken. The node itself does nothing
    /// differently; others see it in `Member::versions`. From `delegate_protocol_min` to
    /// `delegate_protocol_max`. 0 in all sets.
    delegate_protocol_version: u8 = 0;
    /// User broadcasts of this node and of others that wait in the queue; what is beyond replaces
    /// the most often sent. 1 to 1,000,000. 4096.
    broadcast_queue_depth: usize = 4096;
    /// Messages that wait for a told hook; what is beyond is dropped and counted. 1 to 1,000,000.
    /// 1024.
    handoff_queue_depth: usize = 1024;
    /// Bytes that wait for a told hook; what is beyond is dropped and counted. At least 65,536. 64
    /// MiB.
    handoff_queue_bytes: usize = 64 * 1024 * 1024;
}

fn parse<T: Value>(option: &'static str, value: &str) -> Result<T, OptionsError> {
    T::parse(value).ok_or_else(|| OptionsError::Syntax {
        option,
        expected: T::EXPECTED,
        value: value.into(),
    })
}

impl Default for Options {
    /// The same as [`Options::lan`].
    fn default() -> Self {
        Self::lan()
    }
}

impl Options {
    /// For several data centres: longer time-outs, more gossip at a time.
    pub fn wan() -> Self {
        Self {
            stream_timeout: secs(30),
            suspicion_mult: 6,
            push_pull_interval: secs(60),
            probe_timeout: secs(3),
            probe_interval: secs(5),
            gossip_nodes: 4,
            gossip_interval: millis(500),
            gossip_to_the_dead_time: secs(60),
            ..Self::lan()
        }
    }

    /// For one machine: short time-outs. Unlike the name it does not change where a node listens.
    pub fn local() -> Self {
        Self {
            stream_timeout: secs(1),
            indirect_checks: 1,
            retransmit_mult: 2,
            suspicion_mult: 3,
            push_pull_interval: secs(15),
            probe_timeout: millis(200),
            probe_interval: secs(1),
            gossip_interval: millis(100),
            gossip_to_the_dead_time: secs(15),
            ..Self::lan()
        }
    }

    /// Checks every value and every relation between values.
    pub fn check(self) -> Result<Config, OptionsError> {
        self.check_times()?;
        self.check_numbers()?;
        Ok(Config(self))
    }

    fn check_times(&self) -> Result<(), OptionsError> {
        const DAY: Duration = secs(24 * 3600);
        // Shorter ones would keep a core busy with nothing else.
        const SHORTEST: Duration = millis(1);
        for (name, value) in
            [("probe_interval", self.probe_interval), ("stream_timeout", self.stream_timeout)]
        {
            let holds = (SHORTEST..=DAY).contains(&value);
            range(name, "1 ms to a day", holds, value)?;
        }
        for (name, value) in [
            ("gossip_interval", self.gossip_interval),
            ("push_pull_interval", self.push_pull_interval),
        ] {
            let holds = value.is_zero() || (SHORTEST..=DAY).contains(&value);
            range(name, "zero, or 1 ms to a day", holds, value)?;
        }
        for (name, value) in [
            ("gossip_to_the_dead_time", self.gossip_to_the_dead_time),
            ("dead_node_reclaim_time", self.dead_node_reclaim_time),
        ] {
            range(name, "at most a day", value <= DAY, value)?;
        }
        let timeout = self.probe_timeout;
        range("probe_timeout", "at least 100 us", timeout >= Duration::from_micros(100), timeout)?;
        let below = timeout < self.probe_interval;
        range("probe_timeout", "below `probe_interval`", below, timeout)
    }

    fn check_numbers(&self) -> Result<(), OptionsError> {
        let to_64 = |n: usize| n <= 64;
        let to_100 = |n: u32| (1..=100).contains(&n);
        range("indirect_checks", "0 to 64", to_64(self.indirect_checks), self.indirect_checks)?;
        range("gossip_nodes", "0 to 64", to_64(self.gossip_nodes), self.gossip_nodes)?;
        let multiplier = self.awareness_max_multiplier;
        range("awareness_max_multiplier", "1 to 64", (1..=64).contains(&multiplier), multiplier)?;
        for (name, value) in [
            ("suspicion_mult", self.suspicion_mult),
            ("suspicion_max_timeout_mult", self.suspicion_max_timeout_mult),
            ("retransmit_mult", self.retransmit_mult),
        ] {
            range(name, "1 to 100", to_100(value), value)?;
        }
        let confirmations = self.suspicion_confirmations;
        range("suspicion_confirmations", "0 to 100", confirmations <= 100, confirmations)?;
        let share = self.user_share_percent;
        range("user_share_percent", "0 to 100", share <= 100, share)?;
        let size = self.packet_size;
        range("packet_size", "512 to 65507", (512..=65_507).contains(&size), size)?;
        let version = self.protocol_version;
        range("protocol_version", "1 to 5", (1..=5).contains(&version), version)?;
        self.check_depths()?;
        let version = self.delegate_protocol_version;
        let inside = (self.delegate_protocol_min..=self.delegate_protocol_max).contains(&version);
        let allowed = "from `delegate_protocol_min` to `delegate_protocol_max`";
        range("delegate_protocol_version", allowed, inside, version)
    }

    fn check_depths(&self) -> Result<(), OptionsError> {
        for (name, value) in [
            ("broadcast_queue_depth", self.broadcast_queue_depth),
            ("handoff_queue_depth", self.handoff_queue_depth),
        ] {
            range(name, "1 to 1000000", (1..=1_000_000).contains(&value), value)?;
        }
        let bytes = self.handoff_queue_bytes;
        range("handoff_queue_bytes", "at least 65536", bytes >= 65_536, bytes)
    }
}

fn range(
    option: &'static str,
    allowed: &'static str,
    holds: bool,
    value: impl core::fmt::Debug,
) -> Result<(), OptionsError> {
    if holds {
        return Ok(());
    }
    Err(OptionsError::Range { option, allowed, value: format!("{value:?}") })
}

/// Options that were checked. Only [`Options::check`] makes one.
#[derive(Clone, Debug, PartialEq)]
pub struct Config(Options);

impl Deref for Config {
    type Target = Options;

    fn deref(&self) -> &Options {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_three_sets_make_sense() {
        for options in [Options::lan(), Options::wan(), Options::local()] {
            assert!(options.check().is_ok());
        }
    }

    #[test]
    fn an_option_is_set_by_name() {
        let mut options = Options::lan();
        options.set("probe_interval", "250ms").unwrap();
        options.set("eager_gossip", "false").unwrap();
        options.set("gossip_nodes", "5").unwrap();
        assert_eq!(options.probe_interval, millis(250));
        assert!(!options.eager_gossip);
        assert_eq!(options.gossip_nodes, 5);
    }

    #[test]
    fn errors_name_the_option_and_what_is_allowed() {
        let mut options = Options::lan();
        let error = options.set("probe_intervall", "1s").unwrap_err().to_string();
        assert!(error.contains("probe_interval, probe_timeout"), "{error}");
        let error = options.set("probe_interval", "fast").unwrap_err().to_string();
        assert_eq!(
            error,
            "option `probe_interval` takes a duration such as `500ms`, `1s` or `2m`, `fast` is none"
        );
        options.probe_timeout = secs(2);
        let error = options.check().unwrap_err().to_string();
        assert_eq!(error, "option `probe_timeout` must be below `probe_interval`, it is 2s");
    }

    #[test]
    fn every_numeric_option_has_a_range() {
        let outside = [
            ("probe_interval", "0s"),
            ("probe_timeout", "0s"),
            ("stream_timeout", "0s"),
            ("push_pull_interval", "48h"),
            ("indirect_checks", "65"),
            ("gossip_nodes", "65"),
            ("awareness_max_multiplier", "0"),
            ("suspicion_mult", "0"),
            ("suspicion_max_timeout_mult", "0"),
            ("suspicion_confirmations", "101"),
            ("retransmit_mult", "101"),
            ("user_share_percent", "101"),
            ("packet_size", "100"),
            ("protocol_version", "6"),
            ("delegate_protocol_version", "3"),
            ("broadcast_queue_depth", "0"),
            ("handoff_queue_depth", "0"),
            ("handoff_queue_bytes", "1"),
            ("gossip_interval", "999us"),
            ("gossip_to_the_dead_time", "25h"),
            ("dead_node_reclaim_time", "25h"),
            ("delegate_protocol_min", "1"),
        ];
        let without = |key: &&str| !outside.iter().any(|(tried, _)| tried == key);
        let rest: Vec<_> = Options::KEYS.iter().copied().filter(without).collect();
        // Nothing is outside of true and false, and the last one is bounded only by the version
        // that is spoken, which is tried.
        let free = [
            "disable_reliable_pings",
            "eager_gossip",
            "local_health",
            "suspicion_scaling",
            "buddy_system",
            "nacks",
            "delegate_protocol_max",
        ];
        assert_eq!(rest, free, "an option has no range, or none that is tried here");
        for (key, value) in outside {
            let mut options = Options::lan();
            options.set(key, value).unwrap();
            let error = options.check().unwrap_err().to_string();
            assert!(error.contains(key), "{error}");
        }
    }
}
