//! Lines out: JSON or text, each written whole and flushed at once.

use std::fmt::Display;
use std::io;
use std::io::Write;
use std::sync::OnceLock;
use std::time::Instant;

use serde::Serialize;

/// Lines that wait to be written. Whoever has one more waits: a reader that is slow must not cost
/// memory, and only hooks and replies may wait for it, never the node.
const LINES_MAX: usize = 1_024;

/// Writes one line for each thing, from a thread of its own. Tasks share it.
#[derive(Debug)]
pub(crate) struct Printer {
    json: bool,
    ready: OnceLock<Instant>,
    lines: async_channel::Sender<String>,
    /// Closed once the last line is written.
    written: async_channel::Receiver<()>,
}

impl Printer {
    /// Prints JSON lines or readable text.
    pub(crate) fn new(json: bool) -> Self {
        let (lines, waiting) = async_channel::bounded(LINES_MAX);
        let (done, written) = async_channel::bounded(1);
        std::thread::spawn(move || {
            write_all(&waiting);
            drop(done);
        });
        Self { json, ready: OnceLock::new(), lines, written }
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

    /// Prints `item`, in its turn.
    pub(crate) async fn print(&self, item: &(impl Serialize + Display)) {
        let mut line = if self.json {
            serde_json::to_string(item).expect("events and replies have only string keys")
        } else {
            item.to_string()
        };
        line.push('\n');
        let _ = self.lines.send(line).await;
    }

    /// Returns when everything is written. Nothing can be printed any more.
    pub(crate) async fn finish(&self) {
        self.lines.close();
        let _ = self.written.recv().await;
    }
}

/// Nobody may be reading any more; that ends nothing.
fn write_all(lines: &async_channel::Receiver<String>) {
    while let Ok(line) = lines.recv_blocking() {
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
