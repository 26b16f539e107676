//! What blocks and what does not while a host is held: section V.B of Lifeguard, as its experiments
//! need it.

use core::time::Duration;

use memberlist_core::config::Options;
use memberlist_core::engine::Notice;
use memberlist_core::swim::Event;
use memberlist_core::time::Instant;
use memberlist_core::types::State;
use memberlist_sim::HostNo;
use memberlist_sim::deed::Deed;
use memberlist_sim::observe::{Observer, Seen, View};
use memberlist_sim::plan::{Plan, id_of};
use memberlist_sim::world::World;

const HELD: HostNo = 2;

/// What the held host sends, receives and tells, and when.
#[derive(Default)]
struct Diary {
    sent: Vec<Instant>,
    received: Vec<Instant>,
    told: Vec<(Instant, HostNo, State)>,
}

impl Observer for Diary {
    fn see(&mut self, view: View<'_>, seen: &Seen<'_>) {
        match *seen {
            Seen::Sent { host: HELD, .. } => self.sent.push(view.now),
            Seen::Received { host: HELD, .. } => self.received.push(view.now),
            Seen::Told { host: HELD, notice: Notice::Machine(Event::Member { old, new }) } => {
                let (Some(old), Some(new)) = (old, new) else { return };
                let subject = (0..).find(|no| id_of(*no) == *new.id()).unwrap();
                if old.state() != new.state() {
                    self.told.push((view.now, subject, new.state()));
                }
            }
            _ => {}
        }
    }
}

fn seconds(seconds: u64) -> Instant {
    Instant::from_millis(1_000 * seconds)
}

/// Sixteen that know each other; of them `dies` ends at 5 s and the third is held from `from` to
/// `until`.
fn world(dies: Option<HostNo>, from: u64, until: u64) -> World<Diary> {
    let mut options = Options::lan();
    options.suspicion_scaling = false;
    let config = options.check().unwrap();
    let mut plan = Plan::new(11, 16, &config, seconds(60));
    (0..16).for_each(|host| plan.at(Instant::ZERO, Deed::Start(host)));
    plan.at(Instant::ZERO, Deed::Acquaint((0..16).collect()));
    if let Some(host) = dies {
        plan.at(seconds(5), Deed::Crash { host, silent: true });
    }
    plan.at(seconds(from), Deed::Hold(HELD));
    plan.at(seconds(until), Deed::Release(HELD));
    World::new(plan, Diary::default())
}

#[test]
fn sends_and_receives_wait_and_come_at_once_when_it_is_released() {
    let mut world = world(None, 10, 18);
    world.run();
    let diary = world.observer();
    let inside = |at: &&Instant| (seconds(10)..seconds(18)).contains(*at);
    assert_eq!(diary.sent.iter().filter(inside).count(), 0);
    assert_eq!(diary.received.iter().filter(inside).count(), 0);
    let at_once =
        |at: &&Instant| (seconds(18)..seconds(18) + Duration::from_millis(5)).contains(*at);
    // Fifteen others ping once a second in all, and ask helpers when it does not answer.
    assert!(diary.received.iter().filter(at_once).count() > 8);
    assert!(diary.sent.iter().filter(at_once).count() > 4);
}

/// A suspicion of 4 x log10(16) = 4.816 s that began before the block runs out inside it.
#[test]
fn a_suspicion_runs_out_inside_the_block() {
    let mut free = world(Some(7), 58, 59);
    free.run();
    let of = |world: &World<Diary>, state| {
        let told = world.observer().told.iter();
        told.filter(|(_, subject, told)| (*subject, *told) == (7, state)).map(|(at, ..)| *at).next()
    };
    let suspected = of(&free, State::Suspect).unwrap();
    let from = suspected.as_nanos() / 1_000_000_000 + 1;
    let mut held = world(Some(7), from, from + 20);
    held.run();
    assert_eq!(of(&held, State::Suspect), Some(suspected));
    assert_eq!(of(&held, State::Dead), Some(suspected + Duration::from_millis(4_816)));
}

/// It pinged, or was about to, when the block began; the deadline passed inside it.
#[test]
fn the_probe_in_progress_fails_when_it_is_released() {
    let mut world = world(None, 10, 18);
    world.run();
    let first = world.observer().told.iter().find(|(at, ..)| *at >= seconds(10));
    let (at, subject, state) = *first.expect("it suspects somebody");
    assert_eq!((at, state), (seconds(18), State::Suspect));
    assert_ne!(subject, HELD);
    let all = world.hosts().iter().flat_map(|host| host.engine().unwrap().members());
    assert!(all.into_iter().all(|member| member.state() == State::Alive));
}
