//! What the terminal can show: how many columns, and which letters.

/// The columns of the terminal, or 100 where there is none.
pub fn width() -> usize {
    terminal_size::terminal_size().map_or(100, |(columns, _)| usize::from(columns.0))
}

/// The columns and lines of the terminal on stderr, where the live view stands.
pub fn size() -> (usize, usize) {
    let size = terminal_size::terminal_size_of(std::io::stderr());
    size.map_or((100, 24), |(columns, lines)| {
        (usize::from(columns.0), usize::from(lines.0))
    })
}

/// Whether the locale is UTF-8. Where nobody chose one it is taken for it, as everywhere today.
pub fn unicode() -> bool {
    let chosen = ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(|name| {
        let value = std::env::var(name).ok()?;
        (!value.is_empty()).then_some(value)
    });
    chosen.is_none_or(|locale| is_utf8(&locale))
}

fn is_utf8(locale: &str) -> bool {
    let locale = locale.to_lowercase();
    locale.contains("utf-8") || locale.contains("utf8")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locales_by_their_names() {
        for unicode in ["C.UTF-8", "pt_BR.utf8", "en_US.UTF-8@x"] {
            assert!(is_utf8(unicode), "{unicode}");
        }
        for other in ["C", "POSIX", "pt_BR.ISO8859-1", "de_DE@euro"] {
            assert!(!is_utf8(other), "{other}");
        }
    }
}
