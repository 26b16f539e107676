//! Runs that end, whatever happens in them: a panic in the machine is a finding like any other, and
//! so is an agenda that no longer gets on.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::observe::Observer;
use crate::oracle::Violation;
use crate::world::World;

/// Events at one instant after which time is held to stand still. No drawn world has a thousandth.
const AT_ONCE_MAX: u64 = 1_000_000;

/// Lets everything happen in `world`, or only until that is `enough`. What went wrong
/// with the run itself; the world is then good for nothing but its observer.
pub(crate) fn run<O: Observer>(
    world: &mut World<O>,
    enough: impl Fn(&World<O>) -> bool,
) -> Option<Violation> {
    let ran = catch_unwind(AssertUnwindSafe(|| drive(world, enough)));
    let (oracle, words) = match ran {
        Ok(true) => return None,
        Ok(false) => ("endless", format!("{AT_ONCE_MAX} events and no end")),
        Err(panic) => ("panic", words(&*panic)),
    };
    Some(Violation { oracle, at: world.now(), host: 0, words })
}

/// False if time stands still.
fn drive<O: Observer>(world: &mut World<O>, enough: impl Fn(&World<O>) -> bool) -> bool {
    let (mut since, mut at_once) = (world.now(), 0);
    while world.step() && !enough(world) {
        at_once = if world.now() == since { at_once + 1 } else { 0 };
        since = world.now();
        if at_once > AT_ONCE_MAX {
            return false;
        }
    }
    true
}

fn words(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|words| (*words).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deed::Deed;
    use crate::observe::{Seen, View};
    use crate::plan::Plan;
    use memberlist_core::config::Options;
    use memberlist_core::time::Instant;

    /// Falls over at the first thing that it sees after a second.
    struct Clumsy;

    impl Observer for Clumsy {
        fn see(&mut self, view: View<'_>, _: &Seen<'_>) {
            assert!(view.now < Instant::from_millis(1_000), "after {}", view.now);
        }
    }

    fn two() -> Plan {
        let config = Options::lan().check().expect("the LAN set makes sense");
        let mut plan = Plan::new(1, 2, &config, Instant::from_millis(5_000));
        plan.at(Instant::ZERO, Deed::Start(0));
        plan.at(Instant::ZERO, Deed::Start(1));
        plan.at(Instant::ZERO, Deed::Acquaint(vec![0, 1]));
        plan
    }

    #[test]
    fn a_panic_is_a_finding() {
        let found = run(&mut World::new(two(), Clumsy), |_| false).expect("it has panicked");
        assert_eq!(found.oracle, "panic");
        assert!(found.at >= Instant::from_millis(1_000) && found.words.starts_with("after "));
    }

    #[test]
    fn a_run_ends_when_enough_is_seen() {
        let mut world = World::new(two(), Clumsy);
        assert_eq!(run(&mut world, |_| true), None);
        assert_eq!(world.steps(), 1);
    }
}
