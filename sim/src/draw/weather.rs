//! The network of a plan, in calm and in chaos.

use core::time::Duration;

use crate::dice::Dice;
use crate::net::{Latency, Weather};

/// Nothing is lost. From a rack to a country.
pub(super) fn calm(dice: &mut Dice) -> Weather {
    let micros = |n: usize| Duration::from_micros(n as u64);
    Weather::calm(match dice.below(4) {
        0 => Latency::Fixed(micros(dice.between(10, 2_000))),
        1 => Latency::Tail { least: micros(100), mean: micros(dice.between(100, 3_000)) },
        _ => Latency::Uniform { low: micros(50), high: micros(dice.between(500, 5_000)) },
    })
}

/// Each thing that can go wrong does so in some of the storms.
pub(super) fn stormy(dice: &mut Dice) -> Weather {
    let mut weather = calm(dice);
    let mut often = |p: f64, most: f64| if dice.chance(p) { dice.unit() * most } else { 0.0 };
    weather.loss = often(0.5, 0.3);
    weather.duplicate = often(0.3, 0.2);
    weather.reorder = often(0.3, 0.5);
    weather.corrupt = often(0.3, 0.05);
    weather.refuse = often(0.2, 0.5);
    weather.reset = often(0.2, 0.5);
    weather.half_open = often(0.2, 0.5);
    weather.trickle = often(0.2, 0.3);
    weather
}
