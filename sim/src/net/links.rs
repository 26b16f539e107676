//! Which links are cut, and which lose more than others.

use std::collections::{BTreeMap, BTreeSet};

use crate::HostNo;

/// What is wrong with single links. A link is one way: from one host to another.
#[derive(Clone, Debug, Default)]
pub struct Links {
    cuts: BTreeSet<(HostNo, HostNo)>,
    /// The side of a partition on which a host is; those that are not named are on side 0.
    sides: BTreeMap<HostNo, u32>,
    /// Hosts that hear nothing.
    deaf: BTreeSet<HostNo>,
    /// Hosts whose datagrams are lost.
    mute: BTreeSet<HostNo>,
    loss: BTreeMap<(HostNo, HostNo), f64>,
    /// Loss of everything that a host sends, or is sent.
    loss_from: BTreeMap<HostNo, f64>,
    loss_to: BTreeMap<HostNo, f64>,
}

impl Links {
    /// Whether nothing gets from one host to another.
    pub fn is_cut(&self, from: HostNo, to: HostNo) -> bool {
        let side = |host| self.sides.get(&host).copied().unwrap_or(0);
        (!self.cuts.is_empty() && self.cuts.contains(&(from, to)))
            || (!self.deaf.is_empty() && self.deaf.contains(&to))
            || (!self.sides.is_empty() && side(from) != side(to))
    }

    /// The probability that a packet from one host to another is lost, where it is not the general
    /// one.
    pub fn loss(&self, from: HostNo, to: HostNo) -> Option<f64> {
        let link = || self.loss.get(&(from, to));
        let from = || self.loss_from.get(&from);
        link().or_else(from).or_else(|| self.loss_to.get(&to)).copied()
    }

    /// Cuts one way.
    pub fn cut(&mut self, from: HostNo, to: HostNo) {
        self.cuts.insert((from, to));
    }

    /// Undoes [`cut`](Self::cut).
    pub fn mend(&mut self, from: HostNo, to: HostNo) {
        self.cuts.remove(&(from, to));
    }

    /// Hosts of different sides do not reach each other. Takes the place of an earlier partition.
    pub fn part(&mut self, sides: impl IntoIterator<Item = (HostNo, u32)>) {
        self.sides = sides.into_iter().filter(|(_, side)| *side != 0).collect();
    }

    /// Undoes [`part`](Self::part).
    pub fn unite(&mut self) {
        self.sides.clear();
    }

    /// Whether a host hears nothing.
    pub fn set_deaf(&mut self, host: HostNo, deaf: bool) {
        if deaf {
            self.deaf.insert(host);
        } else {
            self.deaf.remove(&host);
        }
    }

    /// Whether datagrams between the two are lost while streams get through.
    pub fn is_mute(&self, from: HostNo, to: HostNo) -> bool {
        !self.mute.is_empty() && (self.mute.contains(&from) || self.mute.contains(&to))
    }

    /// Whether a host's datagrams are lost.
    pub fn set_mute(&mut self, host: HostNo, mute: bool) {
        if mute {
            self.mute.insert(host);
        } else {
            self.mute.remove(&host);
        }
    }

    /// Sets the loss on one link; 0 undoes it.
    pub fn set_loss(&mut self, from: HostNo, to: HostNo, loss: f64) {
        set(&mut self.loss, (from, to), loss);
    }

    /// Sets the loss of everything that a host sends; 0 undoes it.
    pub fn set_loss_from(&mut self, from: HostNo, loss: f64) {
        set(&mut self.loss_from, from, loss);
    }

    /// Sets the loss of everything that a host is sent; 0 undoes it.
    pub fn set_loss_to(&mut self, to: HostNo, loss: f64) {
        set(&mut self.loss_to, to, loss);
    }

    /// All links are as they should be.
    pub fn heal(&mut self) {
        *self = Self::default();
    }

    /// Whether something is wrong with any link.
    pub fn are_whole(&self) -> bool {
        self.cuts.is_empty()
            && self.sides.is_empty()
            && self.deaf.is_empty()
            && self.mute.is_empty()
            && self.loss.is_empty()
            && self.loss_from.is_empty()
            && self.loss_to.is_empty()
    }
}

fn set<K: Ord>(map: &mut BTreeMap<K, f64>, key: K, loss: f64) {
    if loss > 0.0 {
        map.insert(key, loss);
    } else {
        map.remove(&key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_is_one_way_and_a_partition_both() {
        let mut links = Links::default();
        links.cut(1, 2);
        assert!(links.is_cut(1, 2) && !links.is_cut(2, 1));
        links.mend(1, 2);
        links.part([(1, 1), (2, 1), (3, 2)]);
        assert!(!links.is_cut(1, 2) && links.is_cut(1, 3) && links.is_cut(0, 1));
        links.unite();
        links.set_deaf(4, true);
        assert!(links.is_cut(1, 4) && !links.is_cut(4, 1));
        links.heal();
        assert!(links.are_whole());
    }

    #[test]
    fn the_nearest_loss_holds() {
        let mut links = Links::default();
        links.set_loss_to(2, 0.1);
        links.set_loss_from(1, 0.2);
        assert_eq!(
            (links.loss(1, 2), links.loss(3, 2), links.loss(3, 1)),
            (Some(0.2), Some(0.1), None)
        );
        links.set_loss(1, 2, 0.3);
        assert_eq!(links.loss(1, 2), Some(0.3));
        links.set_loss(1, 2, 0.0);
        assert_eq!(links.loss(1, 2), Some(0.2));
    }
}
