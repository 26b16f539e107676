//! What the process has spent.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// CPU time of the whole process at some moment.
pub struct Cost(Duration);

impl Cost {
    /// Reads the clock.
    pub fn now() -> Self {
        let time = clock_gettime(ClockId::ProcessCPUTime);
        let nanos = time.tv_nsec.unsigned_abs();
        Self(Duration::from_secs(time.tv_sec.unsigned_abs()) + Duration::from_nanos(nanos))
    }

    /// CPU time since then.
    pub fn spent(&self) -> Duration {
        Self::now().0.saturating_sub(self.0)
    }
}

/// Resident memory in MB; `None` where the system does not tell it as Linux does.
pub fn resident_mb() -> Option<f64> {
    let statm = std::fs::read_to_string("/proc/self/statm").ok()?;
    let pages: f64 = statm.split_whitespace().nth(1)?.parse().ok()?;
    Some(pages * rustix::param::page_size() as f64 / 1e6)
}
