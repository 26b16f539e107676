//! Which file a path leads to.

use std::collections::BTreeMap;

use crate::Source;
use crate::scan;

/// Where a module stands in its crate; empty is the root.
pub type Module = Vec<String>;

/// One import, resolved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Import {
    /// Where it stands, from 1.
    pub line: usize,
    /// The module that defines what is imported.
    pub target: Module,
    /// Whether the importing file only passes it on.
    pub passed_on: bool,
}

/// One file of a crate, without its tests.
#[derive(Clone, Debug)]
pub struct File {
    /// Its path in the repository.
    pub path: String,
    code: String,
    children: Vec<String>,
}

/// The files of one crate by the modules that they are. Tests are left out.
#[derive(Clone, Debug, Default)]
pub struct Modules {
    files: BTreeMap<Module, File>,
    /// Names that a module passes on, and the path that they come from.
    passed_on: BTreeMap<(Module, String), Module>,
}

impl Modules {
    /// The crate whose sources lie under `folder`, such as `core/src`.
    pub fn of_crate(folder: &str, sources: &[Source]) -> Self {
        let mut modules = Self::default();
        let prefix = format!("{folder}/");
        for source in sources.iter().filter(|source| source.is_rust()) {
            let Some(inner) = source.path.strip_prefix(&prefix) else { continue };
            let code = scan::without_tests(&scan::code(&source.text));
            let file = File { path: source.path.clone(), children: children(&code), code };
            modules.files.insert(module_of(inner), file);
        }
        modules.drop_tests();
        modules.note_what_is_passed_on();
        modules
    }

    /// A file that its parent declares for tests only (or not at all) is no part of the crate.
    fn drop_tests(&mut self) {
        let declared: Vec<Module> =
            self.files.iter().flat_map(|(module, file)| file.child_modules(module)).collect();
        self.files.retain(|module, _| module.is_empty() || declared.contains(module));
    }

    fn note_what_is_passed_on(&mut self) {
        let mut names = BTreeMap::new();
        for (module, file) in &self.files {
            for mention in file.mentions().into_iter().filter(|mention| mention.passed_on) {
                if let Some((name, target)) = absolute(module, &mention.segments).split_last_name()
                {
                    names.insert((module.clone(), name), target);
                }
            }
        }
        self.passed_on = names;
    }

    /// Every module and its file.
    pub fn iter(&self) -> impl Iterator<Item = (&Module, &File)> {
        self.files.iter()
    }

    /// What the file of `module` imports from other files of the crate.
    pub fn imports(&self, module: &Module) -> Vec<Import> {
        let Some(file) = self.files.get(module) else { return Vec::new() };
        let mut imports = Vec::new();
        for mention in file.mentions() {
            let path = absolute(module, &mention.segments);
            let target = self.definer(&path);
            let passed_on = mention.passed_on && !file.uses(path.last());
            if target != *module {
                imports.push(Import { line: mention.line, target, passed_on });
            }
        }
        imports
    }

    /// The module that defines `path`: names that are only passed on are followed.
    fn definer(&self, path: &[String]) -> Module {
        let depth = (0..=path.len()).rev().find(|&n| self.files.contains_key(&path[..n]));
        let module = &path[..depth.unwrap_or(0)];
        let name = path.get(module.len()).cloned().unwrap_or_default();
        match self.passed_on.get(&(module.to_vec(), name)) {
            Some(source) if source.as_slice() != path => self.definer(source),
            _ => module.to_vec(),
        }
    }
}

impl File {
    fn child_modules(&self, module: &[String]) -> Vec<Module> {
        self.children.iter().map(|child| [module, std::slice::from_ref(child)].concat()).collect()
    }

    fn mentions(&self) -> Vec<scan::Mention> {
        let mut roots = vec!["crate", "super", "self"];
        roots.extend(self.children.iter().map(String::as_str));
        scan::mentions(&self.code, &roots)
    }

    /// Whether `name` stands anywhere but in a `pub use`.
    fn uses(&self, name: Option<&String>) -> bool {
        let Some(name) = name else { return false };
        let statements = self.code.split_inclusive(';');
        let own = statements.filter(|statement| {
            let start = statement.trim_start();
            !(start.starts_with("pub") && start.contains("use "))
        });
        let is_end = |c: char| !(c.is_alphanumeric() || c == '_');
        own.flat_map(|statement| statement.split(is_end)).any(|word| word == name)
    }
}

fn module_of(inner: &str) -> Module {
    let mut module: Module = inner.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
    if matches!(module.last().map(String::as_str), Some("mod" | "lib" | "main")) {
        module.pop();
    }
    module
}

/// The names of the modules that `code` declares as files of their own.
fn children(code: &str) -> Vec<String> {
    let name = |line: &str| {
        let (before, after) = line.trim().strip_suffix(';')?.split_once("mod ")?;
        (before.is_empty() || before.starts_with("pub")).then(|| after.trim().to_owned())
    };
    code.lines().filter_map(name).collect()
}

/// The path from the root of the crate.
fn absolute(module: &Module, segments: &[String]) -> Module {
    let mut path = module.clone();
    for (at, segment) in segments.iter().enumerate() {
        match segment.as_str() {
            "crate" if at == 0 => path.clear(),
            "super" => drop(path.pop()),
            "self" | "*" => {}
            _ => path.push(segment.clone()),
        }
    }
    path
}

trait SplitLastName {
    fn split_last_name(self) -> Option<(String, Module)>;
}

impl SplitLastName for Module {
    /// The last name of a path, and the whole path.
    fn split_last_name(self) -> Option<(String, Module)> {
        self.last().cloned().map(|name| (name, self))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn targets(sources: &[(&str, &str)], module: &[&str]) -> Vec<(String, bool)> {
        let sources: Vec<_> = sources.iter().map(|(path, text)| Source::new(path, text)).collect();
        let modules = Modules::of_crate("a/src", &sources);
        let module = module.iter().map(|name| (*name).to_owned()).collect();
        let imports = modules.imports(&module);
        imports.iter().map(|import| (import.target.join("::"), import.passed_on)).collect()
    }

    #[test]
    fn what_is_passed_on_leads_to_the_file_that_defines_it() {
        let sources = [
            ("a/src/lib.rs", "mod types;\nmod swim;"),
            ("a/src/types/mod.rs", "mod node;\npub use node::{Id, Node};\npub struct Own;"),
            ("a/src/types/node.rs", "pub struct Node; pub struct Id;"),
            ("a/src/swim.rs", "use crate::types::{Id, Own};\nuse super::types::node::Node;"),
        ];
        let expected = [("types::node", false), ("types", false), ("types::node", false)];
        assert_eq!(targets(&sources, &["swim"]), expected.map(|(a, b)| (a.to_owned(), b)));
        let passed_on = ("types::node".to_owned(), true);
        assert_eq!(targets(&sources, &["types"]), [passed_on.clone(), passed_on]);
    }

    #[test]
    fn a_name_that_is_passed_on_and_used_is_an_import() {
        let sources = [
            ("a/src/lib.rs", "mod b;\npub use b::B;\npub struct A(B);"),
            ("a/src/b.rs", "pub struct B;"),
        ];
        assert_eq!(targets(&sources, &[]), [("b".to_owned(), false)]);
    }

    #[test]
    fn tests_are_no_part_of_the_crate() {
        let sources = [
            ("a/src/lib.rs", "mod b;\n#[cfg(test)]\nmod tests;\n"),
            ("a/src/b.rs", "#[cfg(test)]\nmod tests {\n    use crate::c::D;\n}"),
            ("a/src/tests.rs", "use crate::b::B;"),
        ];
        assert_eq!(targets(&sources, &["tests"]), []);
        assert_eq!(targets(&sources, &["b"]), []);
    }
}
