//! Lines out: JSON or text, each written whole and flushed at once.

use std::fmt::Display;
use std::io;
use std::io::Write;
use std::sync::OnceLock;
use std::time::Instant;

use serde::Serialize;

/// Writes one line for each thing. Tasks share it.
#[derive(Debug)]
pub(crate) struct Printer {
    json: bool,
    ready: OnceLock<Instant>,
}

impl Printer {
    /// Prints JSON lines or readable text.
    pub(crate) const fn new(json: bool) -> Self {
        Self { json, ready: OnceLock::new() }
    }

    /// From now on time counts.
    pub(crate) fn start_clock(&self) {
        let _ = self.ready.set(Instant::now());
    }

    /// Milliseconds since `ready`.
    pub(crate) fn at_ms(&self) -> u64 {
        let elapsed = self.ready.get().map(Instant::elapsed).unwrap_or_default();
        u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX)
    }

    /// Prints `item`. Nobody may be reading any more; that ends nothing.
    pub(crate) fn print(&self, item: &(impl Serialize + Display)) {
        let mut line = if self.json {
            serde_json::to_string(item).expect("events and replies have only string keys")
        } else {
            item.to_string()
        };
        line.push('\n');
        let mut out = io::stdout().lock();
        let _ = out.write_all(line.as_bytes()).and_then(|()| out.flush());
    }
}

/// `bytes` as text: what is UTF-8 as it is, each other byte as the character of its number.
pub(crate) fn text(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|&byte| char::from(byte)));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_that_are_no_text_show_as_their_numbers() {
        assert_eq!(text("grün".as_bytes()), "grün");
        assert_eq!(text(b"a\xffb\xc3"), "a\u{ff}b\u{c3}");
    }
}
