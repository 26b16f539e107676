//! The rules over the whole tree.

use std::path::Path;

use memberlist_tidy::Finding;
use memberlist_tidy::Source;
use memberlist_tidy::circles;
use memberlist_tidy::layers;
use memberlist_tidy::lints;
use memberlist_tidy::modules::Modules;
use memberlist_tidy::read_tree;
use memberlist_tidy::size;
use memberlist_tidy::words;

/// The crates whose files may not be in a circle.
const PUBLIC: &[&str] = &["core/src", "memberlist/src", "net/src", "quic/src", "sim/src"];

#[test]
fn the_tree_is_tidy() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let sources = read_tree(&root).expect("the repository can be read");
    let findings = check(&sources);
    report_sizes(&sources);
    for finding in &findings {
        eprintln!("{finding}");
    }
    assert!(findings.is_empty(), "{} findings, listed above", findings.len());
}

fn check(sources: &[Source]) -> Vec<Finding> {
    let mut findings = lints::check(sources);
    findings.extend(sources.iter().flat_map(size::check));
    findings.extend(sources.iter().flat_map(words::check));
    findings.extend(
        PUBLIC.iter().flat_map(|folder| circles::check(&Modules::of_crate(folder, sources))),
    );
    findings.extend(check_layers(sources));
    findings
}

fn check_layers(sources: &[Source]) -> Vec<Finding> {
    let design = sources.iter().find(|source| source.path == "docs/design.md");
    let design = design.expect("docs/design.md holds the table");
    let core = Modules::of_crate("core/src", sources);
    let table = layers::table(&design.text);
    let mut findings = layers::check(&table, &core);
    findings.extend(layers::check_rows(&table, &core, design));
    findings
}

fn report_sizes(sources: &[Source]) {
    let rust = || sources.iter().filter(|source| source.is_rust());
    let files: Vec<_> = rust().map(|source| source.text.lines().count()).collect();
    let functions: Vec<_> =
        rust().flat_map(|source| size::functions(&source.text)).map(|(_, _, len)| len).collect();
    println!(
        "{} files, 9 of 10 have at most {} lines; {} functions, 9 of 10 at most {}",
        files.len(),
        size::p90(files.clone()),
        functions.len(),
        size::p90(functions.clone()),
    );
}
