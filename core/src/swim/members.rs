//! The table of members (being built).

/// Where a member sits in the table. Given to another member once this one is forgotten.
pub(super) type Slot = u32;
