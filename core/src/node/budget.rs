//! A bound on what all tasks together may hold.

use core::sync::atomic::{AtomicUsize, Ordering};
use std::sync::Arc;

/// So much and no more, of whatever is counted.
#[derive(Clone)]
pub(super) struct Budget {
    left: Arc<AtomicUsize>,
}

/// A part of a budget; dropping it gives it back.
pub(super) struct Taken {
    amount: usize,
    budget: Budget,
}

impl Budget {
    pub(super) fn new(amount: usize) -> Self {
        Self { left: Arc::new(AtomicUsize::new(amount)) }
    }

    /// Takes `amount`, or nothing if less is left.
    pub(super) fn take(&self, amount: usize) -> Option<Taken> {
        self.reduce(amount).then(|| Taken { amount, budget: self.clone() })
    }

    /// Takes `amount`, for a caller who gives it back by himself; false if less is left.
    pub(super) fn reduce(&self, amount: usize) -> bool {
        let less = |left: usize| left.checked_sub(amount);
        self.left.fetch_update(Ordering::AcqRel, Ordering::Acquire, less).is_ok()
    }

    pub(super) fn give_back(&self, amount: usize) {
        self.left.fetch_add(amount, Ordering::AcqRel);
    }

    /// How much is left now.
    pub(super) fn left(&self) -> usize {
        self.left.load(Ordering::Acquire)
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        self.budget.give_back(self.amount);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_dropped_comes_back() {
        let budget = Budget::new(10);
        let first = budget.take(9).unwrap();
        assert!(budget.take(2).is_none());
        assert!(budget.take(1).is_some());
        drop(first);
        assert!(budget.take(10).is_some());
    }
}
