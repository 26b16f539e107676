//! How well this node itself is doing (Lifeguard section IV.A, LHA-Probe).
//!
//! A node whose probes fail while its helpers hear the target, or that has to refute, is probably
//! slow itself. It then gives its targets more time before it blames them. The score is 0 when all
//! is well; each missed ack or nack and each refutation adds to it, each answered probe takes one
//! off.

use core::time::Duration;

/// The local health score: from 0 to `max - 1`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Awareness {
    score: u32,
    max: u32,
}

impl Awareness {
    /// All is well. `max` is one above the worst score.
    pub(super) const fn new(max: u32) -> Self {
        Self { score: 0, max }
    }

    /// Moves the score and says whether that changed it.
    pub(super) fn apply(&mut self, delta: i32) -> bool {
        let before = self.score;
        self.score = before.saturating_add_signed(delta).min(self.max.saturating_sub(1));
        self.score != before
    }

    /// The score: 0 is healthy.
    pub(super) const fn score(self) -> u32 {
        self.score
    }

    /// `time * (score + 1)`.
    pub(super) const fn scale(self, time: Duration) -> Duration {
        time.saturating_mul(self.score + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Go's tests.
    #[test]
    fn the_score_moves_between_zero_and_seven() {
        let deltas = [0, -1, -10, 1, -1, 10, -1, -1, -1, -1, -1, -1, -1, -1];
        let scores = [0, 0, 0, 1, 0, 7, 6, 5, 4, 3, 2, 1, 0, 0];
        let mut awareness = Awareness::new(8);
        let second = Duration::from_secs(1);
        for (delta, score) in deltas.into_iter().zip(scores) {
            let before = awareness.score();
            assert_eq!(awareness.apply(delta), before != score, "{delta}");
            assert_eq!(awareness.score(), score, "{delta}");
            assert_eq!(awareness.scale(second), second * (score + 1));
        }
    }

    #[test]
    fn a_multiplier_of_one_is_off() {
        let mut awareness = Awareness::new(1);
        assert!(!awareness.apply(5));
        assert_eq!(awareness.scale(Duration::from_secs(1)), Duration::from_secs(1));
    }
}
