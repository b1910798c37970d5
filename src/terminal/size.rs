//! How wide the terminal is.

/// The columns of the terminal, or 100 where there is none.
pub fn width() -> usize {
    terminal_size::terminal_size().map_or(100, |(columns, _)| usize::from(columns.0))
}
