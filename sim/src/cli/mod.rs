//! The program's commands, one file each.

pub(crate) mod bench;
mod cluster;
pub(crate) mod experiment;
pub(crate) mod replay;
pub(crate) mod run;
pub(crate) mod sweep;
pub(crate) mod tune;

/// What ends a command: one sentence.
pub(crate) type Done = Result<(), Box<dyn std::error::Error>>;
