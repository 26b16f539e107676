//! What each crate has to switch on: the lints of the workspace, and the bans of the layers
//! without I/O.

use crate::Finding;
use crate::Source;

/// The modules of `core` that read no clock, open no socket and own no task.
const WITHOUT_IO: &[&str] =
    &["codec", "config", "engine", "frame", "swim", "time", "types", "wire"];

/// What such a module opens with.
const BAN: &str = "#![deny(clippy::disallowed_methods, clippy::disallowed_types)]";

/// Manifests without the lints of the workspace, a workspace without documentation lint, layers
/// without the bans.
pub fn check(sources: &[Source]) -> Vec<Finding> {
    sources.iter().filter_map(check_one).collect()
}

fn check_one(source: &Source) -> Option<Finding> {
    if source.path == "Cargo.toml" {
        let documented = ["missing_docs = \"warn\"", "missing_docs = \"deny\""];
        let holds = documented.iter().any(|lint| source.text.contains(lint));
        return (!holds).then(|| source.finding(1, "[workspace.lints.rust] needs missing_docs"));
    }
    if source.path.ends_with("/Cargo.toml") {
        let holds = source.text.contains("[lints]\nworkspace = true");
        return (!holds).then(|| source.finding(1, "add `[lints]` with `workspace = true`"));
    }
    let module = source.path.strip_prefix("core/src/")?;
    let module = module.strip_suffix("/mod.rs").or_else(|| module.strip_suffix(".rs"))?;
    let holds = !WITHOUT_IO.contains(&module) || source.text.lines().any(|line| line == BAN);
    (!holds).then(|| source.finding(1, format!("a layer without I/O opens with `{BAN}`")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(path: &str, text: &str) -> usize {
        check(&[Source::new(path, text)]).len()
    }

    #[test]
    fn a_crate_without_the_lints_is_found() {
        assert_eq!(lines("Cargo.toml", "[workspace]"), 1);
        assert_eq!(lines("Cargo.toml", "missing_docs = \"warn\""), 0);
        assert_eq!(lines("net/Cargo.toml", "[package]"), 1);
        assert_eq!(lines("net/Cargo.toml", "[lints]\nworkspace = true\n"), 0);
    }

    #[test]
    fn a_layer_without_the_bans_is_found() {
        assert_eq!(lines("core/src/swim/mod.rs", "//! The machine."), 1);
        assert_eq!(lines("core/src/swim/mod.rs", BAN), 0);
        assert_eq!(lines("core/src/swim/probe.rs", ""), 0);
        assert_eq!(lines("core/src/node/mod.rs", ""), 0);
    }
}
