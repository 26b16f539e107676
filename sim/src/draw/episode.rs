//! Faults with their ends, and the work of a cluster's life.

use core::time::Duration;
use std::collections::BTreeSet;

use memberlist_core::time::Instant;

use crate::HostNo;
use crate::deed::Deed;
use crate::dice::Dice;
use crate::plan::{HostPlan, Plan, id_of};

/// A fault with its end, or a piece of work. Can be left out by itself.
#[derive(Clone, Debug, PartialEq)]
pub struct Episode {
    /// What is done when.
    pub deeds: Vec<(Instant, Deed)>,
    /// Of the hosts that start at the beginning, so many must be there.
    hosts: usize,
}

impl Episode {
    /// Whether it makes sense with so many hosts.
    pub(super) fn needs(&self, nodes: usize) -> bool {
        self.hosts <= nodes
    }

    /// Whether a host starts in it.
    pub(super) fn has_starts(&self) -> bool {
        let starts = |deed: &Deed| matches!(deed, Deed::Start(_) | Deed::Restart { .. });
        self.deeds.iter().any(|(_, deed)| starts(deed))
    }
}

/// What may happen in an episode. Each seed allows some of them only, so that rare meetings of two
/// kinds are not drowned by the others.
const KINDS: &[fn(&mut Stage<'_>) -> Vec<(Instant, Deed)>] = &[
    crash, crash, restart, restart, pause, pause_many, hold_many, cut, cut, part, deaf, flip_flop,
    loss, leave, set_meta, broadcast, broadcast, jump, drift, impostor, newcomer,
];

/// Where episodes are drawn.
struct Stage<'a> {
    dice: &'a mut Dice,
    plan: &'a mut Plan,
    n: usize,
    from: Instant,
    span: Duration,
    /// The most that any episode has named of the hosts that start at the beginning.
    named: usize,
}

/// Draws the episodes of a plan of `n` hosts, over `span` from `from` on. Hosts that start later
/// are added to the plan.
pub(super) fn draw_all(
    dice: &mut Dice,
    plan: &mut Plan,
    from: Instant,
    span: Duration,
) -> Vec<Episode> {
    let n = plan.hosts.len();
    let allowed = dice.between(1, KINDS.len());
    let kinds = dice.sample(KINDS.len(), allowed);
    let count = dice.between(0, 6 + n.min(24));
    let mut episodes = Vec::new();
    for _ in 0..count {
        let Some(&kind) = dice.pick(&kinds) else { break };
        let mut stage = Stage { dice, plan, n, from, span, named: 0 };
        let deeds = KINDS[kind](&mut stage);
        let hosts = stage.named;
        episodes.push(Episode { deeds, hosts });
    }
    episodes
}

impl Stage<'_> {
    fn host(&mut self) -> HostNo {
        let host = self.dice.below(self.n);
        self.named = self.named.max(host + 1);
        host as HostNo
    }

    fn hosts(&mut self) -> Vec<HostNo> {
        let k = self.dice.between(1, self.n.div_ceil(2));
        let hosts = self.dice.sample(self.n, k);
        self.named = self.named.max(hosts.iter().map(|host| host + 1).max().unwrap_or(0));
        hosts.into_iter().map(|host| host as HostNo).collect()
    }

    /// When it begins, and when it ends.
    fn times(&mut self) -> (Instant, Instant) {
        let begin = self.from + self.dice.time(Duration::ZERO, self.span);
        let longest = if self.dice.chance(0.5) { self.span / 8 } else { self.span };
        (begin, begin + self.dice.time(Duration::from_millis(1), longest))
    }

    fn seeds(&mut self) -> Vec<HostNo> {
        // One of them may be down, or never have been up.
        let count = self.dice.between(1, 3);
        (0..count).map(|_| self.host()).collect()
    }

    /// One more host, that is not there at the beginning.
    fn extra(&mut self, like: Option<HostNo>) -> HostNo {
        let no = self.plan.hosts.len() as HostNo;
        let id = like.map_or_else(|| id_of(no), id_of);
        let config = self.plan.hosts[0].config.clone();
        self.plan.hosts.push(HostPlan { id, config, app: Default::default() });
        no
    }
}

fn crash(stage: &mut Stage<'_>) -> Vec<(Instant, Deed)> {
    let (host, (at, back)) = (stage.host(), stage.times());
    let silent = stage.dice.chance(0.5);
    let mut deeds = vec![(at, Deed::Crash { host, silent })];
    if stage.dice.chance(0.6) {
        let moved = stage.dice.chance(0.2);
        deeds.push((back, Deed::Restart { host, moved }));
        deeds.push((back, Deed::Join { host, seeds: stage.seeds() }));
    }
    deeds
}

fn restart(stage: &mut Stage<'_>) -> Vec<(Instant, Deed)> {
    let (host, (at, _)) = (stage.host(), stage.times());
    let moved = stage.dice.chance(0.2);
    vec![(at, Deed::Restart { host, moved }), (at, Deed::Join { host, seeds: stage.seeds() })]
}

fn pause(stage: &mut Stage<'_>) -> Vec<(Instant, Deed)> {
    let (host, (at, back)) = (stage.host(), stage.times());
    vec![(at, Deed::Pause(host)), (back, Deed::Resume(host))]
}

fn pause_many(stage: &mut Stage<'_>) -> Vec<(Instant, Deed)> {
    let (hosts, (at, back)) = (stage.hosts(), stage.times());
    let both = |host| [(at, Deed::Pause(host)), (back, Deed::Resume(host))];
    hosts.into_iter().flat_map(both).collect()
}

fn hold_many(stage: &mut Stage<'_>) -> Vec<(Instant, Deed)> {
    let (hosts, (at, back)) = (stage.hosts(), stage.times());
    let both = |host| [(at, Deed::Hold(host)), (back, Deed::Release(host))];
    hosts.into_iter().flat_map(both).collect()
}

fn cut(stage: &mut Stage<'_>) -> Vec<(Instant, Deed)> {
    let (from, to, (at, back)) = (stage.host(), stage.host(), stage.times());
    let mut deeds = vec![(at, Deed::Cut { from, to }), (back, Deed::Mend { from, to })];
    if stage.dice.chance(0.3) {
        deeds.push((at, Deed::Cut { from: to, to: from }));
        deeds.push((back, Deed::Mend { from: to, to: from }));
    }
    deeds
}

fn part(stage: &mut Stage<'_>) -> Vec<(Instant, Deed)> {
    let (at, back) = stage.times();
    let groups = stage.dice.between(2, 3);
    let sides = (0..stage.n as HostNo).map(|host| (host, stage.dice.below(groups) as u32));
    let sides = sides.collect();
    vec![(at, Deed::Part(sides)), (back, Deed::Unite)]
}

fn deaf(stage: &mut Stage<'_>) -> Vec<(Instant, Deed)> {
    let (host, (at, back)) = (stage.host(), stage.times());
    vec![(at, Deed::Deaf { host, deaf: true }), (back, Deed::Deaf { host, deaf: false })]
}

fn flip_flop(stage: &mut Stage<'_>) -> Vec<(Instant, Deed)> {
    let (host, (begin, end)) = (stage.host(), stage.times());
    let turns = stage.dice.between(2, 10) as u32;
    let beat = (end - begin) / turns;
    (0..turns).map(|turn| (begin + beat * turn, Deed::Deaf { host, deaf: turn % 2 == 0 })).collect()
}

fn loss(stage: &mut Stage<'_>) -> Vec<(Instant, Deed)> {
    let (host, other, (at, back)) = (stage.host(), stage.host(), stage.times());
    let which = stage.dice.below(3);
    let deed = |loss| match which {
        0 => Deed::LossFrom { host, loss },
        1 => Deed::LossTo { host, loss },
        _ => Deed::LossOn { from: host, to: other, loss },
    };
    let loss = stage.dice.unit();
    vec![(at, deed(loss)), (back, deed(0.0))]
}

fn leave(stage: &mut Stage<'_>) -> Vec<(Instant, Deed)> {
    let (host, (at, back)) = (stage.host(), stage.times());
    let mut deeds = vec![(at, Deed::Leave(host))];
    if stage.dice.chance(0.5) {
        deeds.push((back, Deed::Join { host, seeds: stage.seeds() }));
    }
    deeds
}

fn set_meta(stage: &mut Stage<'_>) -> Vec<(Instant, Deed)> {
    let (host, (at, _)) = (stage.host(), stage.times());
    vec![(at, Deed::SetMeta { host, len: stage.dice.between(0, 300) })]
}

fn broadcast(stage: &mut Stage<'_>) -> Vec<(Instant, Deed)> {
    let (host, (at, _)) = (stage.host(), stage.times());
    let count = stage.dice.between(1, 20);
    let one = |_| {
        let key = stage.dice.below(3) as u8;
        (at, Deed::Broadcast { host, len: stage.dice.between(8, 300), key })
    };
    (0..count).map(one).collect()
}

fn jump(stage: &mut Stage<'_>) -> Vec<(Instant, Deed)> {
    let (host, (at, _)) = (stage.host(), stage.times());
    let by = stage.dice.time(Duration::from_millis(1), Duration::from_secs(20));
    vec![(at, Deed::Jump { host, by })]
}

fn drift(stage: &mut Stage<'_>) -> Vec<(Instant, Deed)> {
    let (host, (at, back)) = (stage.host(), stage.times());
    let ppm = stage.dice.between(0, 100_000) as i64 - 50_000;
    vec![(at, Deed::Drift { host, ppm }), (back, Deed::Drift { host, ppm: 0 })]
}

/// Another host with a name that is taken.
fn impostor(stage: &mut Stage<'_>) -> Vec<(Instant, Deed)> {
    let (like, (at, back)) = (stage.host(), stage.times());
    let host = stage.extra(Some(like));
    vec![
        (at, Deed::Start(host)),
        (at, Deed::Join { host, seeds: stage.seeds() }),
        (back, Deed::Crash { host, silent: stage.dice.chance(0.5) }),
    ]
}

/// A host that comes in the middle of it all.
fn newcomer(stage: &mut Stage<'_>) -> Vec<(Instant, Deed)> {
    let (at, _) = stage.times();
    let host = stage.extra(None);
    vec![(at, Deed::Start(host)), (at, Deed::Join { host, seeds: stage.seeds() })]
}

/// Which hosts run at `at`, and which of them have not left for good.
pub(super) fn who_is_up(plan: &Plan, at: Instant) -> (Vec<HostNo>, BTreeSet<HostNo>) {
    let mut deeds: Vec<_> = plan.deeds.iter().filter(|(when, _)| *when < at).collect();
    deeds.sort_by_key(|(when, _)| *when);
    let (mut up, mut here) = (BTreeSet::new(), BTreeSet::new());
    for (_, deed) in deeds {
        match deed {
            Deed::Start(host) | Deed::Restart { host, .. } => {
                up.insert(*host);
                here.insert(*host);
            }
            Deed::Crash { host, .. } => {
                up.remove(host);
                here.remove(host);
            }
            Deed::Leave(host) => {
                here.remove(host);
            }
            Deed::Join { host, .. } if up.contains(host) => {
                here.insert(*host);
            }
            _ => {}
        }
    }
    (up.into_iter().collect(), here)
}
