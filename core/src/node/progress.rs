//! How far the stream of a peer has come.

use core::sync::atomic::{AtomicU8, AtomicU64, AtomicUsize, Ordering};

use crate::time::Instant;

/// Bytes with which a stream has come on. Less than this in all its patience is a peer that does
/// not read, or that does not mean to finish.
pub(super) const STEP: usize = 64 * 1024;

/// How far a peer's stream has come, and what it holds.
#[derive(Default)]
pub(super) struct Progress {
    stage: AtomicU8,
    /// Bytes of its share of the memory.
    held: AtomicUsize,
    /// Bytes that were moved since it came on.
    moved: AtomicUsize,
    /// When it last came on.
    came_on: AtomicU64,
}

impl Progress {
    /// Nothing has arrived: the first to give way are those that have said nothing.
    pub(super) const SILENT: u8 = 0;
    /// A part of the request has arrived.
    pub(super) const READING: u8 = 1;
    /// The request is complete.
    pub(super) const SERVING: u8 = 2;
    /// It is answered: only this node has still something to do.
    pub(super) const ANSWERED: u8 = 3;

    pub(super) fn get(&self) -> u8 {
        self.stage.load(Ordering::Relaxed)
    }

    pub(super) fn set(&self, stage: u8) {
        self.stage.store(stage, Ordering::Relaxed);
    }

    /// Bytes that it holds.
    pub(super) fn held(&self) -> usize {
        self.held.load(Ordering::Relaxed)
    }

    pub(super) fn hold(&self, more: usize) {
        self.held.fetch_add(more, Ordering::AcqRel);
    }

    /// Lets go of so much; less, if it holds less. How much that was.
    pub(super) fn let_go(&self, less: usize) -> usize {
        let rest = |held: usize| Some(held - less.min(held));
        let before = self.held.fetch_update(Ordering::AcqRel, Ordering::Acquire, rest);
        less.min(before.unwrap_or_default())
    }

    /// Lets go of everything. How much that was.
    pub(super) fn release(&self) -> usize {
        self.held.swap(0, Ordering::AcqRel)
    }

    /// So many bytes were read or written.
    pub(super) fn note_moved(&self, len: usize, now: Instant) {
        if self.moved.fetch_add(len, Ordering::Relaxed) + len >= STEP {
            self.come_on(now);
        }
    }

    /// When it last came on.
    pub(super) fn came_on(&self) -> Instant {
        Instant::from_nanos(self.came_on.load(Ordering::Relaxed))
    }

    /// It has come on, or has only come.
    pub(super) fn come_on(&self, now: Instant) {
        self.moved.store(0, Ordering::Relaxed);
        self.came_on.store(now.as_nanos(), Ordering::Relaxed);
    }
}
