//! Writing a journal. The main type here is [`Journal`].
//!
//! One thread writes: what several targets have to say at the same moment goes to the disk
//! together. Whoever must not go on before a line is safe waits for it ([`Journal::append`]); a
//! step is only put in line ([`Journal::note`]), before the request that it tells of.

use super::RunId;
use super::entry::{Entry, Opened, Stamped};
use crate::diag::{Diagnostic, Kind};
use crate::sensitive::Known;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;
use tokio::sync::oneshot;

/// The journal of a run that is under way.
#[derive(Debug)]
pub struct Journal {
    lines: Option<Sender<Line>>,
    writer: Option<JoinHandle<()>>,
    path: PathBuf,
    /// What no line may hold.
    known: Known,
}

/// One line for the disk, and who waits for it.
struct Line {
    text: Vec<u8>,
    safe: Option<oneshot::Sender<io::Result<()>>>,
}

impl Journal {
    /// Begins the journal of `run` in the state directory.
    pub async fn create(state: &Path, run: &RunId, opened: Opened) -> Result<Journal, Diagnostic> {
        let journal = Journal::open(state, run, true)?;
        journal.append(Entry::Started(opened)).await?;
        Ok(journal)
    }

    /// Goes on with the journal of `run`.
    pub fn resume(state: &Path, run: &RunId) -> Result<Journal, Diagnostic> {
        Journal::open(state, run, false)
    }

    fn open(state: &Path, run: &RunId, new: bool) -> Result<Journal, Diagnostic> {
        let path = path(state, run);
        let file = open(&path, new).map_err(|error| fault(&path, &error))?;
        let (lines, queue) = channel();
        let writer = std::thread::Builder::new().name("journal".to_owned());
        let writer = writer.spawn(move || write(file, &queue));
        Ok(Journal {
            lines: Some(lines),
            writer: Some(writer.map_err(|error| fault(&path, &error))?),
            path,
            known: Known::default(),
        })
    }

    /// As it is, but no line holds what is known to be secret.
    #[must_use]
    pub fn hiding(mut self, known: &Known) -> Journal {
        self.known = known.clone();
        self
    }

    /// Writes one line and waits until it is on the disk.
    pub async fn append(&self, entry: Entry) -> Result<(), Diagnostic> {
        let (safe, done) = oneshot::channel();
        self.put(entry, Some(safe))?;
        let done = done.await.unwrap_or_else(|_| Err(closed()));
        done.map_err(|error| fault(&self.path, &error))
    }

    /// Puts one line in order to be written, without waiting. A disk that is full is told by the
    /// next [`Journal::append`].
    pub fn note(&self, entry: Entry) {
        // Whether it arrives is told by the next line that somebody waits for.
        let _ = self.put(entry, None);
    }

    fn put(
        &self,
        mut entry: Entry,
        safe: Option<oneshot::Sender<io::Result<()>>>,
    ) -> Result<(), Diagnostic> {
        entry.veil(&self.known.veil());
        let at = jiff::Timestamp::now().to_string();
        let mut text = serde_json::to_vec(&Stamped { at, entry })
            .map_err(|error| fault(&self.path, &error.into()))?;
        text.push(b'\n');
        let line = Line { text, safe };
        let sent = self.lines.as_ref().map(|lines| lines.send(line).is_ok());
        match sent {
            Some(true) => Ok(()),
            _ => Err(fault(&self.path, &closed())),
        }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Journal {
    /// What is in line still goes to the disk.
    fn drop(&mut self) {
        drop(self.lines.take());
        if let Some(writer) = self.writer.take() {
            // A writer that panicked has nothing more to write.
            let _ = writer.join();
        }
    }
}

/// Writes what is in line, all of it at once, and tells those who wait.
fn write(mut file: File, queue: &Receiver<Line>) {
    let mut broken: Option<io::Error> = None;
    while let Ok(first) = queue.recv() {
        let lines: Vec<Line> = std::iter::once(first).chain(queue.try_iter()).collect();
        let text: Vec<u8> = lines.iter().flat_map(|line| &line.text).copied().collect();
        if broken.is_none() {
            let written = file.write_all(&text).and_then(|()| file.sync_data());
            broken = written.err();
        }
        for safe in lines.into_iter().filter_map(|line| line.safe) {
            let told = match &broken {
                None => Ok(()),
                Some(error) => Err(io::Error::new(error.kind(), error.to_string())),
            };
            // Who no longer waits need not know.
            let _ = safe.send(told);
        }
    }
}

fn closed() -> io::Error {
    io::Error::other("its writer has ended")
}

/// The journal file of `run`.
pub(super) fn path(state: &Path, run: &RunId) -> PathBuf {
    super::directory(state, run).join("journal.jsonl")
}

fn open(path: &Path, new: bool) -> io::Result<File> {
    if let Some(parent) = path.parent() {
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(parent)?;
    }
    let mut options = OpenOptions::new();
    options.create_new(new).append(true).read(true).mode(0o600);
    let file = options.open(path)?;
    if !new {
        drop_torn_line(&file)?;
    }
    // The name must survive a crash as well as what is written.
    let directory = path.parent().map(File::open).transpose()?;
    directory.map_or(Ok(()), |directory| directory.sync_all())?;
    Ok(file)
}

/// A crash may have torn the last line; what comes next must not be glued to it.
fn drop_torn_line(mut file: &File) -> io::Result<()> {
    let mut text = Vec::new();
    file.read_to_end(&mut text)?;
    let whole = text.iter().rposition(|byte| *byte == b'\n');
    file.set_len(whole.map_or(0, |at| at as u64 + 1))
}

fn fault(path: &Path, error: &io::Error) -> Diagnostic {
    let message = format!("the journal {} can't be written: {error}", path.display());
    let fault = Diagnostic::new(Kind::Failed, message);
    fault.hint("--state-dir DIR, a directory that can be written to")
}
