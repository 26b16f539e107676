//! What a process has spent, where the system tells it.

use std::time::Duration;

/// CPU time of the whole process.
///
/// # Errors
///
/// The system does not tell it in a way that is known here.
pub fn of_process() -> Result<Duration, &'static str> {
    system::process()
}

/// CPU time of this thread.
///
/// # Errors
///
/// The system does not tell it in a way that is known here.
pub fn of_thread() -> Result<Duration, &'static str> {
    system::thread()
}

/// Resident memory in bytes; `None` where the system does not tell it as Linux does.
pub fn resident() -> Option<u64> {
    let statm = std::fs::read_to_string("/proc/self/statm").ok()?;
    let pages: u64 = statm.split_whitespace().nth(1)?.parse().ok()?;
    Some(pages * system::page_size()?)
}

#[cfg(unix)]
mod system {
    use std::time::Duration;

    use rustix::time::{ClockId, clock_gettime};

    pub(super) fn process() -> Result<Duration, &'static str> {
        Ok(read(ClockId::ProcessCPUTime))
    }

    pub(super) fn thread() -> Result<Duration, &'static str> {
        Ok(read(ClockId::ThreadCPUTime))
    }

    pub(super) fn page_size() -> Option<u64> {
        u64::try_from(rustix::param::page_size()).ok()
    }

    fn read(clock: ClockId) -> Duration {
        let time = clock_gettime(clock);
        let nanos = Duration::from_nanos(time.tv_nsec.unsigned_abs());
        Duration::from_secs(time.tv_sec.unsigned_abs()) + nanos
    }
}

#[cfg(not(unix))]
mod system {
    use std::time::Duration;

    const UNKNOWN: &str = "CPU time is read as Unix tells it: run this benchmark on a Unix";

    pub(super) fn process() -> Result<Duration, &'static str> {
        Err(UNKNOWN)
    }

    pub(super) fn thread() -> Result<Duration, &'static str> {
        Err(UNKNOWN)
    }

    pub(super) fn page_size() -> Option<u64> {
        None
    }
}
