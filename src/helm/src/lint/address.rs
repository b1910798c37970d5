//! Which mail addresses and URLs Helm takes in `Chart.yaml`.

use crate::sprig::{parse_url, parse_whole_url};
use regex::Regex;
use std::sync::LazyLock;

/// Letters and digits of any language, without what can't be written (U+FFF0 and above).
const LETTER: &str = r"a-zA-Z\u{A0}-\u{D7FF}\u{F900}-\u{FDCF}\u{FDF0}-\u{FFEF}";

/// Whether this is a mail address: words with dots between them, and a domain of two parts. Of
/// quoted names Helm takes only a few odd ones; we take none.
pub(super) fn is_mail(text: &str) -> bool {
    static MAIL: LazyLock<Option<Regex>> = LazyLock::new(|| {
        let word = format!(r"[{LETTER}0-9!#$%&'*+/=?^_`{{|}}~-]+");
        let part = format!(r"[{LETTER}0-9](?:[{LETTER}0-9._~-]*[{LETTER}0-9])?");
        let last = format!(r"[{LETTER}](?:[{LETTER}0-9_~-]*[{LETTER}])?");
        Regex::new(&format!(r"^{word}(?:\.{word})*@(?:{part}\.)+{last}\.?$")).ok()
    });
    matches(&MAIL, text)
}

/// Whether this is the URL of a page: a host that looks like one, with or without a scheme.
pub(super) fn is_page(text: &str) -> bool {
    static PAGE: LazyLock<Option<Regex>> = LazyLock::new(|| {
        let word = r"[a-zA-Z\u{A1}-\u{FFFF}0-9]";
        let labels = r"[a-zA-Z0-9](?:[a-zA-Z0-9_-]*)[a-zA-Z0-9](?:[.-][a-zA-Z0-9]+)*";
        let dotted = r"[a-zA-Z0-9]+(?:[._-]?[a-zA-Z0-9])*[a-zA-Z0-9]\.[a-zA-Z0-9]+";
        let before = format!(r"(?:{labels}|www\.|{dotted})?");
        let name = format!(r"{before}(?:{word}+-?-?)*{word}+(?:\.[a-zA-Z\u{{A1}}-\u{{FFFF}}]+)?");
        let four = r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}";
        let six = r"\[[0-9a-zA-Z:.%]+\]";
        let scheme = r"(?:(?:ftp|tcp|udp|wss?|https?)://)?";
        let user = r"(?:[^\t\n\f\r ]+@)?";
        let tail = r"\.?(?::[0-9]{1,5})?(?:[/?#][^\t\n\f\r ]*)?";
        Regex::new(&format!("^{scheme}{user}(?:{four}|{six}|{name}){tail}$")).ok()
    });
    let length = text.chars().count() < 2083 && text.len() > 3;
    length && !text.starts_with('.') && has_host(text) && matches(&PAGE, text)
}

/// Whether there is a host, or at least something with a dot that may be one.
fn has_host(text: &str) -> bool {
    let bare_port = text.contains(':') && !text.contains("://");
    let parsed = match bare_port {
        true => parse_url(&format!("http://{text}")),
        false => parse_url(text),
    };
    parsed.is_ok_and(|url| match url.host.as_str() {
        "" => url.path.is_empty() || url.path.contains('.'),
        host => !host.starts_with('.'),
    })
}

/// Whether this is a URL with a scheme, as a request has it: without a fragment.
pub(super) fn is_request(text: &str) -> bool {
    parse_whole_url(text).is_ok_and(|url| !url.scheme.is_empty())
}

fn matches(pattern: &Option<Regex>, text: &str) -> bool {
    pattern
        .as_ref()
        .is_some_and(|pattern| pattern.is_match(text))
}
