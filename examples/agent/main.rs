//! One node as a program: lines in on standard input, lines out on standard output.
//!
//! ```text
//! cargo run -p memberlist-examples --bin agent -- --name a
//! cargo run -p memberlist-examples --bin agent -- \
//!     --name b --bind 127.0.0.1:0 --join 127.0.0.1:7946
//! ```
//!
//! | file | what it does |
//! |---|---|
//! | `flags` | what was typed |
//! | `plan` | what is meant: flags that are checked, or a sentence that says what to change |
//! | `carrier` | what packets and streams travel over |
//! | `layers`, `streams` | what goes around packets and streams, and under them |
//! | `input` | lines and signals, read on threads of their own, so that any runtime can wait for them |
//! | `print` | lines out: JSON or text |
//! | `events` | what happens: member changes and messages |
//! | `hooks` | what the node asks and tells |
//! | `relay` | broadcasts that reach all over the Go library's format |
//! | `commands` | what is asked: one line, one reply |
//! | `node` | the life of the node from its start to its end |

mod carrier;
mod commands;
mod events;
mod flags;
mod hooks;
mod input;
mod layers;
mod lossy;
mod node;
mod plan;
mod print;
mod relay;
mod streams;

use std::process::ExitCode;

use clap::Parser;
use memberlist::agnostic::RuntimeLite;

use flags::Flags;
use flags::Runtime;
use node::Failure;
use plan::Plan;

/// Flags that cannot be honoured end the program with this status.
const STATUS_USAGE: u8 = 2;

fn main() -> ExitCode {
    match flags().and_then(run) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("agent: {failure}");
            match failure {
                Failure::Usage(_) => ExitCode::from(STATUS_USAGE),
                Failure::Start(_) => ExitCode::FAILURE,
            }
        }
    }
}

/// What was typed; what was asked about the program itself is answered here.
fn flags() -> Result<Flags, Failure> {
    Flags::try_parse().map_err(|error| {
        if error.use_stderr() {
            return Failure::Usage(flags::sentence(&error));
        }
        error.exit()
    })
}

fn run(flags: Flags) -> Result<(), Failure> {
    let runtime = flags.runtime;
    tracing_subscriber::fmt()
        .with_max_level(flags.log)
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .init();
    let plan = Plan::try_from(flags)?;
    match runtime {
        Runtime::Tokio => {
            let tokio = tokio::runtime::Runtime::new().map_err(|error| {
                Failure::Start(format!("tokio's runtime cannot be started: {error}"))
            })?;
            tokio.block_on(node::run::<memberlist::tokio::Runtime>(plan))
        }
        Runtime::Smol => {
            memberlist::smol::Runtime::block_on(node::run::<memberlist::smol::Runtime>(plan))
        }
        Runtime::AsyncStd => {
            let life = node::run::<memberlist::async_std::Runtime>(plan);
            memberlist::async_std::Runtime::block_on(life)
        }
    }
}
