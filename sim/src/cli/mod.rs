//! The program's commands, one file each.

pub(crate) mod bench;
pub(crate) mod replay;
pub(crate) mod sweep;

/// What ends a command: one sentence.
pub(crate) type Done = Result<(), Box<dyn std::error::Error>>;
