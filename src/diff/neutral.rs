//! Texts with the names of a target taken out, so that those of two targets can be compared.

/// Replaces each name, where it stands as a word of its own or a part between hyphens, dots or
/// slashes, by `<target>`, and the digits of masks by none.
pub fn neutral(text: &str, names: &[&str]) -> String {
    let mut longest: Vec<&str> = names.iter().copied().filter(|n| !n.is_empty()).collect();
    longest.sort_by_key(|name| std::cmp::Reverse(name.len()));
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if let Some(left) = rest.strip_prefix("(secret ") {
            out.push_str("(secret)");
            rest = left.split_once(')').map_or("", |(_, left)| left);
            continue;
        }
        match longest.iter().find(|name| word(&out, rest, name)) {
            Some(name) => {
                out.push_str("<target>");
                rest = &rest[name.len()..];
            }
            None => {
                out.push(c);
                rest = &rest[c.len_utf8()..];
            }
        }
    }
    out
}

fn word(before: &str, text: &str, name: &str) -> bool {
    let Some(after) = text.strip_prefix(name) else {
        return false;
    };
    let inside = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    !inside(before.chars().next_back()) && !inside(after.chars().next())
}
