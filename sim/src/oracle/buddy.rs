//! A ping to a suspect tells it of the suspicion (Lifeguard section IV.C).

use memberlist_core::types::State;
use memberlist_core::wire::Message;

use super::violation::Findings;
use super::{Oracle, Scene};
use crate::observe::Seen;

/// Both are in one packet, if the option is on.
#[derive(Default)]
pub(super) struct Buddy;

impl Oracle for Buddy {
    fn name(&self) -> &'static str {
        "buddy"
    }

    fn see(&mut self, scene: &Scene<'_>, seen: &Seen<'_>, found: &mut Findings<'_>) {
        let Seen::Sent { host, to, .. } = seen else { return };
        // News of its own goes out with a ping, too, in which there is room for nothing else.
        let Some(Message::Ping(ping)) = scene.messages.first() else { return };
        if !scene.facts.config.buddy_system {
            return;
        }
        let Some(target) = ping.target.as_ref() else { return };
        let Some(belief) = scene.memory.belief(*host, target) else { return };
        let knows = belief.state() == State::Suspect && belief.address() == to;
        // A ping for somebody else carries nothing, as in Go.
        let is_probe = !scene.memory.of(*host).step.requests.contains(target);
        let tells = scene.messages.iter().any(|message| match message {
            Message::Suspect(suspect) => suspect.node == *target,
            _ => false,
        });
        if knows && is_probe && !tells {
            found.add(*host, || format!("{target} is suspect, and its ping does not tell it"));
        }
    }
}

#[cfg(test)]
mod tests {
    use memberlist_core::types::SequenceNumber;
    use memberlist_core::wire::Ping;

    use super::super::stage::{Stage, told};
    use super::*;

    #[test]
    fn a_ping_that_keeps_it_to_itself_is_found() {
        let mut stage = Stage::new();
        let [_, suspect, ..] = stage.records();
        stage.learn(&told(0, None, Some(&suspect)));
        let seq = SequenceNumber::new(1);
        let ping = Ping { seq, target: Some(stage.id(1)), source: None, reply_to: None };
        let to = stage.address(1);
        let sent = Seen::Sent { host: 0, to, bytes: &[] };
        assert_eq!(stage.says(&mut Buddy, &sent, &[Message::Ping(ping)]).len(), 1);
    }
}
