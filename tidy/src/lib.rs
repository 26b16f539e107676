//! The shape of the tree as a test: who may import whom, how long a file, a function and a line may
//! be, and which words may not be merged.
//!
//! Every rule is a function from sources to [`Finding`]s. `tests/tree.rs` runs them all over the
//! repository; the unit tests beside each rule prove that it can fail.

pub mod circles;
pub mod layers;
pub mod lints;
pub mod modules;
pub mod scan;
pub mod size;
pub mod words;

use std::fmt;
use std::fs;
use std::io;
use std::path::Path;

/// One file of the repository.
#[derive(Clone, Debug)]
pub struct Source {
    /// Relative to the root of the repository, with `/`.
    pub path: String,
    /// What it holds.
    pub text: String,
}

/// Something that may not stay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The file.
    pub path: String,
    /// The line, from 1.
    pub line: usize,
    /// What is wrong and what to do about it.
    pub message: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.message)
    }
}

impl Source {
    /// A file that is not on the disk.
    pub fn new(path: &str, text: &str) -> Self {
        Self { path: path.to_owned(), text: text.to_owned() }
    }

    /// Whether it is Rust.
    pub fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }

    fn finding(&self, line: usize, message: impl Into<String>) -> Finding {
        Finding { path: self.path.clone(), line, message: message.into() }
    }
}

/// The endings of files that are looked at. Lock files and pictures are not.
const ENDINGS: &[&str] = &["rs", "toml", "md", "yml", "sh"];

/// Scripts have no ending.
const SCRIPT_FOLDERS: &[&str] = &["scripts", ".ci"];

/// Everything under `root` that people write, in the order of its paths.
///
/// # Errors
///
/// The first file or folder that cannot be read.
pub fn read_tree(root: &Path) -> io::Result<Vec<Source>> {
    let mut sources = Vec::new();
    read_folder(root, "", &mut sources)?;
    sources.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(sources)
}

fn read_folder(folder: &Path, prefix: &str, sources: &mut Vec<Source>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = if prefix.is_empty() { name.clone() } else { format!("{prefix}/{name}") };
        if entry.file_type()?.is_dir() {
            if name != "target" && name != ".git" {
                read_folder(&entry.path(), &path, sources)?;
            }
        } else if is_written_by_people(prefix, &name) {
            sources.push(Source { text: fs::read_to_string(entry.path())?, path });
        }
    }
    Ok(())
}

fn is_written_by_people(folder: &str, name: &str) -> bool {
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    ENDINGS.contains(&ending) || SCRIPT_FOLDERS.contains(&folder)
}
