//! The runtime's clock as the protocol's time, and the one timer of the driver.

use core::future::Future;
use core::pin::Pin;
use core::task::Context;
use core::time::Duration;

use agnostic_lite::RuntimeLite;
use agnostic_lite::time::Instant as _;
use futures_util::future::{Either, select};

use crate::time::Instant;

/// Counts from the start of the node.
#[derive(Debug)]
pub(super) struct Clock<R: RuntimeLite>(R::Instant);

impl<R: RuntimeLite> Clone for Clock<R> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<R: RuntimeLite> Copy for Clock<R> {}

impl<R: RuntimeLite> Clock<R> {
    pub(super) fn start() -> Self {
        Self(R::now())
    }

    pub(super) fn now(&self) -> Instant {
        let since = R::now().checked_duration_since(self.0).unwrap_or_default();
        Instant::ZERO + since
    }
}

/// One timer. When the deadline moves to a later time, as when a probe is answered, the timer moves
/// with it: that costs a fraction of a wake-up for nothing.
pub(super) struct Alarm<R: RuntimeLite> {
    sleep: Pin<Box<R::Sleep>>,
    rings_at: Option<Instant>,
}

impl<R: RuntimeLite> Alarm<R> {
    pub(super) fn new() -> Self {
        Self { sleep: Box::pin(R::sleep(Duration::ZERO)), rings_at: None }
    }

    /// Whether `deadline` has come; if not, the task is woken when it has.
    pub(super) fn is_due(
        &mut self,
        cx: &mut Context<'_>,
        deadline: Instant,
        clock: impl Fn() -> Instant,
    ) -> bool {
        loop {
            let now = clock();
            if deadline <= now {
                return true;
            }
            if self.rings_at != Some(deadline) {
                self.sleep.set(R::sleep(deadline - now));
                self.rings_at = Some(deadline);
            }
            if self.sleep.as_mut().poll(cx).is_pending() {
                return false;
            }
            self.rings_at = None;
        }
    }
}

/// What `future` gives within `limit`; `None` if it takes longer. A large future is pinned by the
/// caller: what is taken over is there twice.
pub(super) async fn within<R: RuntimeLite, F: Future>(
    limit: Duration,
    future: F,
) -> Option<F::Output> {
    let future = core::pin::pin!(future);
    let sleep = core::pin::pin!(R::sleep(limit));
    match select(future, sleep).await {
        Either::Left((output, _)) => Some(output),
        Either::Right(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use core::future::poll_fn;
    use core::task::Poll;

    use agnostic_lite::tokio::TokioRuntime;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_alarm_rings_at_the_deadline_wherever_it_was_moved() {
        let clock = Clock::<TokioRuntime>::start();
        let mut alarm = Alarm::<TokioRuntime>::new();
        for millis in [500, 700, 50] {
            let later = clock.now() + Duration::from_millis(1_000);
            let deadline = clock.now() + Duration::from_millis(millis);
            // Set to another time first: an earlier one moves it, a later one waits for its ring.
            poll_fn(|cx| Poll::Ready(alarm.is_due(cx, later, || clock.now()))).await;
            let ring = poll_fn(|cx| match alarm.is_due(cx, deadline, || clock.now()) {
                true => Poll::Ready(()),
                false => Poll::Pending,
            });
            ring.await;
            assert_eq!(clock.now().as_millis(), deadline.as_millis());
        }
    }
}
