//! Says once in a while that somebody who does not belong here is at the door.

use core::time::Duration;

use crate::time::Instant;

/// The time between two warnings. Whoever has the wrong label or key sends several packets per
/// second.
const WARN_EVERY: Duration = Duration::from_secs(60);

/// When it was last said.
#[derive(Debug, Default)]
pub(super) struct Watch {
    warned: Option<Instant>,
}

impl Watch {
    /// Whether it is time to say it again.
    pub(super) fn is_due(&mut self, now: Instant) -> bool {
        let is_due = self.warned.is_none_or(|warned| now - warned >= WARN_EVERY);
        if is_due {
            self.warned = Some(now);
        }
        is_due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_warning_is_not_repeated_for_a_minute() {
        let mut watch = Watch::default();
        let start = Instant::from_millis(5);
        assert!(watch.is_due(start));
        assert!(!watch.is_due(start + Duration::from_millis(59_999)));
        assert!(watch.is_due(start + WARN_EVERY));
        assert!(!watch.is_due(start + WARN_EVERY));
    }
}
