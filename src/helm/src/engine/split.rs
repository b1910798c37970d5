//! A rendered file cut into documents, by the rules of each Helm.

use crate::chart::Splitter;
use memchr::memmem;

/// The documents of a file, in order. Helm 3: `---` at the start of a line ends
/// a document, whatever follows it on the line; all blanks around go.
pub fn split(text: &str, splitter: Splitter) -> Vec<&str> {
    match splitter {
        Splitter::Trimmed => trimmed(text.trim()),
        Splitter::Lines => lines(text.trim_start()),
    }
}

/// Go's `\s`.
fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r' | '\x0c')
}

/// As a split by `(?:^|\s*\n)---\s*`. Each separator takes the blanks after it, so
/// another right behind it is not seen.
fn trimmed(text: &str) -> Vec<&str> {
    let mut documents = Vec::new();
    let mut start = 0;
    if let Some(rest) = text.strip_prefix("---") {
        start = text.len() - rest.trim_start_matches(is_space).len();
    }
    let mut from = start;
    while let Some(found) = memmem::find(&text.as_bytes()[from..], b"\n---") {
        let at = from + found;
        push(&mut documents, &text[start..at], str::trim);
        start = text.len() - text[at + 4..].trim_start_matches(is_space).len();
        from = start;
    }
    push(&mut documents, &text[start..], str::trim);
    documents
}

/// As a split by `(?m)^---[ \t]*`.
fn lines(text: &str) -> Vec<&str> {
    let mut documents = Vec::new();
    let (mut start, mut from) = (0, 0);
    while let Some(found) = memmem::find(&text.as_bytes()[from..], b"---") {
        let at = from + found;
        from = at + 3;
        if at > 0 && text.as_bytes()[at - 1] != b'\n' {
            continue;
        }
        push(&mut documents, &text[start..at], str::trim_start);
        start = text.len() - text[at + 3..].trim_start_matches([' ', '\t']).len();
        from = start;
    }
    push(&mut documents, &text[start..], str::trim_start);
    documents
}

fn push<'t>(documents: &mut Vec<&'t str>, piece: &'t str, trim: fn(&'t str) -> &'t str) {
    if !piece.trim().is_empty() {
        documents.push(trim(piece));
    }
}
