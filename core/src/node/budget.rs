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

    /// Takes nothing yet: a part that can grow.
    pub(super) fn open(&self) -> Taken {
        Taken { amount: 0, budget: self.clone() }
    }

    /// Takes `amount`, or nothing if less is left.
    pub(super) fn take(&self, amount: usize) -> Option<Taken> {
        self.reduce(amount).then(|| Taken { amount, budget: self.clone() })
    }

    fn reduce(&self, amount: usize) -> bool {
        let less = |left: usize| left.checked_sub(amount);
        self.left.fetch_update(Ordering::AcqRel, Ordering::Acquire, less).is_ok()
    }
}

impl Taken {
    /// How much it is.
    #[cfg(test)]
    pub(super) fn amount(&self) -> usize {
        self.amount
    }

    /// Takes so much more; false if less is left.
    pub(super) fn grow(&mut self, more: usize) -> bool {
        let grown = self.budget.reduce(more);
        self.amount += if grown { more } else { 0 };
        grown
    }

    /// Gives so much back.
    pub(super) fn shrink(&mut self, less: usize) {
        let less = less.min(self.amount);
        self.amount -= less;
        self.budget.left.fetch_add(less, Ordering::AcqRel);
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        self.budget.left.fetch_add(self.amount, Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_dropped_comes_back() {
        let budget = Budget::new(10);
        let mut first = budget.take(4).unwrap();
        assert!(first.grow(5));
        assert!(!first.grow(2));
        assert!(budget.take(2).is_none());
        first.shrink(1);
        assert!(budget.take(2).is_some());
        drop(first);
        assert!(budget.take(10).is_some());
    }
}
