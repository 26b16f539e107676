//! What a run leaves behind: a number that stands for all of it, and a timeline to read.

use core::fmt::Write as _;
use std::sync::Arc;

use memberlist_core::engine::Notice;
use memberlist_core::swim::Event;
use memberlist_core::time::Instant;
use memberlist_core::types::Member;

use crate::observe::{Observer, Seen, View};
use crate::{Addr, Id};

/// A number that stands for everything that was said and told, in its order. Equal runs have equal
/// numbers, in any process, build and machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TraceHash(u64);

impl Default for TraceHash {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl TraceHash {
    /// The number so far.
    pub fn get(&self) -> u64 {
        self.0
    }

    fn mix(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(5) ^ word).wrapping_mul(0x517c_c1b7_2722_0a95);
    }

    fn mix_bytes(&mut self, bytes: &[u8]) {
        let mut words = bytes.chunks_exact(8);
        for word in &mut words {
            self.mix(u64::from_le_bytes(word.try_into().unwrap_or_default()));
        }
        let rest = words.remainder().iter().fold(0, |rest, byte| rest << 8 | u64::from(*byte));
        self.mix(rest ^ (bytes.len() as u64) << 56);
    }
}

impl Observer for TraceHash {
    fn see(&mut self, view: View<'_>, seen: &Seen<'_>) {
        let mut head = |kind: u64, host: u32| {
            self.mix(view.now.as_nanos());
            self.mix(kind << 32 | u64::from(host));
        };
        match seen {
            Seen::Sent { host, bytes, .. } => {
                head(1, *host);
                self.mix_bytes(bytes);
            }
            Seen::Received { host, bytes, .. } => {
                head(2, *host);
                self.mix(bytes.len() as u64);
            }
            Seen::Told { host, notice: Notice::Machine(Event::Member { old, new }) } => {
                head(3, *host);
                let state = |member: &Option<Arc<Member<Id, Addr>>>| {
                    member.as_ref().map_or(9, |member| member.state() as u64)
                };
                self.mix(state(old) << 8 | state(new));
            }
            Seen::Started(host) => head(4, *host),
            Seen::Stopped(host) => head(5, *host),
            Seen::Overrun(host) => head(6, *host),
            Seen::StreamSent { host, len } => head(7 + ((*len as u64) << 8), *host),
            Seen::Merged { host, .. } => head(8, *host),
            _ => {}
        }
    }
}

/// Lines that say what was done and what changed, for people.
#[derive(Clone, Debug, Default)]
pub struct Timeline {
    lines: String,
    left_out: usize,
}

/// Bytes of a timeline: what is beyond is counted only.
const TIMELINE_MAX: usize = 4 * 1024 * 1024;

impl Timeline {
    /// The lines.
    pub fn text(&self) -> &str {
        &self.lines
    }

    /// Lines that were left out for want of room.
    pub fn left_out(&self) -> usize {
        self.left_out
    }

    fn line(&mut self, now: Instant, words: core::fmt::Arguments<'_>) {
        if self.lines.len() > TIMELINE_MAX {
            self.left_out += 1;
            return;
        }
        let millis = now.as_nanos() / 1_000;
        let _ = writeln!(self.lines, "{:>6}.{:06} {words}", millis / 1_000_000, millis % 1_000_000);
    }
}

impl Observer for Timeline {
    fn see(&mut self, view: View<'_>, seen: &Seen<'_>) {
        let now = view.now;
        match seen {
            Seen::Done(deed) => self.line(now, format_args!("       * {deed:?}")),
            Seen::Started(host) => self.line(now, format_args!("{host:>6}   started")),
            Seen::Stopped(host) => self.line(now, format_args!("{host:>6}   stopped")),
            Seen::Overrun(host) => self.line(now, format_args!("{host:>6}   kernel buffer full")),
            Seen::Told { host, notice: Notice::Machine(event) } => match event {
                Event::Member { old, new } => {
                    if let Some(change) = change(old.as_deref(), new.as_deref()) {
                        self.line(now, format_args!("{host:>6}   {change}"));
                    }
                }
                Event::Health(score) => self.line(now, format_args!("{host:>6}   health {score}")),
                Event::Conflict { existing, other } => {
                    let words =
                        format_args!("{host:>6}   {other} claims a name, it is {existing:?}");
                    self.line(now, words);
                }
                _ => {}
            },
            _ => {}
        }
    }
}

/// What has changed; `None` if it is only a round-trip time.
fn change(old: Option<&Member<Id, Addr>>, new: Option<&Member<Id, Addr>>) -> Option<String> {
    let show = |member: &Member<Id, Addr>| {
        format!(
            "{:?} {} @{} meta {}",
            member.state(),
            member.incarnation().get(),
            member.address().port(),
            member.meta().as_bytes().len()
        )
    };
    let name = new.or(old)?.id();
    let (old, new) = (old.map(show), new.map(show));
    if old == new {
        return None;
    }
    let none = || "-".to_owned();
    Some(format!("{name}: {} -> {}", old.unwrap_or_else(none), new.unwrap_or_else(none)))
}
