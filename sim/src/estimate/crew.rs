//! Work on all cores, with a progress bar.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use indicatif::{ProgressBar, ProgressStyle};

/// Threads that take one piece of work after the other.
#[derive(Clone, Debug)]
pub struct Crew {
    jobs: usize,
    /// What has been done, 0 to 1,000 for each piece.
    bar: ProgressBar,
}

/// Steps of the bar for each piece of work.
pub(super) const STEPS: u64 = 1_000;

impl Crew {
    /// So many pieces at a time; 0 is one for each core.
    pub fn new(jobs: usize) -> Self {
        let jobs = match jobs {
            0 => thread::available_parallelism().map_or(1, usize::from),
            jobs => jobs,
        };
        let style = ProgressStyle::with_template("{bar:40} {percent} % {msg}, {eta} left");
        let style = style.unwrap_or_else(|_| ProgressStyle::default_bar());
        Self { jobs, bar: ProgressBar::new(0).with_style(style) }
    }

    /// Does `work` with each of `pieces`, and gives what came out in their order. `work` moves the
    /// bar on by [`STEPS`]. `name` stands beside the bar.
    pub(super) fn map<T: Sync, R: Send>(
        &self,
        name: &str,
        pieces: &[T],
        work: impl Fn(&T, &ProgressBar) -> R + Sync,
    ) -> Vec<R> {
        self.bar.reset();
        self.bar.set_length(pieces.len() as u64 * STEPS);
        self.bar.set_message(name.to_owned());
        let next = AtomicUsize::new(0);
        let done = Mutex::new(Vec::new());
        let take = || {
            while let Some((at, piece)) = take_next(&next, pieces) {
                let result = work(piece, &self.bar);
                done.lock().unwrap_or_else(PoisonError::into_inner).push((at, result));
            }
        };
        thread::scope(|scope| {
            for _ in 0..self.jobs.min(pieces.len()) {
                scope.spawn(take);
            }
        });
        self.bar.finish_and_clear();
        let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
        done.sort_by_key(|(at, _)| *at);
        done.into_iter().map(|(_, result)| result).collect()
    }
}

fn take_next<'a, T>(next: &AtomicUsize, pieces: &'a [T]) -> Option<(usize, &'a T)> {
    let at = next.fetch_add(1, Ordering::Relaxed);
    pieces.get(at).map(|piece| (at, piece))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_is_done_once_and_comes_in_order() {
        let crew = Crew::new(3);
        let pieces: Vec<u64> = (0..50).collect();
        let found = crew.map("squares", &pieces, |n, bar| {
            bar.inc(STEPS);
            n * n
        });
        assert_eq!(found, pieces.iter().map(|n| n * n).collect::<Vec<_>>());
        assert_eq!(crew.map("none", &[], |n: &u64, _| *n), Vec::<u64>::new());
    }
}
