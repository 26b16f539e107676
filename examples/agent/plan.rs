//! What is meant: flags that are checked, or a sentence that says what to change.

use std::net::SocketAddr;

use memberlist::Cidrs;
use memberlist::Meta;
use memberlist::Options;
use memberlist::frame::Layers;
use memberlist::types::limits::ID_BYTES_MAX;

use crate::carrier::Carrier;
use crate::flags::Flags;
use crate::flags::Profile;
use crate::flags::Wire;
use crate::layers;
use crate::node::Failure;

/// Everything that the node and the program around it are started with.
pub(crate) struct Plan {
    pub(crate) carrier: Carrier,
    pub(crate) name: String,
    pub(crate) bind: Vec<SocketAddr>,
    pub(crate) advertise: Option<SocketAddr>,
    pub(crate) join: Vec<String>,
    pub(crate) options: Options,
    pub(crate) allow_plain_datagrams: bool,
    pub(crate) layers: Layers,
    pub(crate) allowed: Cidrs,
    pub(crate) meta: Meta,
    pub(crate) wire: Wire,
    pub(crate) ack_payload: String,
    pub(crate) local_state: String,
    pub(crate) lose: u8,
    pub(crate) json: bool,
}

impl TryFrom<Flags> for Plan {
    type Error = Failure;

    fn try_from(flags: Flags) -> Result<Self, Failure> {
        let carrier = Carrier::try_from(&flags).map_err(Failure::Usage)?;
        let options = options(flags.profile, &flags.set)?;
        let layers = layers::layers(&flags).map_err(Failure::Usage)?;
        let meta = Meta::try_from(flags.meta.as_str());
        Ok(Self {
            carrier,
            name: name(flags.name)?,
            bind: flags.bind,
            advertise: flags.advertise,
            join: flags.join,
            options,
            allow_plain_datagrams: flags.allow_plain_datagrams,
            layers,
            allowed: allowed(&flags.allow)?,
            meta: meta.map_err(|error| usage("--meta", error))?,
            wire: flags.wire,
            ack_payload: flags.ack_payload,
            local_state: flags.local_state,
            lose: flags.lose,
            json: flags.json,
        })
    }
}

fn usage(flag: &str, error: impl std::fmt::Display) -> Failure {
    Failure::Usage(format!("{flag}: {error}"))
}

fn allowed(networks: &[String]) -> Result<Cidrs, Failure> {
    if networks.is_empty() {
        return Ok(Cidrs::any());
    }
    Cidrs::only(networks.iter().map(String::as_str)).map_err(|error| usage("--allow", error))
}

fn name(given: Option<String>) -> Result<String, Failure> {
    let name = given.map_or_else(host_name, Ok)?;
    match name.len() {
        1..=ID_BYTES_MAX => Ok(name),
        len => {
            Err(usage("--name", format!("a name has 1 to {ID_BYTES_MAX} bytes, this has {len}")))
        }
    }
}

fn host_name() -> Result<String, Failure> {
    let name = gethostname::gethostname().into_string();
    let is_usable = |name: &String| !name.is_empty();
    let failure = || Failure::Usage("the host has no usable name: give one with --name".to_owned());
    name.ok().filter(is_usable).ok_or_else(failure)
}

fn options(profile: Profile, changes: &[String]) -> Result<Options, Failure> {
    let mut options = match profile {
        Profile::Local => Options::local(),
        Profile::Lan => Options::lan(),
        Profile::Wan => Options::wan(),
    };
    for change in changes {
        let (key, value) = change.split_once('=').ok_or_else(|| {
            usage("--set", format!("`{change}` is no KEY=VALUE such as probe_interval=500ms"))
        })?;
        options.set(key.trim(), value.trim()).map_err(|error| usage("--set", error))?;
    }
    Ok(options)
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    fn plan(flags: &[&str]) -> Result<Plan, String> {
        let flags = Flags::try_parse_from([&["agent", "--name", "a"], flags].concat());
        Plan::try_from(flags.map_err(|error| error.to_string())?).map_err(|e| e.to_string())
    }

    #[test]
    fn options_start_from_the_profile() {
        let flags = ["--profile", "wan", "--set", "probe_interval=7s", "--set", "gossip_nodes=2"];
        let plan = plan(&flags).unwrap();
        assert_eq!(plan.options.probe_interval.as_secs(), 7);
        assert_eq!(plan.options.gossip_nodes, 2);
        assert_eq!(plan.options.suspicion_mult, Options::wan().suspicion_mult);
    }

    #[test]
    fn an_unknown_option_lists_the_known_ones() {
        let error = plan(&["--set", "probe_intervall=1s"]).err().unwrap();
        assert!(error.contains("probe_interval, probe_timeout"), "{error}");
        let error = plan(&["--set", "probe_interval"]).err().unwrap();
        assert!(error.contains("KEY=VALUE"), "{error}");
    }

    #[test]
    fn what_is_not_built_in_is_refused_with_one_sentence() {
        for flags in [
            ["--transport", "quinn"],
            ["--transport", "s2n"],
            ["--tls-ca", "ca.pem"],
            ["--tls-cert", "cert.pem"],
            ["--tls-key", "key.pem"],
            ["--tls-name", "a.example"],
        ] {
            let error = plan(&flags).err().unwrap();
            assert!(error.contains("leave") && !error.contains('\n'), "{flags:?}: {error}");
        }
    }

    #[test]
    fn datagrams_are_lost_on_purpose_over_tcp_only() {
        assert_eq!(plan(&["--lose", "10"]).unwrap().lose, 10);
        let error = plan(&["--lose", "10", "--transport", "tls"]).err().unwrap();
        assert_eq!(error, "--lose goes with --transport tcp only: leave one of them out");
        assert!(plan(&["--lose", "101"]).is_err());
    }

    #[test]
    fn certificates_are_needed_and_named_when_they_are_no_good() {
        let error = plan(&["--transport", "tls", "--tls-ca", "ca.pem"]).err().unwrap();
        assert!(error.contains("--tls-ca, --tls-cert and --tls-key"), "{error}");
        let files = ["--tls-ca", "no-ca.pem", "--tls-cert", "no.pem", "--tls-key", "no.pem"];
        let error = plan(&[&["--transport", "tls"], &files[..]].concat()).err().unwrap();
        assert!(error.contains("no-ca.pem") && !error.contains('\n'), "{error}");
    }

    #[test]
    fn what_is_chosen_goes_around_packets_and_streams() {
        let key = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
        let flags = ["--compress", "zstd", "--checksum", "xxhash64", "--key", key];
        let layers =
            plan(&[&flags[..], &["--cipher", "chacha20-poly1305"]].concat()).unwrap().layers;
        assert_eq!(layers.not_built_in(), None);
        assert_eq!(layers.beyond_go(), Some("xxhash64"));
        assert!(layers.encryption.unwrap().status().is_enforced());
        let plain = plan(&["--compress", "none", "--checksum", "none"]).unwrap().layers;
        assert!(plain.checksum.is_none() && plain.encryption.is_none() && plain.streams.is_none());
    }

    #[test]
    fn a_key_that_is_none_is_refused_without_showing_it() {
        let error = plan(&["--key", "c2VjcmV0"]).err().unwrap();
        assert_eq!(error, "--key: a key has 16, 24 or 32 bytes, this one has 6");
        let error = plan(&["--verify-incoming", "true"]).err().unwrap();
        assert!(error.contains("--key"), "{error}");
        let short = "AAECAwQFBgcICQoLDA0ODw==";
        let error = plan(&["--cipher", "chacha20-poly1305", "--key", short]).err().unwrap();
        assert_eq!(error, "--key: chacha20-poly1305 needs a key of 32 bytes");
        let moving = plan(&["--verify-incoming", "false", "--verify-outgoing", "false"]).unwrap();
        assert!(moving.layers.encryption.is_some(), "keys may come");
    }
}
