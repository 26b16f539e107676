//! The async node: the handle that an application holds, and the driver behind it.

mod actions;
mod budget;
mod builder;
mod clock;
mod command;
mod driver;
mod error;
mod events;
mod fold;
mod incoming;
mod index;
mod inputs;
mod join;
mod line;
mod links;
mod log;
mod memberlist;
mod metrics;
mod outgoing;
mod seed;
mod shared;
mod signal;
mod stack;
mod start;
mod stats;
mod told;
mod waiters;
mod watch;

pub use actions::{Broadcast, Left, Updated};
pub use builder::Builder;
pub use command::{Completion, Pong};
pub use error::{
    BuildError, Down, ForgetError, JoinError, LeaveError, PingError, SendError, UpdateError,
};
pub use events::Events;
pub use fold::{EventKinds, MemberEvent};
pub use memberlist::{Memberlist, WeakMemberlist};
pub use seed::{Joined, NoResolver, ParseResolver, Seed, SeedError, SeedOutcome};
pub use stats::Stats;

#[cfg(test)]
mod tests;
