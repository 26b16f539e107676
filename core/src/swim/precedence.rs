//! Which of two claims about one member wins (SWIM section 4.2).
//!
//! Claims are ordered by the incarnation, which only the member itself raises, and within one
//! incarnation by how bad the news is: alive < suspect < dead < left. Two exceptions keep a member
//! that is gone from coming back by hearsay: only a higher *alive* revives it, and nothing but a
//! goodbye at the same incarnation turns "failed" into "left".

use crate::types::{Incarnation, State};

/// What is claimed of a member.
pub(super) type Claim = (State, Incarnation);

/// Whether `heard` replaces `known`.
pub(super) const fn supersedes(known: Claim, heard: Claim) -> bool {
    let (known_state, known_number) = (known.0, known.1.get());
    let (newer, not_older) = (heard.1.get() > known_number, heard.1.get() >= known_number);
    match (heard.0, known_state) {
        (State::Alive, _) => newer,
        (State::Suspect, State::Alive) => not_older,
        (State::Suspect, State::Suspect) => newer,
        (State::Suspect, State::Dead | State::Left) => false,
        (State::Dead, State::Alive | State::Suspect) => not_older,
        (State::Dead, State::Dead | State::Left) => newer,
        (State::Left, State::Left) => newer,
        (State::Left, _) => not_older,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STATES: [State; 4] = [State::Alive, State::Suspect, State::Dead, State::Left];

    /// Rows: what is known. Columns: what is heard. Each cell: whether an older, an equal and a
    /// newer claim wins.
    #[test]
    fn every_pair_is_decided() {
        let table = [
            //            alive  suspect  dead   left
            ("alive", ["..n", ".en", ".en", ".en"]),
            ("suspect", ["..n", "..n", ".en", ".en"]),
            ("dead", ["..n", "...", "..n", ".en"]),
            ("left", ["..n", "...", "..n", "..n"]),
        ];
        for (known, (name, row)) in STATES.into_iter().zip(table) {
            assert_eq!(known.to_string(), name);
            for (heard, cell) in STATES.into_iter().zip(row) {
                for (number, mark) in [4, 5, 6].into_iter().zip(cell.chars()) {
                    let wins =
                        supersedes((known, Incarnation::new(5)), (heard, Incarnation::new(number)));
                    assert_eq!(wins, mark != '.', "{known}@5 hears {heard}@{number}");
                }
            }
        }
    }

    /// No two claims replace each other: gossip about one member comes to rest.
    #[test]
    fn of_two_claims_at_most_one_wins() {
        for a in STATES {
            for b in STATES {
                for (x, y) in [(1, 1), (1, 2), (2, 1)] {
                    let one = (a, Incarnation::new(x));
                    let two = (b, Incarnation::new(y));
                    assert!(!(supersedes(one, two) && supersedes(two, one)), "{one:?} {two:?}");
                }
            }
        }
    }
}
