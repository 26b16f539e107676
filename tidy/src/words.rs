//! Words that may not be merged.

use crate::Finding;
use crate::Source;

/// The words, each with what to do instead. In two halves, so that this file does not hold them.
const BANNED: &[(&str, &str, &str)] = &[
    ("FIX", "ME", "fix it now or open an issue"),
    ("TO", "DO", "do it now or open an issue"),
    ("XX", "X", "say in words what is wrong, or fix it"),
    ("todo", "!(", "write the body"),
    ("unimpl", "emented!(", "write the body"),
    ("db", "g!(", "remove it, or log with `tracing`"),
    ("#[ign", "ore", "make the test pass, or delete it; what is slow goes to `scripts/long`"),
    ("allow(missing", "_docs", "document the items"),
    ("allow(uns", "afe_code", "there is no unsafe code here"),
    ("thread::sl", "eep(", "wait for the event with a bound"),
    ("/ho", "me/", "no path of one machine"),
    ("/ro", "ot/", "no path of one machine"),
    ("/Us", "ers/", "no path of one machine"),
    ("/t", "mp/", "no path of one machine: use the folder that cargo or the system gives"),
    ("/wo", "rk/", "no path of one machine"),
    ("crates", ".io", "cargo knows where its registry is"),
];

/// Banned words in `source`.
pub fn check(source: &Source) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (at, line) in source.text.lines().enumerate() {
        for (front, back, advice) in BANNED {
            let word = format!("{front}{back}");
            if holds(line, &word) {
                findings.push(source.finding(at + 1, format!("`{word}` is banned: {advice}")));
            }
        }
    }
    findings
}

/// Whether `line` holds `word`, not as the end or the front of a longer one.
fn holds(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = line[at + word.len()..].chars().next();
        let joins = |edge: Option<char>, c: Option<char>| {
            edge.is_some_and(char::is_alphanumeric) && c.is_some_and(char::is_alphanumeric)
        };
        !joins(word.chars().next(), before) && !joins(word.chars().next_back(), after)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_banned_word_is_found() {
        for (front, back, _) in BANNED {
            let source = Source::new("docs/a.md", &format!("fine\nhere {front}{back} it is\n"));
            let found = check(&source);
            assert!(!found.is_empty(), "{front}{back}");
            assert_eq!(found[0].line, 2);
        }
    }

    #[test]
    fn a_part_of_a_longer_word_is_not() {
        let text = format!("{}{}s and a{}{}\n", "TO", "DO", "XX", "X");
        assert_eq!(check(&Source::new("docs/a.md", &text)), []);
    }
}
