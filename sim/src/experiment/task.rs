//! What an experiment is.

use crate::report::Report;

/// Many independent runs and a report over them.
pub trait Experiment: Sync {
    /// The name of the ledger. Experiments that share runs share a ledger.
    fn ledger(&self) -> &'static str;

    /// Everything that decides the figures besides the keys of the runs, in one line: a ledger that
    /// was written under other settings is not gone on with.
    fn settings(&self) -> String;

    /// The names of the [`Figures`] of each run, in their order.
    fn columns(&self) -> &'static [&'static str];

    /// The runs, in the order in which they are begun.
    fn runs(&self) -> Vec<Run>;

    /// Does the run that stands at this place among [`runs`](Self::runs).
    fn measure(&self, at: usize) -> Figures;

    /// What the runs have shown; `found` has the figures of each, in the order of
    /// [`runs`](Self::runs), and none at all for a run that has not finished.
    fn report(&self, found: &[Figures]) -> Report;
}

/// What a run has measured: some numbers for each column.
pub type Figures = Vec<Vec<f64>>;

/// One run.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// Tells it apart from all others of its ledger, and decides its seed: configuration, case and
    /// repetition in words.
    pub key: String,
    /// How much work it is, in any unit: for the time that is left.
    pub weight: u64,
}

impl Run {
    /// Decides the run.
    pub fn seed(&self) -> u64 {
        seed_of(&self.key)
    }
}

/// The seed that belongs to a key: FNV-1a, the same on every machine.
pub fn seed_of(key: &str) -> u64 {
    let step = |hash: u64, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    key.bytes().fold(0xcbf2_9ce4_8422_2325, step)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From the tables of the draft "The FNV Non-Cryptographic Hash Algorithm", section 6.
    #[test]
    fn a_key_has_its_seed() {
        assert_eq!(seed_of(""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(seed_of("a"), 0xaf63_dc4c_8601_ec8c);
        assert_eq!(seed_of("foobar"), 0x8594_4171_f739_67e8);
    }
}
