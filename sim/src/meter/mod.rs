//! Meters: observers that count.
//!
//! | file | what it counts |
//! |---|---|
//! | `load` | packets and bytes of each host, with the heads that UDP, TCP and IP add |
//! | `views` | what each host believes: suspicions, deaths, the sizes that it sees |
//! | `spread` | whom updates and broadcasts have reached, and when |
//! | `process` | the simulator itself: its memory and its time |

mod load;
mod process;
mod spread;
mod views;

pub use load::{IP_TCP_HEADS, IP_UDP_HEADS, Load, Tally};
pub use process::{cpu_seconds, resident_bytes};
pub use spread::{News, Spread};
pub use views::{Found, Verdict, Views};

use crate::observe::{Observer, Seen, View};

/// All meters.
#[derive(Clone, Debug, Default)]
pub struct Meter {
    /// Packets and bytes.
    pub load: Load,
    /// Beliefs.
    pub views: Views,
    /// Updates and broadcasts.
    pub spread: Spread,
}

impl Observer for Meter {
    fn see(&mut self, view: View<'_>, seen: &Seen<'_>) {
        self.load.see(view, seen);
        self.views.see(view, seen);
        self.spread.see(view, seen);
    }
}
