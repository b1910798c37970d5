//! Files in, a chart out: classification and subcharts. The main type here is [`Source`].

use super::decode::{Fields, Struct};
use super::metadata::dependencies;
use super::{Content, Dependency, File, Line, Metadata, Table, Warning, archive, parse_values};
use crate::yaml;
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::sync::Arc;

/// How deep archives may lie in one another.
const MAX_NESTING: usize = 30;

/// What a chart's files say.
#[derive(Debug, Default)]
pub struct Source {
    /// `Chart.yaml`, with `requirements.yaml` over it.
    pub metadata: Arc<Metadata>,
    /// `Chart.lock` or `requirements.lock`, as data.
    pub lock: Option<Json>,
    /// `values.yaml`: its first document.
    pub values: Arc<Table>,
    /// The same as written: to say where a default stands.
    pub values_text: Option<File>,
    /// All documents of `values.yaml` over each other, as Helm 4 takes them, where that is not the
    /// same; the error is Helm's.
    pub all_values: Option<Result<Arc<Table>, String>>,
    /// `values.schema.json`.
    pub schema: Option<Content>,
    /// Everything below `templates/`.
    pub templates: Vec<File>,
    /// Everything else: what `.Files` shows, `crds/` included.
    pub files: Vec<File>,
    /// The subcharts below `charts/`, by file name.
    pub dependencies: Vec<Arc<Source>>,
    /// What Helm would print on stderr while loading.
    pub warnings: Vec<Warning>,
    #[cfg(feature = "schema")]
    pub(super) compiled: super::schema::Compiled,
}

impl Source {
    pub(super) fn load(files: Vec<File>, line: Line) -> Result<Source, String> {
        let loader = Loader { line, depth: 0 };
        loader.load(files)
    }

    /// The default values that a Helm takes.
    pub fn values_for(&self, line: Line) -> Result<&Arc<Table>, String> {
        match (line, &self.all_values) {
            (Line::Four, Some(values)) => values.as_ref().map_err(Clone::clone),
            _ => Ok(&self.values),
        }
    }

    /// The CRD files of `crds/`, in file order.
    pub fn crds(&self) -> impl Iterator<Item = &File> {
        self.files.iter().filter(|file| {
            let name = file.name.to_ascii_lowercase();
            file.name.starts_with("crds/")
                && [".yaml", ".yml", ".json"]
                    .iter()
                    .any(|end| name.ends_with(end))
        })
    }

    /// The names of requirements without a chart below `charts/`.
    pub fn missing_dependencies(&self) -> Vec<&str> {
        let have = |wanted: &Dependency| {
            let mut all = self.dependencies.iter();
            all.any(|chart| chart.metadata.name == wanted.name)
        };
        let wanted = self.metadata.dependencies.iter();
        let missing = wanted.filter(|wanted| !have(wanted));
        missing.map(|wanted| wanted.name.as_str()).collect()
    }

    fn old_file(&mut self, text: &str) {
        if self.metadata.api_version != "v1" {
            let text = format!("Warning: {text}");
            self.warnings.push(Warning::Text(text));
        }
    }

    fn keep_if_v1(&mut self, file: File) {
        if self.metadata.api_version == "v1" {
            self.files.push(file);
        }
    }
}

/// One chart being read.
#[derive(Clone, Copy)]
struct Loader {
    line: Line,
    depth: usize,
}

/// Files below `charts/`, by the first part of their path there.
type Subcharts = BTreeMap<String, Vec<File>>;

impl Loader {
    fn load(self, files: Vec<File>) -> Result<Source, String> {
        if self.depth > MAX_NESTING {
            return Err(format!("charts are nested more than {MAX_NESTING} deep"));
        }
        let mut source = Source::default();
        let chart_yaml = files.iter().find(|file| file.name == "Chart.yaml");
        let about = match chart_yaml {
            Some(file) => self.metadata(&mut source, file)?,
            None => Json::Null,
        };
        let found = chart_yaml.is_some();
        let mut subcharts = Subcharts::new();
        for file in files {
            self.classify(&mut source, file, &about, &mut subcharts)?;
        }
        if !found {
            return Err("Chart.yaml file is missing".to_owned());
        }
        Arc::make_mut(&mut source.metadata).validate()?;
        for (name, files) in subcharts {
            if !name.starts_with(['_', '.']) {
                self.subchart(&mut source, &name, files)?;
            }
        }
        Ok(source)
    }

    fn metadata(self, source: &mut Source, file: &File) -> Result<Json, String> {
        let fault = cannot_load("Chart.yaml");
        let about = yaml::read_exact(&file.text()).map_err(|error| fault(error.to_string()))?;
        self.check_api_version(&about).map_err(&fault)?;
        source.metadata = Arc::new(Metadata::of(&about, self.line).map_err(fault)?);
        Ok(about)
    }

    /// Helm 4 looks at the version of a root chart's format before it reads more.
    fn check_api_version(self, about: &Json) -> Result<(), String> {
        if self.line == Line::Three || self.depth > 0 {
            return Ok(());
        }
        let base = Struct {
            package: "loader",
            name: "chartBase",
        };
        let fields = Fields::of(about, base).and_then(|fields| fields.string("apiVersion"));
        fields.map(|_| ()).map_err(super::metadata::unmarshal)
    }

    fn classify(
        self,
        source: &mut Source,
        file: File,
        about: &Json,
        subcharts: &mut Subcharts,
    ) -> Result<(), String> {
        match file.name.as_str() {
            "Chart.yaml" => {}
            "Chart.lock" => source.lock = Some(self.lock(&file)?),
            "values.yaml" => {
                self.values(source, &file)?;
                source.values_text = Some(file);
            }
            "values.schema.json" => source.schema = Some(file.data),
            "requirements.yaml" => {
                source.old_file("Dependencies are handled in Chart.yaml since apiVersion \"v2\". We recommend migrating dependencies to Chart.yaml.");
                self.requirements(source, &file, about)?;
                source.keep_if_v1(file);
            }
            "requirements.lock" => {
                source.old_file("Dependency locking is handled in Chart.lock since apiVersion \"v2\". We recommend migrating to Chart.lock.");
                source.lock = Some(self.lock(&file)?);
                source.keep_if_v1(file);
            }
            name if name.starts_with("templates/") => source.templates.push(file),
            name => match name.strip_prefix("charts/") {
                Some(inside) if !name.ends_with(".prov") => {
                    let group = inside.split('/').next().unwrap_or(inside).to_owned();
                    let (name, data) = (inside.to_owned(), file.data);
                    subcharts
                        .entry(group)
                        .or_default()
                        .push(File { name, data });
                }
                _ => source.files.push(file),
            },
        }
        Ok(())
    }

    fn values(self, source: &mut Source, file: &File) -> Result<(), String> {
        let fault = cannot_load("values.yaml");
        let text = file.text();
        let first = parse_values(&text, Line::Three).map_err(&fault);
        if first.is_err() || !text.ends_with('\n') || text.contains("---") {
            let all = parse_values(&text, Line::Four).map(Arc::new);
            source.all_values = Some(all.map_err(fault));
        }
        source.values = Arc::new(match self.line {
            Line::Three => first?,
            Line::Four => first.unwrap_or_default(),
        });
        source.values_for(self.line).map(|_| ())
    }

    /// `requirements.yaml` is read over `Chart.yaml`, field by field.
    fn requirements(self, source: &mut Source, file: &File, about: &Json) -> Result<(), String> {
        let fault = cannot_load("requirements.yaml");
        let over = yaml::read_exact(&file.text()).map_err(|error| fault(error.to_string()))?;
        let merged = match (about, &over) {
            (Json::Object(about), Json::Object(over)) => {
                let entries = about.iter().chain(over);
                Json::Object(entries.map(|(k, v)| (k.clone(), v.clone())).collect())
            }
            _ => over,
        };
        source.metadata = Arc::new(Metadata::of(&merged, self.line).map_err(fault)?);
        Ok(())
    }

    fn subchart(self, source: &mut Source, name: &str, files: Vec<File>) -> Result<(), String> {
        let parent = source.metadata.name.clone();
        let files = match files.as_slice() {
            [file, ..] if name.ends_with(".tgz") => {
                if file.name != name {
                    let found = &file.name;
                    return Err(format!(
                        "error unpacking subchart tar in {parent}: expected {name}, got {found}"
                    ));
                }
                archive::unpack(&file.data)
            }
            _ => Ok(files.into_iter().filter_map(below).collect()),
        };
        let loader = Loader {
            depth: self.depth + 1,
            ..self
        };
        let loaded = files.and_then(|files| loader.load(files));
        let chart =
            loaded.map_err(|why| format!("error unpacking subchart {name} in {parent}: {why}"))?;
        source.warnings.extend(chart.warnings.iter().cloned());
        source.dependencies.push(Arc::new(chart));
        Ok(())
    }

    /// A lock file in the shape of a release record.
    fn lock(self, file: &File) -> Result<Json, String> {
        self.lock_data(file).map_err(cannot_load(&file.name))
    }

    fn lock_data(self, file: &File) -> Result<Json, String> {
        let data = yaml::read_exact(&file.text()).map_err(|error| error.to_string())?;
        let fields = Fields::of(&data, Struct::of_chart("Lock", self.line));
        let fields = fields.map_err(super::metadata::unmarshal)?;
        let dependencies = dependencies(&fields, self.line).map_err(super::metadata::unmarshal)?;
        let dependencies = serde_json::to_value(dependencies).map_err(|error| error.to_string())?;
        Ok(serde_json::json!({
            "generated": fields.string("generated")?,
            "digest": fields.string("digest")?,
            "dependencies": dependencies,
        }))
    }
}

/// The file as its chart names it; none for a stray file in `charts/`.
fn below(file: File) -> Option<File> {
    let (_, name) = file.name.split_once('/')?;
    let (name, data) = (name.to_owned(), file.data.clone());
    Some(File { name, data })
}

fn cannot_load(name: &str) -> impl Fn(String) -> String {
    let name = name.to_owned();
    move |text| format!("cannot load {name}: {text}")
}
