//! Files in, a chart out: classification and subcharts. The main types here are
//! [`Chart`] and [`Source`].

use super::decode::{Fields, Struct};
use super::metadata::dependencies;
use super::{Dependency, File, Metadata, Table, archive, dir};
use crate::yaml;
use rustc_hash::FxHashMap;
use serde_json::Value as Json;
use std::any::Any;
use std::collections::BTreeMap;
use std::ops::Deref;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

/// A loaded chart: a cheap handle to share between threads and renders.
#[derive(Clone, Debug)]
pub struct Chart {
    source: Arc<Source>,
    kept: Arc<Mutex<FxHashMap<String, Kept>>>,
}

/// What a later stage keeps with a chart.
type Kept = Arc<dyn Any + Send + Sync>;

/// CRD files with their full paths.
pub type Crds = Vec<(String, File)>;

/// What a chart's files say.
#[derive(Debug, Default)]
pub struct Source {
    /// `Chart.yaml`, with `requirements.yaml` over it.
    pub metadata: Arc<Metadata>,
    /// `Chart.lock` or `requirements.lock`, as data.
    pub lock: Option<Json>,
    /// `values.yaml`.
    pub values: Arc<Table>,
    /// The same as written: to say where a default stands.
    pub values_text: Option<File>,
    /// `values.schema.json`.
    pub schema: Option<Arc<[u8]>>,
    /// Everything below `templates/`.
    pub templates: Vec<File>,
    /// Everything else: what `.Files` shows, `crds/` included.
    pub files: Vec<File>,
    /// The subcharts below `charts/`, by file name.
    pub dependencies: Vec<Arc<Source>>,
    /// What Helm would print on stderr while loading.
    pub warnings: Vec<String>,
    #[cfg(feature = "schema")]
    pub(super) compiled: super::schema::Compiled,
}

impl Deref for Chart {
    type Target = Source;

    fn deref(&self) -> &Source {
        &self.source
    }
}

impl Chart {
    /// Loads a chart from its files.
    pub fn load(files: Vec<File>) -> Result<Chart, String> {
        Ok(Chart {
            source: Arc::new(Source::load(files)?),
            kept: Arc::default(),
        })
    }

    /// Loads a chart from a directory or an archive.
    pub fn open(path: &Path) -> Result<Chart, String> {
        if path.is_dir() {
            return Chart::load(dir::read(path)?);
        }
        let fault = |text: String| format!("file '{}' {text}", path.display());
        let bytes =
            std::fs::read(path).map_err(|error| fault(format!("cannot be read: {error}")))?;
        Chart::load(archive::unpack(&bytes).map_err(fault)?)
    }

    /// The same chart with other default values: what `--reuse-values` makes of it.
    pub fn with_values(&self, values: Table) -> Chart {
        let Source {
            metadata,
            lock,
            values: _,
            values_text: _,
            schema,
            templates,
            files,
            dependencies,
            warnings,
            ..
        } = &*self.source;
        Chart {
            source: Arc::new(Source {
                metadata: metadata.clone(),
                lock: lock.clone(),
                values: Arc::new(values),
                schema: schema.clone(),
                templates: templates.clone(),
                files: files.clone(),
                dependencies: dependencies.clone(),
                warnings: warnings.clone(),
                ..Source::default()
            }),
            kept: Arc::default(),
        }
    }

    /// What a later stage kept under `key` with this chart (compiled templates).
    pub(crate) fn kept<T: Any + Send + Sync>(&self, key: &str) -> Option<Arc<T>> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.get(key).cloned()?.downcast().ok()
    }

    /// Keeps something under `key` for the next render.
    pub(crate) fn keep<T: Any + Send + Sync>(&self, key: String, value: Arc<T>) {
        self.kept
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(key, value);
    }

    /// The shared content.
    pub fn source(&self) -> &Arc<Source> {
        &self.source
    }
}

/// How deep archives may lie in one another.
const MAX_NESTING: usize = 30;

impl Source {
    fn load(files: Vec<File>) -> Result<Source, String> {
        Source::nested(files, 0)
    }

    fn nested(files: Vec<File>, depth: usize) -> Result<Source, String> {
        if depth > MAX_NESTING {
            return Err(format!("charts are nested more than {MAX_NESTING} deep"));
        }
        let mut source = Source::default();
        let chart_yaml = files.iter().find(|file| file.name == "Chart.yaml");
        if let Some(file) = chart_yaml {
            let metadata = Metadata::parse(&file.text());
            source.metadata = Arc::new(metadata.map_err(cannot_load("Chart.yaml"))?);
        }
        let found = chart_yaml.is_some();
        let mut subcharts: BTreeMap<String, Vec<File>> = BTreeMap::new();
        for file in files {
            source.classify(file, &mut subcharts)?;
        }
        if !found {
            return Err("Chart.yaml file is missing".to_owned());
        }
        Arc::make_mut(&mut source.metadata).validate()?;
        for (name, files) in subcharts {
            if !name.starts_with(['_', '.']) {
                source.subchart(&name, files, depth)?;
            }
        }
        Ok(source)
    }

    fn classify(
        &mut self,
        file: File,
        subcharts: &mut BTreeMap<String, Vec<File>>,
    ) -> Result<(), String> {
        match file.name.as_str() {
            "Chart.yaml" => {}
            "Chart.lock" => self.lock = Some(lock(&file).map_err(cannot_load("Chart.lock"))?),
            "values.yaml" => {
                self.values = Arc::new(values(&file).map_err(cannot_load("values.yaml"))?);
                self.values_text = Some(file);
            }
            "values.schema.json" => self.schema = Some(file.data),
            "requirements.yaml" => {
                self.old_file("Dependencies are handled in Chart.yaml since apiVersion \"v2\". We recommend migrating dependencies to Chart.yaml.");
                Arc::make_mut(&mut self.metadata)
                    .overlay(&file.text())
                    .map_err(cannot_load("requirements.yaml"))?;
                self.keep_if_v1(file);
            }
            "requirements.lock" => {
                self.old_file("Dependency locking is handled in Chart.lock since apiVersion \"v2\". We recommend migrating to Chart.lock.");
                self.lock = Some(lock(&file).map_err(cannot_load("requirements.lock"))?);
                self.keep_if_v1(file);
            }
            name if name.starts_with("templates/") => self.templates.push(file),
            name => match name.strip_prefix("charts/") {
                Some(inside) if !name.ends_with(".prov") => {
                    let group = inside.split('/').next().unwrap_or(inside).to_owned();
                    let inside = File {
                        name: inside.to_owned(),
                        data: file.data,
                    };
                    subcharts.entry(group).or_default().push(inside);
                }
                _ => self.files.push(file),
            },
        }
        Ok(())
    }

    fn old_file(&mut self, text: &str) {
        if self.metadata.api_version != "v1" {
            self.warnings.push(format!("Warning: {text}"));
        }
    }

    fn keep_if_v1(&mut self, file: File) {
        if self.metadata.api_version == "v1" {
            self.files.push(file);
        }
    }

    fn subchart(&mut self, name: &str, files: Vec<File>, depth: usize) -> Result<(), String> {
        let files = if name.ends_with(".tgz") {
            files
                .first()
                .ok_or_else(String::new)
                .and_then(|file| archive::unpack(&file.data))
        } else {
            let inside = files.into_iter().filter_map(|file| {
                let (_, name) = file.name.split_once('/')?;
                Some(File {
                    name: name.to_owned(),
                    data: file.data,
                })
            });
            Ok(inside.collect())
        };
        let loaded = files.and_then(|files| Source::nested(files, depth + 1));
        let chart = loaded.map_err(|text| {
            format!(
                "error unpacking subchart {name} in {}: {text}",
                self.metadata.name
            )
        })?;
        self.warnings.extend(chart.warnings.iter().cloned());
        self.dependencies.push(Arc::new(chart));
        Ok(())
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
            self.dependencies
                .iter()
                .any(|d| d.metadata.name == wanted.name)
        };
        let missing = self
            .metadata
            .dependencies
            .iter()
            .filter(|wanted| !have(wanted));
        missing.map(|wanted| wanted.name.as_str()).collect()
    }
}

fn cannot_load(name: &'static str) -> impl Fn(String) -> String {
    move |text| format!("cannot load {name}: {text}")
}

fn values(file: &File) -> Result<Table, String> {
    super::parse_values(&file.text(), false)
}

/// A lock file in the shape of a release record.
fn lock(file: &File) -> Result<Json, String> {
    let data = yaml::read_exact(&file.text()).map_err(|error| error.to_string())?;
    const LOCK: Struct = Struct {
        type_name: "chart.Lock",
        name: "Lock",
    };
    let fields = Fields::of(&data, LOCK)?;
    let dependencies =
        serde_json::to_value(dependencies(&fields)?).map_err(|error| error.to_string())?;
    Ok(serde_json::json!({
        "generated": fields.string("generated")?,
        "digest": fields.string("digest")?,
        "dependencies": dependencies,
    }))
}
