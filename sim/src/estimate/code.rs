//! Options as Rust code.

use core::time::Duration;

use memberlist_core::config::Options;

use super::cluster::Profile;

/// Rust code that makes these options: what differs from those of the profile. (`Options` may get
/// more fields and cannot be written as a literal outside its crate.)
pub fn code(profile: Profile, options: &Options) -> String {
    let base = profile.options();
    let mut lines = vec![format!("let mut options = Options::{}();", profile.name())];
    macro_rules! compare {
        ($($show:ident: $($name:ident)*;)*) => {$($(
            if options.$name != base.$name {
                let value = $show(options.$name);
                lines.push(format!("options.{} = {value};", stringify!($name)));
            }
        )*)*};
    }
    compare! {
        time: probe_interval probe_timeout gossip_interval gossip_to_the_dead_time
            push_pull_interval stream_timeout dead_node_reclaim_time;
        plain: indirect_checks disable_reliable_pings awareness_max_multiplier suspicion_mult
            suspicion_max_timeout_mult suspicion_confirmations
            retransmit_mult gossip_nodes eager_gossip
            user_share_percent packet_size local_health suspicion_scaling buddy_system nacks
            protocol_version delegate_protocol_min delegate_protocol_max delegate_protocol_version
            broadcast_queue_depth handoff_queue_depth handoff_queue_bytes;
    }
    lines.join("\n")
}

fn time(time: Duration) -> String {
    if time.is_zero() {
        "Duration::ZERO".to_owned()
    } else if time.subsec_micros().is_multiple_of(1_000) {
        format!("Duration::from_millis({})", time.as_millis())
    } else {
        format!("Duration::from_micros({})", time.as_micros())
    }
}

fn plain(value: impl core::fmt::Display) -> String {
    value.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_differs_is_said() {
        assert_eq!(code(Profile::Wan, &Options::wan()), "let mut options = Options::wan();");
        let mut options = Options::lan();
        options.probe_interval = Duration::from_millis(340);
        options.probe_timeout = Duration::from_micros(1_500);
        options.suspicion_mult = 2;
        options.push_pull_interval = Duration::ZERO;
        options.eager_gossip = false;
        let expected = "let mut options = Options::lan();\n\
            options.probe_interval = Duration::from_millis(340);\n\
            options.probe_timeout = Duration::from_micros(1500);\n\
            options.push_pull_interval = Duration::ZERO;\n\
            options.suspicion_mult = 2;\n\
            options.eager_gossip = false;";
        assert_eq!(code(Profile::Lan, &options), expected);
    }

    /// An option that is missing above would be lost: here every one of them differs.
    #[test]
    fn every_option_is_said() {
        let mut options = Options::lan();
        for key in Options::KEYS {
            let values = ["7ms", "77", "false", "true"];
            let differs = values.into_iter().any(|value| {
                let before = options.clone();
                options.set(key, value).is_ok() && options != before
            });
            assert!(differs, "{key}");
        }
        let code = code(Profile::Lan, &options);
        for key in Options::KEYS {
            assert!(code.contains(&format!("options.{key} = ")), "{key}");
        }
    }
}
