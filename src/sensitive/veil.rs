//! Taking secret texts out of what is shown. The main type here is [`Veil`].

use super::forms::forms;
use super::{Mask, Sensitive};
use crate::diag::Diagnostic;
use aho_corasick::{AhoCorasick, AhoCorasickKind, Match, MatchKind};
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

/// The one door for texts that may hold a secret: every form of it becomes the mask.
#[derive(Clone, Default)]
pub struct Veil {
    mask: Mask,
    finder: Option<Finder>,
}

#[derive(Clone)]
struct Finder {
    machine: AhoCorasick,
    /// The mask of each form.
    masks: Vec<String>,
}

impl Veil {
    /// Knows no text: only what is a Secret by its kind is masked.
    pub fn open(mask: &Mask) -> Veil {
        let (mask, finder) = (mask.clone(), None);
        Veil { mask, finder }
    }

    pub(super) fn new<'s>(mask: &Mask, texts: impl Iterator<Item = &'s Sensitive<String>>) -> Veil {
        let mut all: BTreeMap<String, String> = BTreeMap::new();
        for text in texts {
            for form in forms(&text.0) {
                let shown = || mask.of(text.0.as_bytes());
                all.entry(form).or_insert_with(shown);
            }
        }
        let (forms, masks): (Vec<String>, Vec<String>) = all.into_iter().unzip();
        if forms.is_empty() {
            return Veil::open(mask);
        }
        // Of two that begin at one place the longer: nothing of it may be left.
        // The one that is quickest to build: each target has its own, for little text.
        let machine = AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostLongest)
            .kind(Some(AhoCorasickKind::NoncontiguousNFA))
            .build(&forms);
        Veil {
            mask: mask.clone(),
            // It fails only beyond two billion states.
            finder: machine.ok().map(|machine| Finder { machine, masks }),
        }
    }

    /// The mask of a value that is secret as a whole.
    pub fn of(&self, bytes: &[u8]) -> String {
        self.mask.of(bytes)
    }

    /// Whether a secret stands in this text.
    pub fn touches(&self, text: &str) -> bool {
        let finder = self.finder.as_ref();
        finder.is_some_and(|finder| finder.finds(text))
    }

    /// Whether a secret stands anywhere in this value.
    pub fn touches_value(&self, value: &Value) -> bool {
        match value {
            Value::String(text) => self.touches(text),
            Value::Number(number) => self.is_whole(&number.to_string()),
            Value::Array(items) => items.iter().any(|item| self.touches_value(item)),
            Value::Object(map) => map
                .iter()
                .any(|(key, value)| self.touches(key) || self.touches_value(value)),
            Value::Null | Value::Bool(_) => false,
        }
    }

    /// `text` without them.
    pub fn hide<'t>(&self, text: &'t str) -> Cow<'t, str> {
        match &self.finder {
            Some(finder) if finder.finds(text) => Cow::Owned(finder.replace(text)),
            _ => Cow::Borrowed(text),
        }
    }

    /// A document (JSON, a line or all of it; YAML, CSV) without them, which can still be read.
    pub fn hide_document<'t>(&self, text: &'t str) -> Cow<'t, str> {
        if !self.touches(text) {
            return Cow::Borrowed(text);
        }
        if let Some(json) = self.hide_json(text) {
            return Cow::Owned(json);
        }
        let lines = text.split_inclusive('\n');
        let line = |line: &str| self.hide_json(line);
        match lines.clone().map(line).collect() {
            Some(lines) => Cow::Owned(lines),
            None => self.hide(text),
        }
    }

    /// In a text of JSON a number must become a string.
    fn hide_json(&self, text: &str) -> Option<String> {
        let value: Value = serde_json::from_str(text).ok()?;
        let hidden = self.hide_value(&value);
        let end = if text.ends_with('\n') { "\n" } else { "" };
        Some(match text.trim_end().contains('\n') {
            true => format!("{hidden:#}{end}"),
            false => format!("{hidden}{end}"),
        })
    }

    /// `value` without them, keys included.
    pub fn hide_value(&self, value: &Value) -> Value {
        if self.finder.is_none() {
            return value.clone();
        }
        match value {
            Value::String(text) => self.hide(text).into(),
            Value::Number(number) if self.is_whole(&number.to_string()) => {
                self.hide(&number.to_string()).into()
            }
            Value::Array(items) => items.iter().map(|item| self.hide_value(item)).collect(),
            Value::Object(map) => self.hide_map(map).into(),
            Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
        }
    }

    /// A map without them.
    pub fn hide_map(&self, map: &Map<String, Value>) -> Map<String, Value> {
        map.iter()
            .map(|(key, value)| (self.hide(key).into_owned(), self.hide_value(value)))
            .collect()
    }

    /// A fault without them. Where it is, and of which object, stays: names are no secrets.
    pub fn hide_fault(&self, mut fault: Diagnostic) -> Diagnostic {
        let Diagnostic {
            message,
            excerpt,
            notes,
            evidence,
            hint,
            ..
        } = &mut fault;
        let excerpt = excerpt.iter_mut().map(|excerpt| &mut excerpt.text);
        let said = evidence.iter_mut().flat_map(|evidence| {
            let events = evidence.events.iter_mut().map(|event| &mut event.message);
            let lines = evidence.log.iter_mut().flat_map(|log| &mut log.lines);
            events.chain(lines).chain([&mut evidence.why])
        });
        let texts = excerpt.chain(notes).chain(hint).chain(said);
        texts
            .chain([message])
            .filter(|text| self.touches(text))
            .for_each(|text| *text = self.hide(text).into_owned());
        fault
    }

    /// Every text and number of `value` masked as a whole.
    pub fn cover(&self, value: &mut Value) {
        match value {
            Value::String(text) => *text = self.of(text.as_bytes()),
            Value::Number(number) => *value = self.of(number.to_string().as_bytes()).into(),
            Value::Array(items) => items.iter_mut().for_each(|item| self.cover(item)),
            Value::Object(map) => map.values_mut().for_each(|value| self.cover(value)),
            Value::Null | Value::Bool(_) => {}
        }
    }

    fn is_whole(&self, text: &str) -> bool {
        let finder = self.finder.as_ref();
        let found = finder.and_then(|finder| finder.machine.find(text));
        found.is_some_and(|found| found.range() == (0..text.len()))
    }
}

impl Finder {
    fn finds(&self, text: &str) -> bool {
        let found = self.machine.find_iter(text);
        found
            .map(|found| Place::of(text, found))
            .any(|place| !place.is_within_a_number())
    }

    fn replace(&self, text: &str) -> String {
        let mut out = String::new();
        self.machine
            .replace_all_with(text, &mut out, |found, form, out| {
                let mask = self.masks.get(found.pattern().as_usize());
                let place = Place::of(text, *found);
                match mask.filter(|_| !place.is_within_a_number()) {
                    Some(mask) => out.push_str(mask),
                    None => out.push_str(form),
                }
                true
            });
        out
    }
}

/// Where in a text a form was found.
struct Place<'t> {
    before: &'t str,
    form: &'t str,
    after: &'t str,
}

impl Place<'_> {
    fn of(text: &str, found: Match) -> Place<'_> {
        let part = |range: std::ops::Range<usize>| text.get(range).unwrap_or_default();
        Place {
            before: part(0..found.start()),
            form: part(found.range()),
            after: part(found.end()..text.len()),
        }
    }

    /// A part of a longer number says nothing.
    fn is_within_a_number(&self) -> bool {
        let digit = |c: char| c.is_ascii_digit();
        let number = self.form.chars().all(digit);
        number && (self.before.ends_with(digit) || self.after.starts_with(digit))
    }
}

impl fmt::Debug for Veil {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Veil")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sensitive::Hidden;
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    use serde_json::json;

    fn veil(mask: &Mask, texts: &[&str]) -> Veil {
        let texts = texts.iter().map(|text| Sensitive::new((*text).to_owned()));
        Hidden::new(texts).veil(mask)
    }

    #[test]
    fn what_is_known_stands_nowhere_in_a_text() {
        let veil = veil(
            &Mask::Plain,
            &[
                "hunter2",
                "hunter2-and-more",
                "first line\nsecond line\n",
                "abc",
                "true",
            ],
        );
        let hide = |text: &str| veil.hide(text).into_owned();
        assert_eq!(hide("smtp://app:hunter2@mail"), "smtp://app:(secret)@mail");
        assert_eq!(
            hide("hunter2-and-more"),
            "(secret)",
            "nothing of the longer one is left"
        );
        assert_eq!(hide("it read second line there"), "it read (secret) there");
        assert_eq!(hide("abc"), "abc", "too short to be told from other texts");
        assert_eq!(hide("true"), "true");
        assert_eq!(Veil::default().hide("as it is"), "as it is");
    }

    #[test]
    fn forms_of_one_text_have_one_mask() {
        let veil = veil(&Mask::Keyed([7; 32]), &["p&ss word"]);
        let basic = STANDARD.encode("app:p&ss word");
        let found = json!({
            "raw": "p&ss word", "url": "p%26ss%20word", "query": "p%26ss+word",
            "base64": STANDARD.encode("p&ss word"), "json": "p\\u0026ss word",
        });
        let hidden = veil.hide_value(&found);
        for (name, value) in hidden.as_object().unwrap() {
            assert_eq!(*value, veil.of(b"p&ss word"), "{name}");
        }
        assert!(veil.touches(&basic));
        assert!(!veil.hide(&basic).contains("cCZzcyB3b3Jk"));
    }

    #[test]
    fn documents_stay_readable() {
        let veil = veil(&Mask::Plain, &["5432", "hunter2"]);
        let text = r#"{"port":5432,"ports":[5432],"n":54321,"url":"x:5432","p":"hunter2"}"#;
        let hidden = veil.hide_document(text);
        let read: Value = serde_json::from_str(&hidden).unwrap();
        assert_eq!(read["port"], "(secret)");
        assert_eq!(read["ports"], json!(["(secret)"]));
        assert_eq!(read["url"], "x:(secret)");
        let value: Value = serde_json::from_str(text).unwrap();
        assert_eq!(
            veil.hide_value(&value),
            json!({"port": "(secret)", "ports": ["(secret)"], "n": 54321, "url": "x:(secret)", "p": "(secret)"})
        );
    }
}
