//! The rules that every run must keep, one small file each.
//!
//! An oracle is shown everything that happens and says what is wrong. It has formulas of its own: a
//! fault in the machine's must not excuse itself. It never demands what a machine without fault
//! could miss.
//!
//! | oracle | rule |
//! |---|---|
//! | `precedence` | what an observer believes of a member never goes back |
//! | `incarnation` | nobody but its owner raises an incarnation |
//! | `order` | each change begins where the last one ended |
//! | `fold` | the changes, added up, are the member list |
//! | `verdict` | nobody is declared dead before the least time of a suspicion, or after its time |
//! | `healthy` | nobody is declared dead, or even suspected, when nothing is wrong |
//! | `hearsay` | what is heard of a death: left stays left, and an exchange only suspects |
//! | `refute` | whoever is accused refutes at once |
//! | `accuse` | nobody accuses in its own name but after a probe of its own has failed |
//! | `measured` | a round trip is that of a ping and its own answer |
//! | `dial` | full exchanges go to members that are alive |
//! | `answers` | acks and nacks only for what was asked, and to whom it was asked |
//! | `size` | no packet is larger than allowed |
//! | `limits` | no queue, table or score is past its limit |
//! | `sends` | an item is sent as often as the limit says |
//! | `buddy` | a ping to a suspect tells it |
//! | `delivery` | a broadcast is delivered once, and in calm to all |
//! | `reap` | who is gone is forgotten in time |
//! | `agreement` | after the faults all agree |
//! | `detection` | a crash is told by everybody in time |
//! | `spread` | an update reaches all in time |
//! | `quiet` | a calm cluster says no more, and no less, than its probes |

mod accuse;
mod agreement;
mod answers;
mod bounds;
mod buddy;
mod delivery;
mod detection;
mod dial;
mod facts;
mod fold;
mod healthy;
mod hearsay;
mod incarnation;
mod limits;
mod measured;
mod memory;
mod order;
mod precedence;
mod quiet;
mod reap;
mod refute;
mod sends;
mod size;
mod spread;
#[cfg(test)]
mod stage;
mod verdict;
mod violation;

use memberlist_core::frame::{Framer, Scratch};
use memberlist_core::wire::{Lpe, Message, Wire};

use crate::host::layers;
use crate::observe::{Observer, Seen, View};
use crate::plan::Plan;
use crate::{Addr, Id};

use facts::Facts;
use memory::Memory;
use violation::Findings;

pub use violation::Violation;

/// What an oracle is shown.
struct Scene<'a> {
    view: View<'a>,
    facts: &'a Facts,
    /// What each host has been told until just before this.
    memory: &'a Memory,
    /// What is in the datagram that is sent or received.
    messages: &'a [Message<'a, Id, Addr>],
}

/// One rule.
trait Oracle: Send {
    /// Its name.
    fn name(&self) -> &'static str;

    /// Something has happened.
    fn see(&mut self, scene: &Scene<'_>, seen: &Seen<'_>, found: &mut Findings<'_>);

    /// The run is over.
    fn finish(&mut self, scene: &Scene<'_>, found: &mut Findings<'_>) {
        let _ = (scene, found);
    }
}

/// All rules.
pub struct Oracles {
    facts: Facts,
    memory: Memory,
    framer: Framer,
    scratch: Scratch,
    oracles: Vec<Box<dyn Oracle>>,
    violations: Vec<Violation>,
}

/// Violations after which a run is of no more use.
const ENOUGH: usize = 8;

impl Oracles {
    /// All rules, for a run of `plan`.
    pub fn new(plan: &Plan) -> Self {
        Self {
            facts: Facts::new(plan),
            memory: Memory::new(plan.hosts.len()),
            framer: Framer::new(layers()),
            scratch: Scratch::default(),
            oracles: all(),
            violations: Vec::new(),
        }
    }

    /// Whether so much is wrong that the run need not go on.
    pub fn has_enough(&self) -> bool {
        self.violations.len() >= ENOUGH
    }

    /// What is wrong with a run that came to a bad end.
    pub(crate) fn cut_short(mut self, end: Violation) -> Vec<Violation> {
        self.violations.push(end);
        self.violations
    }

    /// What is wrong, now that the run is over.
    pub fn finish(mut self, view: View<'_>) -> Vec<Violation> {
        let scene = Scene { view, facts: &self.facts, memory: &self.memory, messages: &[] };
        for oracle in &mut self.oracles {
            let mut found = Findings::new(oracle.name(), view.now, &mut self.violations);
            oracle.finish(&scene, &mut found);
        }
        self.violations
    }
}

impl Observer for Oracles {
    fn see(&mut self, view: View<'_>, seen: &Seen<'_>) {
        let messages = match seen {
            Seen::Sent { bytes, .. } | Seen::Received { bytes, .. } => {
                read(&self.framer, bytes, &mut self.scratch)
            }
            _ => Vec::new(),
        };
        let (facts, memory) = (&self.facts, &self.memory);
        let scene = Scene { view, facts, memory, messages: &messages };
        for oracle in &mut self.oracles {
            let mut found = Findings::new(oracle.name(), view.now, &mut self.violations);
            oracle.see(&scene, seen, &mut found);
        }
        self.memory.learn(view, seen, &messages);
    }
}

/// What a host that receives this reads. Damaged ones hold nothing.
fn read<'a>(
    framer: &Framer,
    bytes: &'a [u8],
    scratch: &'a mut Scratch,
) -> Vec<Message<'a, Id, Addr>> {
    let Ok(opened) = framer.open(bytes, scratch) else { return Vec::new() };
    let parts = opened.messages().filter_map(Result::ok);
    parts.filter_map(|part| Lpe::decode(part).ok()).collect()
}

fn all() -> Vec<Box<dyn Oracle>> {
    vec![
        Box::<precedence::Precedence>::default(),
        Box::<incarnation::Incarnation>::default(),
        Box::<order::Order>::default(),
        Box::<fold::Fold>::default(),
        Box::<verdict::Verdict>::default(),
        Box::<healthy::Healthy>::default(),
        Box::<hearsay::Hearsay>::default(),
        Box::<refute::Refute>::default(),
        Box::<accuse::Accuse>::default(),
        Box::<measured::Measured>::default(),
        Box::<dial::Dial>::default(),
        Box::<answers::Answers>::default(),
        Box::<size::Size>::default(),
        Box::<limits::Limits>::default(),
        Box::<sends::Sends>::default(),
        Box::<buddy::Buddy>::default(),
        Box::<delivery::Delivery>::default(),
        Box::<reap::Reap>::default(),
        Box::<agreement::Agreement>::default(),
        Box::<detection::Detection>::default(),
        Box::<spread::Spread>::default(),
        Box::<quiet::Quiet>::default(),
    ]
}
