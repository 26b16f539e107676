//! One seed, one trace.

use std::process::Command;

use memberlist_sim::draw::Case;
use memberlist_sim::trace::TraceHash;
use memberlist_sim::world::World;

/// Small rings, so that they take no time.
fn small(seed: u64) -> Case {
    Case { nodes: Some(4), ..Case::new(seed) }
}

fn trace(case: &Case) -> u64 {
    let mut world = World::new(case.plan().0, TraceHash::default());
    world.run();
    world.into_observer().get()
}

fn trace_of_a_process(seed: u64) -> String {
    let mut replay = Command::new(env!("CARGO_BIN_EXE_memberlist-sim"));
    replay.args(["replay", &seed.to_string(), "--nodes", "4", "--quiet"]);
    let output = replay.output().expect("the program is there");
    let text = String::from_utf8(output.stdout).expect("it writes text");
    text.lines().last().expect("it writes the trace").to_owned()
}

#[test]
fn equal_seeds_give_equal_traces_in_two_processes() {
    for seed in [3, 4] {
        let here = trace(&small(seed));
        assert_eq!(trace_of_a_process(seed), format!("trace {here:016x}"));
        assert_eq!(trace_of_a_process(seed), format!("trace {here:016x}"));
    }
}

#[test]
fn other_seeds_give_other_traces() {
    assert_ne!(trace(&small(3)), trace(&small(4)));
}
