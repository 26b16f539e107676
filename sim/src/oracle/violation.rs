//! What an oracle finds.

use core::fmt;

use memberlist_core::time::Instant;

use crate::HostNo;

/// A rule was broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The rule.
    pub oracle: &'static str,
    /// When.
    pub at: Instant,
    /// At which host.
    pub host: HostNo,
    /// What happened instead.
    pub words: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: at {} on host {}: {}", self.oracle, self.at, self.host, self.words)
    }
}

/// Where one oracle puts what it finds.
pub(super) struct Findings<'a> {
    oracle: &'static str,
    at: Instant,
    violations: &'a mut Vec<Violation>,
}

/// Violations that are kept; what is beyond says nothing new.
const KEPT_MAX: usize = 32;

impl<'a> Findings<'a> {
    pub(super) fn new(
        oracle: &'static str,
        at: Instant,
        violations: &'a mut Vec<Violation>,
    ) -> Self {
        Self { oracle, at, violations }
    }

    pub(super) fn add(&mut self, host: HostNo, words: impl FnOnce() -> String) {
        if self.violations.len() < KEPT_MAX {
            let (oracle, at) = (self.oracle, self.at);
            self.violations.push(Violation { oracle, at, host, words: words() });
        }
    }
}
