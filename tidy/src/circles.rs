//! No file may import itself, however long the way round.

use std::collections::BTreeSet;

use crate::Finding;
use crate::modules::Module;
use crate::modules::Modules;

/// The first circle through each file that is in one. Passing a name on with `pub use` is no
/// import; whoever imports that name imports the file that defines it.
pub fn check(modules: &Modules) -> Vec<Finding> {
    let mut walk = Walk { modules, done: BTreeSet::new(), path: Vec::new(), findings: Vec::new() };
    for (module, _) in modules.iter() {
        walk.visit(module);
    }
    walk.findings
}

struct Walk<'a> {
    modules: &'a Modules,
    done: BTreeSet<Module>,
    path: Vec<Module>,
    findings: Vec<Finding>,
}

impl Walk<'_> {
    fn visit(&mut self, module: &Module) {
        if self.done.contains(module) {
            return;
        }
        self.path.push(module.clone());
        for import in self.modules.imports(module) {
            if import.passed_on {
                continue;
            }
            match self.path.iter().position(|on_path| *on_path == import.target) {
                Some(start) => self.report(module, import.line, start),
                None => self.visit(&import.target),
            }
        }
        self.path.pop();
        self.done.insert(module.clone());
    }

    fn report(&mut self, module: &Module, line: usize, start: usize) {
        let mut names: Vec<_> = self.path[start..].iter().map(|m| self.path_of(m)).collect();
        names.push(names[0].clone());
        let message = format!(
            "files import one another in a circle: {}; move what they share into a file of its own",
            names.join(" -> ")
        );
        let finding = Finding { path: self.path_of(module), line, message };
        if !self.findings.contains(&finding) {
            self.findings.push(finding);
        }
    }

    fn path_of(&self, module: &Module) -> String {
        let mut files = self.modules.iter();
        files.find(|(m, _)| *m == module).map_or_else(String::new, |(_, file)| file.path.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Source;

    fn circles(sources: &[(&str, &str)]) -> Vec<String> {
        let sources: Vec<_> = sources.iter().map(|(path, text)| Source::new(path, text)).collect();
        check(&Modules::of_crate("a/src", &sources)).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_circle_behind_a_reexport_is_found() {
        let found = circles(&[
            ("a/src/lib.rs", "mod b;\nmod c;"),
            ("a/src/b/mod.rs", "mod inner;\npub use inner::B;"),
            ("a/src/b/inner.rs", "use crate::c::C;\npub struct B(C);"),
            ("a/src/c.rs", "\nuse crate::b::B;\npub struct C(Box<B>);"),
        ]);
        assert_eq!(found.len(), 1);
        assert!(found[0].starts_with("a/src/c.rs:2: "), "{found:?}");
        assert!(
            found[0].contains("a/src/b/inner.rs -> a/src/c.rs -> a/src/b/inner.rs"),
            "{found:?}"
        );
    }

    #[test]
    fn a_parent_and_child_that_use_one_another_are_found() {
        let found = circles(&[
            ("a/src/lib.rs", "mod b;\nuse b::B;\npub struct A(B);"),
            ("a/src/b.rs", "use super::A;\npub struct B(Box<A>);"),
        ]);
        assert_eq!(found.len(), 1);
    }

    #[test]
    fn a_child_may_use_a_parent_that_passes_it_on() {
        let found = circles(&[
            ("a/src/lib.rs", "mod b;\npub use b::B;\npub struct A;"),
            ("a/src/b.rs", "use super::A;\npub struct B(A);"),
        ]);
        assert_eq!(found, [""; 0]);
    }
}
