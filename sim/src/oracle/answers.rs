//! Acks and nacks are sent only for what was asked, by whom it was asked.

use std::collections::BTreeMap;

use memberlist_core::types::SequenceNumber;
use memberlist_core::wire::Message;

use super::violation::Findings;
use super::{Oracle, Scene};
use crate::HostNo;
use crate::observe::Seen;

/// What each host was asked and has not answered.
#[derive(Default)]
pub(super) struct Answers {
    /// Pings to it, requests to ping for others: each may be answered by one ack.
    owed: BTreeMap<(HostNo, SequenceNumber), u32>,
    /// Requests that want a nack.
    nacks: BTreeMap<(HostNo, SequenceNumber), u32>,
}

impl Answers {
    fn ask(&mut self, scene: &Scene<'_>, host: HostNo) {
        let own = scene.view.hosts[host as usize].id();
        for message in scene.messages {
            match message {
                Message::Ping(ping) if ping.target.as_ref().is_none_or(|target| target == own) => {
                    *self.owed.entry((host, ping.seq)).or_default() += 1;
                }
                Message::IndirectPing(request) => {
                    *self.owed.entry((host, request.seq)).or_default() += 1;
                    if request.nack {
                        *self.nacks.entry((host, request.seq)).or_default() += 1;
                    }
                }
                _ => {}
            }
        }
    }

    fn answer(&mut self, scene: &Scene<'_>, host: HostNo, found: &mut Findings<'_>) {
        for message in scene.messages {
            let (owed, seq) = match message {
                Message::Ack(ack) => (&mut self.owed, ack.seq),
                Message::Nack(nack) => (&mut self.nacks, nack.seq),
                _ => continue,
            };
            match owed.get_mut(&(host, seq)) {
                Some(left) if *left > 0 => *left -= 1,
                _ => found.add(host, || format!("an answer to {seq} that nobody asked for")),
            }
        }
    }
}

impl Oracle for Answers {
    fn name(&self) -> &'static str {
        "answers"
    }

    fn see(&mut self, scene: &Scene<'_>, seen: &Seen<'_>, found: &mut Findings<'_>) {
        match seen {
            Seen::Received { host, .. } => self.ask(scene, *host),
            Seen::Sent { host, .. } => self.answer(scene, *host, found),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use memberlist_core::wire::{Ack, Ping};

    use super::super::stage::Stage;
    use super::*;

    #[test]
    fn an_ack_that_nobody_asked_for_is_found() {
        let mut stage = Stage::new();
        let (seq, to) = (SequenceNumber::new(7), stage.address(1));
        let ping = |target| Ping { seq, target: Some(target), source: None, reply_to: None };
        let (own, other) = (ping(stage.id(0)), ping(stage.id(1)));
        let received = Seen::Received { host: 0, from: to, bytes: &[] };
        let sent = Seen::Sent { host: 0, to, bytes: &[] };
        let ack = || [Message::Ack(Ack { seq, payload: (&[][..]).into() })];
        let mut oracle = Answers::default();
        stage.says(&mut oracle, &received, &[Message::Ping(other)]);
        assert_eq!(stage.says(&mut oracle, &sent, &ack()).len(), 1, "another was meant");
        stage.says(&mut oracle, &received, &[Message::Ping(own)]);
        assert_eq!(stage.says(&mut oracle, &sent, &ack()).len(), 0);
        assert_eq!(stage.says(&mut oracle, &sent, &ack()).len(), 1, "one answer is enough");
    }
}
