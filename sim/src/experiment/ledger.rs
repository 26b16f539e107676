//! The ledger: a CSV file to which each finished run adds one line.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::task::{Figures, Run};

/// Why a ledger cannot be gone on with. Nothing was changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LedgerError {
    /// It cannot be read or written.
    #[error("{path}: {error}", path = path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What went wrong.
        error: io::Error,
    },
    /// It was written under other settings.
    #[error(
        "{path} holds runs of other settings: name another folder with --out, or remove it\n  \
         there: {found}\n  now:   {wanted}",
        path = path.display()
    )]
    OtherSettings {
        /// The file.
        path: PathBuf,
        /// Its settings.
        found: String,
        /// The present ones.
        wanted: String,
    },
    /// It is no ledger.
    #[error("{path}, line {line}: this is no run", path = path.display())]
    Syntax {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
    },
}

/// The finished runs of one or more experiments.
pub(super) struct Ledger {
    path: PathBuf,
    file: File,
    done: BTreeMap<String, Figures>,
}

impl Ledger {
    /// Opens the ledger at `path`, or begins one. A line that was cut off is forgotten.
    pub(super) fn open(path: &Path, settings: &str, columns: &[&str]) -> Result<Self, LedgerError> {
        let fail = |error| LedgerError::Io { path: path.to_owned(), error };
        let head = format!("# {settings}\nrun,seed,{}\n", columns.join(","));
        let found = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(fail(error)),
        };
        let done = if whole_lines(&found).is_empty() {
            fs::write(path, head).map_err(fail)?;
            BTreeMap::new()
        } else {
            let done = parse(path, &found, &head, columns.len())?;
            if !found.ends_with('\n') {
                fs::write(path, whole_lines(&found)).map_err(fail)?;
            }
            done
        };
        let file = OpenOptions::new().append(true).open(path).map_err(fail)?;
        Ok(Self { path: path.to_owned(), file, done })
    }

    /// Adds a run that has finished.
    pub(super) fn add(&mut self, run: &Run, figures: Figures) -> Result<(), LedgerError> {
        let fail = |error| LedgerError::Io { path: self.path.clone(), error };
        let cells: Vec<String> = figures.iter().map(|numbers| cell(numbers)).collect();
        let line = format!("{},{:#018x},{}\n", run.key, run.seed(), cells.join(","));
        self.file.write_all(line.as_bytes()).map_err(fail)?;
        self.done.insert(run.key.clone(), figures);
        Ok(())
    }

    /// What a run has measured, if it has finished.
    pub(super) fn figures(&self, key: &str) -> Option<&Figures> {
        self.done.get(key)
    }
}

fn parse(
    path: &Path,
    text: &str,
    head: &str,
    columns: usize,
) -> Result<BTreeMap<String, Figures>, LedgerError> {
    let (settings, names) = head.split_once('\n').unwrap_or((head, ""));
    let mut lines = whole_lines(text).lines();
    let found = lines.next().unwrap_or("");
    let same_columns = lines.next().is_some_and(|line| line == names.trim_end());
    if found != settings || !same_columns {
        let bare = |line: &str| line.trim_start_matches("# ").to_owned();
        let (found, wanted) = (bare(found), bare(settings));
        return Err(LedgerError::OtherSettings { path: path.to_owned(), found, wanted });
    }
    let mut done = BTreeMap::new();
    for (at, line) in lines.enumerate() {
        let wrong = || LedgerError::Syntax { path: path.to_owned(), line: at + 3 };
        let (key, figures) = parse_line(line, columns).ok_or_else(wrong)?;
        done.insert(key, figures);
    }
    Ok(done)
}

fn parse_line(line: &str, columns: usize) -> Option<(String, Figures)> {
    let mut cells = line.split(',');
    let key = cells.next()?.to_owned();
    let _seed = cells.next()?;
    let numbers = |cell: &str| cell.split_whitespace().map(|number| number.parse().ok()).collect();
    let figures: Figures = cells.map(numbers).collect::<Option<_>>()?;
    (figures.len() == columns).then_some((key, figures))
}

fn whole_lines(text: &str) -> &str {
    &text[..text.rfind('\n').map_or(0, |end| end + 1)]
}

fn cell(numbers: &[f64]) -> String {
    let texts: Vec<String> = numbers.iter().map(f64::to_string).collect();
    texts.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: &[&str] = &["a", "b"];

    fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("ledger-{name}-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        folder
    }

    fn run(key: &str) -> Run {
        Run { key: key.to_owned(), weight: 1 }
    }

    #[test]
    fn a_ledger_is_gone_on_with_and_a_cut_line_forgotten() {
        let folder = folder("goes-on");
        let path = folder.join("x.csv");
        let mut ledger = Ledger::open(&path, "n=1", COLUMNS).unwrap();
        let figures = vec![vec![0.1, 3.0], vec![]];
        ledger.add(&run("one"), figures.clone()).unwrap();
        drop(ledger);
        let mut text = fs::read_to_string(&path).unwrap();
        assert_eq!(text, format!("# n=1\nrun,seed,a,b\none,{:#018x},0.1 3,\n", run("one").seed()));
        text.push_str("two,0x1,4");
        fs::write(&path, text).unwrap();
        let mut ledger = Ledger::open(&path, "n=1", COLUMNS).unwrap();
        assert_eq!(ledger.figures("one"), Some(&figures));
        assert_eq!(ledger.figures("two"), None);
        ledger.add(&run("two"), figures.clone()).unwrap();
        let ledger = Ledger::open(&path, "n=1", COLUMNS).unwrap();
        assert_eq!(ledger.figures("two"), Some(&figures));
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn other_settings_and_other_files_are_refused() {
        let folder = folder("refuses");
        let path = folder.join("x.csv");
        drop(Ledger::open(&path, "n=1", COLUMNS).unwrap());
        let error = |settings, columns| match Ledger::open(&path, settings, columns) {
            Ok(_) => String::new(),
            Err(error) => error.to_string(),
        };
        assert!(error("n=2", COLUMNS).contains("there: n=1\n  now:   n=2"));
        assert!(error("n=1", &["a"]).contains("other settings"));
        fs::write(&path, "# n=1\nrun,seed,a,b\none,0x1,2,x\n").unwrap();
        assert!(error("n=1", COLUMNS).contains("line 3: this is no run"));
        fs::remove_dir_all(folder).unwrap();
    }
}
