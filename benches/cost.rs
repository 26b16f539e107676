//! What a measured stretch has cost.

use std::time::Duration;

use crate::cpu;

/// CPU time of the whole process at some moment.
pub struct Cost(Duration);

impl Cost {
    /// Reads the clock.
    ///
    /// # Errors
    ///
    /// The system does not tell it in a way that is known here.
    pub fn now() -> Result<Self, &'static str> {
        Ok(Self(cpu::of_process()?))
    }

    /// CPU time since then.
    ///
    /// # Errors
    ///
    /// As [`now`](Self::now).
    pub fn spent(&self) -> Result<Duration, &'static str> {
        Ok(cpu::of_process()?.saturating_sub(self.0))
    }
}

/// Resident memory in MB; `None` where the system does not tell it as Linux does.
pub fn resident_mb() -> Option<f64> {
    cpu::resident().map(|bytes| bytes as f64 / 1e6)
}
