//! A case: a seed, and what is left out of it.

use core::fmt;
use core::time::Duration;

use super::draw;
use crate::plan::Plan;

/// One run of the full mix: a seed decides all of it. A case that fails is made smaller by leaving
/// things out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Case {
    /// Decides all.
    pub seed: u64,
    /// Only so many hosts.
    pub nodes: Option<usize>,
    /// Only these episodes.
    pub episodes: Option<Vec<usize>>,
    /// The faults end after so long.
    pub chaos: Option<Duration>,
}

impl Case {
    /// All that the seed decides.
    pub fn new(seed: u64) -> Self {
        Self { seed, ..Self::default() }
    }

    /// The plan, and how many hosts and episodes it has.
    pub fn plan(&self) -> (Plan, Extent) {
        let drawn = draw(self.seed);
        let nodes = self.nodes.unwrap_or(drawn.nodes).min(drawn.nodes).max(2);
        let chaos = self.chaos.unwrap_or(drawn.chaos).min(drawn.chaos);
        let kept = |at: &usize| self.episodes.as_ref().is_none_or(|kept| kept.contains(at));
        let all = drawn.episodes.iter().enumerate();
        let legal = all.filter(|(at, episode)| kept(at) && episode.needs(nodes));
        let (numbers, episodes): (Vec<_>, Vec<_>) =
            legal.map(|(at, episode)| (at, episode.clone())).unzip();
        let plan = drawn.finish(&episodes, chaos, nodes);
        (plan, Extent { nodes, episodes: numbers, chaos })
    }
}

/// What a case consists of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extent {
    /// Hosts that start at the beginning.
    pub nodes: usize,
    /// Numbers of its episodes.
    pub episodes: Vec<usize>,
    /// How long the faults last.
    pub chaos: Duration,
}

/// The command that runs it again.
impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "memberlist-sim replay {}", self.seed)?;
        if let Some(nodes) = self.nodes {
            write!(f, " --nodes {nodes}")?;
        }
        if let Some(episodes) = &self.episodes {
            let list: Vec<_> = episodes.iter().map(ToString::to_string).collect();
            let list = if list.is_empty() { "none".to_owned() } else { list.join(",") };
            write!(f, " --episodes {list}")?;
        }
        match self.chaos {
            Some(chaos) => write!(f, " --chaos {}ms", chaos.as_millis()),
            None => Ok(()),
        }
    }
}
