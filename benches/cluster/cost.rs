//! What the process has spent.

use std::time::Duration;

use memberlist_benches::cpu;

use crate::Failure;

/// CPU time of the whole process at some moment.
pub(crate) struct Cost(Duration);

impl Cost {
    pub(crate) fn now() -> Result<Self, Failure> {
        Ok(Self(cpu::of_process()?))
    }

    /// CPU time since then.
    pub(crate) fn spent(&self) -> Result<Duration, Failure> {
        Ok(cpu::of_process()?.saturating_sub(self.0))
    }
}

/// Resident memory in MB; `None` where the system does not tell it as Linux does.
pub(crate) fn resident_mb() -> Option<f64> {
    cpu::resident().map(|bytes| bytes as f64 / 1e6)
}
