//! `WWW-Authenticate`: how a registry wants to know who we are. The main type here is
//! [`Challenge`].

use std::collections::BTreeMap;

/// One way to be let in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Challenge {
    /// User and password with every request.
    Basic,
    /// A token, from elsewhere.
    Bearer {
        /// Where tokens are given.
        realm: String,
        /// Whom the token is for.
        service: Option<String>,
        /// What the token is to allow.
        scope: Option<String>,
    },
}

impl Challenge {
    /// The way that a header asks for: tokens before passwords.
    pub fn parse(header: &str) -> Option<Challenge> {
        let schemes = schemes(header);
        let find = |name: &str| {
            schemes
                .iter()
                .find(|(scheme, _)| scheme.eq_ignore_ascii_case(name))
        };
        let bearer = find("bearer").and_then(|(_, fields)| bearer(fields));
        bearer.or_else(|| find("basic").map(|_| Challenge::Basic))
    }
}

fn bearer(fields: &BTreeMap<String, String>) -> Option<Challenge> {
    Some(Challenge::Bearer {
        realm: fields.get("realm")?.clone(),
        service: fields.get("service").cloned(),
        scope: fields.get("scope").cloned(),
    })
}

type Scheme = (String, BTreeMap<String, String>);

/// Every scheme with its parameters: `Bearer realm="…",service="…", Basic realm="…"`.
fn schemes(header: &str) -> Vec<Scheme> {
    let mut schemes: Vec<Scheme> = Vec::new();
    let mut rest = header.trim_start();
    while let Some((word, after)) = word(rest) {
        let spaced = after.trim_start();
        rest = match spaced.strip_prefix('=') {
            Some(value) => {
                let (value, after) = value_of(value.trim_start());
                if let Some((_, fields)) = schemes.last_mut() {
                    fields.insert(word.to_ascii_lowercase(), value);
                }
                after
            }
            None => {
                schemes.push((word.to_owned(), BTreeMap::new()));
                spaced
            }
        };
        rest = rest.trim_start_matches(|c: char| c == ',' || c.is_whitespace());
    }
    schemes
}

/// The next token.
fn word(text: &str) -> Option<(&str, &str)> {
    let ends = |c: char| c == '=' || c == ',' || c == '"' || c.is_whitespace();
    let end = text.find(ends).unwrap_or(text.len());
    (end > 0).then(|| text.split_at(end))
}

/// The value at the start of a text, quoted or not, and what follows it.
fn value_of(text: &str) -> (String, &str) {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text
            .find(|c: char| c == ',' || c.is_whitespace())
            .unwrap_or(text.len());
        return (text[..end].to_owned(), &text[end..]);
    };
    let mut value = String::new();
    let mut letters = quoted.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return (value, &quoted[at + 1..]),
            '\\' => value.extend(letters.next().map(|(_, escaped)| escaped)),
            letter => value.push(letter),
        }
    }
    (value, "")
}
