//! `helm template` as a library call. The main type here is [`TemplateOptions`].

use super::capabilities::parse_kube_version;
use super::manifest::Rendered;
use super::output::show_only;
use super::render::{Error, RenderOptions, render};
use crate::Host;
use crate::chart::set::Kind;
use crate::chart::{Chart, Profile, UserValues};

/// One flag of the `--set` family with its argument.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Setting {
    /// `--set-json`.
    Json(String),
    /// `--set`.
    Typed(String),
    /// `--set-string`.
    Text(String),
    /// `--set-file`.
    File(String),
    /// `--set-literal`.
    Literal(String),
}

/// The options of `helm template`.
#[derive(Clone, Debug, Default)]
pub struct TemplateOptions {
    /// The release's name; empty for `release-name`.
    pub name: String,
    /// The namespace; empty for `default`.
    pub namespace: String,
    /// `-f`, in order.
    pub values_files: Vec<String>,
    /// The `--set` family, in any order.
    pub settings: Vec<Setting>,
    /// `--kube-version`.
    pub kube_version: Option<String>,
    /// `--api-versions`, added to the default ones.
    pub api_versions: Vec<String>,
    /// `--include-crds`.
    pub include_crds: bool,
    /// `--skip-tests`.
    pub skip_tests: bool,
    /// `--no-hooks`.
    pub no_hooks: bool,
    /// `--show-only`.
    pub show_only: Vec<String>,
    /// `--is-upgrade`.
    pub is_upgrade: bool,
    /// `--skip-schema-validation`.
    pub skip_schema: bool,
    /// The Helm to render like.
    pub profile: Profile,
}

impl TemplateOptions {
    /// The user's values. `read` gives the text behind the argument of `-f` and `--set-file`.
    pub fn values(
        &self,
        read: &dyn Fn(&str) -> Result<String, String>,
    ) -> Result<UserValues, String> {
        let mut values = UserValues::default();
        for file in &self.values_files {
            values.file(file, &read(file)?, self.profile.line)?;
        }
        let mut settings: Vec<&Setting> = self.settings.iter().collect();
        settings.sort_by_key(|setting| setting.rank());
        for setting in settings {
            let (kind, argument) = setting.parts(read);
            values.set(kind, argument, &self.profile)?;
        }
        Ok(values)
    }

    /// What the render is for.
    pub fn render_options(&self) -> Result<RenderOptions, String> {
        let or = |text: &str, default: &str| {
            if text.is_empty() {
                default.to_owned()
            } else {
                text.to_owned()
            }
        };
        let name = or(&self.name, "release-name");
        check_name(&name)?;
        let mut options = RenderOptions::new(name, or(&self.namespace, "default"), self.profile);
        options.is_upgrade = self.is_upgrade;
        options.skip_schema = self.skip_schema;
        if let Some(version) = &self.kube_version {
            options.capabilities.kube_version = parse_kube_version(version, &self.profile)?;
        }
        let known = options
            .capabilities
            .api_versions
            .iter()
            .chain(&self.api_versions);
        options.capabilities.api_versions = known.cloned().collect();
        Ok(options)
    }

    /// Renders the chart. See [`TemplateOptions::print`] for the text.
    pub fn run(
        &self,
        chart: &Chart,
        host: &dyn Host,
        read: &dyn Fn(&str) -> Result<String, String>,
    ) -> Result<Rendered, Error> {
        let values = self.values(read).map_err(Error::Values)?;
        let options = self.render_options().map_err(Error::Values)?;
        render(chart, &values, &options, host)
    }

    /// What `helm template` prints for a render.
    pub fn print(&self, rendered: &Rendered) -> Result<String, String> {
        let text = rendered.template_text(self.include_crds, !self.no_hooks, self.skip_tests);
        if self.show_only.is_empty() {
            return Ok(text);
        }
        show_only(&text, &self.show_only, self.profile.splitter)
    }

    /// What `--output-dir` writes: documents in order, each appended to the file of its path.
    pub fn files<'r>(&self, rendered: &'r Rendered) -> Vec<(&'r str, String)> {
        rendered.files(self.include_crds, !self.no_hooks, self.skip_tests)
    }
}

impl Setting {
    /// Helm's fixed order, whatever the order of the flags.
    fn rank(&self) -> u8 {
        match self {
            Setting::Json(_) => 0,
            Setting::Typed(_) => 1,
            Setting::Text(_) => 2,
            Setting::File(_) => 3,
            Setting::Literal(_) => 4,
        }
    }

    fn parts<'a>(
        &'a self,
        read: &'a dyn Fn(&str) -> Result<String, String>,
    ) -> (Kind<'a>, &'a str) {
        match self {
            Setting::Json(argument) => (Kind::Json, argument),
            Setting::Typed(argument) => (Kind::Typed, argument),
            Setting::Text(argument) => (Kind::Text, argument),
            Setting::File(argument) => (Kind::File(read), argument),
            Setting::Literal(argument) => (Kind::Literal, argument),
        }
    }
}

/// Helm's rule for the names of releases.
fn check_name(name: &str) -> Result<(), String> {
    let label = |label: &str| {
        let ends =
            |c: Option<char>| c.is_some_and(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
        ends(label.chars().next())
            && ends(label.chars().next_back())
            && label
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    };
    if name.len() <= 53 && name.split('.').all(label) {
        return Ok(());
    }
    Err(format!(
        "release name {name:?}: invalid release name, must match regex ^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$ and the length must not be longer than 53"
    ))
}
