//! A node on a thread of its own, whose CPU time can be read.

use std::net::SocketAddr;
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::Duration;

use memberlist::{Memberlist, Options};
use memberlist_benches::cpu;
use smol_str::SmolStr;
use tokio::sync::mpsc as tasks;

use crate::Failure;

type Handle = Memberlist<SmolStr, SocketAddr>;

/// Something to do on the node's thread.
type Job = Box<dyn FnOnce(Handle) -> futures_util::future::LocalBoxFuture<'static, ()> + Send>;

pub(crate) struct Node {
    pub(crate) handle: Handle,
    jobs: tasks::UnboundedSender<Job>,
    thread: JoinHandle<()>,
}

impl Node {
    pub(crate) fn start() -> Result<Self, Failure> {
        let (started, handle) = mpsc::channel();
        let (jobs, mut todo) = tasks::unbounded_channel::<Job>();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let Ok(runtime) = runtime else { return };
            runtime.block_on(async move {
                // What is made up does not answer; that must not become part of what is measured.
                let mut options = Options::lan();
                options.probe_interval = Duration::from_secs(3600);
                let node = memberlist::tokio::tcp(SmolStr::new("local"));
                let node = node.bind("127.0.0.1:0").options(options).start().await;
                let handle = node.as_ref().ok().cloned();
                let _ = started.send(node);
                let Some(node) = handle else { return };
                while let Some(job) = todo.recv().await {
                    job(node.clone()).await;
                }
                node.shutdown().await;
            });
        });
        Ok(Self { handle: handle.recv()??, jobs, thread })
    }

    /// Does something on the node's thread and waits for it.
    pub(crate) fn run<T: Send + 'static, F: Future<Output = T> + 'static>(
        &self,
        job: impl FnOnce(Handle) -> F + Send + 'static,
    ) -> Result<T, Failure> {
        let (done, result) = mpsc::channel();
        let job: Job = Box::new(move |handle| {
            let work = job(handle);
            Box::pin(async move {
                let _ = done.send(work.await);
            })
        });
        self.jobs.send(job).map_err(|_| "the node's thread has ended")?;
        Ok(result.recv()?)
    }

    /// CPU time that the node's thread has spent.
    pub(crate) fn cpu(&self) -> Result<Duration, Failure> {
        Ok(self.run(|_| async { cpu::of_thread() })??)
    }

    pub(crate) fn end(self) {
        drop(self.jobs);
        drop(self.handle);
        let _ = self.thread.join();
    }
}
