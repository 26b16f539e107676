//! Keys from a file.

use std::fs;
use std::io;
use std::path::PathBuf;

use zeroize::Zeroizing;

use crate::frame::{KeySource, SecretKey};

/// Bytes of the longest file of keys: many times what a full ring takes.
const FILE_BYTES_MAX: u64 = 64 * 1024;

/// A file of keys in base64, the primary one first: one per line, or a JSON array of strings as
/// Serf and Consul write it. What follows a `#` is skipped. It is read anew whenever it is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyFile {
    path: PathBuf,
}

impl KeyFile {
    /// The file at `path`, which is not looked at yet.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }
}

impl KeySource for KeyFile {
    fn keys(&self) -> io::Result<Vec<SecretKey>> {
        if fs::metadata(&self.path)?.len() > FILE_BYTES_MAX {
            return Err(invalid(format!("a file of keys has at most {FILE_BYTES_MAX} bytes")));
        }
        parse(&Zeroizing::new(fs::read_to_string(&self.path)?))
    }
}

/// The keys of a text. An error names the line, never what stands there.
fn parse(text: &str) -> io::Result<Vec<SecretKey>> {
    let mut keys = Vec::new();
    for (at, line) in text.lines().enumerate() {
        let line = line.split('#').next().unwrap_or_default();
        let is_around = |c: char| c.is_whitespace() || "[],\"".contains(c);
        for word in line.split(is_around).filter(|word| !word.is_empty()) {
            let key = SecretKey::from_base64(word);
            keys.push(key.map_err(|error| invalid(format!("line {}: {error}", at + 1)))?);
        }
    }
    Ok(keys)
}

fn invalid(words: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, words)
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = "AAECAwQFBgcICQoLDA0ODw==";
    const B: &str = "EBESExQVFhcYGRobHB0eHyAhIiMkJSYn";

    #[test]
    fn lines_and_a_json_array_are_read_alike() {
        for text in [
            format!("# keys\n{A} # the primary one\n\n{B}\n"),
            format!("[\n  \"{A}\",\n  \"{B}\"\n]\n"),
            format!("[\"{A}\",\"{B}\"]"),
        ] {
            let keys = parse(&text).unwrap();
            let lens: Vec<_> = keys.iter().map(SecretKey::len).collect();
            assert_eq!(lens, [16, 24], "{text}");
        }
        assert_eq!(parse("").unwrap(), []);
    }

    #[test]
    fn an_error_names_the_line_and_not_what_stands_there() {
        let error = parse(&format!("{A}\nc2VjcmV0\n")).unwrap_err();
        assert_eq!(error.to_string(), "line 2: a key has 16, 24 or 32 bytes, this one has 6");
    }

    #[test]
    fn a_file_that_is_not_there_is_an_error() {
        let error = KeyFile::new("no/such/file").keys().unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::NotFound);
    }
}
