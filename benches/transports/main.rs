//! What the transports cost beside one another: datagrams at full speed from one to another, and
//! connections that are made, used for one byte each way, and closed. Both sides are in this
//! process, so CPU time is that of both. Prints one JSON object, with ratios to plain UDP and TCP.
//!
//! `cargo run --release -p memberlist-benches --features s2n,native-tls --bin transports`

mod datagrams;
mod handshakes;

use clap::Parser;
use serde_json::{Value, json};

use datagrams::datagrams;
use memberlist_benches::carriers;

/// What the transports cost beside one another.
#[derive(Parser)]
struct Args {
    /// Seconds that each is measured, after as long a warm-up.
    #[arg(long, default_value_t = 3)]
    seconds: u64,
    /// Threads of the runtime.
    #[arg(long, default_value_t = 2)]
    threads: usize,
}

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// How often something was done, and what each took.
#[derive(Clone, Copy)]
struct Measured {
    per_second: f64,
    cpu_us: f64,
    /// Datagrams that did not arrive.
    lost: u64,
}

impl Measured {
    fn report(self, plain: Self) -> Value {
        json!({
            "per_second": self.per_second.round(), "cpu_us_each": self.cpu_us, "lost": self.lost,
            "times_the_cpu_of_plain": self.cpu_us / plain.cpu_us,
        })
    }
}

fn main() -> Result<(), Failure> {
    let args = Args::parse();
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    let runtime = runtime.worker_threads(args.threads).enable_all().build()?;
    let report = runtime.block_on(run(args.seconds))?;
    println!("{}", serde_json::to_string_pretty(&report)?);
    Ok(())
}

async fn run(seconds: u64) -> Result<Value, Failure> {
    let span = std::time::Duration::from_secs(seconds);
    let udp = datagrams(datagrams::udp, span).await?;
    let mut sent = serde_json::Map::new();
    sent.insert("udp".to_owned(), udp.report(udp));
    let quinn = datagrams(async || datagrams::quic(carriers::quinn()).await, span).await?;
    sent.insert("quinn".to_owned(), quinn.report(udp));
    #[cfg(feature = "s2n")]
    {
        let s2n = datagrams(async || datagrams::quic(carriers::s2n()).await, span).await?;
        sent.insert("s2n".to_owned(), s2n.report(udp));
    }
    Ok(json!({ "datagrams": sent, "connections": connections(span).await? }))
}

async fn connections(span: std::time::Duration) -> Result<Value, Failure> {
    let tcp = handshakes::streams(memberlist::net::Tcp, span).await?;
    let mut made = serde_json::Map::new();
    made.insert("tcp".to_owned(), tcp.report(tcp));
    let tls = handshakes::streams(carriers::tls(), span).await?;
    made.insert("tls".to_owned(), tls.report(tcp));
    #[cfg(feature = "native-tls")]
    {
        let native = handshakes::streams(carriers::native_tls(), span).await?;
        made.insert("native-tls".to_owned(), native.report(tcp));
    }
    let quinn = handshakes::quic(&carriers::quinn(), span).await?;
    made.insert("quinn".to_owned(), quinn.report(tcp));
    #[cfg(feature = "s2n")]
    {
        let s2n = handshakes::quic(&carriers::s2n(), span).await?;
        made.insert("s2n".to_owned(), s2n.report(tcp));
    }
    Ok(Value::Object(made))
}
