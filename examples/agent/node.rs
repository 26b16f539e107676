//! The life of the node from its start to its end.

use std::fmt;
use std::io;
use std::mem;
use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::select_biased;
use memberlist::BuildError;
use memberlist::Builder;
use memberlist::Memberlist;
use memberlist::State;
use memberlist::agnostic::Runtime;
use memberlist::delegate::CompositeDelegate;
use memberlist::net::StreamLayer;
use memberlist::net::Tcp;
use smol_str::SmolStr;

use crate::commands;
use crate::commands::Command;
use crate::commands::LEAVE_TIMEOUT;
use crate::commands::Outcome;
use crate::commands::Reply;
use crate::events;
use crate::events::Event;
use crate::events::Hooks;
use crate::input::Input;
use crate::plan::Plan;
use crate::print::Printer;
use crate::streams::Streams;

/// Why the program ends without a node.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The flags ask for something that cannot be had.
    Usage(String),
    /// The flags are fine, the machine is not: a port in use, for example.
    Start(String),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Self::Usage(sentence) | Self::Start(sentence)) = self;
        f.write_str(sentence)
    }
}

/// Starts a node, serves lines until the last one, and ends it.
///
/// # Errors
///
/// The node cannot be started.
pub(crate) async fn run<R: Runtime>(plan: Plan) -> Result<(), Failure> {
    let printer = Arc::new(Printer::new(plan.json));
    let seeds = plan.join.clone();
    let input = Input::open().map_err(|error| Failure::Start(error.to_string()))?;
    let node = start::<R>(plan, &printer).await?;
    serve(&node, &seeds, &input, &printer).await;
    end(&node, &printer).await;
    Ok(())
}

async fn start<R: Runtime>(mut plan: Plan, printer: &Arc<Printer>) -> Result<Memberlist, Failure> {
    match mem::replace(&mut plan.streams, Streams::Tcp) {
        Streams::Tcp => start_over::<R, _>(Tcp, plan, printer).await,
        Streams::Tls(tls) => start_over::<R, _>(tls, plan, printer).await,
        #[cfg(feature = "native-tls")]
        Streams::NativeTls(tls) => start_over::<R, _>(tls, plan, printer).await,
    }
}

async fn start_over<R: Runtime, L: StreamLayer>(
    layer: L,
    plan: Plan,
    printer: &Arc<Printer>,
) -> Result<Memberlist, Failure> {
    let mut builder = Builder::<SmolStr, R>::tcp(plan.name.into())
        .stream_layer(layer)
        .allow_plain_datagrams(plan.allow_plain_datagrams)
        .options(plan.options)
        .layers(plan.layers)
        .meta(plan.meta);
    for address in plan.bind {
        builder = builder.bind(address);
    }
    if let Some(address) = plan.advertise {
        builder = builder.advertise(address);
    }
    let hooks = Hooks { printer: Arc::clone(printer) };
    let delegate = CompositeDelegate::new().with_node(hooks.clone()).with_conflicts(hooks);
    let node = builder.delegate(delegate).start().await.map_err(failure)?;
    printer.start_clock();
    let (name, addr) = (node.local().id().to_string(), node.advertised().to_string());
    printer.print(&Event::Ready { name, addr }).await;
    events::watch::<R>(&node, printer);
    Ok(node)
}

/// A value that makes no sense is the user's; everything else of a transport is the machine's.
fn failure(error: BuildError) -> Failure {
    match &error {
        BuildError::Transport(cause) if cause.kind() != io::ErrorKind::InvalidInput => {
            Failure::Start(error.to_string())
        }
        _ => Failure::Usage(error.to_string()),
    }
}

/// Joins the seeds, then carries out one line after the other, until the input ends, `quit`, or a
/// signal.
async fn serve(node: &Memberlist, seeds: &[String], input: &Input, printer: &Printer) {
    let work = async {
        join_seeds(node, seeds, printer).await;
        while let Ok(line) = input.lines.recv().await {
            if answer(node, &line, printer).await.is_break() {
                break;
            }
        }
    };
    select_biased! {
        _ = input.stop.recv().fuse() => {}
        () = work.fuse() => {}
    }
}

async fn join_seeds(node: &Memberlist, seeds: &[String], printer: &Printer) {
    if seeds.is_empty() {
        return;
    }
    // Only a node that has ended gives an error, and then there is nothing to tell.
    if let Ok(outcome) = commands::join(node, seeds).await {
        let (reached, errors) = (outcome.reached, outcome.errors);
        printer.print(&Event::Joined { requested: seeds.len(), reached, errors }).await;
    }
}

async fn answer(node: &Memberlist, line: &str, printer: &Printer) -> std::ops::ControlFlow<()> {
    let (word, rest) = commands::split(line);
    if word.is_empty() {
        return std::ops::ControlFlow::Continue(());
    }
    let command = Command::parse(word, rest);
    let outcome = match &command {
        Ok(command) => commands::run(node, command).await,
        Err(usage) => Outcome::error(usage.clone()),
    };
    printer.print(&Reply { reply: word.to_owned(), outcome }).await;
    match command {
        Ok(Command::Quit) => std::ops::ControlFlow::Break(()),
        _ => std::ops::ControlFlow::Continue(()),
    }
}

/// Says goodbye if that has not been done, and frees the ports.
async fn end(node: &Memberlist, printer: &Printer) {
    if node.local().state() != State::Left
        && let Err(error) = node.leave(LEAVE_TIMEOUT).await
    {
        tracing::warn!(%error, "nobody is known to have heard the goodbye");
    }
    node.shutdown().await;
    printer.print(&Event::Stopped).await;
    printer.finish().await;
}
