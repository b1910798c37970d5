//! Symbolic links, in Go's way and with its words. The main function here is [`resolve`].

use std::collections::VecDeque;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

/// More links than this on one way are a loop.
const MAX_LINKS: usize = 255;

/// What an absolute path leads to when every link on the way is followed.
pub(super) fn resolve(path: &Path) -> Result<PathBuf, String> {
    let mut way = Way {
        reached: PathBuf::new(),
        ahead: VecDeque::new(),
        links: 0,
    };
    way.put_ahead(path);
    while let Some(step) = way.ahead.pop_front() {
        way.step(&step)?;
    }
    Ok(way.reached)
}

/// A path being resolved.
struct Way {
    /// How far it is resolved.
    reached: PathBuf,
    /// The names that come next.
    ahead: VecDeque<OsString>,
    links: usize,
}

impl Way {
    fn put_ahead(&mut self, path: &Path) {
        for part in path.components().rev() {
            match part {
                Component::CurDir => {}
                part => self.ahead.push_front(part.as_os_str().to_owned()),
            }
        }
    }

    fn step(&mut self, name: &OsString) -> Result<(), String> {
        if name == ".." {
            self.reached.pop();
            return Ok(());
        }
        // The root, of a link's target too, replaces what was reached.
        self.reached.push(name);
        let shown = self.reached.display();
        let kind = self.reached.symlink_metadata();
        let kind = kind.map_err(|error| format!("lstat {shown}: {}", go_words(&error)))?;
        if kind.is_symlink() {
            return self.follow();
        }
        match kind.is_dir() || self.ahead.is_empty() {
            true => Ok(()),
            false => Err("not a directory".to_owned()),
        }
    }

    fn follow(&mut self) -> Result<(), String> {
        self.links += 1;
        if self.links > MAX_LINKS {
            return Err("EvalSymlinks: too many links".to_owned());
        }
        let target = fs::read_link(&self.reached).map_err(|error| {
            let shown = self.reached.display();
            format!("readlink {shown}: {}", go_words(&error))
        })?;
        self.reached.pop();
        self.put_ahead(&target);
        Ok(())
    }
}

/// Go's words for what the system says: as C has them, in small letters.
pub(crate) fn go_words(error: &io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or_default();
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_ascii_lowercase());
    first.into_iter().chain(letters).collect()
}
