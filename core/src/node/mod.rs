//! The async node: the handle that an application holds, and the driver behind it.

mod actions;
mod builder;
mod command;
mod error;
mod events;
mod fold;
mod index;
mod memberlist;
mod seed;
mod shared;
mod signal;
mod stats;

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
