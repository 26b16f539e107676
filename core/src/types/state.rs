//! What a node believes of a member.

use core::fmt;

/// What this node believes of a member (SWIM section 4.2, and the Go library's fourth state).
///
/// ```text
///             suspect                dead
///   Alive ──────────────► Suspect ─────────► Dead ──┐
///     ▲ ▲                    │                      ├─► forgotten
///     │ └── higher alive ────┘        Left ─────────┘
///     └──────── higher alive, or reclaim ◄──┘
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum State {
    /// It answers, as far as we know.
    Alive,
    /// Somebody could not reach it; it has some time to refute that.
    Suspect,
    /// It failed.
    Dead,
    /// It said goodbye.
    Left,
}

impl State {
    /// Alive or suspect: it counts as a member.
    pub const fn is_live(self) -> bool {
        matches!(self, Self::Alive | Self::Suspect)
    }

    /// Alive.
    pub const fn is_alive(self) -> bool {
        matches!(self, Self::Alive)
    }

    /// Dead or left.
    pub const fn is_gone(self) -> bool {
        !self.is_live()
    }

    /// The number that travels: alive 0, suspect 1, dead 2, left 3.
    pub const fn as_u8(self) -> u8 {
        match self {
            Self::Alive => 0,
            Self::Suspect => 1,
            Self::Dead => 2,
            Self::Left => 3,
        }
    }

    /// The state behind a number that travelled; `None` for one that means nothing here.
    pub const fn from_u8(value: u8) -> Option<Self> {
        match value {
            0 => Some(Self::Alive),
            1 => Some(Self::Suspect),
            2 => Some(Self::Dead),
            3 => Some(Self::Left),
            _ => None,
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Alive => "alive",
            Self::Suspect => "suspect",
            Self::Dead => "dead",
            Self::Left => "left",
        })
    }
}
