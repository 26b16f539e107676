//! No packet is larger than allowed, and none is empty.

use super::violation::Findings;
use super::{Oracle, Scene};
use crate::observe::Seen;

/// The option `packet_size`.
#[derive(Default)]
pub(super) struct Size;

impl Oracle for Size {
    fn name(&self) -> &'static str {
        "size"
    }

    fn see(&mut self, scene: &Scene<'_>, seen: &Seen<'_>, found: &mut Findings<'_>) {
        let Seen::Sent { host, bytes, to } = seen else { return };
        let (len, most) = (bytes.len(), scene.facts.config.packet_size);
        if len > most || scene.messages.is_empty() {
            let said = scene.messages.len();
            found.add(*host, || format!("{len} bytes with {said} messages, {most} are allowed"));
        }
        if scene.view.hosts[*host as usize].address() == *to {
            found.add(*host, || "it talks to itself".to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::stage::Stage;
    use super::*;

    #[test]
    fn a_packet_that_is_too_large_or_says_nothing_is_found() {
        let mut stage = Stage::new();
        let to = stage.address(1);
        for len in [1_401, 3] {
            let sent = Seen::Sent { host: 0, to, bytes: &vec![0; len] };
            assert_eq!(stage.shows(&mut Size, &sent).len(), 1);
        }
    }
}
