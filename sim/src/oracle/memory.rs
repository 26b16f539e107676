//! What the oracles share: what each host believes, what it has heard in this step, and how well it
//! is.

use core::time::Duration;
use std::collections::BTreeMap;
use std::sync::Arc;

use memberlist_core::engine::Notice;
use memberlist_core::swim::Event;
use memberlist_core::time::Instant;
use memberlist_core::types::{Member, State};
use memberlist_core::wire::{Accusation, Message};

use crate::deed::Deed;
use crate::observe::{Seen, View};
use crate::{Addr, HostNo, Id};

pub(super) type Record = Arc<Member<Id, Addr>>;

/// What is remembered of a run.
pub(super) struct Memory {
    hosts: Vec<Remembered>,
    /// Until when something was wrong with the network; `None` once for each thing that still is.
    pub(super) network: Trouble,
    /// Some host was held, or its clock jumped: it judges by a clock that others do not have.
    pub(super) last_hold: Option<Instant>,
}

/// What is remembered of one host.
#[derive(Default)]
pub(super) struct Remembered {
    /// What it believes, by the changes that it was told.
    pub(super) beliefs: BTreeMap<Id, Record>,
    /// What it has heard since its last step.
    pub(super) step: Step,
    /// When it was last not as it should be: started, paused, held, its clock changed.
    pub(super) upset: Option<Instant>,
    pub(super) has_left: bool,
}

/// What a host has heard in one step.
#[derive(Default)]
pub(super) struct Step {
    pub(super) suspects: Vec<Accusation<Id>>,
    pub(super) deads: Vec<Accusation<Id>>,
    /// Whom it was asked to ping for others.
    pub(super) requests: Vec<Id>,
    /// A full exchange was merged.
    pub(super) merged: bool,
}

/// Whether the network may lose something.
#[derive(Default)]
pub(super) struct Trouble {
    lossy: bool,
    /// When it last was in trouble.
    last: Option<Instant>,
}

impl Trouble {
    /// Whether nothing was lost for want of a whole network in the last `span`.
    pub(super) fn is_over_for(&self, span: Duration, now: Instant) -> bool {
        !self.lossy && self.last.is_none_or(|last| now.since(last) > span)
    }
}

impl Memory {
    pub(super) fn new(hosts: usize) -> Self {
        let hosts = (0..hosts).map(|_| Remembered::default()).collect();
        Self { hosts, network: Trouble::default(), last_hold: None }
    }

    pub(super) fn of(&self, host: HostNo) -> &Remembered {
        &self.hosts[host as usize]
    }

    /// What a host believes of a member.
    pub(super) fn belief(&self, host: HostNo, id: &Id) -> Option<&Record> {
        self.of(host).beliefs.get(id)
    }

    fn host(&mut self, host: HostNo) -> &mut Remembered {
        &mut self.hosts[host as usize]
    }

    /// Takes in what has happened, after the oracles have.
    pub(super) fn learn(
        &mut self,
        view: View<'_>,
        seen: &Seen<'_>,
        messages: &[Message<'_, Id, Addr>],
    ) {
        match seen {
            Seen::Done(deed) => self.on_deed(view, deed),
            Seen::Started(host) | Seen::Stopped(host) => {
                *self.host(*host) = Remembered { upset: Some(view.now), ..Remembered::default() };
            }
            Seen::Told { host, notice: Notice::Machine(Event::Member { old, new }) } => {
                let own = view.hosts[*host as usize].id();
                let remembered = self.host(*host);
                if let Some(record) = new.as_ref().filter(|new| new.id() == own) {
                    let has_left = record.state() == State::Left;
                    if has_left != remembered.has_left {
                        // What ran out while it judged nobody runs anew.
                        remembered.upset = Some(view.now);
                    }
                    remembered.has_left = has_left;
                }
                remembered.believe(old.as_ref(), new.as_ref());
            }
            Seen::Received { host, .. } => self.host(*host).step.hear(messages),
            Seen::Merged { host, .. } => self.host(*host).step.merged = true,
            Seen::Overrun(host) => self.upset(*host, view.now),
            Seen::Stepped(host) => self.host(*host).step = Step::default(),
            _ => {}
        }
    }

    fn on_deed(&mut self, view: View<'_>, deed: &Deed) {
        let now = view.now;
        match deed {
            Deed::Pause(host) | Deed::Resume(host) => self.upset(*host, now),
            Deed::Hold(host) | Deed::Release(host) => {
                self.upset(*host, now);
                self.last_hold = Some(now);
            }
            Deed::Jump { host, .. } | Deed::Drift { host, .. } => {
                self.upset(*host, now);
                self.last_hold = Some(now);
            }
            Deed::Turn(weather) => {
                self.network.lossy = weather.loss > 0.0 || weather.corrupt > 0.0;
                self.network.last = Some(now);
            }
            Deed::Heal(_) => {
                self.network = Trouble { lossy: false, last: Some(now) };
                for no in 0..self.hosts.len() {
                    self.hosts[no].upset = Some(now);
                }
            }
            Deed::Cut { .. }
            | Deed::Part(_)
            | Deed::Deaf { .. }
            | Deed::Mute { .. }
            | Deed::LossFrom { .. }
            | Deed::LossTo { .. }
            | Deed::LossOn { .. } => self.network.lossy = true,
            _ => {}
        }
    }

    fn upset(&mut self, host: HostNo, now: Instant) {
        self.host(host).upset = Some(now);
    }
}

impl Remembered {
    fn believe(&mut self, old: Option<&Record>, new: Option<&Record>) {
        match (old, new) {
            (_, Some(new)) => {
                self.beliefs.insert(new.id().clone(), Arc::clone(new));
            }
            (Some(old), None) => {
                self.beliefs.remove(old.id());
            }
            (None, None) => {}
        }
    }

    /// Whether it has been as it should be for `span`.
    pub(super) fn is_well_for(&self, span: Duration, now: Instant) -> bool {
        self.upset.is_none_or(|upset| now.since(upset) > span)
    }
}

impl Step {
    fn hear(&mut self, messages: &[Message<'_, Id, Addr>]) {
        for message in messages {
            match message {
                Message::Suspect(suspect) => self.suspects.push(suspect.clone()),
                Message::Dead(dead) => self.deads.push(dead.clone()),
                Message::IndirectPing(request) => self.requests.push(request.target.id().clone()),
                _ => {}
            }
        }
    }
}
