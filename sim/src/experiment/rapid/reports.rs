//! Rapid's figures next to ours.

use super::scenes::{Scene, SceneCase};
use crate::experiment::series::{Finds, show};
use crate::report::{Plot, Report, Table};

/// Published: members, seconds of Memberlist and of Rapid, distinct sizes of both.
const BOOTSTRAP: [(u32, f64, f64, u32, u32); 3] =
    [(1_000, 45.7, 29.6, 901, 4), (1_500, 68.6, 40.0, 1_383, 8), (2_000, 97.6, 53.5, 1_858, 4)];

pub(super) fn report(finds: &Finds<'_, SceneCase>, mut report: Report) -> Report {
    report.table("bootstrap", &bootstrap(finds));
    report.table("crash", &crash(finds));
    report.table("bandwidth", &bandwidth(finds));
    report.table("unstable", &unstable(finds));
    report.text(
        "Bootstrap is timed from the seed's start; the others start ten seconds later, all at once \
         or one after the other within ten seconds. Real processes also need time to start, and \
         five of them shared a core there; here a host does nothing else, and a packet costs it \
         20 us. Bytes count the heads of IP, UDP and TCP and the segments that open and end a \
         stream, not TCP acknowledgements; KB are 1,000 bytes. Sizes are reported once a second by \
         the processes that nothing is wrong with.",
    );
    report.plot("bootstrap", &plot(finds));
    report
}

fn bootstrap(finds: &Finds<'_, SceneCase>) -> Table {
    let head = [
        "members",
        "all at once",
        "over 10 s",
        "Memberlist",
        "Rapid",
        "sizes at once",
        "over 10 s",
        "Memberlist",
        "Rapid",
    ];
    let mut table = Table::new("Bootstrap: until all report N, and distinct sizes reported", head);
    for (members, theirs, rapid, sizes, rapid_sizes) in BOOTSTRAP {
        let of = |scene: Scene| move |c: &SceneCase| c.scene == scene && c.members == members;
        let (once, over) = (of(Scene::Bootstrap), of(Scene::Spread));
        table.row([
            members.to_string(),
            show(finds.mean("done", once), 1),
            show(finds.mean("done", over), 1),
            format!("[{theirs}]"),
            format!("[{rapid}]"),
            show(finds.mean("sizes", once), 0),
            show(finds.mean("sizes", over), 0),
            format!("[{sizes}]"),
            format!("[{rapid_sizes}]"),
        ]);
    }
    table
}

/// Memberlist's crash: the moment is not given in the paper; 60 s is inferred.
fn crash(finds: &Finds<'_, SceneCase>) -> Table {
    let of = |c: &SceneCase| c.scene == Scene::Crash;
    let head = ["10 of 1,000 crash", "ours", "Memberlist", "Rapid"];
    let mut table =
        Table::new("Crash: seconds from the fault (published ones from the plots)", head);
    let mut row = |name: &str, ours: String, theirs: &str, rapid: &str| {
        table.row([name.to_owned(), ours, theirs.to_owned(), rapid.to_owned()]);
    };
    row("first removal", show(finds.mean("first", of), 1), "[13.5, inferred]", "[31, inferred]");
    row("all removed everywhere", show(finds.mean("done", of), 1), "[15.9, inferred]", "[33]");
    row("distinct sizes", show(finds.mean("sizes", of), 0), "[11]", "[2]");
    row("healthy ones removed", show(finds.sum("benign", of), 0), "[0]", "[0]");
    table
}

fn bandwidth(finds: &Finds<'_, SceneCase>) -> Table {
    let of = |c: &SceneCase| c.scene == Scene::Crash;
    let head = ["KB/s of a process, received / sent", "mean", "99 %", "maximum"];
    let mut table = Table::new("Table 2 in the crash run", head);
    let figure = |column: &str, which: usize| {
        let numbers = finds.numbers(column, of);
        let own: Vec<f64> = numbers.iter().skip(which).step_by(3).copied().collect();
        crate::report::mean(&own).unwrap_or(f64::NAN)
    };
    let ours = [0, 1, 2].map(|which| {
        let (received, sent) = (figure("received", which), figure("sent", which));
        format!("{} / {}", show(received, 2), show(sent, 2))
    });
    table.row(["ours".to_owned()].into_iter().chain(ours));
    table.row(["[Memberlist]", "[0.54 / 0.64]", "[5.61 / 6.40]", "[7.36 / 8.04]"]);
    table.row(["[Rapid]", "[0.71 / 0.71]", "[3.66 / 3.72]", "[9.56 / 11.37]"]);
    table
}

fn unstable(finds: &Finds<'_, SceneCase>) -> Table {
    let head = ["1 % of 1,000 are faulty", "20 s deaf, 20 s not", "80 % egress loss"];
    let mut table = Table::new("Members that are neither well nor gone, from 90 s to 900 s", head);
    let mut row = |name: &str, column: &str, digits, theirs: [&str; 2]| {
        let scenes = [Scene::FlipFlop, Scene::Egress];
        let ours = scenes.iter().zip(theirs).map(|(scene, theirs)| {
            let mean = finds.mean(column, |case| case.scene == *scene);
            format!("{} {theirs}", show(mean, digits))
        });
        table.row([name.to_owned()].into_iter().chain(ours));
    };
    let unknown = ["", ""];
    let never = ["[Memberlist never, Rapid yes]"; 2];
    row("seconds until all have removed exactly the 10", "done", 0, never);
    row("share of seconds with exactly the 10 removed", "exact", 3, ["[0]", "[0]"]);
    row("smallest size reported", "least", 0, ["[990]", "[992]"]);
    row("distinct sizes", "sizes", 0, unknown);
    row("share of seconds in which sizes differ", "torn", 3, unknown);
    row("changes of its size, each process and minute", "changes", 2, unknown);
    row("healthy ones removed, all observers", "benign", 0, ["[0]", "[0]"]);
    table
}

fn plot(finds: &Finds<'_, SceneCase>) -> Plot {
    let ours = |scene: Scene| {
        BOOTSTRAP.map(|(members, ..)| {
            let of = |c: &SceneCase| c.scene == scene && c.members == members;
            (f64::from(members), finds.mean("done", of))
        })
    };
    let theirs = BOOTSTRAP.map(|(members, seconds, ..)| (f64::from(members), seconds));
    let rapid = BOOTSTRAP.map(|(members, _, seconds, ..)| (f64::from(members), seconds));
    let curve = |name: &str, points: [(f64, f64); 3]| (name.to_owned(), points.to_vec());
    Plot {
        title: "Bootstrap: seconds until all report all".to_owned(),
        x: "members".to_owned(),
        y: "seconds".to_owned(),
        curves: vec![
            curve("ours, all at once", ours(Scene::Bootstrap)),
            curve("ours, over 10 s", ours(Scene::Spread)),
            curve("[Memberlist]", theirs),
            curve("[Rapid]", rapid),
        ],
        ..Plot::default()
    }
}
