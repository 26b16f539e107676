//! tokio, with its tasks counted.

use std::future::Future;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use std::time::Duration;

use memberlist::agnostic::AsyncSpawner;
use memberlist::agnostic::Runtime;
use memberlist::agnostic::RuntimeLite;
use memberlist::agnostic::Yielder;
use memberlist::agnostic::tokio::TokioRuntime;
use memberlist::agnostic::tokio::TokioSpawner;

static TASKS: AtomicUsize = AtomicUsize::new(0);

/// How many tasks were started so far.
pub(crate) fn tasks() -> usize {
    TASKS.load(Ordering::Relaxed)
}

/// The runtime: a name for types, there is nothing in it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Counted;

/// What starts its tasks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CountingSpawner;

impl AsyncSpawner for CountingSpawner {
    type JoinHandle<O>
        = <TokioSpawner as AsyncSpawner>::JoinHandle<O>
    where
        O: Send + 'static;

    fn spawn<F>(future: F) -> Self::JoinHandle<F::Output>
    where
        F: Future<Output: Send + 'static> + Send + 'static,
    {
        TASKS.fetch_add(1, Ordering::Relaxed);
        TokioSpawner::spawn(future)
    }
}

impl Yielder for CountingSpawner {
    async fn yield_now() {
        <TokioSpawner as Yielder>::yield_now().await;
    }

    async fn yield_now_local() {
        <TokioSpawner as Yielder>::yield_now_local().await;
    }
}

/// Sockets are tokio's. `Process` and `Quinn` are there because other programs of this repository
/// turn those features of `agnostic` on; neither is used here.
impl Runtime for Counted {
    type Net = <TokioRuntime as Runtime>::Net;
    type Process = <TokioRuntime as Runtime>::Process;
    #[cfg(feature = "quinn")]
    type Quinn = <TokioRuntime as Runtime>::Quinn;

    #[cfg(feature = "quinn")]
    fn quinn() -> Self::Quinn {
        TokioRuntime::quinn()
    }
}

type InstantOf<R> = <R as RuntimeLite>::Instant;

/// Tasks are counted, timers are tokio's.
impl RuntimeLite for Counted {
    type Spawner = CountingSpawner;
    type LocalSpawner = TokioSpawner;
    type BlockingSpawner = TokioSpawner;
    type AfterSpawner = TokioSpawner;
    type Instant = InstantOf<TokioRuntime>;
    type Interval = <TokioRuntime as RuntimeLite>::Interval;
    type LocalInterval = <TokioRuntime as RuntimeLite>::LocalInterval;
    type Sleep = <TokioRuntime as RuntimeLite>::Sleep;
    type LocalSleep = <TokioRuntime as RuntimeLite>::LocalSleep;
    type Delay<F: Future + Send> = <TokioRuntime as RuntimeLite>::Delay<F>;
    type LocalDelay<F: Future> = <TokioRuntime as RuntimeLite>::LocalDelay<F>;
    type Timeout<F: Future + Send> = <TokioRuntime as RuntimeLite>::Timeout<F>;
    type LocalTimeout<F: Future> = <TokioRuntime as RuntimeLite>::LocalTimeout<F>;

    fn new() -> Self {
        Self
    }

    fn name() -> &'static str {
        "counted"
    }

    fn fqname() -> &'static str {
        "custom_runtime::counted"
    }

    fn block_on<F: Future>(future: F) -> F::Output {
        TokioRuntime::block_on(future)
    }

    async fn yield_now() {
        <TokioRuntime as RuntimeLite>::yield_now().await;
    }

    fn interval(period: Duration) -> Self::Interval {
        TokioRuntime::interval(period)
    }

    fn interval_at(start: Self::Instant, period: Duration) -> Self::Interval {
        TokioRuntime::interval_at(start, period)
    }

    fn interval_local(period: Duration) -> Self::LocalInterval {
        TokioRuntime::interval_local(period)
    }

    fn interval_local_at(start: Self::Instant, period: Duration) -> Self::LocalInterval {
        TokioRuntime::interval_local_at(start, period)
    }

    fn sleep(duration: Duration) -> Self::Sleep {
        TokioRuntime::sleep(duration)
    }

    fn sleep_until(instant: Self::Instant) -> Self::Sleep {
        TokioRuntime::sleep_until(instant)
    }

    fn sleep_local(duration: Duration) -> Self::LocalSleep {
        TokioRuntime::sleep_local(duration)
    }

    fn sleep_local_until(instant: Self::Instant) -> Self::LocalSleep {
        TokioRuntime::sleep_local_until(instant)
    }

    fn delay<F: Future + Send>(duration: Duration, future: F) -> Self::Delay<F> {
        TokioRuntime::delay(duration, future)
    }

    fn delay_at<F: Future + Send>(deadline: Self::Instant, future: F) -> Self::Delay<F> {
        TokioRuntime::delay_at(deadline, future)
    }

    fn delay_local<F: Future>(duration: Duration, future: F) -> Self::LocalDelay<F> {
        TokioRuntime::delay_local(duration, future)
    }

    fn delay_local_at<F: Future>(deadline: Self::Instant, future: F) -> Self::LocalDelay<F> {
        TokioRuntime::delay_local_at(deadline, future)
    }

    fn timeout<F: Future + Send>(duration: Duration, future: F) -> Self::Timeout<F> {
        TokioRuntime::timeout(duration, future)
    }

    fn timeout_at<F: Future + Send>(deadline: Self::Instant, future: F) -> Self::Timeout<F> {
        TokioRuntime::timeout_at(deadline, future)
    }

    fn timeout_local<F: Future>(duration: Duration, future: F) -> Self::LocalTimeout<F> {
        TokioRuntime::timeout_local(duration, future)
    }

    fn timeout_local_at<F: Future>(deadline: Self::Instant, future: F) -> Self::LocalTimeout<F> {
        TokioRuntime::timeout_local_at(deadline, future)
    }
}
