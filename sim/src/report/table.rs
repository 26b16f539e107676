//! Tables.

use core::fmt::Write as _;

/// A table: the first column names the rows, the others hold figures.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    /// What it shows: one line.
    pub title: String,
    /// The names of the columns.
    pub head: Vec<String>,
    /// The rows.
    pub rows: Vec<Vec<String>>,
}

impl Table {
    /// A table without rows.
    pub fn new<S: Into<String>>(
        title: impl Into<String>,
        head: impl IntoIterator<Item = S>,
    ) -> Self {
        let head = head.into_iter().map(Into::into).collect();
        Self { title: title.into(), head, rows: Vec::new() }
    }

    /// Adds a row.
    pub fn row<S: Into<String>>(&mut self, cells: impl IntoIterator<Item = S>) {
        self.rows.push(cells.into_iter().map(Into::into).collect());
    }

    /// As Markdown, with the title above and the figures to the right.
    pub fn markdown(&self) -> String {
        let mut text = format!("**{}**\n\n", self.title);
        let rule = |at| if at == 0 { "---" } else { "--:" };
        let rules: Vec<_> = (0..self.head.len()).map(rule).collect();
        line(&mut text, &self.head);
        text.push_str(&format!("|{}|\n", rules.join("|")));
        self.rows.iter().for_each(|row| line(&mut text, row));
        text
    }

    /// As CSV (RFC 4180) with a head line.
    pub fn csv(&self) -> String {
        let rows = [&self.head].into_iter().chain(&self.rows);
        rows.map(|row| csv_line(row)).collect()
    }
}

fn line(text: &mut String, cells: &[String]) {
    for cell in cells {
        let _ = write!(text, "| {} ", cell.replace('|', "\\|"));
    }
    text.push_str("|\n");
}

fn csv_line(cells: &[String]) -> String {
    let quoted: Vec<String> = cells.iter().map(|cell| quote(cell)).collect();
    quoted.join(",") + "\n"
}

fn quote(cell: &str) -> String {
    if cell.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", cell.replace('"', "\"\""))
    } else {
        cell.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let mut table = Table::new("Two", ["who", "how many"]);
        table.row(["a, b", "1"]);
        table.row(["c|\"d\"", "20"]);
        table
    }

    #[test]
    fn markdown_keeps_its_columns() {
        let expected = "**Two**\n\n| who | how many |\n|---|--:|\n| a, b | 1 |\n\
            | c\\|\"d\" | 20 |\n";
        assert_eq!(table().markdown(), expected);
    }

    #[test]
    fn csv_quotes_what_would_split() {
        assert_eq!(table().csv(), "who,how many\n\"a, b\",1\n\"c|\"\"d\"\"\",20\n");
    }
}
