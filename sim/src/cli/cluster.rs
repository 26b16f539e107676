//! The flags that describe a cluster.

use std::time::Duration;

use memberlist_core::config::{Options, OptionsError};
use memberlist_sim::estimate::{Cluster, Profile};
use memberlist_sim::net::Latency;

/// The cluster in question.
#[derive(clap::Args)]
pub(crate) struct ClusterArgs {
    /// Nodes.
    #[arg(long, default_value_t = 128)]
    nodes: u32,
    /// Packets that are lost: `2%` or `0.02`.
    #[arg(long, default_value = "0%", value_parser = share)]
    loss: f64,
    /// The set of options, and the network that it is meant for.
    #[arg(long, value_enum, default_value_t = ProfileArg::Lan)]
    profile: ProfileArg,
    /// One-way delay instead of the profile's: `20ms`, or `20ms..80ms`.
    #[arg(long, value_parser = latency)]
    latency: Option<Latency>,
    /// An option of the protocol: `probe_interval=2s`. Any number of times.
    #[arg(long, value_name = "OPTION=VALUE", value_parser = pair)]
    set: Vec<(String, String)>,
    /// Bytes of metadata of each node.
    #[arg(long, default_value_t = 32)]
    meta: usize,
    /// How long nothing happens, so that quiet traffic can be measured.
    #[arg(long, default_value = "60s", value_parser = duration)]
    quiet: Duration,
    /// Nodes that crash in each trial. If it is not given: `run` takes a tenth of them, at most 20,
    /// `tune` a fifth, at most 50.
    #[arg(long)]
    pub(crate) crashes: Option<u32>,
    /// Metadata changes in each trial.
    #[arg(long)]
    updates: Option<u32>,
    /// Broadcasts in each trial.
    #[arg(long, default_value_t = 10)]
    broadcasts: u32,
    /// Trials, each of another seed.
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    seeds: u32,
    /// The first seed.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Trials at a time; 0 is one for each core.
    #[arg(long, default_value_t = 0)]
    pub(crate) jobs: usize,
}

/// A set of options.
#[derive(Clone, Copy, clap::ValueEnum)]
enum ProfileArg {
    /// One data centre.
    Lan,
    /// Several data centres.
    Wan,
    /// One machine.
    Local,
}

impl ClusterArgs {
    pub(crate) fn profile(&self) -> Profile {
        match self.profile {
            ProfileArg::Lan => Profile::Lan,
            ProfileArg::Wan => Profile::Wan,
            ProfileArg::Local => Profile::Local,
        }
    }

    /// The cluster, with what was set, not checked yet.
    pub(crate) fn cluster(&self) -> Result<Cluster, OptionsError> {
        let mut cluster = Cluster::new(self.nodes, self.profile());
        for (key, value) in &self.set {
            cluster.options.set(key, value)?;
        }
        self.fit_timeout(&mut cluster.options);
        cluster.loss = self.loss;
        cluster.latency = self.latency.unwrap_or(cluster.latency);
        cluster.meta = self.meta;
        cluster.quiet = self.quiet;
        cluster.crashes = self.crashes.unwrap_or(cluster.crashes);
        cluster.updates = self.updates.unwrap_or(cluster.updates);
        cluster.broadcasts = self.broadcasts;
        Ok(cluster)
    }

    /// Who sets an interval that is shorter than the profile's time-out, and no time-out, gets one
    /// in the profile's proportion.
    fn fit_timeout(&self, options: &mut Options) {
        let is_set = self.set.iter().any(|(key, _)| key == "probe_timeout");
        if is_set || options.probe_timeout < options.probe_interval {
            return;
        }
        let base = self.profile().options();
        let part = base.probe_timeout.as_secs_f64() / base.probe_interval.as_secs_f64();
        options.probe_timeout = options.probe_interval.mul_f64(part);
        eprintln!("note: probe_timeout is {:?}, to fit probe_interval", options.probe_timeout);
    }

    /// Names of the options that were set.
    pub(crate) fn chosen(&self) -> Vec<String> {
        self.set.iter().map(|(key, _)| key.clone()).collect()
    }

    pub(crate) fn seeds(&self) -> Vec<u64> {
        (0..u64::from(self.seeds)).map(|at| self.seed.wrapping_add(at)).collect()
    }
}

/// A part of something, such as `2%` or `0.02`.
pub(crate) fn share(text: &str) -> Result<f64, String> {
    let wrong = || format!("a share such as `2%` or `0.02` is needed, `{text}` is none");
    let (number, whole) = text.strip_suffix('%').map_or((text, 1.0), |number| (number, 100.0));
    let share = number.trim().parse::<f64>().map_err(|_| wrong())? / whole;
    if (0.0..=1.0).contains(&share) { Ok(share) } else { Err(wrong()) }
}

/// A duration such as `500us`, `20ms`, `5s` or `2m`.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let wrong =
        || format!("a duration such as `500us`, `20ms`, `5s` or `2m` is needed, `{text}` is none");
    let split = text.find(|c: char| c.is_ascii_alphabetic()).ok_or_else(wrong)?;
    let seconds = match &text[split..] {
        "us" => 1e-6,
        "ms" => 1e-3,
        "s" => 1.0,
        "m" => 60.0,
        _ => return Err(wrong()),
    };
    let number: f64 = text[..split].trim().parse().map_err(|_| wrong())?;
    Duration::try_from_secs_f64(number * seconds).map_err(|_| wrong())
}

fn latency(text: &str) -> Result<Latency, String> {
    let Some((low, high)) = text.split_once("..") else {
        return duration(text).map(Latency::Fixed);
    };
    let (low, high) = (duration(low)?, duration(high)?);
    if low < high {
        Ok(Latency::Uniform { low, high })
    } else {
        Err(format!("the shorter delay comes first, not as in `{text}`"))
    }
}

fn pair(text: &str) -> Result<(String, String), String> {
    let pair = text.split_once('=');
    let pair = pair.map(|(key, value)| (key.trim().to_owned(), value.trim().to_owned()));
    pair.ok_or_else(|| format!("`OPTION=VALUE` is needed, `{text}` has no `=`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_and_durations_are_read() {
        assert_eq!((share("2%"), share("0.02"), share("0")), (Ok(0.02), Ok(0.02), Ok(0.0)));
        assert!(share("120%").is_err() && share("-1%").is_err() && share("NaN").is_err());
        assert_eq!(duration("1.5s"), Ok(Duration::from_millis(1_500)));
        for text in ["", "5", "s", "5h", "-1s", "é"] {
            let error = duration(text).unwrap_err();
            assert!(error.ends_with(&format!("`{text}` is none")), "{error}");
        }
    }

    #[derive(clap::Parser)]
    struct Line {
        #[command(flatten)]
        cluster: ClusterArgs,
    }

    fn parsed(line: &str) -> ClusterArgs {
        let words = ["program"].into_iter().chain(line.split_whitespace());
        <Line as clap::Parser>::try_parse_from(words).unwrap().cluster
    }

    #[test]
    fn a_time_out_follows_the_interval_unless_it_is_set() {
        let args = parsed("--nodes 50 --loss 2% --profile wan --set probe_interval=2s");
        let cluster = args.cluster().unwrap();
        assert_eq!((cluster.nodes, cluster.loss, cluster.updates), (50, 0.02, 10));
        assert_eq!(cluster.options.probe_timeout, Duration::from_millis(1_200));
        assert!(cluster.check().is_ok());
        let args = parsed("--set probe_interval=2s --set probe_timeout=3s --crashes 3");
        let cluster = args.cluster().unwrap();
        let error = cluster.check().unwrap_err().to_string();
        assert_eq!(error, "option `probe_timeout` must be below `probe_interval`, it is 3s");
        assert_eq!((args.chosen().len(), cluster.crashes, args.seeds()), (2, 3, vec![1, 2, 3, 4]));
    }

    #[test]
    fn delays_are_one_or_a_range() {
        let ms = Duration::from_millis;
        assert_eq!(latency("20ms"), Ok(Latency::Fixed(ms(20))));
        let range = Latency::Uniform { low: ms(20), high: ms(80) };
        assert_eq!(latency("20ms..80ms"), Ok(range));
        assert!(latency("80ms..20ms").is_err() && latency("20..80").is_err());
        assert_eq!(pair("a = b"), Ok(("a".to_owned(), "b".to_owned())));
        assert!(pair("a").is_err());
    }
}
