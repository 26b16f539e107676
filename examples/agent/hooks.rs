//! What the node asks and tells: messages, conflicts, payloads of acks, state of the application.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use memberlist::Member;
use memberlist::UserMessage;
use memberlist::delegate::ConflictDelegate;
use memberlist::delegate::NodeDelegate;
use memberlist::delegate::PingDelegate;
use memberlist::types::Node;
use smol_str::SmolStr;

use crate::events::Event;
use crate::print::Printer;
use crate::print::text;
use crate::relay::Heard;
use crate::relay::Relay;

/// Prints what the node tells, and answers what it asks.
#[derive(Clone)]
pub(crate) struct Hooks {
    pub(crate) printer: Arc<Printer>,
    /// What passes broadcasts on, where the wire format does not.
    pub(crate) relay: Option<Arc<Relay>>,
    pub(crate) ack_payload: Bytes,
    pub(crate) state: Bytes,
}

impl Hooks {
    async fn print_message(&self, payload: &[u8]) {
        let (text, at_ms) = (text(payload), self.printer.at_ms());
        self.printer.print(&Event::Message { text, at_ms }).await;
    }
}

impl NodeDelegate<SmolStr, SocketAddr> for Hooks {
    const BROADCASTS: bool = false;

    fn local_state(&self, _: bool) -> Bytes {
        self.state.clone()
    }

    async fn notify_message(&self, message: UserMessage<SmolStr, SocketAddr>) {
        match self.relay.as_ref().map(|relay| relay.hear(&message.payload)) {
            Some(Heard::Again) => {}
            Some(Heard::First(text)) => self.print_message(&text).await,
            Some(Heard::Plain) | None => self.print_message(&message.payload).await,
        }
    }

    async fn merge_remote_state(&self, state: Bytes, join: bool) {
        let (text, at_ms) = (text(&state), self.printer.at_ms());
        self.printer.print(&Event::State { text, join, at_ms }).await;
    }
}

impl PingDelegate<SmolStr, SocketAddr> for Hooks {
    fn ack_payload(&self) -> Bytes {
        self.ack_payload.clone()
    }

    async fn notify_ping_complete(
        &self,
        member: Arc<Member<SmolStr, SocketAddr>>,
        round_trip: Duration,
        payload: Bytes,
    ) {
        if payload.is_empty() {
            return;
        }
        let (name, payload) = (member.id().to_string(), text(&payload));
        let rtt_us = u64::try_from(round_trip.as_micros()).unwrap_or(u64::MAX);
        let at_ms = self.printer.at_ms();
        self.printer.print(&Event::Ack { name, payload, rtt_us, at_ms }).await;
    }
}

impl ConflictDelegate<SmolStr, SocketAddr> for Hooks {
    async fn notify_conflict(
        &self,
        existing: Arc<Member<SmolStr, SocketAddr>>,
        other: Node<SmolStr, SocketAddr>,
    ) {
        let conflict = Event::Conflict {
            name: existing.id().to_string(),
            addr: existing.address().to_string(),
            other: other.address().to_string(),
            at_ms: self.printer.at_ms(),
        };
        self.printer.print(&conflict).await;
    }
}
