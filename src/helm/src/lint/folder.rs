//! What the rules look at, read before they run. The main type here is [`Folder`].

use crate::chart::{Content, File, Line, Metadata, Rules, archive, dir, go_words};
use crate::value::quote;
use std::borrow::Cow;
use std::fs;
use std::io;
use std::path::Path;

/// A chart as it lies there, whatever is wrong with it.
pub(super) struct Folder {
    /// The absolute path, as findings name it.
    pub path: String,
    /// `Chart.yaml`.
    pub chart_yaml: Entry,
    /// `values.yaml`.
    pub values: Entry,
    /// `values.schema.json`.
    pub schema: Entry,
    /// Whether something else than a directory is called `templates`.
    pub templates_are_none: bool,
    /// The chart's files by its `.helmignore`; the error is Helm's.
    pub files: Result<Vec<File>, String>,
}

/// What lies under a name.
pub(super) enum Entry {
    Missing,
    Directory,
    File(Content),
    /// It can't be read, and why.
    Unreadable(String),
}

impl Entry {
    /// The text of a file, or Go's words for why there is none. `path` is the file's.
    pub fn text(&self, path: &str) -> Result<Cow<'_, str>, String> {
        match self {
            Entry::File(bytes) => Ok(bytes.text()),
            Entry::Missing => Err(format!("open {path}: {NOT_FOUND}")),
            Entry::Directory => Err(format!("read {path}: is a directory")),
            Entry::Unreadable(why) => Err(format!("open {path}: {why}")),
        }
    }

    fn on_disk(path: &Path) -> Entry {
        match fs::metadata(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Entry::Missing,
            Ok(kind) if kind.is_dir() => Entry::Directory,
            _ => fs::read(path).map_or_else(
                |error| Entry::Unreadable(go_words(&error)),
                |bytes| Entry::File(bytes.as_slice().into()),
            ),
        }
    }

    fn among(files: &[File], name: &str) -> Entry {
        let file = files.iter().find(|file| file.name == name);
        let below = |file: &File| {
            let rest = file.name.strip_prefix(name);
            rest.is_some_and(|rest| rest.starts_with('/'))
        };
        match file {
            Some(file) => Entry::File(file.data.clone()),
            None if files.iter().any(below) => Entry::Directory,
            None => Entry::Missing,
        }
    }
}

const NOT_FOUND: &str = "no such file or directory";

impl Folder {
    /// Reads the chart at `path`, a directory or an archive. Without a Chart.yaml it is none.
    pub fn read(path: &str) -> Result<Folder, String> {
        match path.ends_with(".tgz") || path.ends_with(".tar.gz") {
            true => Folder::of_archive(path),
            false => Folder::of_directory(path),
        }
    }

    fn of_directory(path: &str) -> Result<Folder, String> {
        let root = std::path::absolute(path).unwrap_or_else(|_| path.into());
        let root = dir::clean(&root);
        let chart_yaml = Entry::on_disk(&root.join("Chart.yaml"));
        if let Entry::Missing = chart_yaml {
            let shown = Path::new(path).components().collect::<std::path::PathBuf>();
            let shown = shown.join("Chart.yaml");
            return Err(format!(
                "unable to check Chart.yaml file in chart: stat {}: {NOT_FOUND}",
                shown.display()
            ));
        }
        let templates = fs::metadata(root.join("templates"));
        Ok(Folder {
            chart_yaml,
            values: Entry::on_disk(&root.join("values.yaml")),
            schema: Entry::on_disk(&root.join("values.schema.json")),
            templates_are_none: templates.is_ok_and(|kind| !kind.is_dir()),
            files: dir::read(&root).map(|found| found.files),
            path: root.display().to_string(),
        })
    }

    /// Helm unpacks the archive into a directory of its own, which we name by the archive.
    fn of_archive(path: &str) -> Result<Folder, String> {
        let bytes = fs::read(path).map_err(|error| {
            let why = go_words(&error);
            format!("unable to open tarball: open {path}: {why}")
        })?;
        let fault = |why| format!("unable to extract tarball: {why}");
        let files = latest(archive::unpack(&bytes).map_err(fault)?);
        check_name(&files).map_err(fault)?;
        Ok(Folder {
            path: path.to_owned(),
            chart_yaml: Entry::among(&files, "Chart.yaml"),
            values: Entry::among(&files, "values.yaml"),
            schema: Entry::among(&files, "values.schema.json"),
            templates_are_none: matches!(Entry::among(&files, "templates"), Entry::File(_)),
            files: Rules::of(&files).map(|rules| rules.kept(files)),
        })
    }

    /// The path of a file in this chart.
    pub fn path_of(&self, name: &str) -> String {
        format!("{}/{name}", self.path)
    }
}

/// One file per name, the last one, in the order of a walk through directories.
fn latest(mut files: Vec<File>) -> Vec<File> {
    files.reverse();
    files.sort_by(|a, b| a.name.split('/').cmp(b.name.split('/')));
    files.dedup_by(|again, first| again.name == first.name);
    files
}

/// Whether the chart in an archive has a name that can be that of a directory.
fn check_name(files: &[File]) -> Result<(), String> {
    let mut name = String::new();
    if let Entry::File(bytes) = Entry::among(files, "Chart.yaml") {
        let metadata = Metadata::read(&bytes.text(), Line::Three);
        name = metadata
            .map_err(|why| format!("cannot load Chart.yaml: {why}"))?
            .name;
    }
    let shown = quote(&name);
    match name.as_str() {
        "" => Err("chart name not specified".to_owned()),
        "." | ".." => Err(format!("chart name {shown} is not allowed")),
        name if name.contains('/') => Err(format!(
            "chart name {shown} must not contain path separators"
        )),
        _ => Ok(()),
    }
}
