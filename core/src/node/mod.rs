//! The async node: the handle that an application holds, and the driver behind it.
//!
//! ```text
//!  Memberlist ──Command──► ┌─────────────────────────┐ ──datagrams──► Transport
//!   (clones)  ◄──replies── │ driver: one task        │ ◄─datagrams──
//!      │                   │  recv -> feed -> drain  │
//!      │ reads             │  around the Engine      │ ──Action──► a task per stream dialled
//!      ▼                   └─────────────────────────┘ ◄─StreamInput─ a task per stream
//!    Index ◄── each change ──┘   │             │
//!                                ▼             ▼
//!                           Feed: a fold   Told: a fold and a bounded queue
//!                           per reader     └─► one task calls the told hooks
//! ```
//!
//! | file | what it does |
//! |---|---|
//! | `builder`, `start` | the choices, and how a running node is made of them |
//! | `memberlist`, `actions` | the handle: reads, and what it can do |
//! | `seed`, `error`, `stats` | what calls take and give |
//! | `keys` | keys from a file |
//! | `driver` | the loop: what one wake-up does, in which order |
//! | `inputs`, `waiters` | what handles and streams ask for, and who waits for the outcome |
//! | `index` | the read side: an `Arc` per member, the lock held only to copy it |
//! | `fold`, `events` | from "what the reader has seen" to "now", once per reader |
//! | `told`, `watch` | the told hooks' task; the asked hooks' guard |
//! | `line` | a stream as messages, within bounds |
//! | `incoming`, `outgoing`, `join` | streams of peers; streams of this node |
//! | `links`, `shared`, `stack` | what those tasks have in common |
//!
//! # How a node ends
//!
//! It ends when a handle calls [`shutdown`](Memberlist::shutdown), when the last handle is dropped,
//! when one of its tasks panics, or when its runtime goes away. All four raise one signal, `stop`,
//! once:
//!
//! 1. The driver sees `stop` first thing in its next wake-up and ends: nothing is sent or received
//!    any more.
//! 2. Its end, however it comes, closes the channel of inputs and drops what is in it, and all
//!    waiters: each call that waits gets an error, each later one too. It ends the event feed:
//!    readers read what is left, then `None`.
//! 3. The accept loop and every stream's task run beside `stop` and are dropped where they stand,
//!    with their sockets.
//! 4. The told hooks' task begins no further call. A call that runs is left to finish: cancelling
//!    the application's code in the middle is not ours to do, and it may be this call that shuts
//!    down.
//! 5. Each task of 1 to 3 holds a share; when the last one is gone, a task of its own closes the
//!    transport.
//! 6. Then it raises `ended`, which `shutdown` waits for: the ports are free.
//!
//! This is complete because every task is spawned through a `Guard`, which holds the share, and
//! raises `stop` if the task unwinds; because the driver, alone in holding waiters, lets go of them
//! in its `Drop`; and because `ended` is raised by a `Drop` too, should the runtime drop the task
//! of step 5.

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
mod keys;
mod line;
mod links;
mod log;
mod memberlist;
mod metrics;
mod outgoing;
mod progress;
mod seats;
mod seed;
mod share;
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
pub use keys::KeyFile;
pub use memberlist::{Memberlist, WeakMemberlist};
pub use seed::{Joined, NoResolver, ParseResolver, Seed, SeedError, SeedOutcome};
pub use stats::Stats;

#[cfg(test)]
mod tests;
