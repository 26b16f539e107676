//! A report: one page of text, tables and plots, and the files that belong to it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::plot::Plot;
use super::table::Table;

/// A page that is being written.
#[derive(Clone, Debug, Default)]
pub struct Report {
    name: String,
    page: String,
    files: Vec<(String, String)>,
}

impl Report {
    /// An empty page. `name`, such as `lifeguard`, begins the names of its files.
    pub fn new(name: &str) -> Self {
        Self { name: name.to_owned(), ..Self::default() }
    }

    /// Adds a paragraph of Markdown.
    pub fn text(&mut self, text: &str) {
        self.page.push_str(text.trim_end());
        self.page.push_str("\n\n");
    }

    /// Adds a table, and a CSV file of it that `file` names.
    pub fn table(&mut self, file: &str, table: &Table) {
        self.text(&table.markdown());
        self.files.push((format!("{}-{file}.csv", self.name), table.csv()));
    }

    /// Adds a plot, and the SVG file of it that `file` names. Nothing if the plot has no points.
    pub fn plot(&mut self, file: &str, plot: &Plot) {
        let svg = plot.svg();
        if svg.is_empty() {
            return;
        }
        let file = format!("{}-{file}.svg", self.name);
        self.text(&format!("![{}]({file})", plot.title));
        self.files.push((file, svg));
    }

    /// The page, in Markdown.
    pub fn page(&self) -> &str {
        &self.page
    }

    /// Writes the page, as `<name>.md`, and its files into a folder, which is made if it is not
    /// there. Gives where the page is.
    ///
    /// # Errors
    ///
    /// The first file that cannot be written.
    pub fn write(&self, folder: &Path) -> io::Result<PathBuf> {
        fs::create_dir_all(folder)?;
        for (file, text) in &self.files {
            fs::write(folder.join(file), text)?;
        }
        let page = folder.join(format!("{}.md", self.name));
        fs::write(&page, &self.page)?;
        Ok(page)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_a_page_and_its_files() {
        let mut report = Report::new("trial");
        report.text("Words.\n");
        let mut table = Table::new("T", ["a", "b"]);
        table.row(["1", "2"]);
        report.table("counts", &table);
        report.plot("none", &Plot::default());
        let curves = vec![("c".to_owned(), vec![(1.0, 1.0), (2.0, 3.0)])];
        report.plot("curve", &Plot { title: "C".to_owned(), curves, ..Plot::default() });
        let page =
            "Words.\n\n**T**\n\n| a | b |\n|---|--:|\n| 1 | 2 |\n\n![C](trial-curve.svg)\n\n";
        assert_eq!(report.page(), page);
        let files: Vec<_> = report.files.iter().map(|(file, _)| file.as_str()).collect();
        assert_eq!(files, ["trial-counts.csv", "trial-curve.svg"]);
    }
}
