//! The network: how long packets take, and what becomes of them on their way.

mod fate;
mod latency;
mod links;

use core::time::Duration;

pub use fate::Fate;
pub(crate) use fate::damage;
pub use latency::Latency;
pub use links::Links;

use crate::HostNo;
use crate::dice::Dice;

/// How packets and streams fare between any two hosts. Probabilities are from 0 to 1.
#[derive(Clone, Debug, PartialEq)]
pub struct Weather {
    /// From one host to another, one way.
    pub latency: Latency,
    /// Of a packet to be lost. A stream sends again what was lost.
    pub loss: f64,
    /// Of a packet to arrive twice.
    pub duplicate: f64,
    /// Of a packet to be held up by up to [`HELD_UP_MAX`], so that later ones overtake it.
    pub reorder: f64,
    /// Of a packet to have some of its bits flipped.
    pub corrupt: f64,
    /// Of a stream to be refused though somebody listens.
    pub refuse: f64,
    /// Of a stream to be reset somewhere in its middle.
    pub reset: f64,
    /// Of a stream to become half-open: what is said on it from some point on is never heard.
    pub half_open: f64,
    /// Of a stream to trickle: to arrive in pieces of a few bytes, a while apart.
    pub trickle: f64,
}

/// The most by which a packet is held up.
pub const HELD_UP_MAX: Duration = Duration::from_millis(50);

impl Weather {
    /// Nothing is lost or damaged.
    pub const fn calm(latency: Latency) -> Self {
        Self {
            latency,
            loss: 0.0,
            duplicate: 0.0,
            reorder: 0.0,
            corrupt: 0.0,
            refuse: 0.0,
            reset: 0.0,
            half_open: 0.0,
            trickle: 0.0,
        }
    }

    /// The network of one machine or one rack, as in Lifeguard's experiments: 50 to 500 us.
    pub const fn lan() -> Self {
        let (low, high) = (Duration::from_micros(50), Duration::from_micros(500));
        Self::calm(Latency::Uniform { low, high })
    }
}

/// The network of one world.
#[derive(Clone, Debug)]
pub struct Network {
    /// How packets fare in general.
    pub weather: Weather,
    /// What is cut, and where packets fare worse than in general.
    pub links: Links,
    dice: Dice,
}

impl Network {
    /// All links up.
    pub fn new(weather: Weather, dice: Dice) -> Self {
        Self { weather, links: Links::default(), dice }
    }

    /// What becomes of a packet from one host to another.
    pub fn send(&mut self, from: HostNo, to: HostNo) -> Fate {
        if self.links.is_mute(from, to) || !self.passes(from, to) {
            return Fate::Lost;
        }
        let weather = &self.weather;
        let mut delay = weather.latency.draw(&mut self.dice);
        if self.dice.chance(weather.reorder) {
            delay += self.dice.time(Duration::ZERO, HELD_UP_MAX);
        }
        let again = self.dice.chance(weather.duplicate);
        let again = again.then(|| weather.latency.draw(&mut self.dice));
        let damage = self.dice.chance(weather.corrupt).then(|| self.dice.bits());
        Fate::Arrives { delay, again, damage }
    }

    /// Whether something that goes from one host to another now gets through, and how long it
    /// takes: one try of a stream.
    pub fn try_stream(&mut self, from: HostNo, to: HostNo) -> Option<Duration> {
        self.passes(from, to).then(|| self.weather.latency.draw(&mut self.dice))
    }

    /// Chance for what befalls streams.
    pub fn dice(&mut self) -> &mut Dice {
        &mut self.dice
    }

    fn passes(&mut self, from: HostNo, to: HostNo) -> bool {
        if self.links.is_cut(from, to) {
            return false;
        }
        let loss = self.links.loss(from, to).unwrap_or(self.weather.loss);
        !self.dice.chance(loss)
    }
}
