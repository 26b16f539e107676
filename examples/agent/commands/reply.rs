//! What a command is answered with.

use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;

use memberlist::Member;
use memberlist::State;
use memberlist::types::Versions;
use serde::Serialize;
use smol_str::SmolStr;

use crate::print::text;

/// One line for one command.
#[derive(Debug, Serialize)]
pub(crate) struct Reply {
    /// The command's first word.
    pub(crate) reply: String,
    /// What came of it.
    #[serde(flatten)]
    pub(crate) outcome: Outcome,
}

/// What came of a command.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum Outcome {
    Done {
        ok: bool,
    },
    Failed {
        error: String,
    },
    Members {
        members: Vec<MemberLine>,
    },
    Join {
        reached: usize,
        errors: Vec<SeedFailure>,
        #[serde(skip_serializing_if = "Option::is_none")]
        error: Option<&'static str>,
    },
    Keys {
        keys: Vec<String>,
        primary: String,
    },
    Ping {
        name: String,
        rtt_us: u64,
    },
    Stats {
        health: u32,
        members: usize,
        #[serde(flatten)]
        counters: BTreeMap<&'static str, u64>,
    },
}

/// One member.
#[derive(Debug, Serialize)]
pub(crate) struct MemberLine {
    name: String,
    addr: String,
    meta: String,
    state: &'static str,
    incarnation: u32,
    /// Protocol and delegate, each as least, greatest and in use; null if it never told.
    versions: Option<[u8; 6]>,
}

/// A seed that did not answer.
#[derive(Debug, Serialize)]
pub(crate) struct SeedFailure {
    pub(crate) seed: String,
    pub(crate) error: String,
}

impl Outcome {
    /// It is done.
    pub(crate) const OK: Self = Self::Done { ok: true };

    /// It failed, and why.
    pub(crate) const fn error(error: String) -> Self {
        Self::Failed { error }
    }
}

impl From<&Member<SmolStr, SocketAddr>> for MemberLine {
    fn from(member: &Member<SmolStr, SocketAddr>) -> Self {
        Self {
            name: member.id().to_string(),
            addr: member.address().to_string(),
            meta: text(member.meta().as_bytes()),
            state: state_word(member.state()),
            incarnation: member.incarnation().get(),
            versions: member.versions().map(Versions::to_bytes),
        }
    }
}

const fn state_word(state: State) -> &'static str {
    match state {
        State::Alive => "alive",
        State::Suspect => "suspect",
        State::Dead => "dead",
        State::Left => "left",
    }
}

impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.reply, self.outcome)
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Done { .. } => f.write_str("ok"),
            Self::Failed { error } => write!(f, "failed: {error}"),
            Self::Members { members } => {
                write!(f, "{}", members.len())?;
                members.iter().try_for_each(|member| write!(f, "\n{member}"))
            }
            Self::Join { reached, errors, .. } => {
                write!(f, "{reached} reached")?;
                errors.iter().try_for_each(|error| write!(f, "; {error}"))
            }
            Self::Keys { keys, .. } => {
                write!(f, "{}", keys.len())?;
                keys.iter().try_for_each(|key| write!(f, "\n  {key}"))
            }
            Self::Ping { name, rtt_us } => write!(f, "{name} answered in {rtt_us} us"),
            Self::Stats { health, members, counters } => {
                write!(f, "health {health}, members {members}")?;
                let mut told = counters.iter().filter(|(_, value)| **value > 0);
                told.try_for_each(|(name, value)| write!(f, "\n  {value:>12}  {name}"))
            }
        }
    }
}

impl fmt::Display for MemberLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, addr, meta, state, incarnation, .. } = self;
        write!(f, "  {state:<8} {name} at {addr}, incarnation {incarnation} {meta}")
    }
}

impl fmt::Display for SeedFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.seed, self.error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(reply: &str, outcome: Outcome) -> String {
        serde_json::to_string(&Reply { reply: reply.to_owned(), outcome }).unwrap()
    }

    #[test]
    fn replies_have_the_fields_of_the_contract() {
        assert_eq!(json("meta", Outcome::OK), r#"{"reply":"meta","ok":true}"#);
        let failed = Outcome::error("why".to_owned());
        assert_eq!(json("send", failed), r#"{"reply":"send","error":"why"}"#);
        let keys = Outcome::Keys { keys: vec!["AA==".to_owned()], primary: "AA==".to_owned() };
        let line = r#"{"reply":"key","keys":["AA=="],"primary":"AA=="}"#;
        assert_eq!(json("key", keys), line);
        let ping = Outcome::Ping { name: "b".to_owned(), rtt_us: 312 };
        assert_eq!(json("ping", ping), r#"{"reply":"ping","name":"b","rtt_us":312}"#);
        let join = Outcome::Join { reached: 1, errors: vec![], error: None };
        assert_eq!(json("join", join), r#"{"reply":"join","reached":1,"errors":[]}"#);
        let counters = BTreeMap::from([("gossip_queue", 2)]);
        let stats = Outcome::Stats { health: 0, members: 3, counters };
        assert_eq!(
            json("stats", stats),
            r#"{"reply":"stats","health":0,"members":3,"gossip_queue":2}"#
        );
    }
}
