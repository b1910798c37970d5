//! What a set of targets is cheaper served with at once.

use crate::diag::Diagnostic;

/// Does for all that is wanted at once what `all` does, one result for each in order. A fault
/// stays in its place, and so does what nothing is wanted for.
pub(super) async fn together<T, R, F>(
    wants: Vec<Option<Result<T, Diagnostic>>>,
    all: impl FnOnce(Vec<T>) -> F,
) -> Vec<Option<Result<R, Diagnostic>>>
where
    F: Future<Output = Vec<Result<R, Diagnostic>>>,
{
    let mut wanted = Vec::new();
    let mut keep = |want: Result<T, Diagnostic>| want.map(|want| wanted.push(want));
    let wants: Vec<_> = wants.into_iter().map(|want| want.map(&mut keep)).collect();
    let found = match wanted.is_empty() {
        true => Vec::new(),
        false => all(wanted).await,
    };
    let mut found = found.into_iter();
    let one = |want: Option<Result<(), Diagnostic>>| match want? {
        Ok(()) => found.next(),
        Err(fault) => Some(Err(fault)),
    };
    wants.into_iter().map(one).collect()
}
