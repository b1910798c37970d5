//! Where rollbook keeps plans, journals, caches and its key. The main type here is [`StateDir`].

use crate::diag::{Diagnostic, Kind};
use crate::plan::artifact::Seal;
use ring::rand::{SecureRandom, SystemRandom};
use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

/// A directory that only its owner may read, and that git leaves alone.
#[derive(Clone, Debug)]
pub struct StateDir {
    path: PathBuf,
}

impl StateDir {
    /// The directory, made where there is none.
    pub fn open(path: &Path) -> Result<StateDir, Diagnostic> {
        let directory = StateDir {
            path: path.to_owned(),
        };
        directory.make().map_err(|e| fault(path, &e))?;
        Ok(directory)
    }

    fn make(&self) -> io::Result<()> {
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&self.path)?;
        let ignore = self.path.join(".gitignore");
        if ignore.exists() {
            return Ok(());
        }
        write_private(&ignore, b"*\n")
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The seal of this directory; its key is made at first use.
    pub fn seal(&self) -> Result<Seal, Diagnostic> {
        let path = self.path.join("seal.key");
        let key = match fs::read(&path) {
            Ok(key) => key,
            Err(e) if e.kind() == io::ErrorKind::NotFound => self.new_key(&path)?,
            Err(e) => return Err(fault(&path, &e)),
        };
        let broken = || Diagnostic::error(format!("{} is not a key of rollbook", path.display()));
        Ok(Seal::Key(key.try_into().map_err(|_| broken())?))
    }

    fn new_key(&self, path: &Path) -> Result<Vec<u8>, Diagnostic> {
        let mut key = vec![0; 32];
        let no_chance = || Diagnostic::new(Kind::Internal, "the system gives no random bytes");
        SystemRandom::new()
            .fill(&mut key)
            .map_err(|_| no_chance())?;
        write_private(path, &key).map_err(|e| fault(path, &e))?;
        Ok(key)
    }
}

/// Writes a file of mode 0600: whole, or not at all.
pub fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let parent = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty());
    // A temporary file is 0600 from the start.
    let mut file = tempfile::NamedTempFile::new_in(parent.unwrap_or(Path::new(".")))?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}

fn fault(path: &Path, error: &io::Error) -> Diagnostic {
    Diagnostic::error(format!(
        "the state directory can't be used: {}: {error}",
        path.display()
    ))
    .hint("--state-dir DIR, or ROLLBOOK_STATE")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn only_the_owner_reads_and_git_does_not() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("a/b");
        let state = StateDir::open(&path).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&path), 0o700);
        assert_eq!(fs::read_to_string(path.join(".gitignore")).unwrap(), "*\n");
        let (Seal::Key(first), Seal::Key(second)) = (state.seal().unwrap(), state.seal().unwrap())
        else {
            panic!("a state directory has a key");
        };
        assert_eq!(first, second);
        assert_eq!(mode(&path.join("seal.key")), 0o600);
    }
}
