//! Text in columns. The main type here is [`Columns`].

/// Rows of equally many cells; the last column is not padded.
pub struct Columns {
    rows: Vec<Vec<String>>,
    /// The columns that are numbers, aligned at their right.
    right: std::ops::Range<usize>,
}

impl Columns {
    /// Begins with the titles.
    pub fn new(titles: &[&str], right: std::ops::Range<usize>) -> Columns {
        let rows = vec![titles.iter().map(|&title| title.to_owned()).collect()];
        Columns { rows, right }
    }

    /// Adds a row.
    pub fn push(&mut self, cells: Vec<String>) {
        self.rows.push(cells);
    }

    /// The table with two blanks between columns. Too wide, whole columns go from the right, but
    /// the first `keep` of them stay.
    pub fn print(&self, width: usize, keep: usize) -> String {
        let widths = self.widths();
        let mut count = widths.len();
        while count > keep && widths[..count].iter().sum::<usize>() + 2 * (count - 1) > width {
            count -= 1;
        }
        self.rows
            .iter()
            .map(|row| self.line(row, &widths[..count]))
            .collect()
    }

    /// The table as Markdown.
    pub fn markdown(&self) -> String {
        let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
        let mut lines = self.rows.iter().map(|row| line(row));
        let head = lines.next().unwrap_or_default();
        let rule = |at: usize| {
            if self.right.contains(&at) {
                "---:"
            } else {
                "---"
            }
        };
        let rules: Vec<String> = (0..self.widths().len())
            .map(|at| rule(at).to_owned())
            .collect();
        format!("{head}{}{}", line(&rules), lines.collect::<String>())
    }

    fn widths(&self) -> Vec<usize> {
        let columns = self.rows.first().map_or(0, Vec::len);
        let width = |at: usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(at));
            cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
        };
        (0..columns).map(width).collect()
    }

    fn line(&self, row: &[String], widths: &[usize]) -> String {
        let cell = |(at, (cell, &width)): (usize, (&String, &usize))| match (
            self.right.contains(&at),
            at + 1 == widths.len(),
        ) {
            (true, _) => format!("{cell:>width$}"),
            (false, true) => cell.clone(),
            (false, false) => format!("{cell:<width$}"),
        };
        let cells: Vec<String> = row.iter().zip(widths).enumerate().map(cell).collect();
        format!("{}\n", cells.join("  ").trim_end())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_go_from_the_right() {
        let mut columns = Columns::new(&["NAME", "COUNT", "WORDS"], 1..2);
        columns.push(["a-name", "7", "some words"].map(str::to_owned).to_vec());
        let whole = "NAME    COUNT  WORDS\na-name      7  some words\n";
        assert_eq!(columns.print(40, 2), whole);
        assert_eq!(columns.print(15, 2), "NAME    COUNT\na-name      7\n");
        let markdown =
            "| NAME | COUNT | WORDS |\n| --- | ---: | --- |\n| a-name | 7 | some words |\n";
        assert_eq!(columns.markdown(), markdown);
    }
}
