//! The files of a case on disk, for as long as it runs.

use super::case::Case;
use super::support::cases as root;
use flate2::{Compression, write::GzEncoder};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

const OUT: &str = "out: {{ include \"c/templates/_case.tpl\" . | toJson }}\n";
/// Between the name of a symbolic link and its target.
const LINK: &str = " -> ";
const CHART: &str = "apiVersion: v2\nname: c\nversion: 0.1.0\n";

/// A directory of its own, gone with this value.
pub struct Place {
    top: PathBuf,
    /// The chart inside: a directory or an archive.
    pub chart: PathBuf,
}

impl Place {
    /// Lays out the files of a case.
    pub fn of(case: &Case) -> Place {
        static MADE: AtomicUsize = AtomicUsize::new(0);
        let made = MADE.fetch_add(1, Ordering::Relaxed);
        let name = format!("rollbook-golden-{}-{made}", std::process::id());
        let top = std::env::temp_dir().join(name);
        let mut files = with_archives(files(case));
        let archive = case.flags.first().is_some_and(|flag| flag == "archive");
        if archive {
            let (beside, inside): (Files, Files) = files
                .into_iter()
                .partition(|(name, _)| name.starts_with("../"));
            let inside = inside
                .into_iter()
                .map(|(name, data)| (format!("c/{name}"), data));
            files = beside;
            files.insert("../c.tgz".to_owned(), packed(inside));
        }
        for (name, data) in &files {
            write(&top, name, data);
        }
        let chart = top.join(if archive { "c.tgz" } else { "c" });
        Place { top, chart }
    }

    /// A text as Helm told it, wherever the chart lay.
    pub fn anywhere(&self, text: &str) -> String {
        text.replace(&self.top.display().to_string(), "TOP")
    }

    /// The text of a file beside the chart.
    pub fn read(&self, path: &str) -> Result<String, String> {
        let data = fs::read(self.top.join(path));
        let data = data.map_err(|_| format!("open {path}: no such file or directory"))?;
        Ok(String::from_utf8_lossy(&data).into_owned())
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.top);
    }
}

type Files = BTreeMap<String, Vec<u8>>;

fn write(top: &Path, name: &str, data: &[u8]) {
    let path = match name.strip_prefix("../") {
        Some(beside) => top.join(beside),
        None => top.join("c").join(name),
    };
    fs::create_dir_all(path.parent().expect("a parent")).expect("a directory");
    let shown = path.display().to_string();
    match shown.split_once(LINK) {
        None => fs::write(path, data).expect("a file"),
        Some((path, target)) => std::os::unix::fs::symlink(target, path).expect("a link"),
    }
}

/// The files of a case by their path from the chart.
fn files(case: &Case) -> Files {
    let mut files = BTreeMap::from([("Chart.yaml".to_owned(), CHART.as_bytes().to_vec())]);
    for (title, body) in &case.sections {
        if is_answer(title) {
            continue;
        }
        if title == "template" {
            files.insert("templates/_case.tpl".to_owned(), body.clone().into_bytes());
            files.insert("templates/out.yaml".to_owned(), OUT.as_bytes().to_vec());
            let shared = || fs::read(root().join("values.yaml")).expect("the shared values");
            files.entry("values.yaml".to_owned()).or_insert_with(shared);
        } else if let Some(name) = title.strip_suffix(" (no newline)") {
            files.insert(name.to_owned(), body.clone().into_bytes());
        } else {
            files.insert(title.clone(), format!("{body}\n").into_bytes());
        }
    }
    files
}

fn is_answer(title: &str) -> bool {
    let title = title.strip_suffix(" of 4.3").unwrap_or(title);
    matches!(title, "output" | "error" | "warnings")
}

/// Members of archives, such as `charts/x.tgz:x/Chart.yaml`, go where they belong.
fn with_archives(files: Files) -> Files {
    let (mut plain, mut archives) = (Files::new(), BTreeMap::<String, Vec<_>>::new());
    for (name, data) in files {
        match name.split_once(".tgz:") {
            None => drop(plain.insert(name, data)),
            Some((archive, member)) => {
                let members = archives.entry(format!("{archive}.tgz")).or_default();
                members.push((member.to_owned(), data));
            }
        }
    }
    plain.extend(
        archives
            .into_iter()
            .map(|(name, members)| (name, packed(members))),
    );
    plain
}

fn packed(members: impl IntoIterator<Item = (String, Vec<u8>)>) -> Vec<u8> {
    let mut tar = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    for (name, data) in members {
        let mut header = tar::Header::new_ustar();
        let (name, target) = name.split_once(LINK).unwrap_or((&name, ""));
        // Not `set_path`: it refuses the names that charts must be refused for.
        let field = &mut header.as_old_mut().name;
        field[..name.len()].copy_from_slice(name.as_bytes());
        if target.is_empty() {
            header.set_entry_type(tar::EntryType::Regular);
            header.set_size(data.len() as u64);
        } else {
            header.set_entry_type(tar::EntryType::Symlink);
            header.set_link_name(target).expect("a target");
            header.set_size(0);
        }
        header.set_mode(0o644);
        header.set_cksum();
        let data = if target.is_empty() {
            data.as_slice()
        } else {
            &[]
        };
        tar.append(&header, data).expect("a member");
    }
    tar.into_inner()
        .and_then(GzEncoder::finish)
        .expect("an archive")
}
