//! How updates and broadcasts spread.

use std::collections::BTreeMap;

use memberlist_core::engine::Notice;
use memberlist_core::swim::Event;
use memberlist_core::time::Instant;

use crate::HostNo;
use crate::deed::Deed;
use crate::observe::{Observer, Seen, View};
use crate::plan::host_at;

/// One piece of news.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct News {
    /// Who has said it.
    pub origin: HostNo,
    /// When.
    pub at: Instant,
    /// When each other host has heard it, in the order of time. One that heard it twice counts
    /// once.
    pub heard: Vec<Instant>,
}

impl News {
    /// Seconds until so many others have heard it.
    pub fn seconds_to(&self, others: usize) -> Option<f64> {
        let heard = others.checked_sub(1).map_or(Some(&self.at), |last| self.heard.get(last));
        heard.map(|at| (*at - self.at).as_secs_f64())
    }
}

/// Follows all news. A host that tells metadata anew ends what is known of its older ones.
#[derive(Clone, Debug, Default)]
pub struct Spread {
    /// Metadata, in the order in which they were told.
    pub updates: Vec<News>,
    /// Broadcasts, in the order in which they were begun.
    pub broadcasts: Vec<News>,
    /// Of each host the newest update, and who has heard it.
    newest: BTreeMap<HostNo, (usize, Vec<bool>)>,
    tokens: BTreeMap<u64, usize>,
}

impl Spread {
    fn on_update(&mut self, view: View<'_>, origin: HostNo) {
        self.newest.insert(origin, (self.updates.len(), vec![false; view.hosts.len()]));
        self.updates.push(News { origin, at: view.now, heard: Vec::new() });
    }

    fn on_meta(&mut self, now: Instant, observer: HostNo, origin: HostNo) {
        let Some((at, heard)) = self.newest.get_mut(&origin) else { return };
        let Some(has_heard) = heard.get_mut(observer as usize) else { return };
        if observer != origin && !core::mem::replace(has_heard, true) {
            self.updates[*at].heard.push(now);
        }
    }

    fn on_broadcast(&mut self, now: Instant, origin: HostNo, payload: &[u8]) {
        if let Some(token) = token(payload) {
            self.tokens.insert(token, self.broadcasts.len());
            self.broadcasts.push(News { origin, at: now, heard: Vec::new() });
        }
    }

    /// The engine tells each broadcast once.
    fn on_message(&mut self, now: Instant, payload: &[u8]) {
        let place = token(payload).and_then(|token| self.tokens.get(&token));
        if let Some(&place) = place {
            self.broadcasts[place].heard.push(now);
        }
    }
}

/// A broadcast begins with its token: see [`Deed::Broadcast`].
fn token(payload: &[u8]) -> Option<u64> {
    payload.first_chunk().map(|bytes| u64::from_be_bytes(*bytes))
}

impl Observer for Spread {
    fn see(&mut self, view: View<'_>, seen: &Seen<'_>) {
        match *seen {
            Seen::Done(Deed::SetMeta { host, .. }) => self.on_update(view, *host),
            Seen::Broadcast { host, payload, .. } => self.on_broadcast(view.now, host, payload),
            Seen::Told { host, notice: Notice::Machine(Event::Member { old, new: Some(new) }) } => {
                let is_new = old.as_ref().is_some_and(|old| old.meta() != new.meta());
                if let Some((origin, _)) = host_at(new.address()).filter(|_| is_new) {
                    self.on_meta(view.now, host, origin);
                }
            }
            Seen::Told { notice: Notice::Message(message), .. } => {
                self.on_message(view.now, &message.payload);
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn news_takes_until_the_last_of_so_many_has_heard_it() {
        let heard = vec![Instant::from_millis(1_500), Instant::from_millis(3_000)];
        let news = News { origin: 0, at: Instant::from_millis(1_000), heard };
        let found = [0, 1, 2, 3].map(|others| news.seconds_to(others));
        assert_eq!(found, [Some(0.0), Some(0.5), Some(2.0), None]);
    }
}
