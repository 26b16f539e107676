//! What is meant: flags that are checked, or a sentence that says what to change.

use std::net::SocketAddr;

use memberlist::Cidrs;
use memberlist::Label;
use memberlist::Meta;
use memberlist::Options;

use crate::flags::Checksum;
use crate::flags::Compress;
use crate::flags::Flags;
use crate::flags::Profile;
use crate::flags::Transport;
use crate::flags::Wire;
use crate::node::Failure;

/// Everything that the node and the program around it are started with.
pub(crate) struct Plan {
    pub(crate) name: String,
    pub(crate) bind: Vec<SocketAddr>,
    pub(crate) advertise: Option<SocketAddr>,
    pub(crate) join: Vec<String>,
    pub(crate) options: Options,
    pub(crate) label: Label,
    pub(crate) allowed: Cidrs,
    pub(crate) meta: Meta,
    pub(crate) checksum: Option<memberlist::Checksum>,
    pub(crate) wire: Wire,
    pub(crate) ack_payload: String,
    pub(crate) local_state: String,
    pub(crate) json: bool,
}

impl TryFrom<Flags> for Plan {
    type Error = Failure;

    fn try_from(flags: Flags) -> Result<Self, Failure> {
        if let Some(refusal) = refusal(&flags) {
            return Err(Failure::Usage(refusal.to_owned()));
        }
        let options = options(flags.profile, &flags.set)?;
        let label = Label::try_from(flags.label.as_deref().unwrap_or_default());
        let meta = Meta::try_from(flags.meta.as_str());
        Ok(Self {
            name: flags.name.map_or_else(host_name, Ok)?,
            bind: flags.bind,
            advertise: flags.advertise,
            join: flags.join,
            options,
            label: label.map_err(|error| usage("--label", error))?,
            allowed: allowed(&flags.allow)?,
            meta: meta.map_err(|error| usage("--meta", error))?,
            checksum: checksum(flags.checksum, flags.wire),
            wire: flags.wire,
            ack_payload: flags.ack_payload,
            local_state: flags.local_state,
            json: flags.json,
        })
    }
}

fn usage(flag: &str, error: impl std::fmt::Display) -> Failure {
    Failure::Usage(format!("{flag}: {error}"))
}

/// The one that was asked for. With the Go library's format it goes to those who know it, as there.
fn checksum(flag: Option<Checksum>, wire: Wire) -> Option<memberlist::Checksum> {
    match (flag, wire) {
        (Some(Checksum::None), _) => None,
        _ => Some(memberlist::Checksum::Crc32),
    }
}

fn allowed(networks: &[String]) -> Result<Cidrs, Failure> {
    if networks.is_empty() {
        return Ok(Cidrs::any());
    }
    Cidrs::only(networks.iter().map(String::as_str)).map_err(|error| usage("--allow", error))
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

/// The first flag that asks for what this build does not have, as a sentence that says what to
/// change.
fn refusal(flags: &Flags) -> Option<&'static str> {
    let tls = [&flags.tls_ca, &flags.tls_cert, &flags.tls_key];
    let verify = [flags.verify_incoming, flags.verify_outgoing];
    let refusals = [
        (
            flags.transport != Transport::Tcp,
            "this --transport is not built in: leave it out, or use --transport tcp",
        ),
        (
            tls.iter().any(|file| file.is_some()),
            "--tls-ca, --tls-cert and --tls-key need a TLS transport, which is not built in: \
             leave them out",
        ),
        (!flags.key.is_empty(), "encryption is not built in: leave --key out"),
        (
            verify.iter().any(|flag| flag.is_some()),
            "encryption is not built in: leave --verify-incoming and --verify-outgoing out",
        ),
        (
            flags.compress != Compress::None,
            "this --compress is not built in: leave it out, or use --compress none",
        ),
        (
            !matches!(flags.checksum, None | Some(Checksum::None | Checksum::Crc32)),
            "this --checksum is not built in: leave it out, or use none or crc32",
        ),
    ];
    refusals.into_iter().find_map(|(refused, sentence)| refused.then_some(sentence))
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
            ["--transport", "tls"],
            ["--transport", "native-tls"],
            ["--transport", "quinn"],
            ["--transport", "s2n"],
            ["--tls-ca", "ca.pem"],
            ["--tls-cert", "cert.pem"],
            ["--tls-key", "key.pem"],
            ["--key", "AAAAAAAAAAAAAAAAAAAAAA=="],
            ["--verify-incoming", "false"],
            ["--verify-outgoing", "true"],
            ["--compress", "lzw"],
            ["--checksum", "xxhash64"],
        ] {
            let error = plan(&flags).err().unwrap();
            assert!(error.contains("leave") && !error.contains('\n'), "{flags:?}: {error}");
        }
        assert!(plan(&["--compress", "none", "--checksum", "none"]).is_ok());
    }
}
