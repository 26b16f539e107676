//! The scenarios of Rapid (Suresh et al., USENIX ATC 2018, section 7) with this library in
//! Memberlist's place: bootstrap, crashes, members that flip-flop, members that lose most of what
//! they send. As there, each process reports the size of its cluster once a second.

mod reports;
mod scenes;

use memberlist_core::config::Options;

use self::reports::report;
use self::scenes::{COLUMNS, Scene, SceneCase};
use super::Entry;
use super::series::Series;

/// Section 7 of Rapid.
pub const RAPID: Entry = Entry {
    name: "rapid",
    about: "Rapid 2018: bootstrap, crashes, flip-flop and 80 % loss at 1,000 to 2,000 members",
    build: |settings| {
        let repetitions = settings.repetitions.unwrap_or(2);
        Box::new(Series {
            name: "rapid",
            settings: "default LAN options, 10 faulty",
            columns: COLUMNS,
            cases: cases(repetitions),
            measure: |case: &SceneCase, seed| case.measure(&Options::lan(), seed),
            report,
        })
    },
};

fn cases(repetitions: u32) -> Vec<SceneCase> {
    let mut cases = Vec::new();
    for repetition in 0..repetitions {
        for members in [1_000, 1_500, 2_000] {
            for scene in [Scene::Bootstrap, Scene::Spread] {
                cases.push(SceneCase { scene, members, repetition });
            }
        }
        for scene in [Scene::Crash, Scene::FlipFlop, Scene::Egress] {
            cases.push(SceneCase { scene, members: 1_000, repetition });
        }
    }
    cases
}
