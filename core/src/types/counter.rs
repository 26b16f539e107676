//! The numbers that order claims and match replies.

use core::fmt;

macro_rules! counter {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
        pub struct $name(u32);

        impl $name {
            /// The number as it travels.
            pub const fn new(value: u32) -> Self {
                Self(value)
            }

            /// The number as it travels.
            pub const fn get(self) -> u32 {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

counter! {
    /// How often a node has renewed its claim to be alive (SWIM section 4.2). Only its owner raises
    /// it. 0 means "none yet": no claim travels with it.
    Incarnation
}

counter! {
    /// Matches an ack or nack to the ping that asked for it. Wraps around.
    SequenceNumber
}

counter! {
    /// One start of one node: a number drawn when the node is built. It decides only the *reason*
    /// of an event (restarted or refuted), never precedence. 0 means "not told".
    StartId
}

impl Incarnation {
    /// The largest number that is accepted and used. Nobody can be accused at it, for there would
    /// be no number to answer with.
    pub const MAX_CLAIM: Self = Self(u32::MAX - 1);

    /// The next higher number; stays at the largest that is accepted.
    pub const fn next(self) -> Self {
        if self.0 < Self::MAX_CLAIM.0 { Self(self.0 + 1) } else { Self::MAX_CLAIM }
    }
}

impl SequenceNumber {
    /// The next number, after the last comes 0.
    pub const fn next(self) -> Self {
        Self(self.0.wrapping_add(1))
    }
}
