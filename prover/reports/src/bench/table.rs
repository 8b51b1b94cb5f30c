//! A table, for a terminal and for a page.

use crate::markup::escape;

/// A table whose first columns name what the others are about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Table {
    pub(super) title: &'static str,
    /// A note for its readers.
    pub(super) note: String,
    /// How many columns are names.
    names: usize,
    pub(super) head: Vec<String>,
    pub(super) rows: Vec<Vec<String>>,
}

impl Table {
    pub(super) fn new(title: &'static str, note: &str, head: &[&str]) -> Self {
        let head = head.iter().map(|&name| name.to_owned()).collect();
        Self { title, note: note.into(), names: 1, head, rows: Vec::new() }
    }

    /// A table of figures with a column for each of some things.
    pub(super) fn with_columns(title: &'static str, note: &str, first: &str, names: &[&str]) -> Self {
        Self::new(title, note, &[&[first], names].concat())
    }

    /// The second column is text too.
    pub(super) fn with_two_names(mut self) -> Self {
        self.names = 2;
        self
    }

    pub(super) fn row(&mut self, name: &str, cells: impl IntoIterator<Item = String>) {
        self.rows.push([name.to_owned()].into_iter().chain(cells).collect());
    }

    pub(super) fn text(&self) -> String {
        let lines = || std::iter::once(&self.head).chain(&self.rows);
        let columns = lines().map(Vec::len).max().unwrap_or_default();
        let cell = |line: &'_ Vec<String>, column: usize| line.get(column).map_or(0, |cell| cell.chars().count());
        let widths: Vec<usize> =
            (0..columns).map(|column| lines().map(|line| cell(line, column)).max().unwrap_or_default()).collect();
        let line = |line: &Vec<String>| {
            let cells = line.iter().zip(&widths).enumerate().map(|(column, (cell, width))| {
                if column < self.names { format!("  {cell:width$}") } else { format!("  {cell:>width$}") }
            });
            format!("{}\n", cells.collect::<String>().trim_end())
        };
        let note = if self.note.is_empty() { String::new() } else { format!("  {}\n", self.note) };
        format!("{}\n{note}{}", self.title, lines().filter(|line| !line.is_empty()).map(line).collect::<String>())
    }

    /// The rows, within an element that a narrow screen scrolls.
    pub(super) fn html(&self) -> String {
        let cells = |line: &[String], tag: &str| -> String {
            let cell = |(column, cell): (usize, &String)| {
                let class = if column < self.names { " class=\"name\"" } else { "" };
                format!("<{tag}{class}>{}</{tag}>", escape(cell))
            };
            line.iter().enumerate().map(cell).collect()
        };
        let head = if self.head.is_empty() {
            String::new()
        } else {
            format!("<thead><tr>{}</tr></thead>\n", cells(&self.head, "th"))
        };
        let rows: String = self.rows.iter().map(|row| format!("<tr>{}</tr>\n", cells(row, "td"))).collect();
        format!("<div class=\"wide\"><table>\n{head}<tbody>\n{rows}</tbody>\n</table></div>\n")
    }
}

#[cfg(test)]
mod tests {
    use super::Table;

    #[test]
    fn columns_are_aligned_and_markup_is_text() {
        let mut table = Table::new("Times", "in seconds", &["stage", "time"]);
        table.row("<b>", ["7".into()]);
        assert_eq!(table.text(), "Times\n  in seconds\n  stage  time\n  <b>       7\n");
        assert!(table.html().contains("<tr><td class=\"name\">&lt;b&gt;</td><td>7</td></tr>"));
    }
}
