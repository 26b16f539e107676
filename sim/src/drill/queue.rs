//! The queue of messages: its depth, the newest of a key, and the share of each packet that is
//! theirs in a storm of claims.

use std::collections::BTreeSet;

use memberlist_core::config::{Config, Options};
use memberlist_core::swim::Outcome;
use memberlist_core::types::State;

use super::judge::Judge;
use super::log::{Log, Part};
use super::{Drill, acquainted, lan, millis, seconds};
use crate::HostNo;
use crate::deed::Deed;
use crate::plan::{Plan, id_of};

/// What does not fit takes the place of what was sent most often.
pub(super) const DEPTH: Drill =
    Drill { name: "drill-queue-depth", options: shallow, plan: flood, judge: judge_depth };

/// Of one key only the newest is left.
pub(super) const KEYS: Drill =
    Drill { name: "drill-queue-keys", options: ticks, plan: keyed, judge: judge_keys };

/// A storm of claims does not silence messages.
pub(super) const SHARE: Drill =
    Drill { name: "drill-queue-share", options: ticks, plan: storm, judge: judge_share };

const N: HostNo = 4;
const COUNT: usize = 20;

fn ticks() -> Options {
    lan(|options| {
        options.eager_gossip = false;
        options.push_pull_interval = millis(0);
    })
}

fn shallow() -> Options {
    let mut options = ticks();
    options.broadcast_queue_depth = 5;
    options
}

fn flood(seed: u64, config: &Config) -> Plan {
    let mut plan = acquainted(seed, N as usize, config, 30);
    for _ in 0..COUNT {
        plan.at(seconds(20), Deed::Broadcast { host: 0, len: 16, key: 0 });
    }
    plan
}

fn ends(log: &Log, outcome: &Outcome) -> usize {
    log.completed.iter().filter(|(_, host, found)| *host == 0 && found == outcome).count()
}

fn judge_depth(log: &Log, judge: &mut Judge) {
    let (replaced, spent) = (ends(log, &Outcome::Replaced), ends(log, &Outcome::Spent));
    judge.claim(0, (replaced, spent) == (COUNT - 5, 5), || {
        format!("{replaced} were replaced and {spent} spent")
    });
    let heard: BTreeSet<_> = log.delivered.iter().map(|(_, host, text)| (*host, text)).collect();
    let due = 5 * (N as usize - 1);
    let is_so = heard.len() == due && log.delivered.len() == due;
    judge.claim(0, is_so, || format!("{} were delivered, not {due}", log.delivered.len()));
    let texts: BTreeSet<_> = log.delivered.iter().map(|(_, _, text)| text[..8].to_vec()).collect();
    let newest: BTreeSet<_> = (15..20_u64).map(|token| token.to_be_bytes().to_vec()).collect();
    judge.claim(0, texts == newest, || format!("{texts:?} were delivered"));
}

fn keyed(seed: u64, config: &Config) -> Plan {
    let mut plan = acquainted(seed, N as usize, config, 30);
    for at in 0..COUNT {
        plan.at(seconds(20), Deed::Broadcast { host: 0, len: 16, key: 1 + (at % 2) as u8 });
    }
    plan
}

fn judge_keys(log: &Log, judge: &mut Judge) {
    let (replaced, spent) = (ends(log, &Outcome::Replaced), ends(log, &Outcome::Spent));
    judge.claim(0, (replaced, spent) == (COUNT - 2, 2), || {
        format!("{replaced} were replaced and {spent} spent")
    });
    let heard: BTreeSet<_> = log.delivered.iter().map(|(_, _, text)| text[..8].to_vec()).collect();
    let newest = [18_u64, 19].map(|token| token.to_be_bytes().to_vec());
    judge.claim(0, heard == BTreeSet::from(newest), || format!("{heard:?} were delivered"));
}

const CROWD: HostNo = 90;

/// Half of the hosts meet the other half: each has thousands of bytes of claims to pass on.
fn storm(seed: u64, config: &Config) -> Plan {
    let mut plan = Plan::new(seed, CROWD as usize, config, seconds(4));
    for host in 0..CROWD {
        plan.hosts[host as usize].app.meta_len = 100;
        plan.at(seconds(0), Deed::Start(host));
    }
    let (one, other): (Vec<_>, Vec<_>) = (0..CROWD).partition(|host| host % 2 == 0);
    plan.at(seconds(0), Deed::Acquaint(one));
    plan.at(seconds(0), Deed::Acquaint(other));
    plan.at(seconds(2), Deed::Join { host: 0, seeds: vec![1] });
    for _ in 0..10 {
        plan.at(seconds(2) + millis(5), Deed::Broadcast { host: 0, len: 300, key: 0 });
    }
    plan
}

fn judge_share(log: &Log, judge: &mut Judge) {
    judge.nobody(log, State::Suspect);
    let full = log.sent.iter().filter(|packet| {
        let claims = packet.parts.iter().filter(|part| matches!(part, Part::Alive { .. })).count();
        packet.host == 0 && packet.at > seconds(2) + millis(5) && claims >= 5
    });
    let mixed = full
        .clone()
        .take(3)
        .filter(|packet| packet.parts.iter().any(|part| matches!(part, Part::Broadcast { .. })));
    let (mixed, full) = (mixed.count(), full.count());
    judge.claim(0, full > 3 && mixed == 3, || {
        format!("of the first packets of the storm {mixed} carry messages, of {full} in all")
    });
    let known = log.last[0].contains_key(&id_of(CROWD - 1));
    judge.claim(0, known, || "the two halves have not met".to_owned());
}

#[cfg(test)]
mod tests {
    use super::super::tests::fails;
    use super::*;

    #[test]
    fn what_is_missing_is_found() {
        assert!(fails(&DEPTH, |options| options.broadcast_queue_depth = 6));
        assert!(fails(&KEYS, |options| options.broadcast_queue_depth = 1));
        assert!(fails(&SHARE, |options| options.user_share_percent = 0));
    }
}
