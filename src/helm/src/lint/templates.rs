//! Rules for templates, and for what they make.

use super::deprecated;
use super::document::{Resource, keeps_an_item, resources};
use super::finding::{Findings, Severity};
use super::folder::Folder;
use super::names;
use crate::Host;
use crate::chart::{Chart, File};
use crate::engine::{RenderOptions, prepare_lint};
use crate::semver::Version;
use crate::value::{Map, quote};
use regex::bytes::Regex;
use std::cell::RefCell;
use std::sync::LazyLock;

const DIRECTORY: &str = "templates/";

/// The longest line that Helm looks at, in bytes.
const LONGEST_LINE: usize = 64 << 10;

/// What the templates are rendered for.
pub(super) struct Request<'a> {
    pub user: &'a Map,
    pub options: &'a RenderOptions,
    pub host: &'a dyn Host,
}

pub(super) fn check(
    folder: &Folder,
    chart: &Result<Chart, String>,
    request: &Request<'_>,
    findings: &mut Findings,
) -> Vec<String> {
    let directory = match folder.templates_are_none {
        true => Err("not a directory".to_owned()),
        false => Ok(()),
    };
    if !findings.rule(Severity::Warning, DIRECTORY, directory) {
        return Vec::new();
    }
    let mut told = Vec::new();
    let found = match chart {
        Ok(chart) => rendered(chart, request, findings, &mut told),
        Err(why) => Err(why.clone()),
    };
    findings.rule(Severity::Error, DIRECTORY, found);
    told
}

fn rendered(
    chart: &Chart,
    request: &Request<'_>,
    findings: &mut Findings,
    told: &mut Vec<String>,
) -> Result<(), String> {
    let options = request.options;
    let prepared = prepare_lint(chart, request.user, options).map_err(|error| error.to_string())?;
    // What is wrong with requirements and values, Helm keeps to itself here.
    let Some(prepared) = prepared else {
        return Ok(());
    };
    told.extend(prepared.told(&options.profile));
    let dropped = RefCell::new(Vec::new());
    let files = prepared.execute_telling(options, request.host, &dropped);
    told.append(&mut dropped.take());
    let files = files.map_err(|error| error.to_string())?;
    for template in &chart.templates {
        source(template, findings);
        let path = format!("{}/{}", chart.metadata.name, template.name);
        let text = files.get(path.as_str()).map_or("", String::as_str);
        if extension(&template.name) == ".yaml" && !text.trim().is_empty() {
            let whole = made(&template.name, text, options, findings);
            if !whole {
                break;
            }
        }
    }
    Ok(())
}

/// Rules for a template as it is written.
fn source(template: &File, findings: &mut Findings) {
    let path = &template.name;
    findings.rule(Severity::Error, path, allowed(extension(path)));
    findings.rule(Severity::Warning, path, no_crd_hook(&template.data));
    findings.rule(Severity::Error, path, no_release_time(&template.data));
}

fn extension(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.rfind('.').map_or("", |at| &name[at..])
}

fn allowed(extension: &str) -> Result<(), String> {
    match extension {
        ".yaml" | ".yml" | ".tpl" | ".txt" => Ok(()),
        other => Err(format!(
            "file extension '{other}' not valid. Valid extensions are .yaml, .yml, .tpl, or .txt"
        )),
    }
}

fn no_crd_hook(text: &[u8]) -> Result<(), String> {
    static HOOK: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r#""?helm\.sh/hook"?:[\t\n\f\r ]+crd-install"#).ok());
    match HOOK.as_ref().is_some_and(|hook| hook.is_match(text)) {
        true => Err("manifest is a crd-install hook. This hook is no longer supported in v3 and all CRDs should also exist the crds/ directory at the top level of the chart".to_owned()),
        false => Ok(()),
    }
}

fn no_release_time(text: &[u8]) -> Result<(), String> {
    match memchr::memmem::find(text, b".Release.Time") {
        Some(_) => Err(".Release.Time has been removed in v3, please replace with the `now` function in your templates".to_owned()),
        None => Ok(()),
    }
}

/// Rules for what a template made; false where it can't be read, which ends Helm's search.
fn made(path: &str, text: &str, options: &RenderOptions, findings: &mut Findings) -> bool {
    findings.rule(Severity::Warning, path, not_indented(text));
    for resource in resources(text) {
        let resource = match resource {
            Ok(Some(resource)) => resource,
            Ok(None) => continue,
            Err(why) => {
                let why = format!("unable to parse YAML: {why}");
                return findings.rule(Severity::Error, path, Err(why));
            }
        };
        let name = names::check(&resource.kind, &resource.name);
        findings.rule(Severity::Warning, path, name);
        findings.rule(Severity::Warning, path, not_deprecated(&resource, options));
        findings.rule(Severity::Error, path, has_selector(&resource, text));
        findings.rule(Severity::Error, path, keeps_no_item(&resource, text));
    }
    true
}

/// The first line with something on it begins at its left side.
fn not_indented(text: &str) -> Result<(), String> {
    for line in text.split_inclusive('\n') {
        if line.len() > LONGEST_LINE {
            return Err("bufio.Scanner: token too long".to_owned());
        }
        let line = line.trim_end_matches('\n');
        let line = line.strip_suffix('\r').unwrap_or(line);
        if line.trim().is_empty() {
            continue;
        }
        return match line.starts_with([' ', '\t']) {
            true => Err(format!(
                "document starts with an illegal indent: {}, which may cause parsing problems",
                quote(line)
            )),
            false => Ok(()),
        };
    }
    Ok(())
}

fn not_deprecated(resource: &Resource, options: &RenderOptions) -> Result<(), String> {
    let cluster = Version::parse(&options.capabilities.kube_version);
    let cluster = cluster.map(|version| (version.major, version.minor));
    let Resource {
        api_version, kind, ..
    } = resource;
    let warning = deprecated::warning(api_version, kind, cluster.unwrap_or_default());
    warning.map_or(Ok(()), Err)
}

/// Whether a selector stands anywhere in the file: Helm looks no closer.
fn has_selector(resource: &Resource, text: &str) -> Result<(), String> {
    let Resource { kind, name, .. } = resource;
    let needs = ["Deployment", "ReplicaSet", "DaemonSet", "StatefulSet"].contains(&kind.as_str());
    let has = text.contains("matchLabels") || text.contains("matchExpressions");
    match needs && !has {
        true => Err(format!(
            "a {kind} must contain matchLabels or matchExpressions, and {} does not",
            quote(name)
        )),
        false => Ok(()),
    }
}

fn keeps_no_item(resource: &Resource, text: &str) -> Result<(), String> {
    if resource.kind != "List" {
        return Ok(());
    }
    match keeps_an_item(text).map_err(|why| format!("unable to parse YAML: {why}"))? {
        true => {
            Err("Annotation 'helm.sh/resource-policy' within List objects are ignored".to_owned())
        }
        false => Ok(()),
    }
}
