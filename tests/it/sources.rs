//! The source files of the library, for tests about the code itself.

use std::fs;
use std::path::{Path, PathBuf};

/// One source file.
pub struct Source {
    /// The top-level module it belongs to.
    pub module: String,
    /// Its path below the repository.
    pub path: PathBuf,
    /// Its text.
    pub text: String,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The modules named by `pub mod` in `lib.rs`, in order.
pub fn declared_modules() -> Vec<String> {
    let text = fs::read_to_string(root().join("src/lib.rs")).unwrap();
    let names = text
        .lines()
        .filter_map(|line| line.strip_prefix("pub mod "));
    names
        .map(|name| name.trim_end_matches(';').to_owned())
        .collect()
}

/// Every source file of every module.
pub fn source_files() -> Vec<Source> {
    let mut found = Vec::new();
    for module in declared_modules() {
        let src = root().join("src");
        let mut pending = vec![src.join(&module), src.join(format!("{module}.rs"))];
        while let Some(path) = pending.pop() {
            if path.is_dir() {
                pending.extend(
                    fs::read_dir(&path)
                        .unwrap()
                        .map(|entry| entry.unwrap().path()),
                );
            } else if path.extension().is_some_and(|ext| ext == "rs") && path.exists() {
                found.push(Source {
                    module: module.clone(),
                    text: fs::read_to_string(&path).unwrap(),
                    path: path.strip_prefix(root()).unwrap().to_owned(),
                });
            }
        }
    }
    found
}
