//! Keeps the import arrows pointing one way.
//!
//! `src/lib.rs` declares its modules lowest first. A module may import only modules declared above
//! it.

use crate::sources::{declared_modules, source_files};

#[test]
fn modules_import_only_what_is_declared_above_them() {
    let order = declared_modules();
    let rank = |name: &str| order.iter().position(|module| module == name);

    let mut violations = Vec::new();
    for source in source_files() {
        for import in crate_imports(&source.text) {
            if rank(&import) > rank(&source.module) {
                let (module, file) = (&source.module, source.path.display());
                violations.push(format!("{module} imports {import} ({file})"));
            }
        }
    }
    assert!(violations.is_empty(), "{}", violations.join("\n"));
}

/// Returns the top-level modules that `text` names through `crate::`.
fn crate_imports(text: &str) -> Vec<String> {
    let code: String = text
        .lines()
        .map(|line| line.split("//").next().unwrap_or(line))
        .collect();
    let mut imports = Vec::new();
    for tail in code.split("crate::").skip(1) {
        match tail.strip_prefix('{') {
            Some(group) => imports.extend(top_level_names(group)),
            None => imports.push(leading_name(tail)),
        }
    }
    imports
}

fn top_level_names(group: &str) -> Vec<String> {
    let (mut depth, mut start, mut names) = (0, true, Vec::new());
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => start = true,
            c if start && !c.is_whitespace() => {
                names.push(leading_name(&group[at..]));
                start = false;
            }
            _ => {}
        }
    }
    names
}

fn leading_name(text: &str) -> String {
    text.chars()
        .take_while(|c| c.is_alphanumeric() || *c == '_')
        .collect()
}
