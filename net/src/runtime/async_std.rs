//! async-std as a runtime of `agnostic`.
//!
//! Tasks run on async-std. Sockets and timers are async-io's, which have a thread of their own and
//! work under any executor: async-std uses the same ones. So `<AsyncStdRuntime as Runtime>::Net`
//! belongs to agnostic's smol module, and code must not expect `Net<Runtime = R>`.

use core::fmt;
use core::future::Future;
use core::pin::{Pin, pin};
use core::sync::atomic::{AtomicBool, Ordering};
use core::task::{Context, Poll};
use core::time::Duration;
use std::sync::Arc;
use std::time::Instant;

use agnostic::smol::SmolRuntime;
use agnostic::{
    AsyncAfterSpawner, AsyncBlockingSpawner, AsyncLocalSpawner, AsyncSpawner, LocalJoinHandle,
    Runtime, RuntimeLite, Yielder,
};
use async_channel::{Receiver, Sender};
use async_std::task;
use futures_util::FutureExt;
use futures_util::future::{Either, select};

/// Runs tasks on async-std, whose development has ended (RUSTSEC-2025-0052): for applications that
/// are on it already.
#[derive(Clone, Copy, Debug)]
pub struct AsyncStdRuntime;

impl fmt::Display for AsyncStdRuntime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("async-std")
    }
}

impl Runtime for AsyncStdRuntime {
    type Net = agnostic::smol::net::Net;
    type Process = agnostic::smol::process::AsyncProcess;
    // quinn's adapter for smol spawns on smol's executor, which works beside async-std's.
    #[cfg(feature = "quinn")]
    type Quinn = <SmolRuntime as Runtime>::Quinn;

    #[cfg(feature = "quinn")]
    fn quinn() -> Self::Quinn {
        SmolRuntime::quinn()
    }
}

/// A timer of async-io, under any executor.
macro_rules! timers {
    ($($name:ident($arg:ident: $type:ty $(, $arg2:ident: $type2:ty)?) -> $out:ident;)*) => {
        $(fn $name($arg: $type $(, $arg2: $type2)?) -> Self::$out {
            SmolRuntime::$name($arg $(, $arg2)?)
        })*
    };
}

macro_rules! timers_around {
    ($($name:ident($at:ident: $type:ty) -> $out:ident $(: $send:ident)?;)*) => {
        $(fn $name<F: Future $(+ $send)?>($at: $type, future: F) -> Self::$out<F> {
            SmolRuntime::$name($at, future)
        })*
    };
}

impl RuntimeLite for AsyncStdRuntime {
    type Spawner = AsyncStdSpawner;
    type LocalSpawner = AsyncStdSpawner;
    type BlockingSpawner = AsyncStdSpawner;
    type Instant = Instant;
    type AfterSpawner = AsyncStdSpawner;
    type Interval = <SmolRuntime as RuntimeLite>::Interval;
    type LocalInterval = <SmolRuntime as RuntimeLite>::LocalInterval;
    type Sleep = <SmolRuntime as RuntimeLite>::Sleep;
    type LocalSleep = <SmolRuntime as RuntimeLite>::LocalSleep;
    type Delay<F: Future + Send> = <SmolRuntime as RuntimeLite>::Delay<F>;
    type LocalDelay<F: Future> = <SmolRuntime as RuntimeLite>::LocalDelay<F>;
    type Timeout<F: Future + Send> = <SmolRuntime as RuntimeLite>::Timeout<F>;
    type LocalTimeout<F: Future> = <SmolRuntime as RuntimeLite>::LocalTimeout<F>;

    fn new() -> Self {
        Self
    }

    fn name() -> &'static str {
        "async-std"
    }

    fn fqname() -> &'static str {
        "async-std"
    }

    fn block_on<F: Future>(future: F) -> F::Output {
        task::block_on(future)
    }

    async fn yield_now() {
        task::yield_now().await;
    }

    timers! {
        interval(period: Duration) -> Interval;
        interval_at(start: Instant, period: Duration) -> Interval;
        interval_local(period: Duration) -> LocalInterval;
        interval_local_at(start: Instant, period: Duration) -> LocalInterval;
        sleep(duration: Duration) -> Sleep;
        sleep_until(instant: Instant) -> Sleep;
        sleep_local(duration: Duration) -> LocalSleep;
        sleep_local_until(instant: Instant) -> LocalSleep;
    }

    timers_around! {
        delay(duration: Duration) -> Delay: Send;
        delay_at(deadline: Instant) -> Delay: Send;
        delay_local(duration: Duration) -> LocalDelay;
        delay_local_at(deadline: Instant) -> LocalDelay;
        timeout(duration: Duration) -> Timeout: Send;
        timeout_at(deadline: Instant) -> Timeout: Send;
        timeout_local(duration: Duration) -> LocalTimeout;
        timeout_local_at(deadline: Instant) -> LocalTimeout;
    }
}

/// Starts the tasks of [`AsyncStdRuntime`].
#[derive(Clone, Copy, Debug)]
pub struct AsyncStdSpawner;

impl Yielder for AsyncStdSpawner {
    async fn yield_now() {
        task::yield_now().await;
    }

    async fn yield_now_local() {
        task::yield_now().await;
    }
}

impl AsyncSpawner for AsyncStdSpawner {
    type JoinHandle<O: Send + 'static> = JoinHandle<O>;

    fn spawn<F>(future: F) -> JoinHandle<F::Output>
    where
        F::Output: Send + 'static,
        F: Future + Send + 'static,
    {
        JoinHandle(task::spawn(future))
    }
}

impl AsyncLocalSpawner for AsyncStdSpawner {
    type JoinHandle<O: 'static> = JoinHandle<O>;

    fn spawn_local<F>(future: F) -> JoinHandle<F::Output>
    where
        F::Output: 'static,
        F: Future + 'static,
    {
        JoinHandle(task::spawn_local(future))
    }
}

impl AsyncBlockingSpawner for AsyncStdSpawner {
    type JoinHandle<O: Send + 'static> = JoinHandle<O>;

    fn spawn_blocking<F, O>(work: F) -> JoinHandle<O>
    where
        F: FnOnce() -> O + Send + 'static,
        O: Send + 'static,
    {
        JoinHandle(task::spawn_blocking(work))
    }
}

/// Waits for a task. Dropping it lets the task go on; a panic of the task goes on in whoever waits.
#[derive(Debug)]
pub struct JoinHandle<O>(task::JoinHandle<O>);

/// A task that was given up before it had a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the task was given up")]
pub struct Abandoned;

impl From<Abandoned> for std::io::Error {
    fn from(abandoned: Abandoned) -> Self {
        Self::other(abandoned)
    }
}

impl<O> Future for JoinHandle<O> {
    type Output = Result<O, Abandoned>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.0.poll_unpin(cx).map(Ok)
    }
}

impl<O> agnostic::JoinHandle<O> for JoinHandle<O> {
    type JoinError = Abandoned;

    fn abort(self) {
        // The first poll asks the task to end; waiting for that would block the executor.
        let _ = self.0.cancel().now_or_never();
    }
}

impl<O> LocalJoinHandle<O> for JoinHandle<O> {
    type JoinError = Abandoned;
}

impl AsyncAfterSpawner for AsyncStdSpawner {
    type Instant = Instant;
    type JoinHandle<O: Send + 'static> = AfterHandle<O>;

    fn spawn_after<F>(duration: Duration, future: F) -> AfterHandle<F::Output>
    where
        F::Output: Send + 'static,
        F: Future + Send + 'static,
    {
        Self::spawn_after_at(Instant::now() + duration, future)
    }

    fn spawn_after_at<F>(at: Instant, future: F) -> AfterHandle<F::Output>
    where
        F::Output: Send + 'static,
        F: Future + Send + 'static,
    {
        let (orders, received) = async_channel::unbounded();
        let progress = Arc::new(Progress::default());
        let task = task::spawn(run_later(at, received, progress.clone(), future));
        AfterHandle { task, orders, progress }
    }
}

/// Waits for a task that starts later. Dropping it lets the task go on.
#[derive(Debug)]
pub struct AfterHandle<O> {
    task: task::JoinHandle<Option<O>>,
    orders: Sender<Order>,
    progress: Arc<Progress>,
}

#[derive(Debug)]
enum Order {
    Cancel,
    StartAfter(Duration),
}

#[derive(Debug, Default)]
struct Progress {
    expired: AtomicBool,
    finished: AtomicBool,
}

async fn run_later<F: Future>(
    mut at: Instant,
    orders: Receiver<Order>,
    progress: Arc<Progress>,
    future: F,
) -> Option<F::Output> {
    loop {
        match select(SmolRuntime::sleep_until(at), pin!(orders.recv())).await {
            Either::Left(_) => break,
            Either::Right((Ok(Order::StartAfter(duration)), _)) => at = Instant::now() + duration,
            Either::Right((Ok(Order::Cancel), _)) => return None,
            Either::Right((Err(_), sleep)) => {
                sleep.await;
                break;
            }
        }
    }
    progress.expired.store(true, Ordering::Release);
    let cancelled = async {
        // A new start comes too late, and nobody left to cancel means that nobody will.
        while let Ok(order) = orders.recv().await {
            if matches!(order, Order::Cancel) {
                return;
            }
        }
        core::future::pending::<()>().await;
    };
    match select(pin!(future), pin!(cancelled)).await {
        Either::Left((output, _)) => {
            progress.finished.store(true, Ordering::Release);
            Some(output)
        }
        Either::Right(_) => None,
    }
}

impl<O> Future for AfterHandle<O> {
    type Output = Result<O, Abandoned>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.task.poll_unpin(cx).map(|output| output.ok_or(Abandoned))
    }
}

impl<O: Send + 'static> agnostic::AfterHandle<O> for AfterHandle<O> {
    type JoinError = Abandoned;

    async fn cancel(self) -> Option<Result<O, Abandoned>> {
        self.abort_now();
        self.task.await.map(Ok)
    }

    fn reset(&self, duration: Duration) {
        let _ = self.orders.try_send(Order::StartAfter(duration));
    }

    fn abort(self) {
        self.abort_now();
    }

    fn is_expired(&self) -> bool {
        self.progress.expired.load(Ordering::Acquire)
    }

    fn is_finished(&self) -> bool {
        self.progress.finished.load(Ordering::Acquire)
    }
}

impl<O> AfterHandle<O> {
    /// The task may have ended already; then there is nobody to tell.
    fn abort_now(&self) {
        let _ = self.orders.try_send(Order::Cancel);
    }
}

#[cfg(test)]
mod tests;
