//! A node that hears nobody makes itself slower before it blames the others (Lifeguard, LHA-Probe):
//! the worse its health, the longer its probes.

use core::time::Duration;

use memberlist_core::config::{Config, Options};
use memberlist_core::types::State;

use super::judge::Judge;
use super::log::{Log, Part};
use super::{Drill, acquainted, millis, seconds};
use crate::HostNo;
use crate::deed::Deed;
use crate::plan::{Plan, id_of};

pub(super) const DRILL: Drill = Drill { name: "drill-deaf", options: Options::lan, plan, judge };

const DEAF: HostNo = 2;
const INTERVAL: Duration = Duration::from_secs(1);

fn plan(seed: u64, config: &Config) -> Plan {
    let mut plan = acquainted(seed, 8, config, 90);
    plan.at(seconds(10), Deed::Deaf { host: DEAF, deaf: true });
    plan
}

fn judge(log: &Log, judge: &mut Judge) {
    let scores: Vec<u32> =
        log.health.iter().filter(|(_, host, _)| *host == DEAF).map(|(.., score)| *score).collect();
    // Three helpers were asked each time, and no nack was heard.
    judge.claim(DEAF, scores == [3, 6, 7], || format!("its health goes {scores:?}, not 3, 6, 7"));
    let own = log.probes(DEAF).filter(|packet| packet.at >= seconds(10));
    let pings: Vec<_> = own.map(|packet| packet.at).collect();
    // 1 s, 4 s, 7 s, and from then on 8 s.
    let (from, most) = (pings.first().copied().unwrap_or_default(), pings.len());
    judge.claim(DEAF, (10..=13).contains(&most), || format!("{most} probes since {from}"));
    let gaps: Vec<_> = pings.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let slow = gaps.iter().filter(|gap| gap.abs_diff(INTERVAL * 8) < millis(20)).count();
    judge.claim(DEAF, slow >= gaps.len().saturating_sub(4), || format!("gaps of {gaps:?}"));
    answers(log, judge);
    found_out(log, judge);
}

/// The others hear its pings, answer them and tell it how it is spoken of.
fn answers(log: &Log, judge: &mut Judge) {
    let asked = log.received.iter().filter_map(|packet| match packet.parts.first() {
        Some(Part::Ping { seq, .. }) if packet.host == DEAF => Some((packet.to, *seq)),
        _ => None,
    });
    for (host, number) in asked {
        let answers = log.sent.iter().filter(|packet| {
            let is_ack = packet.parts.first() == Some(&Part::Ack { seq: number });
            packet.host == host && packet.to == DEAF && is_ack
        });
        let answers = answers.count();
        judge.claim(host, answers >= 1, || format!("no answer to ping {number}"));
    }
    let accuses = |part: &Part| match part {
        Part::Suspect(it) | Part::Dead(it) => it.node == id_of(DEAF),
        _ => false,
    };
    let told = log.sent.iter().any(|packet| {
        let is_ack = matches!(packet.parts.first(), Some(Part::Ack { .. }));
        packet.to == DEAF && is_ack && packet.parts.iter().any(accuses)
    });
    judge.claim(0, told, || "an accused that asks is never told".to_owned());
}

fn found_out(log: &Log, judge: &mut Judge) {
    let id = id_of(DEAF);
    let others = (0..8).filter(|host| *host != DEAF);
    for host in others {
        let dead = log.turns(&id, Some(State::Dead)).find(|it| it.host == host);
        let at = dead.map(|it| it.at);
        judge.claim(host, at.is_some_and(|at| at < seconds(35)), || format!("dead at {at:?}"));
        let blamed = log
            .changes
            .iter()
            .any(|it| it.host == host && it.id() != Some(&id) && it.state() == Some(State::Dead));
        judge.claim(host, !blamed, || "it believes the deaf one".to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::fails;
    use super::*;

    #[test]
    fn one_that_does_not_doubt_itself_is_found() {
        assert!(fails(&DRILL, |options| options.local_health = false));
        assert!(fails(&DRILL, |options| options.awareness_max_multiplier = 7));
        assert!(fails(&DRILL, |options| options.indirect_checks = 2));
    }
}
