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
    /// The first number that a node uses.
    pub const FIRST: Self = Self(1);

    /// The last number there is: no claim at it can be refuted.
    pub const LAST: Self = Self(u32::MAX);

    /// The next higher number; none after the last, for a claim at 0 would be older than all.
    pub const fn next(self) -> Option<Self> {
        match self.0.checked_add(1) {
            Some(next) => Some(Self(next)),
            None => None,
        }
    }
}

impl SequenceNumber {
    /// The next number, after the last comes 0.
    pub const fn next(self) -> Self {
        Self(self.0.wrapping_add(1))
    }
}
