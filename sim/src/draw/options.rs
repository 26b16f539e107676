//! Options of a cluster, drawn around the presets.

use core::time::Duration;

use memberlist_core::config::{Config, Options};

use crate::dice::Dice;

/// Options that make sense, quicker than in production so that more happens in less time.
pub(super) fn draw(dice: &mut Dice) -> Config {
    let mut options = Options::local();
    if dice.chance(0.3) {
        options = Options::lan();
    }
    draw_times(&mut options, dice);
    draw_counts(&mut options, dice);
    draw_switches(&mut options, dice);
    // Beside the other draws, so that seeds that found something stay what they are.
    let mut aside = dice.clone().fork(1);
    if aside.chance(0.3) {
        options.suspicion_confirmations = aside.between(1, 4) as u32;
    }
    options.check().expect("these ranges are legal")
}

fn draw_times(options: &mut Options, dice: &mut Dice) {
    let millis = |from, to, dice: &mut Dice| Duration::from_millis(dice.between(from, to) as u64);
    options.probe_interval = millis(200, 1_000, dice);
    options.probe_timeout = options.probe_interval.mul_f64(0.2 + 0.4 * dice.unit());
    options.gossip_interval = millis(20, 200, dice);
    options.gossip_to_the_dead_time = millis(10_000, 30_000, dice);
    options.push_pull_interval = millis(2_000, 15_000, dice);
    options.stream_timeout = millis(1_000, 5_000, dice);
}

fn draw_counts(options: &mut Options, dice: &mut Dice) {
    options.indirect_checks = dice.between(1, 4);
    options.suspicion_mult = dice.between(3, 6) as u32;
    options.suspicion_max_timeout_mult = dice.between(1, 6) as u32;
    options.awareness_max_multiplier = dice.between(1, 9) as u32;
    options.retransmit_mult = dice.between(2, 5) as u32;
    options.gossip_nodes = dice.between(2, 4);
    options.packet_size = dice.between(900, 1_400);
    options.user_share_percent = dice.between(0, 60) as u8;
}

/// Everything is on in most clusters.
fn draw_switches(options: &mut Options, dice: &mut Dice) {
    let off = |dice: &mut Dice| !dice.chance(0.15);
    options.eager_gossip = off(dice);
    options.local_health = off(dice);
    options.suspicion_scaling = off(dice);
    options.buddy_system = off(dice);
    options.nacks = off(dice);
    options.disable_reliable_pings = dice.chance(0.1);
}
