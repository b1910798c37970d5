//! Rules for `Chart.yaml`.

use super::address::{is_mail, is_page, is_request};
use super::finding::{Findings, Severity};
use super::folder::{Entry, Folder};
use crate::chart::{Line, Maintainer, Metadata};
use crate::semver::{Constraint, Version};
use crate::value::quote;
use crate::yaml;
use serde_json::Value as Json;

const FILE: &str = "Chart.yaml";

/// `Chart.yaml`, as data and as the fields of a chart.
struct ChartFile {
    data: Json,
    metadata: Metadata,
}

pub(super) fn check(folder: &Folder, findings: &mut Findings) {
    let mut error = |found| findings.rule(Severity::Error, FILE, found);
    error(match folder.chart_yaml {
        Entry::Directory => Err("should be a file, not a directory".to_owned()),
        _ => Ok(()),
    });
    let file = match ChartFile::read(folder) {
        Ok(file) => file,
        Err(why) => {
            error(Err(format!("unable to parse YAML\n\t{why}")));
            return;
        }
    };
    error(name(&file.metadata));
    error(api_version(&file.metadata));
    error(is_text(&file.data, "version"));
    error(version(&file.metadata));
    error(is_text(&file.data, "appVersion"));
    error(maintainers(&file));
    error(sources(&file.metadata));
    findings.rule(Severity::Info, FILE, icon(&file.metadata));
    let mut error = |found| findings.rule(Severity::Error, FILE, found);
    error(icon_url(&file.metadata));
    error(kind(&file.metadata));
    error(dependencies(&file.metadata));
}

impl ChartFile {
    fn read(folder: &Folder) -> Result<ChartFile, String> {
        let text = folder.chart_yaml.text(&folder.path_of(FILE))?;
        let metadata = Metadata::read(&text, Line::Three)?;
        let data = yaml::read_exact(&text).map_err(|error| error.to_string())?;
        Ok(ChartFile { data, metadata })
    }

    /// The maintainers, and whether there is anything in their entry.
    fn maintainers(&self) -> impl Iterator<Item = (bool, &Maintainer)> {
        let entries = self.data.get("maintainers").and_then(Json::as_array);
        let is_null = move |at: usize| {
            let entry = entries.and_then(|entries| entries.get(at));
            entry.is_some_and(Json::is_null)
        };
        let all = self.metadata.maintainers.iter().enumerate();
        all.map(move |(at, one)| (is_null(at), one))
    }
}

fn name(chart: &Metadata) -> Result<(), String> {
    match chart.name.as_str() {
        "" => Err("name is required".to_owned()),
        "/" => Ok(()),
        name if name.contains('/') => Err(format!("chart name {} is invalid", quote(name))),
        _ => Ok(()),
    }
}

fn api_version(chart: &Metadata) -> Result<(), String> {
    const EITHER: &str = "The value must be either \"v1\" or \"v2\"";
    match chart.api_version.as_str() {
        "v1" | "v2" => Ok(()),
        "" => Err(format!("apiVersion is required. {EITHER}")),
        other => Err(format!("apiVersion '{other}' is not valid. {EITHER}")),
    }
}

fn is_text(data: &Json, key: &str) -> Result<(), String> {
    let found = match data.get(key) {
        None | Some(Json::String(_)) => return Ok(()),
        Some(Json::Null) => "<nil>",
        Some(Json::Bool(_)) => "bool",
        Some(Json::Number(_)) => "float64",
        Some(Json::Array(_)) => "[]interface {}",
        Some(Json::Object(_)) => "map[string]interface {}",
    };
    Err(format!(
        "{key} should be of type string but it's of type {found}"
    ))
}

fn version(chart: &Metadata) -> Result<(), String> {
    const LEAST: &str = ">0.0.0-0";
    let text = &chart.version;
    if text.is_empty() {
        return Err("version is required".to_owned());
    }
    let invalid = |_| format!("version '{text}' is not a valid SemVer");
    let version = Version::parse(text).map_err(invalid)?;
    match Constraint::parse(LEAST)?.check(&version) {
        true => Ok(()),
        false => Err(format!(
            "version {} is less than or equal to {}",
            quote(&version.to_string()),
            quote(&LEAST[1..])
        )),
    }
}

fn maintainers(file: &ChartFile) -> Result<(), String> {
    for (is_null, Maintainer { name, email, url }) in file.maintainers() {
        if is_null {
            return Err("a maintainer entry is empty".to_owned());
        }
        if name.is_empty() {
            return Err("each maintainer requires a name".to_owned());
        }
        if !email.is_empty() && !is_mail(email) {
            return Err(format!("invalid email '{email}' for maintainer '{name}'"));
        }
        if !url.is_empty() && !is_page(url) {
            return Err(format!("invalid url '{url}' for maintainer '{name}'"));
        }
    }
    Ok(())
}

fn sources(chart: &Metadata) -> Result<(), String> {
    match chart.sources.iter().find(|source| !is_request(source)) {
        Some(source) => Err(format!("invalid source URL '{source}'")),
        None => Ok(()),
    }
}

fn icon(chart: &Metadata) -> Result<(), String> {
    match chart.icon.is_empty() {
        true => Err("icon is recommended".to_owned()),
        false => Ok(()),
    }
}

fn icon_url(chart: &Metadata) -> Result<(), String> {
    match chart.icon.is_empty() || is_request(&chart.icon) {
        true => Ok(()),
        false => Err(format!("invalid icon URL '{}'", chart.icon)),
    }
}

fn kind(chart: &Metadata) -> Result<(), String> {
    let found = &chart.api_version;
    match chart.kind.is_empty() || found == "v2" {
        true => Ok(()),
        false => Err(format!(
            "chart type is not valid in apiVersion '{found}'. It is valid in apiVersion 'v2'"
        )),
    }
}

fn dependencies(chart: &Metadata) -> Result<(), String> {
    let found = &chart.api_version;
    match chart.dependencies.is_empty() || found == "v2" {
        true => Ok(()),
        false => Err(format!(
            "dependencies are not valid in the Chart file with apiVersion '{found}'. They are valid in apiVersion 'v2'"
        )),
    }
}
