//! What was typed.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Parser;
use clap::ValueEnum;
use tracing_subscriber::filter::LevelFilter;

/// One node of a cluster: commands in on standard input, events and replies out on standard output.
#[derive(Debug, Parser)]
#[command(name = "agent", version)]
pub(crate) struct Flags {
    /// Node id; default: the host name.
    #[arg(long)]
    pub(crate) name: Option<String>,

    /// Where to listen, repeatable; port 0 is any free port.
    #[arg(long, value_name = "ADDR:PORT", default_value = "127.0.0.1:7946")]
    pub(crate) bind: Vec<SocketAddr>,

    /// What others are told; default: the bound address.
    #[arg(long, value_name = "ADDR:PORT")]
    pub(crate) advertise: Option<SocketAddr>,

    /// A seed to join at start, repeatable; host names allowed.
    #[arg(long, value_name = "ADDR")]
    pub(crate) join: Vec<String>,

    /// The set of options to start from.
    #[arg(long, value_enum, default_value_t = Profile::Lan)]
    pub(crate) profile: Profile,

    /// Any option by its name, repeatable; durations as 500ms, 30s.
    #[arg(long, value_name = "KEY=VALUE")]
    pub(crate) set: Vec<String>,

    /// The format of message bodies.
    #[arg(long, value_enum, default_value_t = Wire::Lpe)]
    pub(crate) wire: Wire,

    /// What carries the streams.
    #[arg(long, value_enum, default_value_t = Transport::Tcp)]
    pub(crate) transport: Transport,

    /// PEM file with the authorities that peers are checked against.
    #[arg(long, value_name = "FILE")]
    pub(crate) tls_ca: Option<PathBuf>,

    /// PEM file with this node's certificate.
    #[arg(long, value_name = "FILE")]
    pub(crate) tls_cert: Option<PathBuf>,

    /// PEM file with this node's private key.
    #[arg(long, value_name = "FILE")]
    pub(crate) tls_key: Option<PathBuf>,

    /// The name that the certificate of every dialled peer must be for; default: its IP address.
    #[arg(long, value_name = "NAME")]
    pub(crate) tls_name: Option<String>,

    /// Datagrams in the clear beside a TLS transport, on purpose.
    #[arg(long)]
    pub(crate) allow_plain_datagrams: bool,

    /// What runs the tasks.
    #[arg(long, value_enum, default_value_t = Runtime::Tokio)]
    pub(crate) runtime: Runtime,

    /// The label of the cluster; default: none.
    #[arg(long, value_name = "TEXT")]
    pub(crate) label: Option<String>,

    /// A network in CIDR notation whose nodes are taken, repeatable; default: all.
    #[arg(long, value_name = "CIDR")]
    pub(crate) allow: Vec<String>,

    /// A key of the keyring, repeatable; the first is the primary one.
    #[arg(long, value_name = "BASE64")]
    pub(crate) key: Vec<String>,

    /// Whether what is not encrypted is refused; default: true if there is a key.
    #[arg(long, value_name = "BOOL")]
    pub(crate) verify_incoming: Option<bool>,

    /// Whether everything leaves encrypted; default: true if there is a key.
    #[arg(long, value_name = "BOOL")]
    pub(crate) verify_outgoing: Option<bool>,

    /// How packets and streams are encrypted.
    #[arg(long, value_enum, default_value_t = Cipher::AesGcm)]
    pub(crate) cipher: Cipher,

    /// How packets and streams are compressed; default: none with lpe, lzw with msgpack.
    #[arg(long, value_enum)]
    pub(crate) compress: Option<Compress>,

    /// How packets are protected against bit errors; default: crc32 with lpe, and with msgpack none
    /// but what the peers' protocol version asks for.
    #[arg(long, value_enum)]
    pub(crate) checksum: Option<Checksum>,

    /// What this node tells about itself.
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub(crate) meta: String,

    /// What this node adds to its acks.
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub(crate) ack_payload: String,

    /// What this node adds to its full exchanges.
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub(crate) local_state: String,

    /// So many percent of the datagrams that it sends get lost on purpose; over tcp only.
    #[arg(long, value_name = "PERCENT", default_value_t = 0)]
    #[arg(value_parser = clap::value_parser!(u8).range(0..=100))]
    pub(crate) lose: u8,

    /// Events and replies as JSON lines; otherwise as readable text.
    #[arg(long)]
    pub(crate) json: bool,

    /// How much is logged on standard error: off, error, warn, info, debug, trace.
    #[arg(long, value_name = "LEVEL", default_value = "warn")]
    pub(crate) log: LevelFilter,
}

/// Clap's page about a mistake as one line: what is wrong, what is possible, and a tip if it has
/// one; not how the program is used.
pub(crate) fn sentence(error: &clap::Error) -> String {
    let page = error.to_string();
    let page = page.strip_prefix("error: ").unwrap_or(&page);
    let is_said = |line: &&str| !line.starts_with("Usage:") && !line.starts_with("For more");
    let lines: Vec<_> = page.lines().take_while(is_said).map(str::trim).collect();
    let paragraphs = lines.split(|line| line.is_empty()).filter(|lines| !lines.is_empty());
    let mut said: Vec<_> = paragraphs.map(|lines| lines.join(" ")).collect();
    said.push("--help shows all flags".to_owned());
    said.join("; ")
}

/// The three sets of options of the Go library.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Profile {
    Local,
    Lan,
    Wan,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Wire {
    Lpe,
    Msgpack,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Transport {
    Tcp,
    Tls,
    NativeTls,
    Quinn,
    S2n,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Runtime {
    Tokio,
    Smol,
    AsyncStd,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Cipher {
    AesGcm,
    #[value(name = "chacha20-poly1305")]
    ChaCha20Poly1305,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Compress {
    None,
    Lzw,
    Lz4,
    Snappy,
    Zstd,
    Brotli,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Checksum {
    None,
    Crc32,
    #[value(name = "xxhash32")]
    XxHash32,
    #[value(name = "xxhash64")]
    XxHash64,
    Murmur3,
}
