//! The life of the node from its start to its end.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::select_biased;
use memberlist::Lpe;
use memberlist::Memberlist;
use memberlist::Msgpack;
use memberlist::State;
use memberlist::agnostic::Runtime;
use memberlist::delegate::CompositeDelegate;
use smol_str::SmolStr;

use crate::carrier;
use crate::commands;
use crate::commands::App;
use crate::commands::Command;
use crate::commands::LEAVE_TIMEOUT;
use crate::commands::Outcome;
use crate::commands::Reply;
use crate::events;
use crate::events::Event;
use crate::flags::Wire;
use crate::hooks::Hooks;
use crate::input::Input;
use crate::plan::Plan;
use crate::print::Printer;
use crate::relay;
use crate::relay::Relay;

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
    let app = start::<R>(plan, &printer).await?;
    serve(&app, &seeds, &input, &printer).await;
    end(&app.node, &printer).await;
    Ok(())
}

async fn start<R: Runtime>(plan: Plan, printer: &Arc<Printer>) -> Result<App, Failure> {
    match plan.wire {
        Wire::Lpe => start_with::<R, Lpe>(plan, None, printer).await,
        Wire::Msgpack => {
            let (relay, pending) = Relay::new();
            let app = start_with::<R, Msgpack>(plan, Some(Arc::new(relay)), printer).await?;
            R::spawn_detach(relay::pass_on::<R>(app.node.downgrade(), pending));
            Ok(app)
        }
    }
}

async fn start_with<R: Runtime, W: memberlist::wire::Wire<SmolStr, SocketAddr>>(
    plan: Plan,
    relay: Option<Arc<Relay>>,
    printer: &Arc<Printer>,
) -> Result<App, Failure> {
    let hooks = Hooks {
        printer: Arc::clone(printer),
        relay: relay.clone(),
        ack_payload: plan.ack_payload.clone().into(),
        state: plan.local_state.clone().into(),
    };
    let delegate = CompositeDelegate::new()
        .with_node(hooks.clone())
        .with_pings(hooks.clone())
        .with_conflicts(hooks);
    let node = carrier::start::<R, W, _>(plan, delegate).await?;
    printer.start_clock();
    let (name, addr) = (node.local().id().to_string(), node.advertised().to_string());
    printer.print(&Event::Ready { name, addr }).await;
    events::watch::<R>(&node, printer);
    Ok(App { node, relay })
}

/// Joins the seeds, then carries out one line after the other, until the input ends, `quit`, or a
/// signal.
async fn serve(app: &App, seeds: &[String], input: &Input, printer: &Printer) {
    let work = async {
        join_seeds(&app.node, seeds, printer).await;
        while let Ok(line) = input.lines.recv().await {
            if answer(app, &line, printer).await.is_break() {
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

async fn answer(app: &App, line: &str, printer: &Printer) -> std::ops::ControlFlow<()> {
    let (word, rest) = commands::split(line);
    if word.is_empty() {
        return std::ops::ControlFlow::Continue(());
    }
    let command = Command::parse(word, rest);
    let outcome = match &command {
        Ok(command) => commands::run(app, command).await,
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
