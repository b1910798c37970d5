//! Which tasks `--tags` and `--skip-tags` select. The main type here is [`Tags`]. Pure.
//!
//! Ansible's rules, `always` and `never` included; a tag that no task has is an error for us
//! ([`Tags::unknown`]), where Ansible runs nothing and says nothing.

use std::collections::BTreeSet;
use std::sync::Arc;

/// The selection of a command line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tags {
    /// `--tags`; empty is all but `never`.
    pub run: Vec<Arc<str>>,
    /// `--skip-tags`.
    pub skip: Vec<Arc<str>>,
}

impl Tags {
    /// From the flags as given: repeated, comma lists.
    pub fn new<S: AsRef<str>>(run: &[S], skip: &[S]) -> Tags {
        Tags {
            run: split(run),
            skip: split(skip),
        }
    }

    /// Whether a task with these tags (its own and the inherited ones) runs.
    pub fn select(&self, tags: &[Arc<str>]) -> bool {
        self.wanted(tags) && !self.skipped(tags)
    }

    /// The named tags that are in none of `known`, first to last.
    pub fn unknown(&self, known: &BTreeSet<Arc<str>>) -> Vec<Arc<str>> {
        let class = |tag: &str| ["all", "tagged", "untagged", "always", "never"].contains(&tag);
        let named = self.run.iter().chain(&self.skip);
        let unknown = named.filter(|tag| !class(tag) && !known.contains(*tag));
        unknown.cloned().collect()
    }

    fn wanted(&self, tags: &[Arc<str>]) -> bool {
        let never = has(tags, "never");
        match self.run.is_empty() {
            true => !never || has(tags, "always"),
            false => {
                has(tags, "always")
                    || (has(&self.run, "all") && !never)
                    || named(&self.run, tags)
                    || (has(&self.run, "tagged") && !tags.is_empty() && !never)
            }
        }
    }

    fn skipped(&self, tags: &[Arc<str>]) -> bool {
        if has(&self.skip, "all") {
            return !has(tags, "always") || has(&self.skip, "always");
        }
        named(&self.skip, tags) || (has(&self.skip, "tagged") && !tags.is_empty())
    }
}

fn split<S: AsRef<str>>(flags: &[S]) -> Vec<Arc<str>> {
    let parts = flags.iter().flat_map(|flag| flag.as_ref().split(','));
    let parts = parts.map(str::trim).filter(|part| !part.is_empty());
    parts.map(Arc::from).collect()
}

fn has(tags: &[Arc<str>], tag: &str) -> bool {
    tags.iter().any(|t| **t == *tag)
}

/// Whether one of `tags` is in `selection`; a task without any has the tag `untagged`.
fn named(selection: &[Arc<str>], tags: &[Arc<str>]) -> bool {
    match tags.is_empty() {
        true => has(selection, "untagged"),
        false => tags.iter().any(|tag| selection.contains(tag)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The tasks that a selection runs, of: none, `a`, `b`, `always`, `never`, `[never, dbg]`,
    /// `[a, always]`, `[a, never]`.
    fn runs(run: &[&str], skip: &[&str]) -> String {
        let tasks: &[(&str, &[&str])] = &[
            ("none", &[]),
            ("a", &["a"]),
            ("b", &["b"]),
            ("always", &["always"]),
            ("never", &["never"]),
            ("dbg", &["never", "dbg"]),
            ("a-always", &["a", "always"]),
            ("a-never", &["a", "never"]),
        ];
        let tags = Tags::new(run, skip);
        let select = |own: &[&str]| {
            let own: Vec<Arc<str>> = own.iter().map(|t| Arc::from(*t)).collect();
            tags.select(&own)
        };
        let names = tasks.iter().filter(|(_, own)| select(own));
        names.map(|(name, _)| *name).collect::<Vec<_>>().join(" ")
    }

    /// As `ansible-playbook --list-tasks` of ansible-core 2.19.14 selects.
    #[test]
    fn tags_select_as_ansible_does() {
        let cases: &[(&[&str], &[&str], &str)] = &[
            (&[], &[], "none a b always a-always"),
            (&["a"], &[], "a always a-always a-never"),
            (&["a,b"], &[], "a b always a-always a-never"),
            (&["a", "b"], &[], "a b always a-always a-never"),
            (&["dbg"], &[], "always dbg a-always"),
            (&["untagged"], &[], "none always a-always"),
            (&["tagged"], &[], "a b always a-always"),
            (&["all"], &[], "none a b always a-always"),
            (
                &["all,never"],
                &[],
                "none a b always never dbg a-always a-never",
            ),
            (&["never"], &[], "always never dbg a-always a-never"),
            (&["nosuch"], &[], "always a-always"),
            (&[], &["a"], "none b always"),
            (&[], &["always"], "none a b"),
            (&[], &["tagged"], "none"),
            (&[], &["untagged"], "a b always a-always"),
            (&[], &["all"], "always a-always"),
            (&["a"], &["always"], "a a-never"),
        ];
        for (run, skip, expected) in cases {
            assert_eq!(
                &runs(run, skip),
                expected,
                "-t {run:?} --skip-tags {skip:?}"
            );
        }
    }

    #[test]
    fn a_tag_that_no_task_has_is_told() {
        let known = BTreeSet::from([Arc::from("a")]);
        let tags = Tags::new(&["a,nosuch", "all"], &["other"]);
        let unknown = tags.unknown(&known);
        assert_eq!(unknown, [Arc::from("nosuch"), Arc::from("other")]);
    }
}
