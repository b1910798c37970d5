//! `helm lint` as a library call. The main type here is [`LintOptions`].

use super::finding::{Finding, Severity};
use super::folder::Folder;
use super::templates::Request;
use crate::Host;
use crate::engine::{RenderOptions, TemplateOptions};
use crate::value::Map;
use crate::yaml::to_value;
use std::fs;
use std::path::{Path, PathBuf};

/// The options of `helm lint`.
#[derive(Clone, Debug, Default)]
pub struct LintOptions {
    /// What it has in common with `helm template`: values, namespace, Kubernetes version, schema.
    pub template: TemplateOptions,
    /// `--strict`: warnings are failures.
    pub strict: bool,
    /// `--quiet`: only warnings and errors are told.
    pub quiet: bool,
    /// `--with-subcharts`.
    pub with_subcharts: bool,
}

/// What was found in the charts.
#[derive(Clone, Debug)]
pub struct Lint {
    /// The charts, in the order they were named.
    pub charts: Vec<Linted>,
    strict: bool,
    quiet: bool,
}

/// What was found in one chart.
#[derive(Clone, Debug)]
pub struct Linted {
    /// The chart, as it was named.
    pub path: String,
    /// The findings; the error says why it is no chart.
    pub findings: Result<Vec<Finding>, String>,
    /// What Helm would tell on stderr: warnings, and what templates wanted to fail with.
    pub warnings: Vec<String>,
}

impl LintOptions {
    /// Looks at the charts: directories or archives. `read` gives the text behind the argument of
    /// `-f` and `--set-file`. The thread needs [`crate::engine::STACK`] bytes of stack.
    pub fn run(
        &self,
        paths: &[String],
        host: &dyn Host,
        read: &dyn Fn(&str) -> Result<String, String>,
    ) -> Result<Lint, String> {
        let options = self.render_options()?;
        let values = self.template.values(read)?;
        // One for all charts, as in Helm.
        let user: Map = Map::new(
            values
                .table
                .iter()
                .map(|(key, value)| (key.as_str().into(), to_value(value)))
                .collect(),
        );
        let request = Request {
            user: &user,
            options: &options,
            host,
        };
        let charts = self.all(paths).into_iter();
        Ok(Lint {
            charts: charts.map(|path| Linted::of(path, &request)).collect(),
            strict: self.strict,
            quiet: self.quiet,
        })
    }

    fn render_options(&self) -> Result<RenderOptions, String> {
        let mut options = self.template.render_options()?;
        options.name = "test-release".to_owned();
        options.revision = 0;
        options.lint = true;
        Ok(options)
    }

    /// The charts, and with `--with-subcharts` those below them.
    fn all(&self, paths: &[String]) -> Vec<String> {
        let mut all = paths.to_vec();
        if self.with_subcharts {
            for path in paths {
                let charts = Path::new(path).components().collect::<PathBuf>();
                subcharts(&charts.join("charts"), &mut all);
            }
        }
        all
    }
}

/// What may be a chart below `path`, in the order of a walk that follows no links.
fn subcharts(path: &Path, found: &mut Vec<String>) {
    let Ok(kind) = fs::symlink_metadata(path) else {
        return;
    };
    let shown = path.display().to_string();
    if path.file_name().is_some_and(|name| name == "Chart.yaml") {
        found.extend(path.parent().map(|parent| parent.display().to_string()));
    } else if shown.ends_with(".tgz") || shown.ends_with(".tar.gz") {
        found.push(shown);
    }
    if kind.is_dir() {
        let entries = fs::read_dir(path).into_iter().flatten().flatten();
        let mut below: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
        below.sort();
        below.iter().for_each(|path| subcharts(path, found));
    }
}

impl Linted {
    fn of(path: String, request: &Request<'_>) -> Linted {
        let mut warnings = Vec::new();
        let folder = Folder::read(&path);
        let findings = folder.map(|folder| super::lint(&folder, request, &mut warnings));
        Linted {
            path,
            findings,
            warnings,
        }
    }

    /// Whether there is a finding that bad, or no chart.
    fn has(&self, severity: Severity) -> bool {
        let bad = |findings: &Vec<Finding>| findings.iter().any(|one| one.severity >= severity);
        self.findings.as_ref().map_or(true, bad)
    }

    fn text(&self, quiet: bool) -> String {
        let mut text = format!("==> Linting {}\n", self.path);
        match &self.findings {
            Err(why) => text += &format!("Error {why}\n"),
            Ok(findings) => {
                let told = findings
                    .iter()
                    .filter(|one| !quiet || one.severity > Severity::Info);
                text.extend(told.map(|one| format!("{one}\n")));
            }
        }
        text + "\n"
    }
}

impl Lint {
    /// What `helm lint` prints. The error comes after the text of [`Lint::text`].
    pub fn summary(&self) -> Result<String, String> {
        let fatal = match self.strict {
            true => Severity::Warning,
            false => Severity::Error,
        };
        let failed = self.charts.iter().filter(|chart| chart.has(fatal)).count();
        let all = self.charts.len();
        let text = format!("{all} chart(s) linted, {failed} chart(s) failed");
        match failed {
            0 if self.quiet && !self.charts.iter().any(is_worth_telling) => Ok(String::new()),
            0 => Ok(format!("{text}\n")),
            _ => Err(text),
        }
    }

    /// The findings, chart by chart.
    pub fn text(&self) -> String {
        let charts = self.charts.iter();
        let told = charts.filter(|chart| !self.quiet || is_worth_telling(chart));
        told.map(|chart| chart.text(self.quiet)).collect()
    }
}

fn is_worth_telling(chart: &Linted) -> bool {
    chart.has(Severity::Warning)
}
