//! Whole worlds.

use memberlist_core::config::Options;
use memberlist_core::time::Instant;
use memberlist_core::types::State;
use memberlist_sim::HostNo;
use memberlist_sim::deed::Deed;
use memberlist_sim::host::Host;
use memberlist_sim::plan::Plan;
use memberlist_sim::world::World;

fn seconds(seconds: u64) -> Instant {
    Instant::from_millis(1_000 * seconds)
}

fn plan(n: usize, end: u64) -> Plan {
    let config = Options::lan().check().unwrap();
    let mut plan = Plan::new(7, n, &config, seconds(end));
    for host in 0..n as HostNo {
        plan.at(Instant::ZERO, Deed::Start(host));
    }
    plan
}

fn joined(n: usize, end: u64) -> Plan {
    let mut plan = plan(n, end);
    for host in 1..n as HostNo {
        plan.at(Instant::from_millis(1), Deed::Join { host, seeds: vec![0] });
    }
    plan
}

fn live(host: &Host) -> usize {
    let members = host.engine().map(|engine| engine.members());
    members.into_iter().flatten().filter(|member| member.state().is_live()).count()
}

fn counted(host: &Host, name: &str) -> u64 {
    let stats = host.engine().into_iter().flat_map(|engine| engine.stats());
    stats.filter(|(found, _)| *found == name).map(|(_, count)| count).sum()
}

#[test]
fn all_that_join_one_seed_see_all() {
    let mut world = World::new(joined(32, 2), ());
    world.run();
    assert!(world.hosts().iter().all(|host| live(host) == 32));
}

#[test]
fn those_that_are_acquainted_know_all_at_once_and_then_are_quiet() {
    let mut plan = plan(16, 60);
    plan.at(Instant::ZERO, Deed::Acquaint((0..16).collect()));
    let mut world = World::new(plan, ());
    world.run_until(Instant::ZERO);
    assert!(world.hosts().iter().all(|host| live(host) == 16));
    world.run();
    let sum = |name| world.hosts().iter().map(|host| counted(host, name)).sum::<u64>();
    assert_eq!((sum("probes_failed"), sum("suspicions")), (0, 0));
}

#[test]
fn a_crash_is_found_and_a_restart_at_incarnation_one_is_back() {
    let mut plan = joined(5, 40);
    plan.at(seconds(5), Deed::Crash { host: 3, silent: true });
    plan.at(seconds(30), Deed::Restart { host: 3, moved: false });
    plan.at(seconds(30), Deed::Join { host: 3, seeds: vec![1] });
    let mut world = World::new(plan, ());
    world.run_until(seconds(28));
    let id = world.hosts()[3].id().clone();
    for host in world.hosts().iter().filter(|host| host.is_running()) {
        assert_eq!(host.engine().unwrap().member(&id).unwrap().state(), State::Dead);
    }
    world.run();
    assert!(world.hosts().iter().all(|host| live(host) == 5));
}

#[test]
fn one_that_was_paused_judges_nobody_and_is_back() {
    let mut plan = joined(5, 60);
    plan.at(seconds(5), Deed::Pause(2));
    plan.at(seconds(35), Deed::Resume(2));
    let mut world = World::new(plan, ());
    world.run_until(seconds(34));
    assert_eq!(live(&world.hosts()[0]), 4);
    world.run();
    assert!(world.hosts().iter().all(|host| live(host) == 5));
    assert!(counted(&world.hosts()[2], "pauses") > 0);
}

#[test]
fn a_held_one_goes_on_to_judge() {
    let mut plan = plan(16, 60);
    plan.at(Instant::ZERO, Deed::Acquaint((0..16).collect()));
    plan.at(seconds(10), Deed::Hold(2));
    plan.at(seconds(26), Deed::Release(2));
    let mut world = World::new(plan, ());
    world.run_until(seconds(25));
    assert_eq!(live(&world.hosts()[0]), 15, "those that are awake find it");
    world.run();
    assert!(world.hosts().iter().all(|host| live(host) == 16));
}

#[test]
fn a_node_that_is_deaf_to_one_is_kept_by_the_others() {
    let mut plan = joined(8, 60);
    plan.at(seconds(2), Deed::Cut { from: 1, to: 2 });
    plan.at(seconds(2), Deed::Cut { from: 2, to: 1 });
    let mut world = World::new(plan, ());
    world.run();
    assert!(world.hosts().iter().all(|host| live(host) == 8));
    assert!(counted(&world.hosts()[1], "probes_indirect") > 0);
}
