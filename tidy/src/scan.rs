//! A view of Rust text without comments, literals and tests, line for line as long as the original.

/// `text` with comments and the inside of literals replaced by spaces.
pub fn code(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while at < chars.len() {
        let end = skipped(&chars, at);
        if end == at {
            out.push(chars[at]);
            at += 1;
            continue;
        }
        out.extend(chars[at..end].iter().map(|&c| if c == '\n' { '\n' } else { ' ' }));
        at = end;
    }
    out
}

/// Where the comment or literal that starts at `at` ends; `at` if none starts there.
fn skipped(chars: &[char], at: usize) -> usize {
    let next = chars.get(at + 1).copied().unwrap_or(' ');
    match chars[at] {
        '/' if next == '/' => find(chars, at, "\n"),
        '/' if next == '*' => comment_end(chars, at),
        '"' => quoted_end(chars, at, '"'),
        'r' if (next == '#' || next == '"') && !is_word(chars, at) => raw_end(chars, at),
        '\'' if next == '\\' || chars.get(at + 2) == Some(&'\'') => quoted_end(chars, at, '\''),
        _ => at,
    }
}

fn is_word(chars: &[char], at: usize) -> bool {
    at > 0 && is_ident(chars[at - 1]) && chars[at - 1] != 'b'
}

fn is_ident(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The index of the first `needle` at or after `from`, or the end.
fn find(chars: &[char], from: usize, needle: &str) -> usize {
    let needle: Vec<char> = needle.chars().collect();
    let hit = chars[from..].windows(needle.len()).position(|window| window == needle);
    hit.map_or(chars.len(), |offset| from + offset)
}

fn comment_end(chars: &[char], at: usize) -> usize {
    let mut depth = 0;
    let mut i = at;
    while i + 1 < chars.len() {
        match (chars[i], chars[i + 1]) {
            ('/', '*') => depth += 1,
            ('*', '/') if depth == 1 => return i + 2,
            ('*', '/') => depth -= 1,
            _ => {
                i += 1;
                continue;
            }
        }
        i += 2;
    }
    chars.len()
}

fn quoted_end(chars: &[char], at: usize, quote: char) -> usize {
    let mut i = at + 1;
    while i < chars.len() && chars[i] != quote {
        i += if chars[i] == '\\' { 2 } else { 1 };
    }
    (i + 1).min(chars.len())
}

fn raw_end(chars: &[char], at: usize) -> usize {
    let hashes = chars[at + 1..].iter().take_while(|&&c| c == '#').count();
    if chars.get(at + 1 + hashes) != Some(&'"') {
        return at;
    }
    let close = format!("\"{}", "#".repeat(hashes));
    (find(chars, at + 2 + hashes, &close) + close.len()).min(chars.len())
}

/// `code` without the items that are built for tests only. Takes what [`code`] gave.
pub fn without_tests(code: &str) -> String {
    let mut out = code.to_owned();
    while let Some(start) = out.find("#[cfg(test)]") {
        let end = item_end(&out, start);
        let blank: String =
            out[start..end].chars().map(|c| if c == '\n' { '\n' } else { ' ' }).collect();
        out.replace_range(start..end, &blank);
    }
    out
}

/// The end of the item that starts at `start`: its `;` or its closing brace.
fn item_end(code: &str, start: usize) -> usize {
    let mut depth = 0usize;
    for (offset, c) in code[start..].char_indices() {
        match c {
            ';' if depth == 0 => return start + offset + 1,
            '{' => depth += 1,
            '}' if depth <= 1 => return start + offset + 1,
            '}' => depth -= 1,
            _ => {}
        }
    }
    code.len()
}

/// One path in the code, such as `crate::types::Id`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mention {
    /// Where it stands, from 1.
    pub line: usize,
    /// Its parts; a glob ends with `*`.
    pub segments: Vec<String>,
    /// Whether it only passes a name on (`pub use`).
    pub passed_on: bool,
}

/// All paths that start with one of `roots`, groups in braces taken apart.
pub fn mentions(code: &str, roots: &[&str]) -> Vec<Mention> {
    let mut found = Vec::new();
    for root in roots {
        for (at, _) in code.match_indices(root) {
            if starts_path(code, at, root) {
                let line = code[..at].matches('\n').count() + 1;
                let passed_on = is_passed_on(code, at);
                let mut paths = Vec::new();
                take_tree(&code[at..], &mut Vec::new(), &mut paths);
                let all = paths.into_iter();
                found.extend(all.map(|segments| Mention { line, segments, passed_on }));
            }
        }
    }
    found
}

fn starts_path(code: &str, at: usize, root: &str) -> bool {
    let before = code[..at].chars().next_back().unwrap_or(' ');
    code[at + root.len()..].starts_with("::") && !is_ident(before) && before != ':'
}

fn is_passed_on(code: &str, at: usize) -> bool {
    let start = code[..at].rfind([';', '}', '{']).map_or(0, |i| i + 1);
    let statement = code[start..at].trim_start();
    statement.rsplit(']').next().unwrap_or_default().trim_start().starts_with("pub")
        && statement.trim_end().ends_with("use")
}

/// Reads one path or group from the front of `text`; gives how many bytes it took.
fn take_tree(text: &str, prefix: &mut Vec<String>, out: &mut Vec<Vec<String>>) -> usize {
    let spaces = text.len() - text.trim_start().len();
    let rest = &text[spaces..];
    if rest.starts_with('{') {
        return spaces + take_group(rest, prefix, out);
    }
    let len = if rest.starts_with('*') {
        1
    } else {
        rest.find(|c: char| !is_ident(c)).unwrap_or(rest.len())
    };
    if len == 0 {
        out.push(prefix.clone());
        return spaces;
    }
    prefix.push(rest[..len].to_owned());
    let mut taken = spaces + len;
    if rest[len..].starts_with("::") {
        taken += 2 + take_tree(&rest[len + 2..], prefix, out);
    } else {
        out.push(prefix.clone());
    }
    prefix.pop();
    taken
}

fn take_group(group: &str, prefix: &mut Vec<String>, out: &mut Vec<Vec<String>>) -> usize {
    let mut at = 1;
    while at < group.len() {
        match group.as_bytes()[at] {
            b'}' => return at + 1,
            c if is_ident(c as char) || c == b'{' || c == b'*' => {
                at += take_tree(&group[at..], prefix, out);
                // What is left of an `as` clause is no path.
                let end = group[at..].find([',', '}']).unwrap_or(group.len() - at);
                at += end;
            }
            _ => at += 1,
        }
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_literals_vanish_and_lines_stay() {
        let text = "a // crate::x\nb \"crate::y \\\" z\" c \
                    /* d\n/* e */ f */ g 'h' '\\'' r#\"i\"j\"#\n<'k>";
        let seen = code(text);
        assert_eq!(seen.chars().count(), text.chars().count());
        assert_eq!(seen.lines().count(), text.lines().count());
        let words: Vec<_> = seen.split_whitespace().collect();
        assert_eq!(words, ["a", "b", "c", "g", "<'k>"]);
    }

    #[test]
    fn items_for_tests_vanish() {
        let code = "use a;\n#[cfg(test)]\nmod tests {\n  fn b() { c }\n}\nfn d() {}\n\
                    #[cfg(test)]\nmod e;\nfn f() {}";
        let left = without_tests(code);
        assert!(left.contains("fn d") && left.contains("fn f"), "{left}");
        assert!(!left.contains("mod"), "{left}");
    }

    #[test]
    fn groups_are_taken_apart() {
        let code =
            "\nuse crate::{a::{B, C as D}, e::*};\npub use super::f::G;\n$crate::h!(); k::crate::l";
        let found = mentions(code, &["crate", "super"]);
        let paths: Vec<_> = found.iter().map(|m| m.segments.join("::")).collect();
        assert_eq!(paths, ["crate::a::B", "crate::a::C", "crate::e::*", "crate::h", "super::f::G"]);
        assert_eq!(found[0].line, 2);
        assert!(!found[0].passed_on && found[4].passed_on);
    }
}
