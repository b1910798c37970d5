//! The known word that somebody probably meant: `try: version` for `vesion`.

/// The candidate nearest to `word`, where one is near enough to be meant.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let limit = word.chars().count().div_ceil(3).max(1);
    let distance = |candidate: &'a str| (strsim::osa_distance(word, candidate), candidate);
    candidates
        .into_iter()
        .map(distance)
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}
