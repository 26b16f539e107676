//! Which module of `core` may import which. The table is the one in `docs/design.md` section 3: a
//! new module, or a new arrow between two, changes the picture in the same commit.

use std::collections::BTreeMap;

use crate::Finding;
use crate::Source;
use crate::modules::Modules;

/// A module and what it may import; `None` is everything.
pub type Table = BTreeMap<String, Option<Vec<String>>>;

/// Reads the table out of the text of `docs/design.md`: the rows of section 3 whose first cell
/// holds a name in backticks and whose third lists modules, `–` for none or `all`.
pub fn table(design: &str) -> Table {
    let section = design.split("\n## ").find(|section| section.starts_with("3.")).unwrap_or("");
    section.lines().filter_map(row).collect()
}

fn row(line: &str) -> Option<(String, Option<Vec<String>>)> {
    let cells: Vec<&str> = line.split('|').map(str::trim).collect();
    let [_, name, _, allowed, _] = cells.as_slice() else { return None };
    let name = name.strip_prefix('`')?.strip_suffix('`')?;
    let word = |cell: &str| cell.split_whitespace().next().unwrap_or_default().to_owned();
    let allowed = match *allowed {
        "all" => None,
        "–" => Some(Vec::new()),
        list => Some(list.split(',').map(word).collect()),
    };
    Some((name.to_owned(), allowed))
}

/// Imports of `core` that the table does not allow, and modules that it does not know.
pub fn check(table: &Table, core: &Modules) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (module, file) in core.iter() {
        let Some(layer) = module.first() else { continue };
        let finding = |line, message| Finding { path: file.path.clone(), line, message };
        let Some(allowed) = table.get(layer) else {
            let message = format!("`{layer}` has no row in docs/design.md section 3: add it");
            findings.push(finding(1, message));
            continue;
        };
        let Some(allowed) = allowed else { continue };
        for import in core.imports(module) {
            let Some(target) = import.target.first() else { continue };
            if target != layer && !allowed.contains(target) {
                let message = format!(
                    "`{layer}` may not import `{target}` (docs/design.md section 3): \
                     take it as an argument, or move it to a layer below both"
                );
                findings.push(finding(import.line, message));
            }
        }
    }
    findings
}

/// The rows of the table that could not hold anything: a module that is not there.
pub fn check_rows(table: &Table, core: &Modules, design: &Source) -> Vec<Finding> {
    let exists = |name: &String| core.iter().any(|(module, _)| module.first() == Some(name));
    let named = table.values().flatten().flatten().chain(table.keys());
    let missing = named.filter(|name| !exists(name));
    let message = |name| format!("the table of section 3 names `{name}`, core has no such module");
    missing.map(|name| design.finding(1, message(name))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const DESIGN: &str = "# Design\n\n## 3. Layers\n\n\
        | module | its one job | may import |\n|---|---|---|\n\
        | `types` | words | – |\n| `swim` | machine | types, wire (messages only) |\n\
        | `node` | driver | all |\n\n## 4. Else\n\n| `time` | x | – |\n";

    fn found(sources: &[(&str, &str)]) -> Vec<String> {
        let sources: Vec<_> = sources.iter().map(|(path, text)| Source::new(path, text)).collect();
        let core = Modules::of_crate("core/src", &sources);
        check(&table(DESIGN), &core).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn the_table_is_read_from_section_3_alone() {
        let table = table(DESIGN);
        assert_eq!(table.len(), 3);
        assert_eq!(table["types"], Some(vec![]));
        assert_eq!(table["swim"], Some(vec!["types".to_owned(), "wire".to_owned()]));
        assert_eq!(table["node"], None);
    }

    #[test]
    fn an_import_that_the_table_does_not_allow_is_found() {
        let lib = ("core/src/lib.rs", "pub mod node;\npub mod swim;\npub mod types;");
        let node = ("core/src/node.rs", "use crate::swim::Swim;\nuse crate::types::Id;");
        let types = ("core/src/types.rs", "pub struct Id;");
        let good = ("core/src/swim.rs", "use crate::types::Id;\npub struct Swim(Id);");
        assert_eq!(found(&[lib, node, types, good]), [""; 0]);
        let bad = ("core/src/swim.rs", "pub struct Swim;\nfn f() { crate::node::start() }");
        let found = found(&[lib, node, types, bad]);
        assert_eq!(found.len(), 1);
        assert!(
            found[0].starts_with("core/src/swim.rs:2: `swim` may not import `node`"),
            "{found:?}"
        );
    }

    #[test]
    fn a_module_without_a_row_is_found_and_a_row_without_a_module_too() {
        let lib = ("core/src/lib.rs", "pub mod extra;");
        assert!(found(&[lib, ("core/src/extra.rs", "")])[0].contains("has no row"));
        let core = Modules::of_crate("core/src", &[Source::new("core/src/lib.rs", "")]);
        let design = Source::new("docs/design.md", DESIGN);
        assert_eq!(check_rows(&table(DESIGN), &core, &design).len(), 5);
    }
}
