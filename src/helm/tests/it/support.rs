//! What the tests of the template engine share.

use helm::Host;
use std::fs;
use std::path::{Path, PathBuf};

/// A world without randomness or a cluster, at a time that never changes.
pub struct StillHost;

impl Host for StillHost {
    fn now(&self) -> jiff::Zoned {
        jiff::Zoned::default()
    }

    fn random(&self, out: &mut [u8]) {
        out.fill(7);
    }
}

/// Runs `body` on a thread with the stack that renders need.
pub fn on_large_stack<R: Send>(body: impl FnOnce() -> R + Send) -> R {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new()
            .stack_size(16 << 20)
            .spawn_scoped(scope, body)
            .expect("a thread");
        thread
            .join()
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

/// The directory of the cases that a real Helm answered.
pub fn cases() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/engine")
}

/// The case files of one part, in the order of their names; of all parts where none is named.
pub fn case_files(part: &str) -> Vec<PathBuf> {
    let (mut files, mut directories) = (Vec::new(), vec![cases().join(part)]);
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(directory).expect("a directory") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                directories.push(path);
            } else if path.extension().is_some_and(|end| end == "txt")
                && path.parent() != Some(&cases())
            {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}
