//! How long a file, a function and a line may be.

use crate::Finding;
use crate::Source;

/// Lines of a file.
pub const FILE_LINES_MAX: usize = 900;

/// Lines of a function, from its signature to its closing brace: what fits a screen.
pub const FUNCTION_LINES_MAX: usize = 70;

/// Columns of a line; one that holds an address of the web, or is a row of a table in a comment,
/// cannot be broken and may be longer.
pub const LINE_COLUMNS_MAX: usize = 100;

/// Files, functions and lines of `source` that are too long.
pub fn check(source: &Source) -> Vec<Finding> {
    if !source.is_rust() {
        return Vec::new();
    }
    let mut findings = long_lines(source);
    let count = source.text.lines().count();
    if count > FILE_LINES_MAX {
        let message = format!("{count} lines, {FILE_LINES_MAX} is the most: split by topic");
        findings.push(source.finding(FILE_LINES_MAX + 1, message));
    }
    for (line, name, len) in functions(&source.text) {
        if len > FUNCTION_LINES_MAX {
            let message = format!(
                "`{name}` has {len} lines, {FUNCTION_LINES_MAX} is the most: give its steps names"
            );
            findings.push(source.finding(line, message));
        }
    }
    findings
}

fn long_lines(source: &Source) -> Vec<Finding> {
    let lines = source.text.lines().map(|line| (line, line.chars().count())).enumerate();
    let long = lines.filter(|(_, (line, len))| *len > LINE_COLUMNS_MAX && can_break(line));
    let message = |len| format!("{len} columns, {LINE_COLUMNS_MAX} is the most: break the line");
    long.map(|(at, (_, len))| source.finding(at + 1, message(len))).collect()
}

fn can_break(line: &str) -> bool {
    let row = ["//! |", "/// |"].iter().any(|start| line.trim_start().starts_with(start));
    !row && !line.contains("://")
}

/// First line, name and length of every function with a body. Relies on the tree being formatted:
/// a body ends with a brace in the column where its signature starts.
pub fn functions(text: &str) -> Vec<(usize, String, usize)> {
    let lines: Vec<&str> = text.lines().collect();
    let mut found = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let Some(name) = function_name(line) else { continue };
        let indent = &line[..line.len() - line.trim_start().len()];
        let close = format!("{indent}}}");
        let opens = lines[at..].iter().position(|l| l.ends_with(['{', ';', '}'])).unwrap_or(0);
        if !lines[at + opens].ends_with('{') {
            continue;
        }
        let len = lines[at..].iter().position(|l| **l == close).map_or(1, |offset| offset + 1);
        found.push((at + 1, name.to_owned(), len));
    }
    found
}

fn function_name(line: &str) -> Option<&str> {
    let (before, after) = line.split_once("fn ")?;
    let before = before.trim();
    let qualifies = |word: &str| {
        word.starts_with("pub") || matches!(word, "const" | "async" | "crate)" | "super)")
    };
    if !before.split_whitespace().all(qualifies) {
        return None;
    }
    let end = after.find(['(', '<'])?;
    Some(&after[..end])
}

/// The 90th percentile of `lengths`.
pub fn p90(mut lengths: Vec<usize>) -> usize {
    lengths.sort_unstable();
    let at = (lengths.len() * 9).div_ceil(10).saturating_sub(1);
    lengths.get(at).copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages(text: &str) -> Vec<String> {
        check(&Source::new("core/src/a.rs", text)).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_long_file_is_found() {
        assert_eq!(messages(&"\n".repeat(FILE_LINES_MAX)).len(), 0);
        let found = messages(&"\n".repeat(FILE_LINES_MAX + 1));
        assert!(found[0].starts_with("core/src/a.rs:901: 901 lines"), "{found:?}");
    }

    #[test]
    fn a_long_line_is_found_unless_it_cannot_be_broken() {
        let found = messages(&format!("\n//{}\n", "ä".repeat(LINE_COLUMNS_MAX)));
        assert!(found[0].starts_with("core/src/a.rs:2: 102 columns"), "{found:?}");
        assert_eq!(messages(&format!("// https://{}\n", "a".repeat(200))).len(), 0);
        assert_eq!(messages(&format!("    /// | {} |\n", "a".repeat(200))).len(), 0);
    }

    #[test]
    fn a_long_function_is_found_and_a_short_one_is_not() {
        let body = |lines| {
            format!("    pub(crate) async fn f(\n    ) {{\n{}    }}\n", "x\n".repeat(lines))
        };
        assert_eq!(messages(&body(FUNCTION_LINES_MAX - 3)).len(), 0);
        let found = messages(&body(FUNCTION_LINES_MAX - 2));
        assert!(found[0].starts_with("core/src/a.rs:1: `f` has 71 lines"), "{found:?}");
    }

    #[test]
    fn declarations_are_no_functions() {
        let text = "trait A {\n    fn a(&self);\n    fn b(&self) {}\n}\nlet c = d(fn e);\n";
        assert_eq!(functions(text), []);
    }

    #[test]
    fn the_percentile_is_of_the_sorted_lengths() {
        assert_eq!(p90((1..=10).rev().collect()), 9);
        assert_eq!(p90(vec![]), 0);
    }
}
