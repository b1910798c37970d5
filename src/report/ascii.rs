//! Screens where the locale is not UTF-8: our own signs in plain letters.
//!
//! What users wrote (names, values, diffs) is theirs and stays as it is.

/// Our signs, and what stands for each.
const SIGNS: [(char, &str); 5] = [
    ('→', "->"),
    ('…', "..."),
    ('·', ","),
    ('█', "#"),
    ('░', "."),
];

/// `text` without our signs. Columns keep their place: what a sign grows by is taken from the
/// next gap.
pub fn plain(text: &str) -> String {
    text.split_inclusive('\n').map(line).collect()
}

fn line(line: &str) -> String {
    let mut plain = String::with_capacity(line.len());
    let (mut owed, mut gap) = (0_usize, false);
    for c in line.chars() {
        match SIGNS.iter().find(|(sign, _)| *sign == c) {
            Some((_, letters)) => {
                plain.push_str(letters);
                owed += letters.len() - 1;
            }
            // The first blank of a gap stays.
            None if c == ' ' && gap && owed > 0 => owed -= 1,
            None => plain.push(c),
        }
        gap = c == ' ';
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_become_letters_and_columns_keep_their_place() {
        let table = "a → b    1 · 2\nx        … 3 more   é\n";
        assert_eq!(plain(table), "a -> b   1 , 2\nx        ... 3 more é\n");
        assert_eq!(plain("c1 → c2\n"), "c1 -> c2\n");
    }
}
