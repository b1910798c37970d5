//! Text in columns. The main type here is [`Columns`].

/// Rows of equally many cells.
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

    /// Whether all columns fit.
    pub fn fits(&self, width: usize) -> bool {
        let widths = self.widths();
        widths.iter().sum::<usize>() + 2 * widths.len().saturating_sub(1) <= width
    }

    /// The table with two blanks between columns. Too wide, these columns go, in this order.
    pub fn print(&self, width: usize, going: &[usize]) -> String {
        let widths = self.widths();
        let mut shown: Vec<usize> = (0..widths.len()).collect();
        for &gone in going {
            let text: usize = shown.iter().map(|&at| widths[at]).sum();
            if text + 2 * shown.len().saturating_sub(1) > width {
                shown.retain(|&at| at != gone);
            }
        }
        let line = |row: &Vec<String>| self.line(row, &shown, &widths);
        self.rows.iter().map(line).collect()
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

    fn line(&self, row: &[String], shown: &[usize], widths: &[usize]) -> String {
        let cell = |&at: &usize| {
            let (cell, width) = (row.get(at).map_or("", String::as_str), widths[at]);
            match self.right.contains(&at) {
                true => format!("{cell:>width$}"),
                false => format!("{cell:<width$}"),
            }
        };
        let cells: Vec<String> = shown.iter().map(cell).collect();
        format!("{}\n", cells.join("  ").trim_end())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_go_where_it_is_narrow() {
        let mut columns = Columns::new(&["NAME", "COUNT", "WORDS"], 1..2);
        columns.push(["a-name", "7", "some words"].map(str::to_owned).to_vec());
        let whole = "NAME    COUNT  WORDS\na-name      7  some words\n";
        assert_eq!(columns.print(40, &[2]), whole);
        assert_eq!(columns.print(15, &[2]), "NAME    COUNT\na-name      7\n");
        let markdown =
            "| NAME | COUNT | WORDS |\n| --- | ---: | --- |\n| a-name | 7 | some words |\n";
        assert_eq!(columns.markdown(), markdown);
    }
}
