//! The nodes under measurement.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use futures_util::future::{join_all, try_join_all};
use memberlist::delegate::{
    AliveDelegate, ConflictDelegate, EventDelegate, MergeDelegate, NodeDelegate, PingDelegate,
};
use memberlist::quic::QuicOptions;
use memberlist::tokio::{Runtime, quic, tcp, tls};
use memberlist::{BuildError, Carrier, Layered, Memberlist, Options, UserMessage};
use memberlist_benches::carriers::{self, Kind};
use serde_json::{Value, json};
use smol_str::{SmolStr, format_smolstr};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::Failure;

pub(crate) type Node = Memberlist<SmolStr, SocketAddr>;

/// When each message arrived, with its bytes.
pub(crate) type Arrivals = UnboundedReceiver<(Instant, bytes::Bytes)>;

/// All nodes, and what the application of any of them was sent.
pub(crate) struct Nodes {
    pub(crate) all: Vec<Node>,
    pub(crate) arrivals: Arrivals,
}

struct Recorder(UnboundedSender<(Instant, bytes::Bytes)>);

impl NodeDelegate<SmolStr, SocketAddr> for Recorder {
    const BROADCASTS: bool = false;

    async fn notify_message(&self, message: UserMessage<SmolStr, SocketAddr>) {
        let _ = self.0.send((Instant::now(), message.payload));
    }
}

impl AliveDelegate<SmolStr, SocketAddr> for Recorder {}
impl MergeDelegate<SmolStr, SocketAddr> for Recorder {}
impl EventDelegate<SmolStr, SocketAddr> for Recorder {}
impl ConflictDelegate<SmolStr, SocketAddr> for Recorder {}

impl PingDelegate<SmolStr, SocketAddr> for Recorder {
    const COMPLETIONS: bool = false;
}

/// Packets may go in the clear where only streams are guarded.
async fn start(
    (kind, idle_timeout): (Kind, Duration),
    id: SmolStr,
    options: &Options,
    recorder: Recorder,
) -> Result<Node, BuildError> {
    let mut connections = QuicOptions::new();
    connections.idle_timeout = idle_timeout;
    match kind {
        Kind::Tcp => over(tcp(id), options, recorder).await,
        Kind::Tls => {
            let builder = tls(id, carriers::tls()).allow_plain_datagrams(true);
            over(builder, options, recorder).await
        }
        #[cfg(feature = "native-tls")]
        Kind::NativeTls => {
            let builder = memberlist::tokio::native_tls(id, carriers::native_tls());
            over(builder.allow_plain_datagrams(true), options, recorder).await
        }
        Kind::Quinn => over(quic(id, carriers::quinn()).quic(connections), options, recorder).await,
        #[cfg(feature = "s2n")]
        Kind::S2n => over(quic(id, carriers::s2n()).quic(connections), options, recorder).await,
    }
}

async fn over<C: Carrier<Runtime>>(
    builder: Layered<Runtime, C>,
    options: &Options,
    recorder: Recorder,
) -> Result<Node, BuildError> {
    builder.bind("127.0.0.1:0").options(options.clone()).delegate(recorder).start().await
}

impl Nodes {
    /// The time is after how long an idle connection of QUIC is closed.
    pub(crate) async fn start(
        n: usize,
        options: &Options,
        carrier: (Kind, Duration),
    ) -> Result<Self, Failure> {
        let (sender, arrivals) = unbounded_channel();
        let start =
            |i| start(carrier, format_smolstr!("node-{i}"), options, Recorder(sender.clone()));
        let all = try_join_all((0..n).map(start)).await?;
        Ok(Self { all, arrivals })
    }

    /// All but the first join the first at once; gives how many did not.
    pub(crate) async fn join_first(&self) -> usize {
        let seed = *self.all[0].advertised();
        let joins = self.all[1..].iter().map(|node| node.join([seed]));
        join_all(joins).await.iter().filter(|joined| joined.is_err()).count()
    }

    pub(crate) async fn all_see_all(&self) -> Result<(), Failure> {
        let n = self.all.len();
        let complete = self.all.iter().map(|node| node.wait_for(move |members| members.len() == n));
        try_join_all(complete).await?;
        Ok(())
    }

    /// Who sees fewer than all, in words.
    pub(crate) fn views(&self) -> String {
        let n = self.all.len();
        let short = self.all.iter().filter(|node| node.num_members() < n);
        let short: Vec<_> = short
            .map(|node| format!("{} sees {}", node.local().id(), node.num_members()))
            .collect();
        short.join(", ")
    }

    /// What all have sent so far: the sums of the counters that tell it.
    pub(crate) fn sent(&self) -> Value {
        let sum =
            |name: &str| -> u64 { self.all.iter().filter_map(|node| node.stats().get(name)).sum() };
        let (datagrams, streams) = (sum("bytes_sent"), sum("stream_bytes_sent"));
        let trouble = TROUBLES.map(|name| (name, sum(name))).into_iter().filter(|(_, n)| *n > 0);
        let trouble: serde_json::Map<_, _> =
            trouble.map(|(name, n)| (name.to_owned(), json!(n))).collect();
        json!({
            "trouble": trouble, "packets": sum("packets_sent"), "datagram_bytes": datagrams,
            "stream_bytes": streams, "mb": (datagrams + streams) as f64 / 1e6,
        })
    }

    pub(crate) async fn shutdown(&self) {
        join_all(self.all.iter().map(|node| async { node.shutdown().await })).await;
    }
}

/// Counters that stay at zero when all goes well.
const TROUBLES: [&str; 12] = [
    "datagram_receive_errors",
    "datagram_send_errors",
    "datagrams_blocked",
    "exchanges_failed",
    "late_wakeups",
    "msg_dead",
    "msg_suspect",
    "pauses",
    "stream_dial_errors",
    "streams_evicted",
    "streams_put_off",
    "streams_timed_out",
];
