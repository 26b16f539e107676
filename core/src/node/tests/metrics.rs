//! The series that a recorder of the application hears.

use core::sync::atomic::{AtomicUsize, Ordering};
use std::sync::OnceLock;

use ::metrics::{Counter, CounterFn, Gauge, Histogram, Key, KeyName, Metadata, Recorder, Unit};

use super::*;
use crate::transport::memory::Cut;

/// A recorder that looks at the node, as a program that exports its own figures may.
#[derive(Default)]
struct Curious {
    degraded: Arc<Degraded>,
}

#[derive(Default)]
struct Degraded {
    node: OnceLock<Node>,
    heard: AtomicUsize,
    found_locked: AtomicUsize,
}

impl CounterFn for Degraded {
    fn increment(&self, _: u64) {
        let Some(node) = self.node.get() else { return };
        self.heard.fetch_add(1, Ordering::SeqCst);
        let is_locked = node.shared().published.is_locked();
        self.found_locked.fetch_add(usize::from(is_locked), Ordering::SeqCst);
    }

    fn absolute(&self, _: u64) {}
}

impl Recorder for Curious {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: ::metrics::SharedString) {}

    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: ::metrics::SharedString) {}

    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: ::metrics::SharedString) {}

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        if key.name() == "memberlist.degraded.probe" {
            Counter::from_arc(Arc::clone(&self.degraded))
        } else {
            Counter::noop()
        }
    }

    fn register_gauge(&self, _: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::noop()
    }

    fn register_histogram(&self, _: &Key, _: &Metadata<'_>) -> Histogram {
        Histogram::noop()
    }
}

/// Probes that fail are this node's own fault, as far as it knows: the next ones are stretched, and
/// counted.
#[tokio::test(start_paused = true)]
async fn a_recorder_may_read_the_stats() {
    let recorder = Curious::default();
    let _recorded = ::metrics::set_default_local_recorder(&recorder);
    let network = network();
    let (a, _b) = pair(&network).await;
    let _ = recorder.degraded.node.set(a.clone());
    network.cut_both(&"a".into(), &"b".into(), Cut::All);
    counted(&a, "degraded_probe", 1).await;
    let count = |number: &AtomicUsize| number.load(Ordering::SeqCst);
    assert!(count(&recorder.degraded.heard) >= 1);
    assert_eq!(count(&recorder.degraded.found_locked), 0);
}
