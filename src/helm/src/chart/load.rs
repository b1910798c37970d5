//! A loaded chart as a handle to share. The main type here is [`Chart`].

use super::dir::Directory;
use super::{File, Line, Source, Table, archive, dir};
use rustc_hash::FxHashMap;
use std::any::Any;
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

impl Deref for Chart {
    type Target = Source;

    fn deref(&self) -> &Source {
        &self.source
    }
}

impl Chart {
    /// Loads a chart from its files.
    ///
    /// ```
    /// use helm::chart::{Chart, File};
    ///
    /// let files = [
    ///     ("Chart.yaml", "apiVersion: v2\nname: shop\nversion: 1.2.0\n"),
    ///     ("values.yaml", "replicas: 2\n"),
    ///     ("templates/app.yaml", "kind: App\nreplicas: {{ .Values.replicas }}\n"),
    /// ];
    /// let files = files.map(|(name, text)| File::new(name, text.as_bytes()));
    /// let chart = Chart::load(files.to_vec())?;
    /// assert_eq!(chart.metadata.name, "shop");
    /// assert_eq!(chart.templates.len(), 1);
    /// # Ok::<(), String>(())
    /// ```
    pub fn load(files: Vec<File>) -> Result<Chart, String> {
        Chart::load_as(files, Line::Three)
    }

    /// Loads a chart from its files; what is wrong is said in the words of that Helm. How the
    /// chart renders does not depend on it.
    pub fn load_as(files: Vec<File>, line: Line) -> Result<Chart, String> {
        Ok(Chart {
            source: Arc::new(Source::load(files, line)?),
            kept: Arc::default(),
        })
    }

    /// Loads a chart from a directory or an archive.
    pub fn open(path: &Path) -> Result<Chart, String> {
        Chart::open_as(path, Line::Three)
    }

    /// Loads a chart from a directory or an archive; see [`Chart::load_as`].
    pub fn open_as(path: &Path, line: Line) -> Result<Chart, String> {
        match path.is_dir() {
            true => Chart::of_directory(dir::read(path)?, line),
            false => Chart::load_as(archive::read(path)?, line),
        }
    }

    /// Loads a chart from a directory that was read.
    pub fn of_directory(directory: Directory, line: Line) -> Result<Chart, String> {
        let Directory { files, links } = directory;
        let mut source = Source::load(files, line)?;
        source.warnings.splice(..0, links);
        Ok(Chart {
            source: Arc::new(source),
            kept: Arc::default(),
        })
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
