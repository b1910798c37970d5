//! Changes as YAML with marks. The main type here is [`Hunk`].

use super::changes::{Change, changes, path_words};
use super::noise::noise_of;
use crate::manifest::schema::Place;
use crate::manifest::{Path, Step};
use crate::ownership::item_step;
use indexmap::IndexMap;
use serde_json::{Map, Value};
use similar::{ChangeTag, TextDiff};

/// How a line is marked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Tag {
    /// Context.
    Same,
    /// Only before.
    Minus,
    /// Only after.
    Plus,
}

/// One line.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Line {
    /// Its mark.
    pub tag: Tag,
    /// Its text, indented within the hunk.
    pub text: String,
}

/// Changed lines below one place.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Hunk {
    /// The place, as `@@ spec.template.spec.containers[name=app] @@` shows it; empty for a text.
    pub place: String,
    /// The lines with their parents.
    pub lines: Vec<Line>,
}

impl Hunk {
    /// The hunk as a unified diff shows it.
    pub fn lines(&self) -> impl Iterator<Item = String> {
        let head = (!self.place.is_empty()).then(|| format!("@@ {} @@", self.place));
        let line = |line: &Line| match line.tag {
            Tag::Same => format!("  {}", line.text),
            Tag::Minus => format!("- {}", line.text),
            Tag::Plus => format!("+ {}", line.text),
        };
        head.into_iter().chain(self.lines.iter().map(line))
    }
}

/// The hunks between two masked bodies of one object.
pub fn object(old: &Value, new: &Value, at: Place) -> Vec<Hunk> {
    of_changes(changes(old, new, at), (old, new), at)
}

/// As [`object`], without the changes that mean nothing.
pub fn telling(old: &Value, new: &Value, at: Place) -> Vec<Hunk> {
    let mut telling = changes(old, new, at);
    telling.retain(|change| noise_of(change, at).is_none());
    of_changes(telling, (old, new), at)
}

fn of_changes(changes: Vec<Change>, (old, new): (&Value, &Value), at: Place) -> Vec<Hunk> {
    let mut anchors: IndexMap<Path, Vec<Step>> = IndexMap::new();
    for change in changes {
        let anchor = anchor(&change);
        let below = change.path.0.get(anchor.0.len()).cloned();
        anchors.entry(anchor).or_default().extend(below);
    }
    let hunk = |(anchor, below): (&Path, &Vec<Step>)| {
        hunk(
            anchor,
            below,
            found(old, anchor, at),
            found(new, anchor, at),
        )
    };
    anchors.iter().map(hunk).collect()
}

/// The hunks between two texts, with three lines of context.
pub fn text(old: &str, new: &str) -> Vec<Hunk> {
    let diff = TextDiff::from_lines(old, new);
    let groups = diff.grouped_ops(3);
    let hunk = |ops: &Vec<similar::DiffOp>| Hunk {
        place: String::new(),
        lines: ops
            .iter()
            .flat_map(|op| diff.iter_changes(op))
            .map(|change| line(change.tag(), change.value()))
            .collect(),
    };
    groups.iter().map(hunk).collect()
}

/// A masked body as YAML.
pub fn yaml(value: &Value) -> String {
    helm::yaml::write(value)
}

/// Where a change is shown: its innermost item of a keyed list, else the map around it; a text of
/// several lines on its own.
fn anchor(change: &Change) -> Path {
    let several = |value: &Option<Value>| {
        let text = value.as_ref().and_then(Value::as_str);
        text.is_some_and(|text| text.contains('\n'))
    };
    if several(&change.old) && several(&change.new) {
        return change.path.clone();
    }
    let steps = &change.path.0;
    let parents = &steps[..steps.len().saturating_sub(1)];
    let item = parents
        .iter()
        .rposition(|step| matches!(step, Step::Key(_)));
    let end = item.map_or(parents.len(), |at| at + 1);
    Path(parents[..end].to_vec())
}

/// What is at a path; an item may leave out a field of its key that has a default.
fn found<'v>(object: &'v Value, anchor: &Path, root: Place) -> Option<&'v Value> {
    let mut at = root;
    anchor.0.iter().try_fold(object, |value, step| match step {
        Step::Field(name) => {
            at = at.field(name);
            value.get(&**name)
        }
        _ => {
            let list = at;
            at = list.item();
            let mut items = value.as_array()?.iter();
            items.find(|item| item_step(item, list) == *step)
        }
    })
}

fn hunk(anchor: &Path, below: &[Step], old: Option<&Value>, new: Option<&Value>) -> Hunk {
    let shown = |there: Option<&Value>| match there {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Object(map)) => fields(map, anchor, below),
        Some(value) => yaml(value),
        None => String::new(),
    };
    let (old, new) = (shown(old), shown(new));
    let diff = TextDiff::from_lines(&old, &new);
    let lines: Vec<Line> = diff
        .iter_all_changes()
        .map(|change| line(change.tag(), change.value()))
        .collect();
    Hunk {
        place: path_words(anchor),
        lines: with_parents(lines, anchor),
    }
}

/// The fields of a map that have changed, and those that name it in its list.
fn fields(map: &Map<String, Value>, anchor: &Path, below: &[Step]) -> String {
    let mut shown = map.clone();
    shown.retain(|name, _| below.contains(&Step::field(name)) || is_key(name, anchor));
    if shown.is_empty() {
        return String::new();
    }
    yaml(&Value::Object(shown))
}

fn line(tag: ChangeTag, text: &str) -> Line {
    Line {
        tag: match tag {
            ChangeTag::Equal => Tag::Same,
            ChangeTag::Delete => Tag::Minus,
            ChangeTag::Insert => Tag::Plus,
        },
        text: text.trim_end_matches('\n').to_owned(),
    }
}

/// Keeps the changed lines and, as context, the lines that they are below.
fn with_parents(lines: Vec<Line>, anchor: &Path) -> Vec<Line> {
    let mut kept = Vec::new();
    let mut depth = 0;
    for line in lines.into_iter().rev() {
        let own = indent(&line.text);
        if line.tag != Tag::Same {
            depth = own;
            kept.push(line);
        } else if own < depth || own == 0 && is_key(name_of(&line.text), anchor) {
            depth = depth.min(own);
            kept.push(line);
        }
    }
    kept.reverse();
    kept
}

/// Twice the column, and one more for a list item, which YAML writes at its parent's column.
fn indent(text: &str) -> usize {
    let rest = text.trim_start();
    2 * (text.len() - rest.len()) + usize::from(rest.starts_with("- "))
}

fn name_of(line: &str) -> &str {
    line.split_once(':').map_or(line, |(name, _)| name)
}

/// Whether this field names the item of a keyed list.
fn is_key(name: &str, anchor: &Path) -> bool {
    matches!(anchor.0.last(), Some(Step::Key(key)) if key.fields.contains_key(name))
}
