//! A chart archive (`.tgz`) unpacked in memory, within Helm's limits.

use super::File;
use flate2::read::GzDecoder;
use std::io::Read;
use std::path::Path;
use tar::{Archive, EntryType, Header};

/// How a gzipped archive begins.
const GZIP: &[u8] = &[0x1f, 0x8b, 8];

/// The largest file of a chart, in bytes.
pub const MAX_FILE: u64 = 5 * 1024 * 1024;

/// The largest sum of all files of a chart, in bytes.
pub const MAX_CHART: u64 = 100 * 1024 * 1024;

/// Reads a chart archive.
pub(super) fn read(path: &Path) -> Result<Vec<File>, String> {
    let file = |text: String| format!("file '{}' {text}", path.display());
    let bytes = std::fs::read(path).map_err(|error| file(format!("cannot be read: {error}")))?;
    if !bytes.starts_with(GZIP) {
        let yaml = path
            .extension()
            .is_some_and(|end| end == "yaml" || end == "yml");
        return Err(file(match yaml {
            true => "seems to be a YAML file, but expected a gzipped archive".to_owned(),
            false => format!(
                "does not appear to be a gzipped archive; got '{}'",
                sniff(&bytes)
            ),
        }));
    }
    unpack(&bytes)
}

/// What a file that is no archive seems to be.
fn sniff(bytes: &[u8]) -> &'static str {
    // Helm looks at 512 bytes, zeros behind a shorter file included: few files are text then.
    let known: [(&[u8], &str); 4] = [
        (b"PK\x03\x04", "application/zip"),
        (b"%PDF-", "application/pdf"),
        (b"<?xml", "text/xml; charset=utf-8"),
        (b"\x89PNG\r\n\x1a\n", "image/png"),
    ];
    let found = known.iter().find(|(start, _)| bytes.starts_with(start));
    let head = bytes.get(..512);
    let binary = |byte: &u8| matches!(byte, 0..=8 | 11 | 14..=26 | 28..=31);
    match (found, head) {
        (Some((_, name)), _) => name,
        (None, Some(head)) if !head.iter().any(binary) => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

/// Unpacks a chart archive.
pub fn unpack(bytes: &[u8]) -> Result<Vec<File>, String> {
    match bytes.len() {
        0 => return Err("EOF".to_owned()),
        1..10 => return Err("unexpected EOF".to_owned()),
        _ if !bytes.starts_with(GZIP) => return Err("gzip: invalid header".to_owned()),
        _ => {}
    }
    // Headers and padding count too, so that a bomb of empty files ends as well.
    let limited = GzDecoder::new(bytes).take(2 * MAX_CHART);
    let mut archive = Archive::new(limited);
    let mut unpacking = Unpacking {
        files: Vec::new(),
        left: MAX_CHART,
        buffer: Vec::new(),
    };
    for entry in archive.entries().map_err(|error| error.to_string())? {
        unpacking.entry(entry.map_err(|error| error.to_string())?)?;
    }
    if unpacking.files.is_empty() {
        return Err("no files in chart archive".to_owned());
    }
    Ok(unpacking.files)
}

struct Unpacking {
    files: Vec<File>,
    left: u64,
    /// What is being read: memory that was touched once serves for every file.
    buffer: Vec<u8>,
}

impl Unpacking {
    fn entry<R: Read>(&mut self, mut entry: tar::Entry<'_, R>) -> Result<(), String> {
        let kind = entry.header().entry_type();
        let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        let extension = [EntryType::XGlobalHeader, EntryType::XHeader];
        if extension.contains(&kind) || is_directory(entry.header(), &name) {
            return Ok(());
        }
        let inside = inside(&name)?;
        self.read(&name, &mut entry)?;
        self.files.push(File::new(inside, &self.buffer));
        Ok(())
    }

    fn read<R: Read>(&mut self, name: &str, entry: &mut tar::Entry<'_, R>) -> Result<(), String> {
        let too_large =
            || format!("decompressed chart is larger than the maximum file size {MAX_CHART}");
        let size = entry.size();
        if size > self.left {
            return Err(too_large());
        }
        if size > MAX_FILE {
            return Err(format!(
                "decompressed chart file {name:?} is larger than the maximum file size {MAX_FILE}"
            ));
        }
        self.buffer.clear();
        let read = entry
            .take(self.left)
            .read_to_end(&mut self.buffer)
            .map_err(|error| error.to_string())?;
        self.left -= (read as u64).min(self.left);
        if (read as u64) < size || self.left == 0 {
            return Err(too_large());
        }
        Ok(())
    }
}

/// As Go's library has it: by the type, by the mode, and of members without a type by the slash.
fn is_directory(header: &Header, name: &str) -> bool {
    const TYPE: u32 = !0o7777;
    const DIRECTORY: u32 = 0o40000;
    header.entry_type() == EntryType::Directory
        || header.mode().is_ok_and(|mode| mode & TYPE == DIRECTORY)
        || header.as_old().linkflag == [0] && name.ends_with('/')
}

/// The path below the archive's only directory, checked as Helm checks it.
fn inside(name: &str) -> Result<String, String> {
    let delimiter = if name.contains('\\') { '\\' } else { '/' };
    let (first, rest) = name.split_once(delimiter).unwrap_or((name, ""));
    let rest = rest.replace(delimiter, "/");
    if rest.starts_with('/') {
        return Err("chart illegally contains absolute paths".to_owned());
    }
    let clean = clean(&rest);
    if clean == "." {
        return Err(format!(
            "chart illegally contains content outside the base directory: {name:?}"
        ));
    }
    if clean.starts_with("..") {
        return Err("chart illegally references parent directory".to_owned());
    }
    if is_drive(&clean) {
        return Err("chart contains illegally named files".to_owned());
    }
    if first == "Chart.yaml" {
        return Err("chart yaml not in base directory".to_owned());
    }
    Ok(clean)
}

/// Go's `path.Clean` for a relative path.
fn clean(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    if parts.is_empty() {
        ".".to_owned()
    } else {
        parts.join("/")
    }
}

fn is_drive(path: &str) -> bool {
    matches!(path.as_bytes(), [letter, b':', b'/', ..] if letter.is_ascii_alphabetic())
}
