//! Whether a write did what was predicted. The main entry point is [`strayed`].

use super::ObjectChange;
use super::fingerprint::{extract_some, paths};
use crate::diff::path_words;
use crate::manifest::{Object, Path};
use crate::ownership::Entry;

/// What of an object is not as the plan said, now that it was written: the first of its fields, by
/// its path alone. Only fields that were sent count, and only where the server had predicted them.
pub fn strayed(change: &ObjectChange, after: &Object) -> Option<String> {
    let verified = change.unverified.is_none();
    let predicted = change.result.as_deref().filter(|_| verified)?;
    let paths = paths(change, predicted, &Entry::all(predicted.clear()));
    if extract_some(predicted.clear(), &paths) == extract_some(after.clear(), &paths) {
        return None;
    }
    let differs = |path: &&Path| path.of(predicted.clear()) != path.of(after.clear());
    let told = paths.paths();
    let first = told.iter().find(differs).map(path_words);
    let what = first.unwrap_or_else(|| "the order of a list".to_owned());
    Some(format!("{}: {what} is not as predicted", change.id))
}
