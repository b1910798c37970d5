//! `.helmignore`: which files of a directory are not part of the chart.
//!
//! Helm's rules, its faults included: the first matching rule decides, and a
//! negated rule ignores everything that it does not match.

use super::File;
use super::glob::{BadPattern, matches};

/// The rules of one `.helmignore`. The main type here.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    rules: Vec<Rule>,
}

#[derive(Clone, Debug)]
struct Rule {
    pattern: String,
    negated: bool,
    directories_only: bool,
    scope: Scope,
}

/// What a pattern is matched against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scope {
    /// The whole path relative to the root.
    Path,
    /// The last component.
    Base,
}

impl Rules {
    /// Reads the lines of a `.helmignore` and appends Helm's own rule.
    pub fn parse(text: &str) -> Result<Rules, String> {
        let lines = text.lines().chain(["templates/.?*"]);
        let rules = lines.map(Rule::parse).collect::<Result<Vec<_>, _>>()?;
        Ok(Rules {
            rules: rules.into_iter().flatten().collect(),
        })
    }

    /// The rules of the `.helmignore` among the files of a chart.
    pub fn of(files: &[File]) -> Result<Rules, String> {
        let file = files.iter().find(|file| file.name == ".helmignore");
        Rules::parse(&file.map(File::text).unwrap_or_default())
    }

    /// The files that stay: neither they nor a directory above them is left out.
    pub fn kept(&self, mut files: Vec<File>) -> Vec<File> {
        files.retain(|file| {
            let mut above = file.name.match_indices('/').map(|(at, _)| &file.name[..at]);
            !above.any(|path| self.ignore(path, true)) && !self.ignore(&file.name, false)
        });
        files
    }

    /// Whether the file or directory at `path` is left out.
    pub fn ignore(&self, path: &str, is_directory: bool) -> bool {
        if path.is_empty() || path == "." {
            return false;
        }
        for rule in &self.rules {
            let hit = rule.matches(path) && (is_directory || !rule.directories_only);
            if rule.negated {
                if rule.directories_only && !is_directory {
                    return true;
                }
                if !rule.matches(path) {
                    return true;
                }
            } else if hit {
                return true;
            }
        }
        false
    }
}

impl Rule {
    fn parse(line: &str) -> Result<Option<Rule>, String> {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            return Ok(None);
        }
        if line.contains("**") {
            return Err("double-star (**) syntax is not supported".to_owned());
        }
        matches(line, "abc").map_err(|BadPattern| BadPattern.to_string())?;
        let (negated, line) = split(line.strip_prefix('!'), line);
        let (directories_only, line) = split(line.strip_suffix('/'), line);
        let (anchored, line) = split(line.strip_prefix('/'), line);
        let scope = if anchored || line.contains('/') {
            Scope::Path
        } else {
            Scope::Base
        };
        Ok(Some(Rule {
            pattern: line.to_owned(),
            negated,
            directories_only,
            scope,
        }))
    }

    fn matches(&self, path: &str) -> bool {
        let subject = match self.scope {
            Scope::Path => path,
            Scope::Base => path.rsplit('/').next().unwrap_or(path),
        };
        matches(&self.pattern, subject).unwrap_or(false)
    }
}

fn split<'a>(stripped: Option<&'a str>, whole: &'a str) -> (bool, &'a str) {
    (stripped.is_some(), stripped.unwrap_or(whole))
}
