//! What happens: member changes and messages.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

use memberlist::MemberEvent;
use memberlist::Memberlist;
use memberlist::Reason;
use serde::Serialize;
use smol_str::SmolStr;

use crate::commands::SeedFailure;
use crate::print::Printer;
use crate::print::text;

/// One line without being asked.
#[derive(Debug, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub(crate) enum Event {
    Ready { name: String, addr: String },
    Join { name: String, addr: String, meta: String, at_ms: u64 },
    Update { name: String, addr: String, meta: String, at_ms: u64 },
    Leave { name: String, addr: String, meta: String, state: &'static str, at_ms: u64 },
    Conflict { name: String, addr: String, other: String, at_ms: u64 },
    Message { text: String, at_ms: u64 },
    State { text: String, join: bool, at_ms: u64 },
    Ack { name: String, payload: String, rtt_us: u64, at_ms: u64 },
    Joined { requested: usize, reached: usize, errors: Vec<SeedFailure> },
    Stopped,
}

impl Event {
    fn of_change(change: &MemberEvent<SmolStr, SocketAddr>, at_ms: u64) -> Self {
        let member = change.member();
        let name = member.id().to_string();
        let addr = member.address().to_string();
        let meta = text(member.meta().as_bytes());
        match change.reason {
            Reason::Joined => Self::Join { name, addr, meta, at_ms },
            Reason::Left => Self::Leave { name, addr, meta, state: "left", at_ms },
            Reason::Failed => Self::Leave { name, addr, meta, state: "dead", at_ms },
            _ => Self::Update { name, addr, meta, at_ms },
        }
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ready { name, addr } => write!(f, "{name} listens at {addr}"),
            Self::Join { name, addr, meta, at_ms } => {
                write!(f, "{at_ms:>8} ms  join      {name} at {addr} {meta}")
            }
            Self::Update { name, addr, meta, at_ms } => {
                write!(f, "{at_ms:>8} ms  update    {name} at {addr} {meta}")
            }
            Self::Leave { name, addr, state, at_ms, .. } => {
                write!(f, "{at_ms:>8} ms  leave     {name} at {addr} is {state}")
            }
            Self::Conflict { name, addr, other, at_ms } => {
                write!(f, "{at_ms:>8} ms  conflict  {name} at {addr}, also at {other}")
            }
            Self::Message { text, at_ms } => write!(f, "{at_ms:>8} ms  message   {text}"),
            Self::State { text, at_ms, .. } => write!(f, "{at_ms:>8} ms  state     {text}"),
            Self::Ack { name, payload, rtt_us, at_ms } => {
                write!(f, "{at_ms:>8} ms  ack       {name} in {rtt_us} us: {payload}")
            }
            Self::Joined { requested, reached, errors } => {
                write!(f, "joined {reached} of {requested} seeds")?;
                errors.iter().try_for_each(|error| write!(f, "; {error}"))
            }
            Self::Stopped => f.write_str("stopped"),
        }
    }
}

/// Prints the changes of all members but this one until the node is shut down.
pub(crate) async fn print_changes(
    mut events: memberlist::Events<SmolStr, SocketAddr>,
    own: SmolStr,
    printer: Arc<Printer>,
) {
    while let Some(change) = events.next().await {
        if *change.member().id() != own {
            printer.print(&Event::of_change(&change, printer.at_ms())).await;
        }
    }
}

/// Starts to watch `node`.
pub(crate) fn watch<R: memberlist::agnostic::RuntimeLite>(
    node: &Memberlist,
    printer: &Arc<Printer>,
) {
    let own = node.local().id().clone();
    R::spawn_detach(print_changes(node.events(), own, Arc::clone(printer)));
}
