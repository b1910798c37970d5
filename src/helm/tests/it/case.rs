//! One case file, what Helm said, and what we say.

use super::layout::Place;
use super::lint;
use super::support::{case_files, cases as root};
use helm::Host;
use helm::chart::{Chart, Profile};
use helm::engine::{Setting, TemplateOptions};
use std::fs;
use std::path::Path;

/// A chart with flags, and the answers of the real programs.
pub struct Case {
    /// The path below `fixtures/engine`.
    pub name: String,
    /// Arguments of `helm template`.
    pub flags: Vec<String>,
    /// Files and answers by title.
    pub sections: Vec<(String, String)>,
}

/// What one Helm says.
#[derive(Debug, PartialEq, Eq)]
pub struct Answer {
    /// Standard output, or the text of the error.
    pub said: Result<String, String>,
    /// What was told before, in the order of the alphabet and once: Go's order is random, and
    /// Helm goes through the values several times.
    pub warnings: Vec<String>,
}

/// A clock that goes and real randomness, which keys need.
pub struct LiveHost;

impl Host for LiveHost {
    fn now(&self) -> jiff::Zoned {
        jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC)
    }

    fn random(&self, out: &mut [u8]) {
        rand::fill(out);
    }
}

/// Every case, in the order of the names.
pub fn all() -> Vec<Case> {
    case_files("").iter().map(|path| Case::read(path)).collect()
}

impl Case {
    fn read(path: &Path) -> Case {
        let text = fs::read_to_string(path).expect("a case file");
        let (mut flags, mut sections) = (Vec::new(), Vec::<(String, String)>::new());
        for line in text.strip_suffix('\n').unwrap_or(&text).split('\n') {
            if let Some(title) = line.strip_prefix(">>> ") {
                sections.push((title.to_owned(), String::new()));
            } else if let Some((_, body)) = sections.last_mut() {
                body.push_str(line);
                body.push('\n');
            } else if !line.is_empty() {
                flags.push(line.to_owned());
            }
        }
        for (_, body) in &mut sections {
            body.pop();
        }
        let name = path.strip_prefix(root()).unwrap_or(path);
        let name = name.display().to_string();
        Case {
            name,
            flags,
            sections,
        }
    }

    /// The body of a section.
    pub fn section(&self, title: &str) -> Option<&str> {
        let found = self.sections.iter().find(|(other, _)| other == title);
        found.map(|(_, body)| body.as_str())
    }

    /// What Helm said: the later one has its own sections where it says something else.
    pub fn expected(&self, profile: &Profile) -> Answer {
        const LATER: &str = " of 4.3";
        let own = self
            .sections
            .iter()
            .any(|(title, _)| title.ends_with(LATER));
        let suffix = if own && *profile == Profile::HELM_4_3 {
            LATER
        } else {
            ""
        };
        let get = |title: &str| self.section(&format!("{title}{suffix}")).map(str::to_owned);
        Answer {
            said: get("output").ok_or_else(|| get("error").expect("an answer")),
            warnings: sorted(get("warnings").unwrap_or_default().lines()),
        }
    }

    /// Whether this is for `helm lint`.
    pub fn is_lint(&self) -> bool {
        self.flags.first().is_some_and(|flag| flag == "lint")
    }

    /// What we say.
    pub fn run(&self, place: &Place, profile: &Profile) -> Answer {
        if self.is_lint() {
            return lint::run(&self.flags[1..], place);
        }
        let options = options(&self.flags, *profile);
        let read = |path: &str| place.read(path);
        let mut warnings = Vec::new();
        let said = Chart::open_as(&place.chart, profile.line).and_then(|chart| {
            let rendered = options.run(&chart, &LiveHost, &read);
            let rendered = rendered.map_err(|error| error.to_string())?;
            warnings.clone_from(&rendered.warnings);
            options.print(&rendered)
        });
        Answer {
            said: said
                .map(|text| self.shown(text))
                .map_err(|text| place.anywhere(text.trim_end_matches('\n'))),
            warnings: sorted(place.anywhere(&warnings.join("\n")).lines()),
        }
    }

    /// A case of one template shows what that made.
    fn shown(&self, text: String) -> String {
        let text = text.strip_suffix('\n').unwrap_or(&text);
        if self.section("template").is_none() {
            return text.to_owned();
        }
        let (_, json) = text.split_once("\nout: ").expect("the output");
        serde_json::from_str(json).expect("JSON")
    }
}

/// What the flags ask of `helm template`.
pub fn options(flags: &[String], profile: Profile) -> TemplateOptions {
    let mut options = TemplateOptions {
        name: "rel".to_owned(),
        profile,
        ..Default::default()
    };
    let mut flags = flags.iter();
    while let Some(flag) = flags.next() {
        if flag == "archive" || switch(&mut options, flag) {
            continue;
        }
        let argument = flags.next().expect("an argument").clone();
        setting(&mut options, flag, argument);
    }
    options
}

fn switch(options: &mut TemplateOptions, flag: &str) -> bool {
    let field = match flag {
        "--include-crds" => &mut options.include_crds,
        "--skip-tests" => &mut options.skip_tests,
        "--no-hooks" => &mut options.no_hooks,
        "--is-upgrade" => &mut options.is_upgrade,
        "--skip-schema-validation" => &mut options.skip_schema,
        _ => return false,
    };
    *field = true;
    true
}

fn setting(options: &mut TemplateOptions, flag: &str, argument: String) {
    let settings = &mut options.settings;
    match flag {
        "--set" => settings.push(Setting::Typed(argument)),
        "--set-string" => settings.push(Setting::Text(argument)),
        "--set-json" => settings.push(Setting::Json(argument)),
        "--set-file" => settings.push(Setting::File(argument)),
        "--set-literal" => settings.push(Setting::Literal(argument)),
        "-f" => options.values_files.push(argument),
        "-a" => options
            .api_versions
            .extend(argument.split(',').map(str::to_owned)),
        "-s" => options.show_only.push(argument),
        "-n" => options.namespace = argument,
        "--kube-version" => options.kube_version = Some(argument),
        other => panic!("no flag {other}"),
    }
}

/// In the order of the alphabet, each once.
pub fn sorted<'t>(lines: impl Iterator<Item = &'t str>) -> Vec<String> {
    let mut lines: Vec<String> = lines.map(str::to_owned).collect();
    lines.sort();
    lines.dedup();
    lines
}
