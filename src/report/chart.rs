//! What `chart template` says beside the rendered text, in Helm's words.

use std::path::Path;

/// Warnings of the render, one per line.
pub fn warnings(warnings: &[String]) -> String {
    warnings
        .iter()
        .map(|warning| format!("{warning}\n"))
        .collect()
}

/// One file was written.
pub fn wrote(path: &Path) -> String {
    format!("wrote {}\n", path.display())
}
