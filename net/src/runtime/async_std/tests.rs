use agnostic::time::{AsyncInterval, Elapsed};
use agnostic::{AfterHandle as _, JoinHandle as _};
use futures_util::future::pending;

use super::*;

type R = AsyncStdRuntime;

/// Short enough to wait for, or so long that it never comes within a test.
const SOON: Duration = Duration::from_millis(5);
const NEVER: Duration = Duration::from_secs(3_600);

fn run<T>(work: impl Future<Output = T>) -> T {
    R::block_on(work)
}

/// Tells when it is dropped.
struct Told(Sender<()>);

impl Drop for Told {
    fn drop(&mut self) {
        let _ = self.0.try_send(());
    }
}

fn told() -> (Told, Receiver<()>) {
    let (sender, receiver) = async_channel::bounded(1);
    (Told(sender), receiver)
}

#[test]
fn tasks_give_their_results() {
    run(async {
        assert_eq!(R::spawn(async { 7 }).await, Ok(7));
        assert_eq!(R::spawn_blocking(|| 8).await, Ok(8));
        assert_eq!(R::spawn_local(async { 9 }).await, Ok(9));
    });
}

#[test]
fn a_dropped_handle_lets_its_task_go_on() {
    run(async {
        let (sender, receiver) = async_channel::bounded(1);
        drop(R::spawn(async move { sender.send(7).await }));
        assert_eq!(receiver.recv().await, Ok(7));
    });
}

#[test]
fn an_aborted_task_is_dropped() {
    run(async {
        let (token, dropped) = told();
        R::spawn(async move {
            let _token = token;
            pending::<()>().await;
        })
        .abort();
        dropped.recv().await.unwrap();
    });
}

#[test]
fn timers_fire_and_timeouts_end_what_takes_too_long() {
    run(async {
        R::sleep(SOON).await;
        R::sleep_until(R::now() + SOON).await;
        assert_eq!(R::timeout(NEVER, async { 7 }).await, Ok(7));
        let late: Result<(), Elapsed> = R::timeout(SOON, pending()).await;
        assert!(late.is_err());
        let mut interval = R::interval(SOON);
        for _ in 0..3 {
            core::future::poll_fn(|cx| interval.poll_tick(cx)).await;
        }
    });
}

#[test]
fn a_later_task_runs_once_its_time_has_come() {
    run(async {
        let handle = R::spawn_after(SOON, async { 7 });
        assert_eq!(handle.await, Ok(7));
    });
}

#[test]
fn a_later_task_can_be_moved_closer() {
    run(async {
        let handle = R::spawn_after(NEVER, async { 7 });
        assert!(!handle.is_expired() && !handle.is_finished());
        handle.reset(SOON);
        assert_eq!(handle.await, Ok(7));
    });
}

#[test]
fn a_later_task_can_be_moved_away_and_cancelled() {
    run(async {
        let (token, dropped) = told();
        let handle = R::spawn_after(NEVER, async move { drop(token) });
        handle.reset(NEVER * 2);
        assert_eq!(handle.cancel().await, None);
        dropped.recv().await.unwrap();
    });
}

#[test]
fn a_later_task_that_runs_can_still_be_aborted() {
    run(async {
        let ((token, dropped), (begun, has_begun)) = (told(), told());
        let handle = R::spawn_after(SOON, async move {
            let _token = token;
            drop(begun);
            pending::<()>().await;
        });
        has_begun.recv().await.unwrap();
        assert!(handle.is_expired() && !handle.is_finished());
        handle.abort();
        dropped.recv().await.unwrap();
    });
}

#[test]
fn a_later_task_whose_handle_is_dropped_still_runs() {
    run(async {
        let (token, dropped) = told();
        drop(R::spawn_after(SOON, async move { drop(token) }));
        dropped.recv().await.unwrap();
    });
}
